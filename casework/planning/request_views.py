"""Pages of the gate: ask for a further telling, be heard, take the answer of the record, decide."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import Member
from casework.access.decorators import MemberRequest, opens
from casework.access.errors import NotVisible, StalePage
from casework.access.rules import allowed
from casework.account.reading import remember_account
from casework.cases.models import Case
from casework.cases.submission import AlreadySaved, new_submission, row_of
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import form_page, stale_page
from casework.drafts.selectors import draft_initial
from casework.planning import request_actions
from casework.planning.asking import asking_form, searched
from casework.planning.kinds import RequestState
from casework.planning.pool import passages_named
from casework.planning.question_forms import FoundForm, kept_values
from casework.planning.request_actions import Decision
from casework.planning.request_forms import DecideForm, HearingForm, RequestForm, TakeAnswerForm, WithdrawForm
from casework.planning.request_models import FurtherRequest, Hearing
from casework.planning.requests import gate_of, prior_accounts, request_reading, speaks_for_child
from casework.planning.rules import (
    check_asked_it,
    check_can_decide_request,
    check_can_request,
    check_is_heard,
    check_sees_request,
)
from casework.planning.selectors import interviewers_for

BY_REQUEST = {"case__reference": "reference", "number": "request_number"}
BY_HEARING = {"case__reference": "reference", "request__number": "request_number", "pk": "hearing"}
OF_REQUEST = ("case", "case__lead_agency", "telling")


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_request)
def new_request(request: MemberRequest, case: Case) -> HttpResponse:
    """First what is needed; then what the record holds on it; then the request is sent, or not needed any more."""
    form: Any = asking_form(request, RequestForm, case, submission=new_submission())
    context = {
        "case": case,
        "form": form,
        "must_say_why": "purpose" in form.fields,
        "gate": gate_of(case),
        "prior": prior_accounts(request.member, case),
        "heard": [each for each in speaks_for_child(case) if each.pk != request.member.pk],
    }
    if "back" in request.POST:
        return TemplateResponse(request, "planning/request_form.html", context)
    if request.method != "POST" or not form.is_valid():
        return form_page(request, "planning/request_form.html", context)
    record = searched(request, case, form, form.cleaned_data["questions"].splitlines())
    found = FoundForm(request.POST if "checked" in request.POST else None, hits=record.hits)
    context |= {"found": found, "record": record, "kept": kept_values(form)}
    if not found.is_bound:
        return TemplateResponse(request, "planning/request_check.html", context)
    if not found.is_valid():
        return form_page(request, "planning/request_check.html", {**context, "form": found})
    try:
        made = request_actions.ask_further_telling(
            case=case,
            by=request.member,
            content=form.content(),
            search=found.search(was_searched=record.is_searched),
            answered_at=found.taken(),
            request_id=row_of(form.cleaned_data["submission"]),
        )
    except AlreadySaved as saved:
        made = FurtherRequest.objects.visible_to(request.member).select_related("case").get(pk=saved.row_id)
    discard_draft(member=request.member, path=request.path)
    words = _("The request is sent.") if made.state == RequestState.ASKED else _("It is answered from the record.")
    messages.success(request, words)
    return _to(made)


@require_safe
@opens(FurtherRequest, may=check_sees_request, by=BY_REQUEST, related=OF_REQUEST)
def show_request(request: MemberRequest, subject: FurtherRequest) -> HttpResponse:
    return TemplateResponse(request, "planning/request.html", _context(request, subject))


def _context(request: Any, subject: FurtherRequest) -> dict[str, Any]:
    """What the page of a request shows, and which forms."""
    member = request.member
    remember_account(request, subject.case)
    waits = subject.state == RequestState.ASKED
    now = {"version": subject.version}
    may_decide = waits and allowed(check_can_decide_request, member, subject)
    reading = request_reading(member, subject)
    return {
        "case": subject.case,
        "subject": subject,
        "reading": reading,
        "prior": prior_accounts(member, subject.case),
        "may_withdraw": waits and allowed(check_asked_it, member, subject),
        "take_form": TakeAnswerForm(initial=_typed(request, TakeAnswerForm) | now, auto_id="id_take_%s"),
        "withdraw_form": WithdrawForm(initial=_typed(request, WithdrawForm) | now, auto_id="id_withdraw_%s"),
        "may_decide": may_decide,
        "decide_form": _decide_form(request, subject) if may_decide else None,
        "hearing": next((each for each in reading.waits_for if waits and allowed(check_is_heard, member, each)), None),
        "hearing_form": HearingForm(initial=_typed(request, HearingForm), auto_id="id_hearing_%s"),
        "same": _same_interviewer(subject.case),
    }


def _typed(request: Any, form: Any) -> dict[str, Any]:
    """What was typed into this form of the page before, if the page is opened."""
    return draft_initial(request, form) if request.method != "POST" else {}


def _same_interviewer(case: Case) -> Member | None:
    gate = gate_of(case)
    return next((each for each in interviewers_for(case) if each.pk == gate.interviewer_id), None)


def _decide_form(request: Any, subject: FurtherRequest) -> DecideForm:
    data = request.POST if request.method == "POST" else None
    people = interviewers_for(subject.case)
    initial = _typed(request, DecideForm) | {"version": subject.version}
    return DecideForm(data, people=people, same=_same_interviewer(subject.case), initial=initial)


@require_POST
@opens(FurtherRequest, may=check_asked_it, by=BY_REQUEST, related=OF_REQUEST)
def take(request: MemberRequest, subject: FurtherRequest) -> HttpResponse:
    form = TakeAnswerForm(request.POST, auto_id="id_take_%s")
    if not form.is_valid():
        return _again(request, subject, take_form=form)
    return _done(
        request,
        subject,
        form,
        "take_form",
        lambda keys: request_actions.take_answer(
            request=subject, by=request.member, version=form.cleaned_data["version"], passage_keys=keys
        ),
    )


@require_POST
@opens(FurtherRequest, may=check_asked_it, by=BY_REQUEST, related=OF_REQUEST)
def withdraw(request: MemberRequest, subject: FurtherRequest) -> HttpResponse:
    form = WithdrawForm(request.POST, auto_id="id_withdraw_%s")
    if not form.is_valid():
        return _again(request, subject, withdraw_form=form)
    return _done(
        request,
        subject,
        form,
        "withdraw_form",
        lambda _keys: request_actions.withdraw_request(
            request=subject, by=request.member, version=form.cleaned_data["version"], reason=form.cleaned_data["reason"]
        ),
    )


@require_POST
@opens(FurtherRequest, may=check_can_decide_request, by=BY_REQUEST, related=OF_REQUEST)
def decide(request: MemberRequest, subject: FurtherRequest) -> HttpResponse:
    form = _decide_form(request, subject)
    if not form.is_valid():
        return _again(request, subject, decide_form=form)
    said = form.cleaned_data

    def settle(keys: tuple[int, ...]) -> None:
        authorised = said["state"] == RequestState.AUTHORISED
        from_record = said["state"] == RequestState.FROM_RECORD
        decision = Decision(
            state=said["state"],
            reason=said["reason"],
            interviewer=said["interviewer"] if authorised else None,
            passage_keys=keys if from_record else (),
        )
        request_actions.decide_request(request=subject, by=request.member, version=said["version"], decision=decision)

    return _done(request, subject, form, "decide_form", settle)


@require_POST
@opens(Hearing, may=check_is_heard, by=BY_HEARING, related=("case", "case__lead_agency", "request"))
def hear(request: MemberRequest, hearing: Hearing) -> HttpResponse:
    subject = hearing.request
    subject.case = hearing.case
    form = HearingForm(request.POST, auto_id="id_hearing_%s")
    if not form.is_valid():
        return _again(request, subject, hearing_form=form)
    try:
        request_actions.answer_hearing(hearing=hearing, by=request.member, **form.cleaned_data)
    except StalePage as stale:
        return stale_page(request, "planning/request.html", _context(request, subject), stale)
    messages.success(request, _("Your answer is recorded."))
    return _settled(request, subject)


def _done(request: Any, subject: FurtherRequest, form: Any, name: str, act: Any) -> HttpResponse:
    """Resolve the passages that were named, act, and go back to the page; or show it again with the reason."""
    named = form.cleaned_data.get("passages") or []
    keys = passages_named(request.member, subject.case, named)
    if set(keys) != set(named):
        form.add_error("passages", _("One of these passages is not in this account, or you may not read it."))
        return _again(request, subject, **{name: form})
    try:
        act(tuple(keys.values()))
    except StalePage as stale:
        subject.refresh_from_db()
        return stale_page(request, "planning/request.html", _context(request, subject), stale)
    except NotVisible:
        form.add_error("passages", _("One of these passages is not in this account, or you may not read it."))
        return _again(request, subject, **{name: form})
    messages.success(request, _("Recorded."))
    return _settled(request, subject)


def _again(request: Any, subject: FurtherRequest, **forms: Any) -> HttpResponse:
    (form,) = forms.values()
    return form_page(request, "planning/request.html", {**_context(request, subject), **forms, "form": form})


def _settled(request: Any, subject: FurtherRequest) -> HttpResponse:
    """Back to the page of the request, where these forms stand; what was typed into them is not needed any more."""
    discard_draft(
        member=request.member, path=reverse("planning:request", args=[subject.case.reference, subject.number])
    )
    return _to(subject)


def _to(subject: FurtherRequest) -> HttpResponse:
    return redirect("planning:request", reference=subject.case.reference, request_number=subject.number)
