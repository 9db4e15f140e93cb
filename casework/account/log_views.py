"""Pages of the log: recording an occasion on which the child told, and changing its log before the seal."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agencies.models import Agency
from casework.access.decorators import MemberRequest, opens
from casework.access.errors import UNPROCESSABLE, StalePage
from casework.account import actions
from casework.account.addresses import BY_TELLING, address_of, saved, sealed_already, version_now
from casework.account.log_forms import PauseForm, PersonForm, TellingForm, check_pauses
from casework.account.log_rows import filled, rows_of, with_more
from casework.account.models import Telling
from casework.account.reading import after_stating_purpose
from casework.account.rules import READ_ACCOUNT, check_can_change_telling, check_can_record_telling
from casework.account.selectors import agencies_on, last_telling_number, people_to_name
from casework.cases.models import Case
from casework.drafts.form_pages import form_of, with_field

LOG_FIELDS = (*(each for each in actions.PLAIN if each != "interviewer_id"), *actions.SEALED_TEXTS, "version")
PAGE = "account/telling_form.html"


class LogPage:
    """The form of a log with its rows, as sent, or fresh with what was typed here before."""

    def __init__(self, request: Any, case: Case, telling: Telling | None, **initial: Any) -> None:
        self.request, self.case, self.telling = request, case, telling
        self.agencies: list[Agency] = agencies_on(request.member, case)
        self.form = form_of(request, TellingForm, **initial)
        self.form.offer_interviewers(people_to_name(case))
        posted = request.POST if request.method == "POST" else None
        draft = getattr(request, "kept_draft", None)
        kept = draft.typed if draft else None
        people = [PersonForm.typed_of(each) for each in telling.people] if telling and posted is None else []
        pauses = [PauseForm.typed_of(each) for each in telling.pauses] if telling and posted is None else []
        self.people = rows_of(PersonForm, "people", posted=posted, kept=kept, saved=people, prepare=self._offer)
        self.pauses = rows_of(PauseForm, "pauses", posted=posted, kept=kept, saved=pauses)

    def _offer(self, row: PersonForm) -> None:
        row.offer_agencies(self.agencies)

    def is_valid(self) -> bool:
        """Check the log and every row that holds something; problems stand beside their fields."""
        valid = self.form.is_valid()
        rows = [row.is_valid() for row in (*self.people, *self.pauses)]
        if valid and all(rows):
            check_pauses(self.form, self.pauses)
        return valid and all(rows) and not any(row.errors for row in self.pauses)

    def log(self) -> actions.TellingLog:
        """What was typed. Only when valid."""
        people = [row.person() for row in filled(self.people)]
        return self.form.log(people, [row.pause() for row in filled(self.pauses)])  # type: ignore[no-any-return]

    def ask_for_more_rows(self) -> HttpResponse:
        """The page again with everything typed, and more empty rows."""
        self.people = with_more(PersonForm, "people", self.request.POST, self._offer)
        self.pauses = with_more(PauseForm, "pauses", self.request.POST)
        typed = {name: self.form[name].value() for name in self.form.fields}
        self.form = TellingForm(initial=typed)
        self.form.offer_interviewers(people_to_name(self.case))
        return self.page()

    def page(self, *, stale: str = "", both: Any = ()) -> HttpResponse:
        """The page; with status 422 when something was sent and not saved."""
        groups = [
            (heading, [self.form[name] for name in names], rows, getattr(self, rows) if rows else [])
            for heading, names, rows in TellingForm.GROUPS
        ]
        failed = bool(stale) or (self.form.is_bound and "more" not in self.request.POST)
        context = {
            "case": self.case,
            "telling": self.telling,
            "number": self.telling.number if self.telling else self.form["number"].value(),
            "form": self.form,
            "groups": groups,
            "row_errors": [error for row in (*self.people, *self.pauses) for error in _errors(row)],
            "stale": stale,
            "both": both,
        }
        return TemplateResponse(self.request, PAGE, context, status=UNPROCESSABLE if failed else 200)


def _errors(row: Any) -> list[tuple[str, str, str]]:
    if not row.is_bound:
        return []
    return [(row[name].id_for_label, row.fields[name].label, error) for name, found in row.errors.items()
            if name in row.fields for error in found]  # fmt: skip


@require_http_methods(["GET", "POST"])
@opens(Case, may=check_can_record_telling, permission=READ_ACCOUNT)
def new_telling(request: MemberRequest, case: Case) -> HttpResponse:
    number = last_telling_number(request.member, case) + 1
    page = LogPage(request, case, None, number=number)
    if request.method != "POST":
        return page.page()
    if "more" in request.POST:
        return page.ask_for_more_rows()
    if not page.is_valid():
        return page.page()
    try:
        telling = actions.record_telling(
            case=case, by=request.member, number=page.form.cleaned_data["number"] or 0, log=page.log()
        )
    except StalePage as stale:
        with_field(page.form, "number", number)
        return page.page(stale=str(stale))
    saved(request, _("%(label)s is recorded. Now paste the transcript.") % {"label": telling.label})
    return redirect("account:paste", reference=case.reference, telling=telling.number)


@require_http_methods(["GET", "POST"])
@opens(
    Telling,
    may=check_can_change_telling,
    by=BY_TELLING,
    permission=READ_ACCOUNT,
    related=("case", "case__lead_agency", "sealed_by"),
)
@after_stating_purpose
def change_log(request: MemberRequest, telling: Telling) -> HttpResponse:
    if request.method != "POST" and telling.is_sealed:
        return sealed_already(request, telling)
    initial = {name: getattr(telling, name) for name in LOG_FIELDS}
    initial["interviewer"] = str(telling.interviewer_id or "")
    page = LogPage(request, telling.case, telling, **initial)
    if request.method != "POST":
        return page.page()
    if "more" in request.POST:
        return page.ask_for_more_rows()
    if not page.is_valid():
        return page.page()
    try:
        actions.change_log(
            telling=telling, by=request.member, version=page.form.cleaned_data["version"] or 0, log=page.log()
        )
    except StalePage as stale:
        with_field(page.form, "version", version_now(telling))
        return page.page(stale=str(stale), both=_as_saved(page.form, initial))
    saved(request, _("The log of %(label)s is saved.") % {"label": telling.label})
    return redirect(address_of(telling))


def _as_saved(form: TellingForm, now: dict[str, Any]) -> list[tuple[Any, Any]]:
    """What stands in the log now, where it is not what was typed: label and text."""
    typed = form.cleaned_data
    return [
        (form.fields[name].label, now[name])
        for name in form.fields
        if name not in ("number", "version", "kind", "protocol") and (typed.get(name) or "") != (now.get(name) or "")
    ]
