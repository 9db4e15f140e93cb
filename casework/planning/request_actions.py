"""The only writers of requests for a further telling. Lock, check, change, record."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import Member
from agencies.standing import today
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.cases.models import Case
from casework.cases.submission import AlreadySaved
from casework.planning.actions import lock_planning
from casework.planning.kinds import HearingAnswer, RequestState
from casework.planning.models import RecordCheck
from casework.planning.pool import places_of
from casework.planning.question_actions import RecordSearch
from casework.planning.request_models import FurtherRequest, Hearing
from casework.planning.requests import hearings_of, last_request_number, open_hearings, speaks_for_child
from casework.planning.rules import (
    check_asked_it,
    check_can_decide_request,
    check_can_request,
    check_is_heard,
)
from casework.planning.selectors import interviewers_for
from casework.planning.states import request_may_follow
from casework.vault.ids import new_id

HEARD_WITHIN = datetime.timedelta(days=7)  # from the request: the child waits, and so does whoever needs protection


@dataclass(frozen=True)
class RequestContent:
    """What is needed, the questions (one a line), and what is expected to be new."""

    needed: str
    questions: str
    expected: str


@dataclass(frozen=True)
class Decision:
    """`state`: authorised, declined or from_record, with what it stands on: interviewer, reason, keys of passages."""

    state: str
    reason: str = ""
    interviewer: Member | None = None
    passage_keys: tuple[int, ...] = ()


@transaction.atomic
def ask_further_telling(
    *,
    case: Case,
    by: Any,
    content: RequestContent,
    search: RecordSearch,
    answered_at: Sequence[int] = (),
    request_id: int | None = None,
) -> FurtherRequest:
    """Ask for a further telling, with what the record was found to hold. Who speaks for the child is heard.

    `answered_at`: keys of the passages that the asker takes as the answer: then it is answered from the record, and
    counts as that. `request_id`: the key that the form carried, so that the same form can't be sent twice.
    Raises: AccessDenied; AlreadySaved; NotVisible for a passage that is not there.
    """
    lock_planning(case)
    case.refresh_from_db(fields=["stage"])
    check_can_request(by, case)
    request_id = request_id or new_id()
    if FurtherRequest.objects.visible_to(by).filter(pk=request_id).exists():
        raise AlreadySaved(request_id)
    request = FurtherRequest(
        id=request_id,
        case=case,
        number=last_request_number(by, case) + 1,
        agency_id=by.agency_id,
        requested_by=by,
        requested_by_label=by.in_full,
    )
    for name, text in vars(content).items():
        setattr(request, name, text)
    request.save(force_insert=True)
    check = RecordCheck(
        case=case,
        request=request,
        passage_keys=list(search.passage_keys),
        was_searched=search.was_searched,
        checked_by=by,
        checked_by_label=by.in_full,
    )
    check.falls_short = search.falls_short
    check.save(force_insert=True)
    if answered_at:
        return _settle(request, by, Decision(RequestState.FROM_RECORD, passage_keys=tuple(answered_at)))
    for member in speaks_for_child(case):
        if member.pk != by.pk:
            _ask_to_be_heard(request, member)
    return request


@transaction.atomic
def take_answer(*, request: FurtherRequest, by: Any, version: int, passage_keys: Sequence[int]) -> FurtherRequest:
    """Withdraw one's request as answered from the record, at these passages.

    Raises: AccessDenied; NotVisible for a passage that is not there; StalePage when it was decided meanwhile.
    """
    request = _lock(request, by, version)
    check_asked_it(by, request)
    return _settle(request, by, Decision(RequestState.FROM_RECORD, passage_keys=tuple(passage_keys)))


@transaction.atomic
def withdraw_request(*, request: FurtherRequest, by: Any, version: int, reason: str) -> FurtherRequest:
    """Withdraw one's request. `reason`: 1 to 2,000 characters. Raises: AccessDenied; StalePage."""
    request = _lock(request, by, version)
    check_asked_it(by, request)
    return _settle(request, by, Decision(RequestState.WITHDRAWN, reason=reason))


