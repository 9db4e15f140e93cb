"""Who the child is: hidden until somebody asks with a reason, and hidden again by itself."""

import datetime
import time
from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import UNPROCESSABLE, NotVisible, StalePage
from casework.access.rules import allowed
from casework.cases.actions import change_identity, show_identity
from casework.cases.forms import ChangeIdentityForm, IdentityForm, ShowIdentityForm
from casework.cases.frame import case_frame
from casework.cases.identity_parts import parts_open_to
from casework.cases.kinds import IDENTITY_FIELDS, IdentityPart
from casework.cases.models import Case
from casework.cases.rules import check_can_change_identity, check_can_read_identity
from casework.cases.selectors import child_of
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import with_field
from casework.drafts.selectors import draft_initial

SHOWN_SECONDS = 300
SHOWN = "identity_shown"  # in the session: case id to parts, reason, and when it was asked for (seconds since 1970)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_read_identity, permission="read_identity")
def identity(request: MemberRequest, case: Case) -> HttpResponse:
    """Which parts, and why; then these parts, for five minutes by the server's clock. Asked again after that.

    A page kept open, gone back to or loaded again later shows nothing: sending the form only leads to the page.
    """
    if request.method == "POST" and "hide" in request.POST:
        _hide(request, case)
        return redirect("cases:identity", reference=case.reference)
    parts = parts_open_to(request.member, case)
    form = ShowIdentityForm(request.POST if request.method == "POST" else None, parts=parts)
    if form.is_bound and form.is_valid():
        wanted = {**form.cleaned_data, "at": time.time()}
        request.session[SHOWN] = {**request.session.get(SHOWN, {}), str(case.pk): wanted}
        return redirect("cases:identity", reference=case.reference)
    context: dict[str, Any] = {
        "frame": case_frame(request.member, case),
        "case": case,
        "current": "identity",
        "form": form,
        "only_some": len(parts) < len(IdentityPart),
        "can_change": allowed(check_can_change_identity, request.member, case),
    }
    if form.is_bound:
        return TemplateResponse(request, "cases/identity.html", context, status=UNPROCESSABLE)
    asked = _asked(request, case)
    if asked is None or set(asked["parts"]) - set(parts):  # given for a time, and over meanwhile
        return TemplateResponse(request, "cases/identity.html", context)
    child = show_identity(case=case, by=request.member, parts=asked["parts"], reason=asked["reason"])
    left = max(1, round(asked["at"] + SHOWN_SECONDS - time.time()))
    until = datetime.datetime.fromtimestamp(asked["at"] + SHOWN_SECONDS, datetime.UTC)
    context |= {"rows": identity_rows(child, asked["parts"]), "shown_seconds": left, "until": until}
    context["can_change"] = context["can_change"] and _was_just_shown(request, case)
    return TemplateResponse(request, "cases/identity_shown.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_change_identity, permission="read_identity")
def change(request: MemberRequest, case: Case) -> HttpResponse:
    """Correct who the child is, within five minutes after having said why it must be seen."""
    if request.method != "POST" and not _was_just_shown(request, case):
        words = _("Say first why you need to see all of who the child is. You can change it from there.")
        messages.info(request, words)
        return redirect("cases:identity", reference=case.reference)
    child = child_of(request.member, case)
    if child is None:
        raise NotVisible
    context: dict[str, Any] = {"case": case, "stale": False}
    if request.method != "POST":
        now = {name: getattr(child, name) for name in [*IdentityForm.base_fields, "version"]}
        now["birth_date"] = _date(child.birth_date)
        context["form"] = ChangeIdentityForm(initial=draft_initial(request, ChangeIdentityForm, **now))
        return TemplateResponse(request, "cases/identity_change.html", context)
    context["form"] = form = ChangeIdentityForm(request.POST)
    if not form.is_valid():
        return TemplateResponse(request, "cases/identity_change.html", context, status=UNPROCESSABLE)
    try:
        change_identity(case=case, by=request.member, version=form.cleaned_data["version"], identity=form.identity())
    except StalePage:
        context |= {"form": with_field(form, "version", child.version), "stale": True}
        if _was_just_shown(request, case):
            context["rows"] = identity_rows(child)
        return TemplateResponse(request, "cases/identity_change.html", context, status=UNPROCESSABLE)
    discard_draft(member=request.member, path=request.path)
    messages.success(request, _("The identity is changed."))
    return redirect("cases:identity", reference=case.reference)


def _asked(request: Any, case: Case) -> dict[str, Any] | None:
    """What this session asked to see of this child less than five minutes ago: parts, reason and when; or None."""
    asked: dict[str, Any] | None = request.session.get(SHOWN, {}).get(str(case.pk))
    return asked if asked is not None and 0 <= time.time() - asked["at"] < SHOWN_SECONDS else None


def _hide(request: Any, case: Case) -> None:
    kept = request.session.get(SHOWN, {})
    request.session[SHOWN] = {key: asked for key, asked in kept.items() if key != str(case.pk)}


def _was_just_shown(request: Any, case: Case) -> bool:
    """True when every part was asked for: whoever changes the identity has all of it before them."""
    asked = _asked(request, case)
    return asked is not None and set(asked["parts"]) == set(IdentityPart.values)


def identity_rows(child: Any, parts: Collection[str] = IdentityPart.values) -> list[tuple[Any, Any]]:
    """Label and value of these parts of the identity; an empty value was not recorded."""
    wanted = {name for part in parts for name in IDENTITY_FIELDS[part]}
    return [
        (field.label, _date(child.birth_date) if name == "birth_date" else getattr(child, name))
        for name, field in IdentityForm.base_fields.items()
        if name in wanted
    ]


def _date(text: str) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None
