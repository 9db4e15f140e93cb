"""Pages of the joint plan: the interview at a glance, the plan, its signatures, its steps."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from casework.access.checker import is_kept_from_record
from casework.access.decorators import MemberRequest, opens
from casework.access.errors import StalePage
from casework.access.rules import allowed, check_sees_case
from casework.account.reading import remember_account
from casework.cases.frame import case_frame
from casework.cases.models import Case
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import form_page, stale_page, with_field
from casework.drafts.selectors import draft_initial
from casework.planning import actions
from casework.planning.blinding_actions import kept_from_record
from casework.planning.contents import PEOPLE, PlanContent
from casework.planning.forms import PlanForm, StepForm
from casework.planning.kinds import RequestState
from casework.planning.models import Plan, PlanStep
from casework.planning.requests import requests_of
from casework.planning.rules import (
    check_can_ask,
    check_can_change_plan,
    check_can_do_step,
    check_can_plan,
    check_can_request,
    check_can_sign_plan,
    check_sees_plan,
)
from casework.planning.selectors import (
    earlier_wordings,
    interviewers_for,
    known_of,
    last_plan_number,
    last_step_number,
    live_signatures,
    plan_reading,
    plans_of,
    signing_agencies,
)
from casework.planning.step_actions import add_step, finish_step
from casework.planning.words import field_in_words
from casework.web.forms import VersionForm

BY_PLAN = {"case__reference": "reference", "number": "plan"}
BY_STEP = {"case__reference": "reference", "plan__number": "plan", "number": "step"}
WITH_TELLING = ("case", "case__lead_agency", "telling", "lead_interviewer", "second_interviewer")
OF_PLAN = ("case", "case__lead_agency", "plan")


@require_safe
@opens(Case, may=check_sees_case)
def interview(request: MemberRequest, case: Case) -> HttpResponse:
    """The plans of the case: the one that is open first, and those that were closed."""
    plans = plans_of(request.member, case)
    requests = requests_of(request.member, case)
    context = {
        "frame": case_frame(request.member, case),
        "case": case,
        "current": "planning",
        "plans": plans,
        "may_plan": allowed(check_can_plan, request.member, case) and all(plan.is_closed for plan in plans),
        "requests": requests,
        "answered": sum(each.state == RequestState.FROM_RECORD for each in requests),
        "may_request": allowed(check_can_request, request.member, case),
    }
    return TemplateResponse(request, "planning/interview.html", context)


@require_safe
@opens(Plan, may=check_sees_plan, by=BY_PLAN, related=WITH_TELLING)
def show_plan(request: MemberRequest, plan: Plan) -> HttpResponse:
    return TemplateResponse(request, "planning/plan.html", plan_context(request, plan))


def plan_context(request: Any, plan: Plan) -> dict[str, Any]:
    """What the page of a plan shows, and which buttons."""
    member = request.member
    remember_account(request, plan.case)
    reading = plan_reading(member, plan, reads_account=actions.may_read_known(member, plan.case))
    signed = {each.agency.pk for each in reading.sign_offs if each.signature is not None}
    return {
        "case": plan.case,
        "plan": plan,
        "reading": reading,
        "is_blinded": is_kept_from_record(member, plan.case),
        "blindings": kept_from_record(plan.case),
        "may_change": not plan.is_closed and allowed(check_can_change_plan, member, plan),
        "may_ask": not plan.is_closed and not plan.was_held and allowed(check_can_ask, member, plan),
        "asks_further": plan.was_held and not plan.is_closed and allowed(check_can_request, member, plan.case),
        "may_sign": not plan.is_closed
        and member.agency_id not in signed
        and allowed(check_can_sign_plan, member, plan),
        "steps": [(step, allowed(check_can_do_step, member, step)) for step in reading.steps],
        "step_form": StepForm(
            agencies=signing_agencies(member, plan.case),
            initial=draft_initial(request, StepForm) | {"number": len(reading.steps) + 1},
        ),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_plan)
def new_plan(request: MemberRequest, case: Case) -> HttpResponse:
    number = last_plan_number(request.member, case) + 1
    form = _plan_form(request, case, number=number)
    context = {"case": case, "form": form, "number": number}
    if request.method == "POST" and form.is_valid():
        try:
            plan = actions.prepare_plan(
                case=case, by=request.member, number=form.cleaned_data["number"] or 0, content=form.content()
            )
        except StalePage as stale:
            return stale_page(
                request, "planning/plan_form.html", {**context, "form": with_field(form, "number", number)}, stale
            )
        return _saved(request, _("The plan is begun. Now each agency can sign it and add questions."), plan)
    return form_page(request, "planning/plan_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Plan, may=check_can_change_plan, by=BY_PLAN, related=WITH_TELLING)
def change(request: MemberRequest, plan: Plan) -> HttpResponse:
    """Change the plan. Whose signature that withdraws is said before anything is saved."""
    if plan.is_closed:
        return _closed_already(request, plan)
    form = _plan_form(request, plan.case, plan=plan)
    context = {"case": plan.case, "plan": plan, "form": form, "signed": live_signatures(request.member, plan)}
    if request.method != "POST" or not form.is_valid():
        return form_page(request, "planning/plan_form.html", context)
    if "back" in request.POST:
        return TemplateResponse(request, "planning/plan_form.html", context)
    try:
        actions.change_plan(
            plan=plan,
            by=request.member,
            version=form.cleaned_data["version"] or 0,
            content=form.content(),
            withdrawing=form.announced(),
        )
    except StalePage as stale:
        plan.refresh_from_db(fields=["version"])
        form = with_field(form, "version", plan.version)
        return stale_page(request, "planning/plan_form.html", {**context, "form": form}, stale)
    except actions.WithdrawsSignatures as question:
        return _ask_withdrawal(request, context, question)
    return _saved(request, _("The plan is changed. What it said before is kept."), plan)


def _ask_withdrawal(request: Any, context: dict[str, Any], question: actions.WithdrawsSignatures) -> HttpResponse:
    affected = {signature.pk for signature, _fields in question.affected}
    form = with_field(context["form"], "withdrawing", ",".join(str(key) for key in sorted(affected)))
    context = {
        **context,
        "form": form,
        "affected": [(signature, [field_in_words(name) for name in fields]) for signature, fields in question.affected],
        "staying": [each for each in context["signed"] if each.pk not in affected],
        "kept": [(name, value) for name in form.data for value in form.data.getlist(name) if name in _sent(form)],
    }
    return TemplateResponse(request, "planning/withdraws.html", context)


def _sent(form: PlanForm) -> set[str]:
    boxes = {f"interview_on_{box}" for box in range(3)}
    return set(form.fields) | boxes | {"keep"}


@require_POST
@opens(Plan, may=check_can_sign_plan, by=BY_PLAN, related=WITH_TELLING)
def sign(request: MemberRequest, plan: Plan) -> HttpResponse:
    return _press(request, plan, actions.sign_plan, _("You have signed the plan for your agency."))


@require_POST
@opens(Plan, may=check_can_change_plan, by=BY_PLAN, related=WITH_TELLING)
def close(request: MemberRequest, plan: Plan) -> HttpResponse:
    return _press(request, plan, actions.close_plan, _("The plan is closed."))


def _press(request: Any, plan: Plan, act: Any, done: str) -> HttpResponse:
    """A button of the plan's page: done, or the page again with the reason why not."""
    form = VersionForm(request.POST)
    if not form.is_valid():
        stale = StalePage(_("Nothing was sent. Press the button on this page."))
        return stale_page(request, "planning/plan.html", plan_context(request, plan), stale)
    try:
        act(plan=plan, by=request.member, version=form.cleaned_data["version"])
    except StalePage as stale:
        plan.refresh_from_db()
        return stale_page(request, "planning/plan.html", plan_context(request, plan), stale)
    messages.success(request, done)
    return redirect("planning:plan", reference=plan.case.reference, plan=plan.number)