@transaction.atomic
def decide_request(*, request: FurtherRequest, by: Any, version: int, decision: Decision) -> FurtherRequest:
    """Authorise a further telling, decline it, or answer it from the record.

    Raises: AccessDenied, also for who asked; StalePage when it was decided meanwhile, or while somebody is heard.
    """
    request = _lock(request, by, version)
    check_can_decide_request(by, request)
    if decision.state == RequestState.AUTHORISED:
        _check_can_be_authorised(by, request, decision)
    return _settle(request, by, decision)


@transaction.atomic
def answer_hearing(*, hearing: Hearing, by: Any, answer: str, words: str) -> Hearing:
    """Say what one thinks of a further telling, for the child. An objection gives its reason.

    Raises: AccessDenied; StalePage when it was answered, or the request decided, meanwhile.
    """
    lock_planning(hearing.case)
    check_is_heard(by, hearing)
    rows = Hearing.objects.visible_to(by).select_related("case", "request")
    row: Hearing | None = rows.filter(pk=hearing.pk, case_id=hearing.case_id).first()
    if row is None:
        raise NotVisible
    if row.answer or row.request.state != RequestState.ASKED:
        raise StalePage(_("This was answered or decided meanwhile."))
    if answer not in (HearingAnswer.NO_OBJECTION, HearingAnswer.OBJECTION):
        raise AccessDenied(_("Say whether you object."), rule="hearing")
    row.answer, row.words, row.answered_at = answer, words, timezone.now()
    row.save(update_fields=["answer", "words_sealed", "answered_at"])
    return row


def _ask_to_be_heard(request: FurtherRequest, member: Member) -> None:
    hearing = Hearing(
        case=request.case, request=request, member=member, member_label=member.in_full, until=today() + HEARD_WITHIN
    )
    hearing.save(force_insert=True)


def _check_can_be_authorised(by: Any, request: FurtherRequest, decision: Decision) -> None:
    """Everybody who is heard has answered, or the day has passed; the interviewer is on the case. Raises as said."""
    waiting = open_hearings(hearings_of(by, request))
    if waiting:
        raise StalePage(
            _("%(name)s is still heard, until %(date)s. Until then it can be declined, not authorised.")
            % {"name": waiting[0].member_label, "date": f"{waiting[0].until:%-d %b %Y}"}
        )
    if decision.interviewer is None or decision.interviewer.pk not in {
        member.pk for member in interviewers_for(request.case)
    }:
        raise AccessDenied(_("Propose an interviewer who is named on the case."), rule="interviewer")


def _settle(request: FurtherRequest, by: Any, decision: Decision) -> FurtherRequest:
    if not request_may_follow(request.state, decision.state):
        raise StalePage(_("This request was decided meanwhile."))
    places = places_of(by, decision.passage_keys)
    if any(key not in places or places[key].passage.case_id != request.case_id for key in decision.passage_keys):
        raise NotVisible
    from_record = decision.state == RequestState.FROM_RECORD
    if from_record != bool(decision.passage_keys) or (not from_record and not decision.reason):
        raise AccessDenied(_("A decision says on which passages, or on which reason, it stands."), rule="decision")
    request.state, request.reason = decision.state, decision.reason
    request.passage_keys = sorted(set(decision.passage_keys))
    if decision.state == RequestState.AUTHORISED and decision.interviewer is not None:
        request.interviewer, request.interviewer_label = decision.interviewer, decision.interviewer.in_full
    request.decided_by, request.decided_by_label, request.decided_at = by, by.in_full, timezone.now()
    request.version += 1
    said = ["state", "reason_sealed", "passage_keys", "interviewer", "interviewer_label"]
    request.save(update_fields=[*said, "decided_by", "decided_by_label", "decided_at", "version"])
    return request


def _lock(request: FurtherRequest, by: Any, version: int) -> FurtherRequest:
    lock_planning(request.case)
    rows = FurtherRequest.objects.visible_to(by).select_related("case", "case__lead_agency")
    now: FurtherRequest | None = rows.filter(pk=request.pk, case_id=request.case_id).first()
    if now is None:
        raise NotVisible
    if now.state != RequestState.ASKED or now.version != version:
        raise StalePage(_("This request was decided meanwhile. Look at it again."))
    return now
