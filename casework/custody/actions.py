"""The only writers of requests for the identity. Lock, check, change, record."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agencies.models import Member
from casework.access.actions import GrantTerms, end_grants, grant_compartments
from casework.access.checker import forget_permissions
from casework.access.database import database_now
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.access.kinds import Compartment, permission_codename
from casework.access.models import CaseGrant
from casework.cases.kinds import IdentityPart, IdentityReason
from casework.cases.models import Case
from casework.custody.kinds import RequestState
from casework.custody.models import IdentityRequest
from casework.custody.rules import (
    check_asks_for_parts,
    check_can_ask,
    check_can_decide,
    check_can_end,
    check_can_withdraw,
)
from casework.custody.selectors import RELATED, latest_end, sees_case_until
from casework.custody.states import LONGEST_DAYS


@dataclass(frozen=True)
class WantedIdentity:
    """What is asked for. `parts`, `reason`: codes; `words`: 1 to 1,000 characters, kept for good; `until`: UTC."""

    parts: Sequence[str]
    reason: str
    words: str
    until: datetime.datetime


@dataclass(frozen=True)
class Given:
    """What is given: `parts`, at most those asked for; `until`, UTC, no later than asked; `reason`: may be empty."""

    parts: Sequence[str]
    until: datetime.datetime
    reason: str = ""


@transaction.atomic
def ask_identity(*, case: Case, by: Member, wanted: WantedIdentity) -> IdentityRequest:
    """Ask for parts of who the child is. An own request of before that nobody decided in time lapses.

    Raises: AccessDenied, also while another request of this member waits, for a part that is held, and for an end that
    can't be.
    """
    check_can_ask(by, case)
    check_asks_for_parts(by, case, wanted.parts)
    _check_end(wanted.until, sees_case_until(by, case))
    _lapse_own(case, by)
    request = IdentityRequest(
        case=case,
        member=by,
        member_label=by.in_full,
        agency_id=by.agency_id,
        parts=_in_order(wanted.parts),
        reason=IdentityReason(wanted.reason),
        until=wanted.until,
    )
    request.words = wanted.words
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError as problem:
        if "identity_asked_once_at_a_time" not in str(problem):
            raise
        raise AccessDenied(_("Your last request waits for its decision."), rule="identity_waits") from problem
    return request


@transaction.atomic
def give_identity(*, request: IdentityRequest, by: Member, version: int, given: Given) -> IdentityRequest:
    """Give parts of it until a moment: from now on the member may ask to see them, each time with a reason.

    Raises: AccessDenied, also when the member has no standing or fitting role any more; NotVisible; StalePage.
    """
    request = _to_decide(request, by, version)
    if not given.parts or set(given.parts) - set(request.parts):
        raise AccessDenied(_("Only what was asked for can be given."), rule="identity_part")
    if given.until <= database_now():
        raise AccessDenied(_("This date is over already."), rule="identity_ends")
    if given.until > latest_end(request):
        raise AccessDenied(
            _("It can't be given for longer than asked, nor than the member sees the case."), rule="identity_ends"
        )
    request.given_parts, request.given_until = _in_order(given.parts), given.until
    _decide(request, by, RequestState.GIVEN, given.reason)
    held = CaseGrant.objects.live().filter(
        user_id=request.member_id,
        content_object=request.case,
        permission__codename=permission_codename(Compartment.OVERVIEW),
        emergency=None,
    )
    seen = held.order_by("granted_at", "pk").first()
    if seen is None:
        raise AccessDenied(_("This member does not see the case any more."), rule="identity_sees_no_case")
    terms = GrantTerms(seen.purpose, seen.legal_basis, given.until, identity_request=request)
    grant_compartments(
        case=request.case, member=request.member, by=by, read=[Compartment.IDENTITY], write=[], terms=terms
    )
    return request


@transaction.atomic
def decline_identity(*, request: IdentityRequest, by: Member, version: int, reason: str) -> IdentityRequest:
    """Decline it. `reason`: 1 to 1,000 characters, kept for good. Raises: AccessDenied; NotVisible; StalePage."""
    request = _to_decide(request, by, version)
    _decide(request, by, RequestState.DECLINED, reason)
    return request


@transaction.atomic
def withdraw_request(*, request: IdentityRequest, by: Member, version: int) -> IdentityRequest:
    """Withdraw the own request while it waits. Raises: AccessDenied; NotVisible; StalePage."""
    request = _lock(request, by, version)
    check_can_withdraw(by, request, database_now())
    _end(request, by, RequestState.WITHDRAWN)
    return request


@transaction.atomic
def end_given(*, request: IdentityRequest, by: Member, version: int) -> int:
    """End what was given, before its day: given up by its member, or taken back. Returns how many grants ended.

    Raises: AccessDenied; NotVisible; StalePage.
    """
    request = _lock(request, by, version)
    check_can_end(by, request, database_now())
    ended = end_grants(grants=CaseGrant.objects.live().filter(identity_request=request), by=by)
    _end(request, by, RequestState.GIVEN)
    forget_permissions(by, request.case)
    return ended


def end_requests_on_close(*, case: Case, by: Any) -> None:
    """When a case closes, what waits lapses, and what was given on request ends, whoever it was given to."""
    now = database_now()
    rows = IdentityRequest.objects.overseen_by(by).select_related(*RELATED).filter(case=case, ended_at=None)
    for request in rows.filter(state__in=[RequestState.WAITING, RequestState.GIVEN]).order_by("pk"):
        end_grants(grants=CaseGrant.objects.live().filter(identity_request=request), by=by)
        if request.state == RequestState.WAITING:
            _end(request, by, RequestState.LAPSED)
        elif request.given_until is not None and request.given_until > now:
            _end(request, by, RequestState.GIVEN)


def _check_end(until: datetime.datetime, seen: datetime.datetime | None) -> None:
    """By the database's clock; the fourteenth day counts to its end."""
    now = database_now()
    midnight = now.astimezone(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if until <= now:
        raise AccessDenied(_("This date is over already."), rule="identity_ends")
    if until > midnight + datetime.timedelta(days=LONGEST_DAYS + 1):
        words = _("At most %(days)d days from today. You can ask again then.") % {"days": LONGEST_DAYS}
        raise AccessDenied(words, rule="identity_ends")
    if seen is not None and until > seen:
        raise AccessDenied(
            _("You see this case itself no longer than that. Choose an earlier day."), rule="identity_ends"
        )


def _lapse_own(case: Case, by: Member) -> None:
    own = IdentityRequest.objects.visible_to(by).filter(case=case, member=by, state=RequestState.WAITING)
    over = own.filter(until__lte=database_now()).select_related(*RELATED).select_for_update(of=("self",)).first()
    if over is not None:
        _end(over, by, RequestState.LAPSED)


def _to_decide(request: IdentityRequest, by: Member, version: int) -> IdentityRequest:
    request = _lock(request, by, version)
    check_can_decide(by, request, database_now())
    return request


def _decide(request: IdentityRequest, by: Member, state: RequestState, reason: str) -> None:
    request.state, request.decision_reason = state, reason
    request.decided_by, request.decided_by_label, request.decided_at = by, by.in_full, database_now()
    fields = ["given_parts", "given_until", "decision_reason_sealed", "decided_by", "decided_by_label", "decided_at"]
    _save(request, "state", *fields)


def _end(request: IdentityRequest, by: Member, state: RequestState) -> None:
    request.state = state
    request.ended_by, request.ended_by_label, request.ended_at = by, by.in_full, database_now()
    _save(request, "state", "ended_by", "ended_by_label", "ended_at")


def _lock(request: IdentityRequest, by: Member, version: int) -> IdentityRequest:
    """The row as it is now, locked until the end of the transaction. Raises: NotVisible; StalePage."""
    rows = IdentityRequest.objects.visible_to(by).select_related(*RELATED, "member__agency").filter(pk=request.pk)
    locked: IdentityRequest | None = rows.select_for_update(of=("self",)).first()
    seen: IdentityRequest | None = locked or rows.first()
    if seen is None:
        raise NotVisible
    if locked is None or locked.version != version:
        raise StalePage(
            _("This request was decided or ended meanwhile. It is now: %(state)s.")
            % {"state": seen.get_state_display()}
        )
    return locked


def _save(request: IdentityRequest, *fields: str) -> None:
    request.version += 1
    request.save(update_fields=[*fields, "version"])


def _in_order(parts: Sequence[str]) -> list[str]:
    return [each.value for each in IdentityPart if each.value in parts]
