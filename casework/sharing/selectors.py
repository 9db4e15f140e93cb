"""The only readers of shares."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Count, Q, QuerySet, Value, When
from django.db.models import Case as Cases
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from agencies.kinds import Role
from agencies.models import Agency, Member
from agencies.standing import current_on, missing_standing, today
from casework.access.database import database_now
from casework.access.kinds import READ_TOPICS, Compartment, permission_codename
from casework.access.models import CaseGrant
from casework.access.roles import readable, writable
from casework.access.rules import allowed
from casework.access.scopes import granted_case_ids
from casework.cases.models import Case
from casework.cases.work import TOLD_FOR
from casework.sharing.kinds import ShareState
from casework.sharing.models import Share
from casework.sharing.rules import check_can_agree, check_can_change_share, check_can_revoke
from casework.sharing.states import STATES
from casework.vault.reading import note_rows


@dataclass(frozen=True)
class Candidate:
    """A member of the receiving agency. `sees`: labels of what the roles allow of the share.

    `is_named`: has live access by this share; `fits`: has standing and a role, so may be named.
    """

    member: Member
    sees: list[str]
    is_named: bool
    fits: bool


@dataclass(frozen=True)
class ShareRow:
    """A share in the list of a case. `what`, `writes`: labels; `people`: with access by it now.

    `reason`: why it was declined, not agreed to or withdrawn, for the two agencies; else empty. `is_over`: by its date.
    """

    share: Share
    what: list[str]
    writes: list[str]
    people: int
    reason: str
    is_over: bool
    may_revoke: bool
    may_change: bool
    may_agree: bool


def shares_of_case(member: Member, case: Case) -> list[ShareRow]:
    """Every share of the case, newest first, for whoever may read its overview. Two queries."""
    return _rows(member, Share.objects.visible_to(member).filter(case=case))


def overseen_shares(member: Member, case: Case) -> list[ShareRow]:
    """Every share of the case, newest first, for a supervisor of the lead agency without access of the own."""
    return _rows(member, Share.objects.overseen_by(member).filter(case=case))


def open_shares_with(member: Member, case: Case, agency_id: int) -> list[Share]:
    """Shares of the case with this agency that are in force, offered or proposed, oldest first. One query."""
    states = [state for state, rule in STATES.items() if rule.ways_out]
    rows = Share.objects.visible_to(member).filter(case=case, to_agency_id=agency_id, state__in=states)
    related = rows.filter(until__gt=Now()).select_related("case", "case__lead_agency", "from_agency", "to_agency")
    return list(related.order_by("offered_at", "pk"))


def _rows(member: Member, rows: QuerySet[Any]) -> list[ShareRow]:
    over = Cases(When(until__lte=Now(), then=Value(True)), default=Value(False), output_field=BooleanField())
    related = rows.select_related("to_agency", "from_agency", "case", "case__lead_agency").annotate(over=over)
    shares = list(related.order_by("-offered_at", "pk"))
    people = _people_by_share(shares)
    return [_row(member, share, people.get(share.pk, 0)) for share in shares]


def _row(member: Member, share: Any, people: int) -> ShareRow:
    is_side = member.agency_id in (share.from_agency_id, share.to_agency_id)
    is_live = bool(STATES[ShareState(share.state)].ways_out)
    return ShareRow(
        share=share,
        what=what_is_shared(share),
        writes=labels_of(share.may_write),
        people=people,
        reason=share.reason if is_side and (not is_live or share.state == ShareState.NOT_AGREED) else "",
        is_over=is_live and share.over,
        may_revoke=is_live and allowed(check_can_revoke, member, share),
        may_change=is_live and not share.over and allowed(check_can_change_share, member, share),
        may_agree=share.state == ShareState.PROPOSED and allowed(check_can_agree, member, share),
    )


def _people_by_share(shares: list[Share]) -> dict[int, int]:
    live = CaseGrant.objects.live().filter(share__in=[share.pk for share in shares]).order_by()
    return dict(live.values("share_id").annotate(people=Count("user", distinct=True)).values_list("share_id", "people"))


def inbox(member: Member) -> list[Share]:
    """Shares in force or waiting for the agency of this supervisor, waiting ones first, then newest."""
    live = Share.objects.offered_to(member).filter(state__in=["offered", "accepted"], until__gt=Now())
    rows = live.select_related("from_agency", "to_agency", "case")
    return sorted(rows, key=lambda share: (share.state != ShareState.OFFERED, -share.offered_at.timestamp()))


def candidates(share: Share) -> list[Candidate]:
    """Members of the receiving agency who may be named or are named, by name. Two queries.

    Who is named stays in the list also without standing, so that the access can be ended.
    """
    grants = list(CaseGrant.objects.live().filter(share=share))
    note_rows(grants)
    named = {grant.user_id for grant in grants}
    active = Q(is_active=True, membership_ended_on=None)
    members = Member.objects.filter(active & current_on(today()) | Q(pk__in=named), agency_id=share.to_agency_id)
    found = [
        Candidate(
            member,
            _sees(share, member),
            is_named=member.pk in named,
            fits=not missing_standing(member) and bool(readable(member.roles)),
        )
        for member in members.select_related("agency")
    ]
    return [each for each in found if each.fits or each.is_named]


def _sees(share: Share, member: Member) -> list[str]:
    writes = set(share.may_write) & writable(member.roles)
    labels = dict(zip(share.compartments, what_is_shared(share), strict=True))
    return [
        _("%(name)s (reads and writes)") % {"name": label} if code in writes else label
        for code, label in labels.items()
        if code in readable(member.roles)
    ]


def agencies_to_share_with(member: Member) -> QuerySet[Agency]:
    """Active agencies other than the own one, by name."""
    return Agency.objects.filter(is_active=True).exclude(pk=member.agency_id).order_by("name")


def has_supervisor(agency: Agency) -> bool:
    """True when somebody with standing there could accept a share."""
    rows = Member.objects.filter(current_on(today()), agency=agency, is_active=True, membership_ended_on=None)
    return rows.filter(roles__contains=[Role.SUPERVISOR]).exists()


def second_people(by: Member, case: Case) -> QuerySet[Member]:
    """Who could agree to what this member proposes: supervisors of the own agency, and colleagues who could share."""
    writes = [
        permission_codename(each, write=True)
        for each in Compartment.values
        if (each == Compartment.OVERVIEW) == (by.agency_id == case.lead_agency_id)
    ]
    grants = CaseGrant.objects.live().filter(content_object=case, permission__codename__in=writes)
    rows = Member.objects.filter(current_on(today()), agency=by.agency_id, is_active=True, membership_ended_on=None)
    able = Q(roles__contains=[Role.SUPERVISOR]) | Q(pk__in=grants.values("user_id"))
    return rows.filter(able).exclude(pk=by.pk).order_by("name", "pk")


def takes_part(member: Member, case: Case, agency: Agency) -> bool:
    """True for the lead agency, and for an agency that has a share of the lead agency in force. One query."""
    if agency.pk == case.lead_agency_id:
        return True
    shares = Share.objects.visible_to(member).filter(case=case, from_agency=case.lead_agency_id, to_agency=agency)
    return bool(shares.filter(state=ShareState.ACCEPTED, until__gt=Now()).exists())


def what_is_shared(share: Share) -> list[str]:
    """Compartments in words; of the account, the topics where only those are shared."""
    account = _("Account (only: %(topics)s)") % {"topics": ", ".join(share.topic_labels)}
    return [
        account if each == Compartment.ACCOUNT and share.topics else str(each.label)
        for each in Compartment
        if each.value in share.compartments
    ]


def still_open(reference: str, part: str) -> bool:
    """True while the one who asks may read this compartment of this case, or named topics of its account. One query.

    The database is asked alone, by its clock, and no row is opened. `part`: a code; an unknown one is closed.
    """
    if part not in Compartment.values:
        return False
    codes = [permission_codename(part), *([READ_TOPICS] if part == Compartment.ACCOUNT else [])]
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from unnest(%s::text[]) code"
            " where casework_case_of(%s) = any(casework_visible_ids(code)))",
            [codes, reference],
        )
        return bool(cursor.fetchone()[0])


def is_in_time(share: Share) -> bool:
    """True while the share has not ended, by the database's clock. One query."""
    return share.until > database_now()