@require_safe
@opens(Plan, may=check_sees_plan, by=BY_PLAN)
def earlier(request: MemberRequest, plan: Plan) -> HttpResponse:
    """What the plan said before."""
    rows = [(row, field_in_words(row.field)) for row in earlier_wordings(request.member, plan)]
    return TemplateResponse(request, "planning/earlier.html", {"case": plan.case, "plan": plan, "rows": rows})


@require_POST
@opens(Plan, may=check_can_change_plan, by=BY_PLAN, related=WITH_TELLING)
def new_step(request: MemberRequest, plan: Plan) -> HttpResponse:
    """Add who does what by when; the form stands on the page of the plan."""
    form = StepForm(request.POST, agencies=signing_agencies(request.member, plan.case))
    if not form.is_valid():
        return form_page(
            request, "planning/plan.html", {**plan_context(request, plan), "step_form": form, "form": form}
        )
    try:
        add_step(plan=plan, by=request.member, number=form.cleaned_data["number"], step=form.step())
    except StalePage as stale:
        form = with_field(form, "number", last_step_number(request.member, plan) + 1)
        return stale_page(request, "planning/plan.html", {**plan_context(request, plan), "step_form": form}, stale)
    discard_draft(member=request.member, path=plan_address(plan))
    return _saved(request, _("The step is added."), plan)


@require_POST
@opens(PlanStep, may=check_can_do_step, by=BY_STEP, related=OF_PLAN)
def step_done(request: MemberRequest, step: PlanStep) -> HttpResponse:
    finish_step(step=step, by=request.member)
    return _saved(request, _("The step is marked as done."), step.plan)


def _plan_form(request: Any, case: Case, plan: Plan | None = None, **initial: Any) -> PlanForm:
    options: dict[str, Any] = {
        "people": interviewers_for(case),
        "with_known": actions.may_write_known(request.member, case),
    }
    if request.method == "POST":
        return PlanForm(request.POST, **options)
    if plan is not None:
        known = known_of(request.member, plan) if options["with_known"] else None
        initial = {name: getattr(plan, f"{name}_id" if name in PEOPLE else name, "") for name in PlanContent.names()}
        initial |= {"version": plan.version, "known": known.text if known else ""}
    return PlanForm(initial=draft_initial(request, PlanForm, **initial), **options)


def _closed_already(request: Any, plan: Plan) -> HttpResponse:
    messages.warning(request, _("This plan is closed and can't be changed."))
    return redirect("planning:plan", reference=plan.case.reference, plan=plan.number)


def plan_address(plan: Plan) -> str:
    return reverse("planning:plan", args=[plan.case.reference, plan.number])


def _saved(request: Any, words: str, plan: Plan) -> HttpResponse:
    discard_draft(member=request.member, path=request.path)
    messages.success(request, words)
    return redirect("planning:plan", reference=plan.case.reference, plan=plan.number)
