"""The only readers of shares."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.kinds import Role
from agencies.models import Agency, Member
from agencies.standing import missing_standing, today
from casework.access.kinds import Compartment
from casework.access.models import CaseGrant
from casework.access.roles import OWN_COMPARTMENTS, readable, writable
from casework.access.rules import allowed
from casework.cases.models import Case
from casework.cases.selectors import headcount
from casework.sharing.kinds import ShareState
from casework.sharing.models import Share
from casework.sharing.rules import check_can_revoke
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

    `reason`: why it was declined or withdrawn, for the two agencies; else empty. `is_over`: by its date.
    """

    share: Share
    what: list[str]
    writes: list[str]
    people: int
    reason: str
    is_over: bool
    may_revoke: bool


@dataclass(frozen=True)
class Consequence:
    """What a share means, for the page before it is sent. Labels of compartments; `can_see_now`: people."""

    will_see: list[str]
    will_write: list[str]
    will_not_see: list[str]
    can_see_now: int


@dataclass(frozen=True)
class Loss:
    """`people`: with access by a share now; `keep_some`: of these, who keep what something else gives them."""

    people: int
    keep_some: int


def own_compartments(case: Case, agency: Agency) -> set[str]:
    """Compartments that an agency of this kind writes, and in which nobody of another agency has written here."""
    own = OWN_COMPARTMENTS[agency.kind]
    with connection.cursor() as cursor:
        cursor.execute(
            "select each from unnest(%s::text[]) each where not casework_written_by_others(%s, each, %s)",
            [sorted(own), case.pk, agency.pk],
        )
        return {row[0] for row in cursor.fetchall()}


def shares_of_case(member: Member, case: Case) -> list[ShareRow]:
    """Every share of the case, newest first, for whoever may read its overview. Two queries."""
    return _rows(member, Share.objects.visible_to(member).filter(case=case))


def overseen_shares(member: Member, case: Case) -> list[ShareRow]:
    """Every share of the case, newest first, for a supervisor of the lead agency without access of the own."""
    return _rows(member, Share.objects.overseen_by(member).filter(case=case))


def _rows(member: Member, rows: QuerySet[Any]) -> list[ShareRow]:
    related = rows.select_related("to_agency", "from_agency", "case", "case__lead_agency")
    shares = list(related.order_by("-offered_at", "pk"))
    people = _people_by_share(shares)
    return [_row(member, share, people.get(share.pk, 0)) for share in shares]


def _row(member: Member, share: Share, people: int) -> ShareRow:
    is_side = member.agency_id in (share.from_agency_id, share.to_agency_id)
    is_live = share.state in (ShareState.OFFERED, ShareState.ACCEPTED)
    return ShareRow(
        share=share,
        what=labels_of(share.compartments),
        writes=labels_of(share.may_write),
        people=people,
        reason=share.reason if is_side and not is_live else "",
        is_over=is_live and share.until <= timezone.now(),
        may_revoke=is_live and allowed(check_can_revoke, member, share),
    )


def _people_by_share(shares: list[Share]) -> dict[int, int]:
    live = CaseGrant.objects.live().filter(share__in=[share.pk for share in shares]).order_by()
    return dict(live.values("share_id").annotate(people=Count("user", distinct=True)).values_list("share_id", "people"))


def inbox(member: Member) -> list[Share]:
    """Shares in force or waiting for the agency of this supervisor, waiting ones first, then newest."""
    live = Share.objects.offered_to(member).filter(state__in=["offered", "accepted"], until__gt=timezone.now())
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


def current_on(day: datetime.date) -> Q:
    """Members whose vetting and training are current on this day, both ends included."""
    return Q(vetting_from__lte=day, vetting_until__gte=day, training_from__lte=day, training_until__gte=day)


def _sees(share: Share, member: Member) -> list[str]:
    writes = set(share.may_write) & writable(member.roles)
    return [
        _("%(name)s (reads and writes)") % {"name": label} if code in writes else label
        for code, label in ((each, str(Compartment(each).label)) for each in share.compartments)
        if code in readable(member.roles)
    ]


def loss_by_withdrawing(share: Share) -> Loss:
    """Who would lose what this share gives. One query."""
    others = CaseGrant.objects.live().filter(content_object_id=share.case_id).exclude(share=share)
    live = CaseGrant.objects.live().filter(share=share)
    people = live.aggregate(
        people=Count("user", distinct=True),
        kept=Count("user", distinct=True, filter=Q(user__in=others.values("user_id"))),
    )
    return Loss(int(people["people"]), int(people["kept"]))


def agencies_to_share_with(case: Case) -> QuerySet[Agency]:
    """Active agencies other than the lead agency, by name."""
    return Agency.objects.filter(is_active=True).exclude(pk=case.lead_agency_id).order_by("name")


def has_supervisor(agency: Agency) -> bool:
    """True when somebody with standing there could accept a share."""
    rows = Member.objects.filter(current_on(today()), agency=agency, is_active=True, membership_ended_on=None)
    return rows.filter(roles__contains=[Role.SUPERVISOR]).exists()


def consequence_of(case: Case, compartments: list[str], may_write: list[str]) -> Consequence:
    """What sharing these compartments would mean, and how many people can see the case now."""
    shared = {Compartment.OVERVIEW.value, *compartments}
    return Consequence(
        will_see=labels_of(shared),
        will_write=labels_of(shared & set(may_write)),
        will_not_see=labels_of(set(Compartment.values) - shared),
        can_see_now=headcount(case).can_see or 0,
    )


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