def labels_of(codes: Collection[str]) -> list[str]:
    """Compartments in words, in the order of the tabs."""
    return [str(each.label) for each in Compartment if each.value in codes]


def default_end() -> datetime.date:
    """Ninety days from today: the review that every share gets."""
    return today() + datetime.timedelta(days=90)


def waiting_shares(member: Member) -> list[Any]:
    """Shares that wait for the decision of this supervisor, for "My work"."""
    if not member.has_role(Role.SUPERVISOR):
        return []
    return [share for share in inbox(member) if share.state == ShareState.OFFERED]


def proposed_shares(member: Member) -> list[Share]:
    """Shares to which this member could agree: of the own agency, proposed by somebody else. One query.

    For supervisors, and for members of the lead agency who could share them.
    """
    rows = Share.objects.given_by(member).filter(state=ShareState.PROPOSED, until__gt=Now())
    if not member.has_role(Role.SUPERVISOR):
        writes = permission_codename(Compartment.OVERVIEW, write=True)
        rows = rows.filter(case__lead_agency_id=member.agency_id, case_id__in=granted_case_ids(member, writes))
    others = rows.exclude(offered_by=member).select_related("case", "to_agency")
    return list(others.order_by("offered_at", "pk"))


def own_waiting(member: Member) -> list[Share]:
    """What this member proposed or offered, and nobody has decided on yet. One query."""
    states = [ShareState.PROPOSED, ShareState.NOT_AGREED, ShareState.OFFERED]
    rows = Share.objects.visible_to(member).filter(offered_by=member, state__in=states, until__gt=Now())
    return list(rows.select_related("case", "to_agency").order_by("offered_at", "pk"))


def newly_named(member: Member) -> list[Case]:
    """Cases on which this member was named by a share in the last seven days, and has not opened yet. Three queries."""
    grants = CaseGrant.objects.live().filter(user=member, share__isnull=False, granted_at__gt=Now() - TOLD_FOR)
    found = list(grants.exclude(granted_by=member).order_by("pk"))
    note_rows(found)
    named = sorted({grant.content_object_id for grant in found})
    if not named:
        return []
    with connection.cursor() as cursor:
        unopened = (
            "select id from unnest(%s::bigint[]) id where %s not in (select member_id from casework_last_looks(id))"
        )
        cursor.execute(unopened, [named, member.pk])
        cases = Case.objects.visible_to(member).filter(pk__in=[row[0] for row in cursor.fetchall()])
    return list(cases.order_by("pk"))
