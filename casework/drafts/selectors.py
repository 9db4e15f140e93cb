"""The only readers of drafts: the author gets the own text back, in the form it was typed into."""

import datetime
import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from casework.drafts.actions import Typed, drafts_key, place_of
from casework.drafts.models import Draft
from casework.vault import crypto
from casework.vault.reading import reading_or_none


@dataclass(frozen=True)
class KeptDraft:
    """What was typed. `typed`: field names to values; `kept_at`: UTC."""

    pk: int
    typed: Typed
    kept_at: datetime.datetime

    @property
    def firsts(self) -> dict[str, str]:
        """The first value of each field: all of it, for a form without fields of several values."""
        return {name: values[0] for name, values in self.typed.items() if values}

    def initial_for(self, form: type[forms.Form], prefix: str = "") -> dict[str, Any]:
        """The typed values as initial values of this form, fields of several boxes included."""
        data = QueryDict(mutable=True)
        for name, values in self.typed.items():
            data.setlist(name, values)
        names = {name: f"{prefix}-{name}" if prefix else name for name in form.base_fields}
        return {
            name: field.widget.value_from_datadict(data, {}, names[name])
            for name, field in form.base_fields.items()
            if not field.widget.value_omitted_from_data(data, {}, names[name])
        }


def kept_draft(member: Any, path: str) -> KeptDraft | None:
    """What this member had typed into the form at this path; None when nothing is kept or it does not open."""
    draft = Draft.objects.filter(member=member, path=path).first()
    if draft is None:
        return None
    try:
        opened = crypto.unseal(drafts_key(), bytes(draft.body), place_of(member.pk, path))
    except crypto.CannotOpen:
        return None
    return KeptDraft(draft.pk, json.loads(opened), draft.kept_at)


def draft_of(request: Any, page: str = "") -> KeptDraft | None:
    """What was typed into the forms of a page before, read once a request. `page`: its address, if not the present one.

    When a page is opened, the draft is left on the request, where `{% keep_typed %}` finds it for its notice.
    """
    if not hasattr(request, "typed_before"):
        request.typed_before = kept_draft(request.member, page or request.path)
        if request.typed_before is not None:
            _note(request.typed_before)
    draft: KeptDraft | None = request.typed_before
    if request.method != "POST":
        request.kept_draft = draft
    return draft


def draft_initial(request: Any, form: type[forms.Form], **otherwise: Any) -> dict[str, Any]:
    """Initial values for the form of this page: what was typed here before, else `otherwise`."""
    draft = draft_of(request)
    return otherwise if draft is None else {**otherwise, **draft.initial_for(form)}


def _note(draft: KeptDraft) -> None:
    """Typed text is on the record of the case whose form it stands in. Before a case is opened there is none."""
    reading = reading_or_none()
    if reading is not None and len(reading.shown) == 1:
        [case_id] = reading.shown
        reading.note(case_id=case_id, label=Draft._meta.label_lower, pk=draft.pk, compartment="")
