"""The only writers of requests for topics of the account. Lock, check, change, record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agencies.models import Member
from casework.access.database import database_now
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.access.kinds import Compartment, Purpose
from casework.account.kinds import topics_in_order
from casework.cases.models import Case
from casework.sharing.kinds import TopicRequestState
from casework.sharing.models import Share, TopicRequest
from casework.sharing.rules import check_can_answer_topics, check_can_ask_topics, check_can_withdraw_topics

RELATED = ("case", "case__lead_agency", "agency", "share")


@dataclass(frozen=True)
class WantedTopics:
    """What is asked for. `topics`, `purpose`: codes; `why`: 1 to 1,000 characters, kept for good."""

    topics: Sequence[str]
    purpose: str
    why: str


@transaction.atomic
def ask_topics(*, case: Case, by: Member, wanted: WantedTopics) -> TopicRequest:
    """Ask the lead agency for what is recorded under these topics.

    Raises: AccessDenied, also while another request of this member on the case waits; GuardRefusal.
    """
    check_can_ask_topics(by, case)
    request = TopicRequest(
        case=case,
        member=by,
        member_label=by.in_full,
        agency_id=by.agency_id,
        topics=topics_in_order(wanted.topics),
        purpose=Purpose(wanted.purpose),
    )
    request.why = wanted.why
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError as problem:
        if "topics_asked_once_at_a_time" not in str(problem):
            raise
        raise AccessDenied(_("Your last request waits for its answer."), rule="topics_wait") from problem
    return request


@transaction.atomic
def decline_topics(*, request: TopicRequest, by: Member, version: int, reason: str) -> TopicRequest:
    """Decline it. `reason`: 1 to 1,000 characters, kept for good. Raises: AccessDenied; NotVisible; StalePage."""
    request = _lock(request, by, version)
    check_can_answer_topics(by, request)
    request.decision_reason = reason
    _answer(request, by, TopicRequestState.DECLINED, "decision_reason_sealed")
    return request


@transaction.atomic
def withdraw_topics(*, request: TopicRequest, by: Member, version: int) -> TopicRequest:
    """Withdraw the own request while it waits. Raises: AccessDenied; NotVisible; StalePage."""
    request = _lock(request, by, version)
    check_can_withdraw_topics(by, request)
    _end(request, by, TopicRequestState.WITHDRAWN)
    return request


def answer_by_share(*, share: Share, by: Member) -> None:
    """A share of the lead agency answers the requests of the receiving agency whose every topic it holds."""
    if share.from_agency_id != share.case.lead_agency_id or Compartment.ACCOUNT not in share.compartments:
        return
    asked = TopicRequest.objects.visible_to(by).filter(case=share.case, agency_id=share.to_agency_id)
    waiting = asked.filter(state=TopicRequestState.WAITING).select_for_update(of=("self",)).order_by("pk")
    for request in waiting:
        if not share.topics or set(request.topics) <= set(share.topics):
            request.share = share
            _answer(request, by, TopicRequestState.SHARED, "share")


def lapse_requests_on_close(*, case: Case, by: Any) -> None:
    """When a case closes, what waits lapses."""
    waiting = TopicRequest.objects.overseen_by(by).filter(case=case, state=TopicRequestState.WAITING)
    for request in waiting.select_for_update(of=("self",)).order_by("pk"):
        _end(request, by, TopicRequestState.LAPSED)


def _answer(request: TopicRequest, by: Member, state: TopicRequestState, *fields: str) -> None:
    request.state = state
    request.decided_by, request.decided_by_label, request.decided_at = by, by.in_full, database_now()
    _save(request, "state", "decided_by", "decided_by_label", "decided_at", *fields)


def _end(request: TopicRequest, by: Member, state: TopicRequestState) -> None:
    request.state = state
    request.ended_by, request.ended_by_label, request.ended_at = by, by.in_full, database_now()
    _save(request, "state", "ended_by", "ended_by_label", "ended_at")


def _lock(request: TopicRequest, by: Member, version: int) -> TopicRequest:
    """The row as it is now, locked until the end of the transaction. Raises: NotVisible; StalePage."""
    rows = TopicRequest.objects.visible_to(by).select_related(*RELATED).filter(pk=request.pk)
    locked: TopicRequest | None = rows.select_for_update(of=("self",)).first()
    seen: TopicRequest | None = locked or rows.first()
    if seen is None:
        raise NotVisible
    if locked is None or locked.version != version:
        raise StalePage(
            _("This request was answered or ended meanwhile. It is now: %(state)s.")
            % {"state": seen.get_state_display()}
        )
    return locked


def _save(request: TopicRequest, *fields: str) -> None:
    request.version += 1
    request.save(update_fields=[*fields, "version"])
