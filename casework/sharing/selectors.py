"""The only readers of shares."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from agencies.kinds import Role
from agencies.models import Agency, Member
from agencies.standing import today
from casework.access.kinds import Compartment
from casework.access.models import CaseGrant
from casework.access.roles import readable, writable
from casework.cases.models import Case
from casework.sharing.kinds import ShareState
from casework.sharing.models import Share


@dataclass(frozen=True)
class Candidate:
    """A member of the receiving agency who may be named. `sees`: labels of what the roles allow of the share."""

    member: Member
    sees: list[str]
    is_named: bool


@dataclass(frozen=True)
class Consequence:
    """What a share means, for the page before it is sent. Labels of compartments; `can_see_now`: people."""

    will_see: list[str]
    will_write: list[str]
    will_not_see: list[str]
    can_see_now: int


def shares_of_case(member: Member, case: Case) -> list[Share]:
    """Every share of the case that this member may see, newest first."""
    rows = Share.objects.visible_to(member).filter(case=case).select_related("to_agency", "from_agency", "case")
    return list(rows.order_by("-offered_at", "pk"))


def inbox(member: Member) -> list[Share]:
    """Shares offered to or accepted by the agency of this supervisor, waiting ones first, then newest."""
    rows = Share.objects.offered_to(member).select_related("from_agency", "to_agency", "case")
    return sorted(rows, key=lambda share: (share.state != ShareState.OFFERED, -share.offered_at.timestamp()))


def candidates(share: Share) -> list[Candidate]:
    """Members of the receiving agency with standing and a role that fits, by name."""
    day = today()
    named = set(CaseGrant.objects.live().filter(share=share).values_list("user_id", flat=True))
    members = Member.objects.filter(
        agency_id=share.to_agency_id,
        is_active=True,
        vetting_from__lte=day,
        vetting_until__gte=day,
        training_from__lte=day,
        training_until__gte=day,
    )
    return [
        Candidate(member, _sees(share, member), member.pk in named)
        for member in members.select_related("agency")
        if readable(member.roles)
    ]


def _sees(share: Share, member: Member) -> list[str]:
    writes = set(share.may_write) & writable(member.roles)
    return [
        _("%(name)s (reads and writes)") % {"name": label} if code in writes else label
        for code, label in ((each, str(Compartment(each).label)) for each in share.compartments)
        if code in readable(member.roles)
    ]


def named_on(share: Share) -> int:
    """How many people see the case by this share now."""
    live = CaseGrant.objects.live().filter(share=share)
    return int(live.aggregate(people=Count("user", distinct=True))["people"])


def agencies_to_share_with(case: Case) -> QuerySet[Agency]:
    """Active agencies other than the lead agency, by name."""
    return Agency.objects.filter(is_active=True).exclude(pk=case.lead_agency_id).order_by("name")


def has_supervisor(agency: Agency) -> bool:
    """True when somebody with standing there could accept a share."""
    day = today()
    able = Q(vetting_from__lte=day, vetting_until__gte=day, training_from__lte=day, training_until__gte=day)
    return Member.objects.filter(able, agency=agency, is_active=True, roles__contains=[Role.SUPERVISOR]).exists()


def consequence_of(case: Case, compartments: list[str], may_write: list[str]) -> Consequence:
    """What sharing these compartments would mean, and how many people can see the case now."""
    with connection.cursor() as cursor:
        cursor.execute("select can_see from casework_headcount(%s)", [case.pk])
        row = cursor.fetchone()
    shared = {Compartment.OVERVIEW.value, *compartments}
    return Consequence(
        will_see=_labels(shared),
        will_write=_labels(shared & set(may_write)),
        will_not_see=_labels(set(Compartment.values) - shared),
        can_see_now=row[0] if row else 0,
    )


def _labels(codes: set[str]) -> list[str]:
    return [str(each.label) for each in Compartment if each.value in codes]


def default_end() -> datetime.date:
    """Ninety days from today: the review that every share gets."""
    return today() + datetime.timedelta(days=90)


def waiting_shares(member: Member) -> list[Any]:
    """Shares that wait for the decision of this supervisor, for "My work"."""
    if not member.has_role(Role.SUPERVISOR):
        return []
    return [share for share in inbox(member) if share.state == ShareState.OFFERED]
