"""My work, the case list, the case page and its compartments, and what changes a case as a whole."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from casework.access.decorators import MemberRequest, opens, requires
from casework.access.errors import UNPROCESSABLE, StalePage
from casework.access.kinds import Compartment, permission_codename
from casework.access.roles import readable
from casework.access.rules import allowed, check_has_standing_only, check_sees_case
from casework.cases.actions import change_case, close_case, reopen_case
from casework.cases.changed_meanwhile import NAMES, is_changed_meanwhile, marks_of, taken_over
from casework.cases.forms import ChangeCaseForm, CloseCaseForm, FilterForm, ReopenCaseForm
from casework.cases.frame import case_frame
from casework.cases.models import Case
from casework.cases.people import who_can_see
from casework.cases.rules import (
    check_can_change_case,
    check_can_close_case,
    check_can_open_case,
    check_can_read_part,
    check_can_reopen_case,
)
from casework.cases.selectors import case_list, chronology
from casework.cases.stage_checks import reason_to_stay
from casework.cases.work import work_of
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import with_field
from casework.drafts.selectors import draft_initial


@require_safe
@requires(check_has_standing_only)
def my_work(request: MemberRequest) -> HttpResponse:
    """What waits for me: overdue, today, and what I wait for."""
    context = {
        "work": work_of(request.member),
        "checked_at": timezone.now(),
        "can_open": allowed(check_can_open_case, request.member),
        "has_cases": bool(readable(request.member.roles)),
    }
    return TemplateResponse(request, "cases/my_work.html", context)


@require_safe
@requires(check_has_standing_only)
def list_cases(request: MemberRequest) -> HttpResponse:
    """The cases that I may see, newest first; the address is the state of the filter."""
    form = FilterForm(request.GET)
    wanted = form.wanted()
    page = case_list(request.member, wanted, request.GET.get("after", ""))
    context = {
        "form": form,
        "wanted": wanted,
        "page": page,
        "next_address": next_address(request, after=page.after),
        "can_open": allowed(check_can_open_case, request.member),
    }
    return TemplateResponse(request, "cases/list.html", context)


@require_safe
@opens(Case, may=check_sees_case)
def show_case(request: MemberRequest, case: Case) -> HttpResponse:
    """The case at a glance: cautions, concern, and the chronology over all compartments that I may read."""
    entries = chronology(request.member, case, before=request.GET.get("before", ""))
    context = {
        "frame": case_frame(request.member, case),
        "case": case,
        "current": "case",
        "entries": entries,
        "next_address": next_address(request, before=entries.before),
    }
    return TemplateResponse(request, "cases/case.html", context)


def compartment_page(compartment: Compartment) -> Callable[..., HttpResponse]:
    """The page of one compartment: its entries, newest first."""

    @require_safe
    @opens(Case, may=check_can_read_part(compartment), permission=permission_codename(compartment))
    def show_compartment(request: MemberRequest, case: Case) -> HttpResponse:
        entries = chronology(request.member, case, compartment, request.GET.get("before", ""))
        context = {
            "frame": case_frame(request.member, case),
            "case": case,
            "current": compartment.value,
            "compartment": compartment,
            "entries": entries,
            "next_address": next_address(request, before=entries.before),
        }
        return TemplateResponse(request, "cases/compartment.html", context)

    return show_compartment


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_change_case)
def change(request: MemberRequest, case: Case) -> HttpResponse:
    """Stage, risk, concern and cautions. A stale page is told what the case says now, and keeps what was typed."""
    if request.method != "POST":
        now = {**{name: getattr(case, name) for name in (*NAMES, "version")}, "shown": marks_of(case)}
        form = ChangeCaseForm(now=case.stage, initial=draft_initial(request, ChangeCaseForm, **now))
        return _form_page(request, "cases/change.html", case, form)
    form = ChangeCaseForm(request.POST, now=case.stage)
    if "version" in form.data and is_changed_meanwhile(form, case):
        return _changed_meanwhile(request, case)
    if not form.is_valid():
        return _form_page(request, "cases/change.html", case, form, status=UNPROCESSABLE)
    if form.cleaned_data["stage"] != case.stage and (waiting := reason_to_stay(request.member, case)):
        form.add_error("stage", waiting)
        return _form_page(request, "cases/change.html", case, form, status=UNPROCESSABLE)
    try:
        change_case(case=case, by=request.member, version=form.cleaned_data["version"], details=form.details())
    except StalePage:
        case.refresh_from_db()
        return _changed_meanwhile(request, case)
    discard_draft(member=request.member, path=request.path)
    messages.success(request, _("The case is changed."))
    return redirect("cases:case", reference=case.reference)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_close_case)
def close(request: MemberRequest, case: Case) -> HttpResponse:
    """Close the case, after saying in numbers who loses access."""
    if request.method != "POST":
        initial = draft_initial(request, CloseCaseForm, version=case.version)
        return _closing_page(request, case, CloseCaseForm(initial=initial))
    form = CloseCaseForm(request.POST)
    if waiting := reason_to_stay(request.member, case):
        form.add_error(None, waiting)
    if not form.is_valid():
        return _closing_page(request, case, form, status=UNPROCESSABLE)
    try:
        close_case(
            case=case, by=request.member, version=form.cleaned_data["version"], reason=form.cleaned_data["reason"]
        )
    except StalePage:
        return _closing_page(request, case, with_field(form, "version", case.version), status=UNPROCESSABLE, stale=True)
    discard_draft(member=request.member, path=request.path)
    messages.success(request, _("The case is closed."))
    return redirect("cases:case", reference=case.reference)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_reopen_case)
def reopen(request: MemberRequest, case: Case) -> HttpResponse:
    """Open a closed case again. Shares stay ended."""
    if request.method != "POST":
        return _form_page(request, "cases/reopen.html", case, ReopenCaseForm(initial={"version": case.version}))
    form = ReopenCaseForm(request.POST)
    if not form.is_valid():
        return _form_page(request, "cases/reopen.html", case, form, status=UNPROCESSABLE)
    try:
        reopen_case(case=case, by=request.member, version=form.cleaned_data["version"])
    except StalePage:
        form = with_field(form, "version", case.version)
        return _form_page(request, "cases/reopen.html", case, form, status=UNPROCESSABLE, stale=True)
    messages.success(request, _("The case is open again."))
    return redirect("cases:case", reference=case.reference)


def next_address(request: HttpRequest, **place: str) -> str:
    """The present query with another place; empty when there is no next page."""
    if not all(place.values()):
        return ""
    query: QueryDict = request.GET.copy()
    for name, value in place.items():
        query[name] = value
    return "?" + query.urlencode()


def _changed_meanwhile(request: Any, case: Case) -> HttpResponse:
    """The form again, with what somebody else saved in the fields that the reader had left alone."""
    form, meanwhile = taken_over(ChangeCaseForm(request.POST, now=case.stage), case)
    return _form_page(request, "cases/change.html", case, form, status=UNPROCESSABLE, meanwhile=meanwhile)


def _closing_page(request: Any, case: Case, form: Any, *, status: int = 200, stale: bool = False) -> HttpResponse:
    people = who_can_see(case)
    losing = sum(len(group.people) for group in people if not group.is_lead)
    context = {"losing": losing, "agencies": sum(1 for group in people if not group.is_lead)}
    return _form_page(request, "cases/close.html", case, form, status=status, stale=stale, **context)


def _form_page(
    request: Any, template: str, case: Case, form: Any, *, status: int = 200, stale: bool = False, **more: Any
) -> HttpResponse:
    context = {"case": case, "form": form, "stale": stale, **more}
    return TemplateResponse(request, template, context, status=status)
