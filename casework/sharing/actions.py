"""The only writers of shares. Lock, check, change, record."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import Agency, Member
from casework.access.actions import GrantTerms, check_can_be_given, end_grants, grant_compartments
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.access.kinds import Compartment, LegalBasis
from casework.access.models import CaseGrant
from casework.access.roles import readable, writable
from casework.account.kinds import topics_in_order
from casework.cases.models import Case
from casework.cases.people_actions import add_participant
from casework.cases.submission import AlreadySaved
from casework.sharing.kinds import ShareState
from casework.sharing.models import Share
from casework.sharing.request_actions import answer_by_share
from casework.sharing.rules import (
    check_can_agree,
    check_can_change_share,
    check_can_name_members,
    check_can_revoke,
    check_receives_share,
)
from casework.sharing.states import STATES, first_state, may_follow
from casework.sharing.terms import ShareTerms, check_terms
from casework.vault.ids import new_id


@transaction.atomic
def offer_share(*, case: Case, to: Agency, by: Member, terms: ShareTerms, share_id: int | None = None) -> Share:
    """Share compartments with another agency, which takes part from now on. Nobody sees anything until it accepts.

    With account, therapy or identity it waits for a second person of the own agency first. The overview always comes
    with it. It answers the requests for topics that it holds. `share_id`: the key that the form carried, so that the
    same form can't be sent twice.
    Raises: AccessDenied; AlreadySaved.
    """
    check_terms(case=case, to=to, by=by, terms=terms)
    share_id = share_id or new_id()
    if Share.objects.visible_to(by).filter(pk=share_id).exists():
        raise AlreadySaved(share_id)
    if by.agency_id == case.lead_agency_id:
        add_participant(case=case, agency=to, by=by)
    share = Share(id=share_id, case=case, from_agency_id=by.agency_id, to_agency=to)
    _set_terms(share, by, terms)
    try:
        with transaction.atomic():
            share.save(force_insert=True)
    except IntegrityError as problem:
        if getattr(getattr(problem.__cause__, "diag", None), "constraint_name", "") != "sharing_share_pkey":
            raise
        raise AlreadySaved(share_id) from problem
    answer_by_share(share=share, by=by)
    return share


@transaction.atomic
def change_share(*, share: Share, by: Member, version: int, terms: ShareTerms) -> Share:
    """Set other terms for a share that is not decided on. Whoever agreed to the former ones has not agreed to these.

    Raises: AccessDenied; StalePage.
    """
    share = _lock(share, by, version)
    check_can_change_share(by, share)
    check_terms(case=share.case, to=share.to_agency, by=by, terms=terms)
    _set_terms(share, by, terms)
    share.second_by, share.second_by_label, share.second_at = None, "", None
    share.reason = ""
    _save(share, *TERMS, "second_by", "second_by_label", "second_at", "state", "reason_sealed")
    answer_by_share(share=share, by=by)
    return share


TERMS = (
    "compartments", "topics", "may_write", "purpose", "legal_basis", "consent_from", "consent_on", "withheld_sealed",
    "withheld_because", "enquiry_sealed", "report_back", "note_sealed", "until", "offered_by", "offered_by_label",
)  # fmt: skip


def _set_terms(share: Share, by: Member, terms: ShareTerms) -> None:
    """These terms, by this person, in the state in which nobody else has agreed to them yet."""
    same = ("purpose", "legal_basis", "withheld", "withheld_because", "enquiry", "report_back", "note", "until")
    for name in same:
        setattr(share, name, getattr(terms, name))
    on_consent = terms.legal_basis == LegalBasis.CONSENT
    share.consent_from = terms.consent_from if on_consent else ""
    share.consent_on = terms.consent_on if on_consent else None
    share.compartments, share.may_write = terms.all_compartments, terms.all_writing
    share.topics = topics_in_order(terms.topics)
    share.offered_by, share.offered_by_label = by, by.in_full
    share.state = first_state(terms.needs_second_person)


@transaction.atomic
def agree_to_share(*, share: Share, by: Member, version: int) -> Share:
    """Agree as the second person of the sharing agency: now it is sent. `version`: of the terms that were read.

    Raises: AccessDenied; StalePage when the terms were changed, or it was decided, meanwhile.
    """
    share = _lock(share, by, version)
    _check_may_follow(share, ShareState.OFFERED)
    check_can_agree(by, share)
    return _second(share, by, ShareState.OFFERED)


@transaction.atomic
def refuse_to_agree(*, share: Share, by: Member, version: int, reason: str) -> Share:
    """Not agree, as the second person: nothing is sent. `reason`: 1 to 500 characters, kept for good.

    Raises: AccessDenied; StalePage.
    """
    share = _lock(share, by, version)
    _check_may_follow(share, ShareState.NOT_AGREED)
    check_can_agree(by, share)
    share.reason = reason
    return _second(share, by, ShareState.NOT_AGREED, "reason_sealed")


def _second(share: Share, by: Member, state: ShareState, *more: str) -> Share:
    if share.state != ShareState.PROPOSED:
        raise StalePage(_changed_meanwhile(share))
    share.second_by, share.second_by_label, share.second_at = by, by.in_full, timezone.now()
    share.state = state
    _save(share, "state", "second_by", "second_by_label", "second_at", *more)
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
    share.state, share.revoked_by, share.revoked_by_label = ShareState.REVOKED, by, by.in_full
    share.revoked_at, share.reason = timezone.now(), reason
    _save(share, "state", "revoked_by", "revoked_by_label", "revoked_at", "reason_sealed")
    return ended


def end_shares_on_close(*, case: Case, by: Any) -> None:
    """When a case closes, every share of it that is not at its end is withdrawn, whichever agency gave it."""
    open_states = [state for state, rule in STATES.items() if rule.ways_out]
    for share in Share.objects.visible_to(by).filter(case=case, state__in=open_states).order_by("pk"):
        revoke_share(share=share, by=by, version=share.version, reason=_("The case was closed."))


def _lock(share: Share, by: Member, version: int) -> Share:
    """The share as it is now, locked until the end of the transaction. Raises: NotVisible; StalePage.

    A share that has ended meanwhile can't be locked by the receiver any more, but perhaps still be seen.
    """
    reach = Share.objects.offered_to if by.agency_id == share.to_agency_id else Share.objects.given_by
    if by.agency_id not in (share.to_agency_id, share.from_agency_id):
        reach = Share.objects.overseen_by
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


def _save(share: Share, *fields: str) -> None:
    share.version += 1
    share.save(update_fields=[*fields, "version"])
