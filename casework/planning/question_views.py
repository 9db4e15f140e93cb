"""Pages of the question pool: ask, merge, take apart, and say what became of a question."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import NotVisible, StalePage
from casework.access.rules import allowed
from casework.account.reading import purposes_to_state, remember_account
from casework.cases.submission import AlreadySaved, new_submission, row_of
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import form_of, form_page, stale_page, with_field
from casework.planning import question_actions
from casework.planning.asking import asking_form, searched
from casework.planning.kinds import WITH_PASSAGES, WITH_REASON
from casework.planning.models import Plan, Question
from casework.planning.pool import labels_of, passages_named, pool_of
from casework.planning.question_actions import Outcome
from casework.planning.question_forms import AskForm, FoundForm, MergeForm, OutcomeForm, kept_values
from casework.planning.record import search_record
from casework.planning.rules import (
    check_can_ask,
    check_can_change_plan,
    check_can_check_again,
    check_can_set_outcome,
    check_sees_question,
)
from casework.planning.views import BY_PLAN

BY_QUESTION = {"case__reference": "reference", "plan__number": "plan", "number": "question"}
OF_PLAN = ("case", "case__lead_agency", "plan", "plan__case", "merged_into")


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Plan, may=check_can_ask, by=BY_PLAN)
def ask(request: MemberRequest, plan: Plan) -> HttpResponse:
    """First the question; then what the record holds on it; then it enters the pool, or is answered already."""
    if request.method != "POST" and plan.was_held:
        messages.warning(request, _("The interview of this plan was held, so no question goes into it any more."))
        return redirect("planning:plan", reference=plan.case.reference, plan=plan.number)
    form: Any = asking_form(request, AskForm, plan.case, submission=new_submission())
    context = {"case": plan.case, "plan": plan, "form": form, "must_say_why": "purpose" in form.fields}
    if "back" in request.POST:
        return TemplateResponse(request, "planning/ask.html", context)
    if request.method != "POST" or not form.is_valid():
        return form_page(request, "planning/ask.html", context)
    record = searched(request, plan.case, form, [form.cleaned_data["text"]])
    found = FoundForm(request.POST if "checked" in request.POST else None, hits=record.hits)
    context |= {"found": found, "record": record, "kept": kept_values(form)}
    if not found.is_bound:
        return TemplateResponse(request, "planning/ask_check.html", context)
    if not found.is_valid():
        return form_page(request, "planning/ask_check.html", {**context, "form": found})
    try:
        question_actions.ask_question(
            plan=plan,
            by=request.member,
            content=form.content(),
            search=found.search(was_searched=record.is_searched),
            answered_at=found.taken(),
            question_id=row_of(form.cleaned_data["submission"]),
        )
    except StalePage as stale:
        return stale_page(request, "planning/ask.html", context, stale)
    except AlreadySaved:
        pass
    words = _("It is answered from the record.") if found.taken() else _("The question is in the pool.")
    return _saved(request, words, plan)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Plan, may=check_can_change_plan, by=BY_PLAN)
def merge(request: MemberRequest, plan: Plan) -> HttpResponse:
    """Let one question stand for several. Who asked is kept."""
    pool = pool_of(request.member, plan)
    form = MergeForm(request.POST if request.method == "POST" else None, pool=pool)
    context = {"case": plan.case, "plan": plan, "form": form, "pool": pool}
    if request.method == "POST" and form.is_valid():
        try:
            question_actions.merge_questions(
                plan=plan, by=request.member, keep=form.cleaned_data["keep"], others=form.cleaned_data["others"]
            )
        except StalePage as stale:
            return stale_page(request, "planning/merge.html", context, stale)
        return _saved(request, _("The questions are merged. Everybody who asked is still named."), plan)
    return form_page(request, "planning/merge.html", context)


@require_POST
@opens(Question, may=check_sees_question, by=BY_QUESTION, related=OF_PLAN)
def apart(request: MemberRequest, question: Question) -> HttpResponse:
    try:
        question_actions.take_apart(question=question, by=request.member)
    except StalePage as stale:
        messages.warning(request, str(stale))
    return redirect("planning:plan", reference=question.case.reference, plan=question.plan.number)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Question, may=check_sees_question, by=BY_QUESTION, related=OF_PLAN)
def question(request: MemberRequest, question: Question) -> HttpResponse:
    """One question of the pool, and what became of it."""
    may_decide = (
        not question.plan.is_closed
        and question.merged_into_id is None
        and allowed(check_can_set_outcome, request.member, question)
    )
    if request.method == "POST":
        check_can_set_outcome(request.member, question)
    remember_account(request, question.case)
    now = {"outcome": question.outcome, "reason": question.outcome_reason, "version": question.version}
    form = form_of(request, OutcomeForm, **now, passages=labels_of(request.member, question.passage_keys))
    context = {
        "case": question.case,
        "plan": question.plan,
        "question": question,
        "pooled": next(
            (each for each in pool_of(request.member, question.plan) if each.question.pk == question.pk), None
        ),
        "form": form,
        "may_decide": may_decide,
        "may_check": may_decide and allowed(check_can_check_again, request.member, question),
        "may_change": not question.plan.is_closed and allowed(check_can_change_plan, request.member, question.plan),
    }
    if request.method == "POST" and form.is_valid():
        try:
            question_actions.set_outcome(
                question=question,
                by=request.member,
                version=form.cleaned_data["version"],
                outcome=_outcome(request, question, form),
            )
        except StalePage as stale:
            question.refresh_from_db(fields=["version"])
            form = with_field(form, "version", question.version)
            return stale_page(request, "planning/question.html", {**context, "form": form}, stale)
        except NotVisible:
            form.add_error("passages", _("One of these passages is not in this account, or you may not read it."))
            return form_page(request, "planning/question.html", context)
        return _saved(request, _("What became of the question is recorded."), question.plan)
    return form_page(request, "planning/question.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Question, may=check_can_check_again, by=BY_QUESTION, related=OF_PLAN)
def check(request: MemberRequest, question: Question) -> HttpResponse:
    """Hold a question against the record, for an asker who may not read it. The purpose is said first."""
    if purposes_to_state(request, question.case):
        return redirect("account:account", reference=question.case.reference)
    remember_account(request, question.case)
    record = search_record(request.member, question.case, [question.text])
    found = FoundForm(request.POST if request.method == "POST" else None, hits=record.hits)
    context = {"case": question.case, "plan": question.plan, "question": question, "found": found, "record": record}
    context |= {"form": found}
    if request.method != "POST" or not found.is_valid():
        return form_page(request, "planning/check.html", context)
    try:
        question_actions.check_again(
            question=question,
            by=request.member,
            search=found.search(was_searched=record.is_searched),
            answered_at=found.taken(),
        )
    except StalePage as stale:
        return stale_page(request, "planning/check.html", context, stale)
    words = _("It is answered from the record.") if found.taken() else _("The search is recorded.")
    return _saved(request, words, question.plan)


def _outcome(request: Any, question: Question, form: OutcomeForm) -> Outcome:
    """What was sent, with the keys of the passages that were named. Raises: NotVisible for one that is not there."""
    code = form.cleaned_data["outcome"]
    named = form.cleaned_data["passages"] if code in WITH_PASSAGES else []
    keys = passages_named(request.member, question.case, named)
    if set(keys) != set(named):
        raise NotVisible
    return Outcome(code, form.cleaned_data["reason"] if code in WITH_REASON else "", tuple(keys.values()))


def _saved(request: Any, words: str, plan: Plan) -> HttpResponse:
    discard_draft(member=request.member, path=request.path)
    messages.success(request, words)
    return redirect("planning:plan", reference=plan.case.reference, plan=plan.number)
