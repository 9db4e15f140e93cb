"""Asking who a child is, and deciding on it: pages on the case, for both sides."""

import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.standing import today
from casework.access.database import database_now
from casework.access.decorators import MemberRequest, opens
from casework.access.errors import UNPROCESSABLE, AccessDenied, StalePage
from casework.access.rules import allowed, check_sees_case
from casework.cases.days import day_before
from casework.cases.frame import case_frame
from casework.cases.identity_parts import parts_open_to
from casework.cases.models import Case
from casework.custody import actions, selectors
from casework.custody.forms import AskForm, DecideForm
from casework.custody.kinds import Answer, RequestState
from casework.custody.models import IdentityRequest
from casework.custody.rules import (
    check_can_ask,
    check_can_decide,
    check_can_end,
    check_can_withdraw,
    check_keeps_identity,
    check_sees_request,
)
from casework.custody.states import LONGEST_DAYS, USUAL_DAYS
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import form_page, with_field
from casework.drafts.selectors import draft_initial
from casework.web.forms import VersionForm

BY_REQUEST = {"case__reference": "reference", "pk": "asked"}
RELATED = (*selectors.RELATED, "member__agency")


@require_safe
@opens(Case, may=check_sees_case)
def of_case(request: MemberRequest, case: Case) -> HttpResponse:
    """The reader's own requests; for whoever keeps the identity of the case, everybody's."""
    rows = selectors.requests_of(request.member, case)
    context = {
        "frame": case_frame(request.member, case),
        "case": case,
        "current": "custody",
        "rows": rows,
        "keeps": allowed(check_keeps_identity, request.member, case),
        "may_ask": allowed(check_can_ask, request.member, case),
        "waits": any(_is_own(request, row) and row.state == RequestState.WAITING for row in rows),
        "days": LONGEST_DAYS,
    }
    return TemplateResponse(request, "custody/of_case.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_ask)
def ask(request: MemberRequest, case: Case) -> HttpResponse:
    """Which parts of those not open yet, why, and until when."""
    held = parts_open_to(request.member, case)
    initial = draft_initial(request, AskForm, until=today() + datetime.timedelta(days=USUAL_DAYS))
    form = AskForm(request.POST if request.method == "POST" else None, held=held, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            made = actions.ask_identity(case=case, by=request.member, wanted=form.wanted())
        except AccessDenied as problem:
            form.add_error("until" if problem.rule == "identity_ends" else None, str(problem))
        else:
            discard_draft(member=request.member, path=request.path)
            messages.success(request, _("Sent. You find the decision here, and in “My work”."))
            return redirect("custody:request", case.reference, made.pk)
    custodians = selectors.custodians_beside(request.member, case)
    context = {"case": case, "form": form, "custodians": custodians, "held": selectors.labels_of(held)}
    return form_page(request, "custody/ask.html", context)


@require_safe
@opens(IdentityRequest, may=check_sees_request, by=BY_REQUEST, related=RELATED)
def show(request: MemberRequest, asked: IdentityRequest) -> HttpResponse:
    """One request: what, why, until when, and what became of it."""
    return _page(request, asked)


@require_POST
@opens(IdentityRequest, may=check_sees_request, by=BY_REQUEST, related=RELATED)
def decide(request: MemberRequest, asked: IdentityRequest) -> HttpResponse:
    """Give it, or decline it."""
    try:
        check_can_decide(request.member, asked, database_now())
    except AccessDenied as refusal:
        if refusal.rule == "identity_decided":  # somebody else was faster
            return _page(request, asked, _decide_form(request, asked), stale=str(refusal), status=UNPROCESSABLE)
        refusal.case_id = asked.case_id
        raise
    form = _decide_form(request, asked)
    if not form.is_valid():
        return _page(request, asked, form, status=UNPROCESSABLE)
    chosen = form.cleaned_data
    try:
        if chosen["answer"] == Answer.GIVE:
            actions.give_identity(request=asked, by=request.member, version=chosen["version"], given=form.given())
        else:
            actions.decline_identity(
                request=asked, by=request.member, version=chosen["version"], reason=chosen["reason"]
            )
    except AccessDenied as problem:
        form.add_error(None, str(problem))
        return _page(request, asked, form, status=UNPROCESSABLE)
    except StalePage as problem:
        form = with_field(form, "version", asked.version)
        return _page(request, asked, form, stale=str(problem), status=UNPROCESSABLE)
    discard_draft(member=request.member, path=_address(asked))
    messages.success(request, _("Decided. Who asked is told in “My work”."))
    return redirect("custody:of_case", asked.case.reference)


@require_POST
@opens(IdentityRequest, may=check_sees_request, by=BY_REQUEST, related=RELATED)
def withdraw(request: MemberRequest, asked: IdentityRequest) -> HttpResponse:
    """Withdraw the own request while it waits."""
    return _moved(request, asked, actions.withdraw_request, _("Withdrawn. Nobody decides on it any more."))


@require_POST
@opens(IdentityRequest, may=check_sees_request, by=BY_REQUEST, related=RELATED)
def end(request: MemberRequest, asked: IdentityRequest) -> HttpResponse:
    """End what was given: by who asked, or by whoever keeps the identity."""
    return _moved(request, asked, actions.end_given, _("Ended, at once."))


def _moved(request: MemberRequest, asked: IdentityRequest, act: Any, words: str) -> HttpResponse:
    check = check_can_withdraw if act is actions.withdraw_request else check_can_end
    try:
        check(request.member, asked, database_now())
        form = VersionForm(request.POST)
        if not form.is_valid():
            return _page(request, asked, stale=_("Please send it from the page once more."), status=UNPROCESSABLE)
        act(request=asked, by=request.member, version=form.cleaned_data["version"])
    except AccessDenied as refusal:
        if refusal.rule in ("identity_decided", "identity_over"):
            return _page(request, asked, stale=str(refusal), status=UNPROCESSABLE)
        refusal.case_id = asked.case_id
        raise
    except StalePage as problem:
        return _page(request, asked, stale=str(problem), status=UNPROCESSABLE)
    messages.success(request, words)
    return redirect("custody:request", asked.case.reference, asked.pk)


def _page(
    request: MemberRequest, asked: IdentityRequest, form: DecideForm | None = None, stale: str = "", status: int = 200
) -> HttpResponse:
    now, member = database_now(), request.member
    (row,) = selectors.rows_of([asked])
    may_decide = allowed(check_can_decide, member, asked, now)
    if form is None and may_decide:
        form = _decide_form(request, asked, fresh=True)
    context = {
        "frame": case_frame(member, asked.case),
        "case": asked.case,
        "current": "custody",
        "row": row,
        "asked": asked,
        "form": form if may_decide else None,
        "typed": form["reason"].value() if form is not None and not may_decide else "",
        "here": _address(asked),
        "moving": VersionForm(initial={"version": asked.version}),
        "may_withdraw": allowed(check_can_withdraw, member, asked, now),
        "may_end": row.in_force and allowed(check_can_end, member, asked, now),
        "is_own": _is_own(request, row),
        "custodians": selectors.custodians_beside(asked.member, asked.case),
        "stale": stale,
    }
    return TemplateResponse(request, "custody/request.html", context, status=status)


def _decide_form(request: MemberRequest, asked: IdentityRequest, *, fresh: bool = False) -> DecideForm:
    """As sent; or fresh: everything as asked, with what was typed here before.

    Whether to give it is chosen, never left as it stood.
    """
    latest = day_before(selectors.latest_end(asked))
    if not fresh:
        return DecideForm(request.POST, asked=asked.parts, latest=latest)
    initial = draft_initial(request, DecideForm, parts=asked.parts, until=latest, version=asked.version)
    return DecideForm(asked=asked.parts, latest=latest, initial=initial)


def _address(asked: IdentityRequest) -> str:
    """The page on which the forms stand: what is typed into them is kept by its address."""
    return reverse("custody:request", args=[asked.case.reference, asked.pk])


def _is_own(request: MemberRequest, row: selectors.RequestRow) -> bool:
    return row.request.member_id == request.member.pk
