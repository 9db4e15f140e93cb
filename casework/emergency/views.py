"""Breaking the glass, ending it, and explaining it afterwards: the member's own pages."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from casework.access.decorators import MemberRequest, requires
from casework.access.errors import UNPROCESSABLE, AccessDenied, StalePage
from casework.access.gate import confirm_factor_first, has_confirmed_factor_recently
from casework.access.rules import allowed, check_has_standing_only
from casework.drafts.actions import discard_draft, keep_draft, typed_text
from casework.drafts.form_pages import with_field
from casework.drafts.selectors import draft_initial
from casework.emergency import actions, selectors
from casework.emergency.forms import ExplainForm, OpenForm
from casework.emergency.rules import check_can_break_glass, check_can_explain
from casework.emergency.states import EXPLAIN_WITHIN, HOURS


@require_safe
@requires(check_can_break_glass)
def start(request: MemberRequest) -> HttpResponse:
    """Before you continue: what it does, for how long, who is told now. No form on this page."""
    context = {
        "hours": HOURS,
        "days": EXPLAIN_WITHIN.days,
        "waits": selectors.waits_for_review(),
        "rows": selectors.own_emergencies(request.member),
    }
    return TemplateResponse(request, "emergency/start.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(check_can_break_glass)
def open_case(request: MemberRequest) -> HttpResponse:
    """Open one case by its exact reference, a reason, and a second factor given just now."""
    if selectors.waits_for_review():
        messages.warning(request, _("Your last emergency access waits for its review. Until then there is no other."))
        return redirect("emergency:start")
    if not has_confirmed_factor_recently(request):
        return _confirm(request)
    if request.method != "POST":
        form = OpenForm(member=request.member, initial=draft_initial(request, OpenForm))
        return _open_page(request, form)
    form = OpenForm(request.POST, member=request.member)
    if not form.is_valid():
        return _open_page(request, form, UNPROCESSABLE)
    try:
        emergency = actions.break_glass(by=request.member, wanted=form.wanted())
    except actions.NothingOpened:
        return _nothing_opened(request, form)
    discard_draft(member=request.member, path=request.path)
    messages.warning(
        request, _("The case is open to you for %(hours)d hours. Everyone responsible is told now.") % {"hours": HOURS}
    )
    return redirect("cases:case", emergency.case.reference)


@require_POST
@requires(check_has_standing_only)
def end(request: MemberRequest) -> HttpResponse:
    """End the own emergency access that runs now; when none does, nothing happens."""
    running: Any = request.emergency  # type: ignore[attr-defined]
    if running is None:
        return redirect("emergency:start")
    actions.end_emergency(emergency=selectors.own_emergency(request.member, running.id), by=request.member)
    messages.success(request, _("Ended. Please explain now what you needed, while you remember it."))
    return redirect("emergency:own", running.id)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(check_has_standing_only)
def own(request: MemberRequest, emergency: int) -> HttpResponse:
    """One of the member's own: where it stands, and the explanation."""
    found = selectors.own_emergency(request.member, emergency)
    may_explain = allowed(check_can_explain, request.member, found)
    if request.method != "POST":
        form = ExplainForm(initial=draft_initial(request, ExplainForm, version=found.version))
        return _own_page(request, found, form if may_explain else None)
    check_can_explain(request.member, found)
    form = ExplainForm(request.POST)
    if not form.is_valid():
        return _own_page(request, found, form, UNPROCESSABLE)
    try:
        actions.explain(emergency=found, by=request.member, **form.cleaned_data)
    except StalePage:
        return _own_page(request, found, with_field(form, "version", found.version), UNPROCESSABLE)
    discard_draft(member=request.member, path=request.path)
    messages.success(request, _("Thank you. A supervisor of the agency that leads the case reviews it now."))
    return redirect("emergency:own", found.pk)


def _confirm(request: MemberRequest) -> HttpResponse:
    """To the second factor and back; what was typed is kept meanwhile."""
    if request.method == "POST":
        typed, _refused = typed_text(request.POST.lists())
        keep_draft(member_id=request.member.pk, path=request.path, typed=typed)
        messages.info(request, _("Confirm that it is you, and send the form once more. What you typed is kept."))
    return confirm_factor_first(request.path)


def _nothing_opened(request: MemberRequest, form: OpenForm) -> HttpResponse:
    """One answer for a wrong reference and for every case that may not be opened; the agency that leads reads of it."""
    refusal = AccessDenied("", rule="emergency_nothing")
    refusal.case_id = selectors.case_for_the_record(form.cleaned_data["reference"])
    form.add_error(None, _("Nothing was opened. There is no case of this reference that you can open in this way."))
    if "identity" in form.cleaned_data["compartments"]:
        form.add_error("compartments", _("Who the child is can't always be opened in this way. Try without it."))
    return _open_page(request, form, UNPROCESSABLE)


def _open_page(request: MemberRequest, form: OpenForm, status: int = 200) -> HttpResponse:
    return TemplateResponse(request, "emergency/open.html", {"form": form, "hours": HOURS}, status=status)


def _own_page(request: MemberRequest, found: Any, form: ExplainForm | None, status: int = 200) -> HttpResponse:
    (row,) = selectors.rows_of([found])
    context = {"row": row, "access": found, "form": form, "days": EXPLAIN_WITHIN.days}
    return TemplateResponse(request, "emergency/own.html", context, status=status)
