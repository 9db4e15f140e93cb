"""The only writers of shares. Lock, check, change, record."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import Agency, Member
from casework.access.actions import GrantTerms, check_can_be_given, end_grants, grant_compartments
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.access.kinds import Compartment
from casework.access.models import CaseGrant
from casework.access.roles import readable, writable
from casework.cases.models import Case
from casework.cases.people_actions import add_participant
from casework.cases.submission import AlreadySaved
from casework.sharing.kinds import ShareState
from casework.sharing.models import Share
from casework.sharing.rules import (
    check_can_give,
    check_can_name_members,
    check_can_revoke,
    check_can_share,
    check_receives_share,
)
from casework.sharing.selectors import has_supervisor, own_compartments
from casework.sharing.states import may_follow
from casework.vault.ids import new_id

LONGEST_DAYS = 365


@dataclass(frozen=True)
class ShareTerms:
    """What is shared and why. Codes; `until`: UTC, exclusive; `note`: at most 1,000 characters."""

    compartments: tuple[str, ...]
    may_write: tuple[str, ...]
    purpose: str
    legal_basis: str
    until: datetime.datetime
    note: str = ""


def check_offer(*, case: Case, to: Agency, by: Member, terms: ShareTerms) -> list[str]:
    """Could this be offered now? Also asked before the check page. Returns what would be shared, overview included.

    Raises: AccessDenied; its rule says which answer to change.
    """
    check_can_share(by, case)
    compartments = _in_order({Compartment.OVERVIEW.value, *terms.compartments})
    if to.pk == case.lead_agency_id:
        raise AccessDenied(_("This agency leads the case; it needs no share."), rule="share_with_another")
    check_can_give(by, case, compartments, to, own_compartments(case, to))
    if not to.is_active or not has_supervisor(to):
        raise AccessDenied(
            _("%(agency)s has no supervisor who could accept. Ask the agency to name one.") % {"agency": to.name},
            rule="receiver_has_supervisor",
        )
    if not timezone.now() < terms.until <= timezone.now() + datetime.timedelta(days=LONGEST_DAYS + 1):
        raise AccessDenied(_("A share ends within a year, and not in the past."), rule="share_ends")
    return compartments


@transaction.atomic
def offer_share(*, case: Case, to: Agency, by: Member, terms: ShareTerms, share_id: int | None = None) -> Share:
    """Offer compartments to another agency, which takes part from now on. Nobody sees anything until it accepts.

    The overview always comes with it. `share_id`: the key that the form carried, so that the same form can't be sent
    twice. Raises: AccessDenied; AlreadySaved.
    """
    compartments = check_offer(case=case, to=to, by=by, terms=terms)
    share_id = share_id or new_id()
    if Share.objects.visible_to(by).filter(pk=share_id).exists():
        raise AlreadySaved(share_id)
    add_participant(case=case, agency=to, by=by)
    share = Share(
        id=share_id,
        case=case,
        from_agency_id=by.agency_id,
        to_agency=to,
        compartments=compartments,
        may_write=_in_order(set(terms.may_write) & set(compartments)),
        purpose=terms.purpose,
        legal_basis=terms.legal_basis,
        until=terms.until,
        offered_by=by,
        offered_by_label=by.in_full,
    )
    share.note = terms.note
    try:
        with transaction.atomic():
            share.save(force_insert=True)
    except IntegrityError as problem:
        if getattr(getattr(problem.__cause__, "diag", None), "constraint_name", "") != "sharing_share_pkey":
            raise
        raise AlreadySaved(share_id) from problem
    return share


@transaction.atomic
def accept_share(*, share: Share, by: Member, version: int, members: Sequence[Member]) -> list[CaseGrant]:
    """Accept for the receiving agency and name who sees it. Each gets what the own roles allow of what is shared.

    `members`: at least one, all of the receiving agency. Raises: AccessDenied; StalePage when it was decided meanwhile.
    """
    share = _lock(share, by, version)
    _check_may_follow(share, ShareState.ACCEPTED)
    check_receives_share(by, share)
    share.state, share.decided_by, share.decided_by_label = ShareState.ACCEPTED, by, by.in_full
    share.decided_at = timezone.now()
    _save(share, "state", "decided_by", "decided_by_label", "decided_at")
    return _name(share, by, members)


@transaction.atomic
def name_members(*, share: Share, by: Member, version: int, members: Sequence[Member]) -> list[CaseGrant]:
    """Name more members of the receiving agency on an accepted share. Who is named already keeps what is held.

    The share is locked: nobody is named on one that is being withdrawn. Raises: AccessDenied when nobody is named, or
    for a member without standing or a fitting role; StalePage.
    """
    return _name(_lock(share, by, version), by, members)


def _name(share: Share, by: Member, members: Sequence[Member]) -> list[CaseGrant]:
    check_can_name_members(by, share)
    if not members:
        raise AccessDenied(_("Name at least one member."), rule="somebody_named")
    written: list[CaseGrant] = []
    for member in members:
        if member.agency_id != share.to_agency_id:
            raise AccessDenied(_("Only members of your own agency can be named."), rule="own_members")
        read = [each for each in share.compartments if each in readable(member.roles)]
        write = [each for each in share.may_write if each in writable(member.roles)]
        check_can_be_given(member, share.case, read or [Compartment.OVERVIEW], write)
        terms = GrantTerms(share.purpose, share.legal_basis, share.until, share)
        written += grant_compartments(case=share.case, member=member, by=by, read=read, write=write, terms=terms)
    return written


@transaction.atomic
def end_naming(*, share: Share, by: Member, member: Member) -> int:
    """Take a member off a share at once. Returns how many grants ended; what another share gives stays."""
    check_receives_share(by, share)
    return end_grants(grants=CaseGrant.objects.live().filter(share=share, user=member), by=by)


@transaction.atomic
def reject_share(*, share: Share, by: Member, version: int, reason: str) -> Share:
    """Decline for the receiving agency. `reason`: 1 to 500 characters, kept for good.

    Raises: AccessDenied; StalePage when it was decided meanwhile.
    """
    share = _lock(share, by, version)
    _check_may_follow(share, ShareState.REJECTED)
    check_receives_share(by, share)
    share.state, share.decided_by, share.decided_by_label = ShareState.REJECTED, by, by.in_full
    share.decided_at, share.reason = timezone.now(), reason
    _save(share, "state", "decided_by", "decided_by_label", "decided_at", "reason_sealed")
    return share


@transaction.atomic
def revoke_share(*, share: Share, by: Member, version: int, reason: str) -> int:
    """Withdraw a share: everybody named on it loses what it gave, at once. Returns how many grants ended.

    Raises: AccessDenied; StalePage when it was withdrawn or declined meanwhile.
    """
    share = _lock(share, by, version)
    _check_may_follow(share, ShareState.REVOKED)
    check_can_revoke(by, share)
    ended = end_grants(grants=CaseGrant.objects.live().filter(share=share), by=by)
    share.state, share.revoked_by, share.revoked_at, share.reason = ShareState.REVOKED, by, timezone.now(), reason
    _save(share, "state", "revoked_by", "revoked_at", "reason_sealed")
    return ended


def end_shares_on_close(*, case: Case, by: Any) -> None:
    """When a case closes, every share of it that is offered or accepted ends."""
    for share in Share.objects.visible_to(by).filter(case=case, state__in=["offered", "accepted"]).order_by("pk"):
        revoke_share(share=share, by=by, version=share.version, reason=_("The case was closed."))


def _in_order(compartments: set[str]) -> list[str]:
    return [each for each in Compartment.values if each in compartments]


def _lock(share: Share, by: Member, version: int) -> Share:
    """The share as it is now, locked until the end of the transaction. Raises: NotVisible; StalePage.

    A share that has ended meanwhile can't be locked by the receiver any more, but perhaps still be seen.
    """
    reach = Share.objects.offered_to if by.agency_id == share.to_agency_id else _own_reach(by)
    rows = reach(by).select_related("case", "case__lead_agency", "to_agency", "from_agency").filter(pk=share.pk)
    locked: Share | None = rows.select_for_update(of=("self",)).first()
    seen: Share | None = locked or rows.first()
    if seen is None:
        raise NotVisible
    if locked is None or locked.version != version:
        raise StalePage(_changed_meanwhile(seen))
    return locked


def _check_may_follow(share: Share, then: ShareState) -> None:
    if not may_follow(share.state, then):
        raise StalePage(_changed_meanwhile(share))


def _changed_meanwhile(share: Share) -> str:
    return _("This share was decided or changed meanwhile. It is now: %(state)s.") % {
        "state": share.get_state_display()
    }


def _own_reach(by: Member) -> Any:
    return Share.objects.overseen_by if by.has_role("supervisor") else Share.objects.visible_to


def _save(share: Share, *fields: str) -> None:
    share.version += 1
    share.save(update_fields=[*fields, "version"])
