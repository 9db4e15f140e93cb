"""Pages of summaries: the register, putting one together, approval."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import AccessDenied, StalePage
from casework.access.rules import allowed
from casework.cases.models import Case
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import form_of, form_page, stale_page, with_field
from casework.drafts.selectors import draft_initial
from casework.summaries import actions
from casework.summaries.forms import APPROVE, ChoiceForm, DecisionForm, SummaryForm
from casework.summaries.left_out import left_out_of, stamp_of
from casework.summaries.models import Summary
from casework.summaries.rules import (
    READ_LEGAL,
    check_can_change_summary,
    check_can_decide_summary,
    check_can_make_copy,
    check_can_make_summary,
    check_can_open_summary,
    check_can_read_summaries,
    check_reads_everything,
)
from casework.summaries.selectors import (
    Contents,
    changed_since_approval,
    choices_for,
    contents_of,
    copies_of,
    last_number,
    register_of,
    versions_now,
)
from casework.summaries.states import summary_allows
from casework.web.forms import VersionForm

BY_SUMMARY = {"case__reference": "reference", "number": "number"}


@require_safe
@opens(Case, may=check_can_read_summaries, permission=READ_LEGAL)
def list_summaries(request: MemberRequest, case: Case) -> HttpResponse:
    context = {
        "case": case,
        "register": register_of(request.member, case),
        "may_make": allowed(check_can_make_summary, request.member, case),
    }
    return TemplateResponse(request, "summaries/list.html", context)


@require_http_methods(["GET", "POST"])
@opens(Case, may=check_can_make_summary, permission=READ_LEGAL)
def new_summary(request: MemberRequest, case: Case) -> HttpResponse:
    number = last_number(request.member, case) + 1
    form = form_of(request, SummaryForm, number=number)
    context = {"case": case, "form": form, "number": number}
    if request.method == "POST" and form.is_valid():
        try:
            summary = actions.start_summary(
                case=case, by=request.member, number=form.cleaned_data["number"] or 0, details=form.details()
            )
        except StalePage as stale:
            context["form"] = with_field(form, "number", number)
            return stale_page(request, "summaries/details.html", context, stale)
        discard_draft(member=request.member, path=request.path)
        return redirect("summaries:choose", reference=case.reference, number=summary.number)
    return form_page(request, "summaries/details.html", context)


@require_safe
@opens(Summary, may=check_can_open_summary, by=BY_SUMMARY)
def summary(request: MemberRequest, summary: Summary) -> HttpResponse:
    return TemplateResponse(request, "summaries/summary.html", summary_context(request.member, summary))


@require_http_methods(["GET", "POST"])
@opens(Summary, may=check_can_change_summary, by=BY_SUMMARY)
def change_details(request: MemberRequest, summary: Summary) -> HttpResponse:
    names = (*actions.TEXTS, *actions.CODES, "version")
    form = form_of(request, SummaryForm, **{name: getattr(summary, name) for name in names})
    context = {"case": summary.case, "summary": summary, "form": form, "number": summary.number}
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_details(
                summary=summary, by=request.member, version=form.cleaned_data["version"] or 0, details=form.details()
            )
        except StalePage as stale:
            context["form"] = with_field(form, "version", _version_now(summary))
            return stale_page(request, "summaries/details.html", context, stale)
        discard_draft(member=request.member, path=request.path)
        messages.success(request, _("%(label)s is saved.") % {"label": summary.label})
        return to_summary(summary)
    return form_page(request, "summaries/details.html", context)


@require_http_methods(["GET", "POST"])
@opens(Summary, may=check_can_change_summary, by=BY_SUMMARY)
def choose(request: MemberRequest, summary: Summary) -> HttpResponse:
    choices = choices_for(request.member, summary)
    initial = draft_initial(request, ChoiceForm, version=summary.version)
    form = ChoiceForm(choices, request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            added, dropped = actions.choose_items(
                summary=summary,
                by=request.member,
                version=form.cleaned_data["version"],
                passages=form.chosen_passages(),
                entries=form.cleaned_data["entries"],
            )
        except StalePage as stale:
            return stale_page(request, "summaries/choose.html", _choice_context(summary, choices, form), stale)
        discard_draft(member=request.member, path=request.path)
        messages.success(
            request,
            _("The choice is saved: %(added)d added, %(dropped)d taken out.") % {"added": added, "dropped": dropped},
        )
        return redirect("summaries:choose", reference=summary.case.reference, number=summary.number)
    return form_page(request, "summaries/choose.html", _choice_context(summary, choices, form))


@require_POST
@opens(Summary, may=check_can_change_summary, by=BY_SUMMARY)
def ask(request: MemberRequest, summary: Summary) -> HttpResponse:
    done = _("%(label)s waits for approval by a supervisor. Until then it can't be changed.")
    return _moved(request, summary, actions.ask_approval, done)


@require_POST
@opens(Summary, may=check_can_change_summary, by=BY_SUMMARY)
def take_back(request: MemberRequest, summary: Summary) -> HttpResponse:
    return _moved(request, summary, actions.take_back, _("%(label)s can be changed again."))


@require_POST
@opens(Summary, may=check_can_change_summary, by=BY_SUMMARY)
def open_again(request: MemberRequest, summary: Summary) -> HttpResponse:
    done = _("The approval of %(label)s has ended. Copies that were issued stay in the register.")
    return _moved(request, summary, actions.open_again, done)


@require_http_methods(["GET", "POST"])
@opens(Summary, may=check_can_decide_summary, by=BY_SUMMARY)
def decide(request: MemberRequest, summary: Summary) -> HttpResponse:
    left_out = left_out_of(summary)
    seen = stamp_of(versions_now(request.member, summary), left_out)  # before the contents: what comes then is noticed
    contents = contents_of(request.member, summary)
    initial = {"version": summary.version, "seen": seen}
    form = form_of(request, DecisionForm, **initial)
    context = {
        "case": summary.case,
        "summary": summary,
        "contents": contents,
        "left_out": left_out,
        "form": form,
        "is_asked": summary_allows(summary.state, "approve"),
        "cannot_read": _refusal(check_reads_everything, contents.unreadable),
    }
    if request.method == "POST" and form.is_valid():
        try:
            _decide(request.member, summary, form.cleaned_data)
        except StalePage as stale:
            context["form"] = with_field(with_field(form, "version", _version_now(summary)), "seen", seen)
            return stale_page(request, "summaries/decide.html", context, stale)
        discard_draft(member=request.member, path=request.path)
        messages.success(request, _("Your decision on %(label)s is recorded.") % {"label": summary.label})
        return to_summary(summary)
    return form_page(request, "summaries/decide.html", context)


def _decide(member: Any, summary: Summary, cleaned: dict[str, Any]) -> None:
    if cleaned["decision"] == APPROVE:
        actions.approve(summary=summary, by=member, version=cleaned["version"], seen=cleaned["seen"])
    else:
        actions.return_for_changes(summary=summary, by=member, version=cleaned["version"], reason=cleaned["reason"])


def summary_context(member: Any, summary: Summary) -> dict[str, Any]:
    """What the page of a summary shows: as it will read, what can happen next, and its copies."""
    contents = contents_of(member, summary)
    copies = copies_of(member, summary)
    may_change = allowed(check_can_change_summary, member, summary)
    may_copy = allowed(check_can_make_copy, member, summary) and summary_allows(summary.state, "ask_copy")
    changed = changed_since_approval(member, summary) if may_copy else []
    return {
        "case": summary.case,
        "summary": summary,
        "contents": contents,
        "left_out": left_out_of(summary),
        "copies": copies,
        "next_copy": copies[0].number + 1 if copies else 1,
        "may_edit": may_change and summary_allows(summary.state, "choose_items"),
        "may_ask": may_change and summary_allows(summary.state, "ask_approval") and contents.size,
        "may_take_back": may_change and summary_allows(summary.state, "take_back"),
        "may_open_again": may_change and summary_allows(summary.state, "open_again"),
        "may_decide": summary_allows(summary.state, "approve") and allowed(check_can_decide_summary, member, summary),
        "may_copy": may_copy and not changed and not contents.unreadable,
        "changed": changed,
        "cannot_read": _refusal(check_reads_everything, contents.unreadable),
    }


def _choice_context(summary: Summary, choices: Contents, form: ChoiceForm) -> dict[str, Any]:
    """The tree with what is ticked: as saved, or as sent when the form is shown again."""
    ticked = {key for part in choices.parts for key in part.chosen}
    if form.is_bound or "passages" in form.initial:
        ticked = form.sent("passages") | form.sent("entries")
    return {
        "case": summary.case,
        "summary": summary,
        "choices": choices,
        "form": form,
        "ticked": ticked,
        "is_locked": not summary_allows(summary.state, "choose_items"),
    }


def _moved(request: MemberRequest, summary: Summary, action: Any, done: str) -> HttpResponse:
    """One step in the life of a summary, by one button."""
    form = VersionForm(request.POST)
    try:
        action(summary=summary, by=request.member, version=form.cleaned_data["version"] if form.is_valid() else 0)
    except StalePage as stale:
        summary.refresh_from_db(fields=["version", "state"])
        return stale_page(request, "summaries/summary.html", summary_context(request.member, summary), stale)
    messages.success(request, done % {"label": summary.label})
    return to_summary(summary)


def to_summary(summary: Summary) -> HttpResponse:
    """To the page of the summary."""
    return redirect("summaries:summary", reference=summary.case.reference, number=summary.number)


def _refusal(check: Any, *arguments: Any) -> str:
    """The reason of a refusal, to be shown before somebody tries; empty when it would be allowed."""
    try:
        check(*arguments)
    except AccessDenied as refusal:
        return refusal.reason
    return ""


def _version_now(summary: Summary) -> int:
    summary.refresh_from_db(fields=["version"])
    return summary.version
