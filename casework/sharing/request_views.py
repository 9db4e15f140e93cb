"""Asking the lead agency for topics of the account, and answering: pages on the case, for both sides."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import UNPROCESSABLE, AccessDenied, StalePage
from casework.access.rules import allowed
from casework.cases.frame import case_frame
from casework.cases.models import Case
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import form_of, form_page
from casework.drafts.selectors import draft_initial
from casework.sharing import request_actions, requesting
from casework.sharing.models import TopicRequest
from casework.sharing.request_forms import AskTopicsForm, DeclineTopicsForm
from casework.sharing.rules import (
    check_can_answer_topics,
    check_can_ask_topics,
    check_can_share,
    check_can_withdraw_topics,
    check_sees_topic_request,
)
from casework.web.forms import VersionForm

BY_REQUEST = {"case__reference": "reference", "pk": "topic_request"}


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_ask_topics)
def ask(request: MemberRequest, case: Case) -> HttpResponse:
    """Which topics, what for and why. The search begins it by POST, so that its topics stand in no address."""
    if "begin" in request.POST:
        chosen = {"topics": request.POST.getlist("topics")}
        form = AskTopicsForm(initial=draft_initial(request, AskTopicsForm) | chosen)
    else:
        form = form_of(request, AskTopicsForm)
    if form.is_bound and form.is_valid():
        try:
            made = request_actions.ask_topics(case=case, by=request.member, wanted=form.wanted())
        except AccessDenied as problem:
            form.add_error(None, str(problem))
        else:
            discard_draft(member=request.member, path=request.path)
            messages.success(request, _("Sent. You find the answer here, and in “My work”."))
            return redirect("sharing:topic_request", case.reference, made.pk)
    context = {
        "case": case,
        "form": form,
        "supervisors": requesting.who_answers(case),
        "waiting": requesting.own_waiting(request.member, case),
    }
    return form_page(request, "sharing/ask_topics.html", context)


@require_safe
@opens(TopicRequest, may=check_sees_topic_request, by=BY_REQUEST, related=request_actions.RELATED)
def show(request: MemberRequest, asked: TopicRequest) -> HttpResponse:
    """One request: topics, why, and what became of it."""
    return _page(request, asked)


@require_POST
@opens(TopicRequest, may=check_sees_topic_request, by=BY_REQUEST, related=request_actions.RELATED)
def decline(request: MemberRequest, asked: TopicRequest) -> HttpResponse:
    """Decline it, with a reason for who asked."""
    if stale := _too_late(request, asked, check_can_answer_topics):
        return stale
    form = DeclineTopicsForm(request.POST)
    if not form.is_valid():
        return _page(request, asked, form, status=UNPROCESSABLE)
    try:
        request_actions.decline_topics(request=asked, by=request.member, **form.cleaned_data)
    except StalePage as problem:
        return _page(request, asked, stale=str(problem), status=UNPROCESSABLE)
    discard_draft(member=request.member, path=_address(asked))
    messages.success(request, _("Declined. Who asked reads your reason."))
    return redirect("sharing:of_case", asked.case.reference)


@require_POST
@opens(TopicRequest, may=check_sees_topic_request, by=BY_REQUEST, related=request_actions.RELATED)
def withdraw(request: MemberRequest, asked: TopicRequest) -> HttpResponse:
    """Withdraw the own request while it waits."""
    if stale := _too_late(request, asked, check_can_withdraw_topics):
        return stale
    form = VersionForm(request.POST)
    try:
        if not form.is_valid():
            raise StalePage(_("Please send it from the page once more."))
        request_actions.withdraw_topics(request=asked, by=request.member, version=form.cleaned_data["version"])
    except StalePage as problem:
        return _page(request, asked, stale=str(problem), status=UNPROCESSABLE)
    messages.success(request, _("Withdrawn. Nobody answers it any more."))
    return redirect("sharing:topic_request", asked.case.reference, asked.pk)


def _too_late(request: MemberRequest, asked: TopicRequest, check: Any) -> HttpResponse | None:
    """The page again when somebody else was faster. Raises: AccessDenied for whoever may not do it at all."""
    try:
        check(request.member, asked)
    except AccessDenied as refusal:
        if refusal.rule == "topics_answered":
            return _page(request, asked, stale=str(refusal), status=UNPROCESSABLE)
        refusal.case_id = asked.case_id
        raise
    return None


def _page(
    request: MemberRequest,
    asked: TopicRequest,
    form: DeclineTopicsForm | None = None,
    stale: str = "",
    status: int = 200,
) -> HttpResponse:
    member, may_answer = request.member, allowed(check_can_answer_topics, request.member, asked)
    if form is None and may_answer:
        initial = draft_initial(request, DeclineTopicsForm) if request.method != "POST" else {}
        form = DeclineTopicsForm(initial=initial | {"version": asked.version})
    context = {
        "frame": case_frame(member, asked.case),
        "case": asked.case,
        "current": "sharing",
        "asked": asked,
        "form": form if may_answer else None,
        "here": _address(asked),
        "may_share": may_answer and allowed(check_can_share, member, asked.case),
        "may_withdraw": allowed(check_can_withdraw_topics, member, asked),
        "moving": VersionForm(initial={"version": asked.version}),
        "supervisors": requesting.who_answers(asked.case),
        "stale": stale,
    }
    return TemplateResponse(request, "sharing/topic_request.html", context, status=status)


def _address(asked: TopicRequest) -> str:
    """The page on which the forms stand: what is typed into them is kept by its address."""
    return reverse("sharing:topic_request", args=[asked.case.reference, asked.pk])
