"""Readers of who can see a case: by agency, with purpose, compartments and end."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from agencies.kinds import Role
from agencies.models import Agency, Member
from agencies.standing import current_on, missing_standing, today
from casework.access.kinds import LegalBasis, Purpose
from casework.access.models import CaseGrant, Wall
from casework.access.roles import NEVER_ON_A_CASE
from casework.cases.held import Held, Sources, by_end, reads_of, sources_of, writes_of
from casework.cases.models import Case, Participant
from casework.vault.reading import note_rows


@dataclass(frozen=True)
class Person:
    """One member's access: what is read and written, each with its own end.

    `last_look`: at content of the case, UTC, None for never. `by_share`: through a share with another agency;
    `in_emergency`: by breaking the glass; `by_own_agency`: named by the lead agency.
    `has_standing` False or `is_walled` True shuts every door, whatever grants
    there are; walls are shown to overseers only.
    """

    member: Member
    reads: tuple[Held, ...]
    writes: tuple[Held, ...]
    purposes: tuple[str, ...]
    bases: tuple[str, ...]
    by_share: bool
    in_emergency: bool
    by_own_agency: bool
    has_standing: bool
    is_walled: bool
    last_look: datetime.datetime | None = None

    @property
    def reads_by_end(self) -> list[tuple[list[str], datetime.datetime | None]]:
        return by_end(self.reads)

    @property
    def writes_by_end(self) -> list[tuple[list[str], datetime.datetime | None]]:
        return by_end(self.writes)


@dataclass(frozen=True)
class AgencyPeople:
    """The people of one agency, by name."""

    agency: Agency
    is_lead: bool
    people: tuple[Person, ...]


def who_can_see(case: Case) -> list[AgencyPeople]:
    """Everyone with a live grant on the case, the lead agency first, then by name. Five queries at most.

    The database shows the grants of a case to those who may read its overview, and to its overseers. Who is behind a
    wall is left out, except for overseers, who are told so: a wall says something about the member.
    """
    rows = CaseGrant.objects.live().filter(content_object=case)
    walls = Wall.objects.filter(member_id=OuterRef("user_id"), case_id=case.pk, lifted_at=None)
    rows = rows.annotate(is_walled=Exists(walls)).select_related("user__agency", "permission")
    grants = rows.order_by("user__name", "user_id", "granted_at", "pk")
    by_member: dict[int, list[CaseGrant]] = defaultdict(list)
    for grant in grants:
        by_member[grant.user_id].append(grant)
    by_agency: dict[int, list[Person]] = defaultdict(list)
    note_rows(grants)
    seeing, looks, sources = seeing_ids(case), last_looks(case), sources_of(grants)
    for member_id, held in by_member.items():
        person = _person(held, looks.get(member_id), sources)
        if member_id in seeing or person.is_walled or not person.has_standing:
            by_agency[held[0].user.agency_id].append(person)
    groups = [
        AgencyPeople(people[0].member.agency, agency_id == case.lead_agency_id, tuple(people))
        for agency_id, people in by_agency.items()
    ]
    return sorted(groups, key=lambda group: (not group.is_lead, group.agency.name))


def seeing_ids(case: Case) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("select casework_people_of(%s)", [case.pk])
        return {row[0] for row in cursor.fetchall()}


def members_to_name(member: Any) -> QuerySet[Member]:
    """Active members of the reader's agency who may come near a case, by name."""
    own = Member.objects.filter(agency=member.agency, is_active=True, membership_ended_on=None)
    return own.filter(roles__overlap=[role for role in Role if role not in NEVER_ON_A_CASE]).order_by("name", "pk")


def members_who_can_be_named(member: Any) -> QuerySet[Member]:
    """Of the reader's agency those with current vetting and training, by name: nobody else is offered."""
    return members_to_name(member).filter(current_on(today()))


def members_to_wall(member: Any, case: Case) -> QuerySet[Member]:
    """Active members for whom a conflict could count: of the lead agency, or of one that takes part; by name.

    Who could be named later counts as well as who is named now.
    """
    taking_part = Participant.objects.overseen_by(member).filter(case=case, left_at=None).values("agency_id")
    near = Q(agency_id=case.lead_agency_id) | Q(agency_id__in=taking_part)
    people = Member.objects.select_related("agency").filter(near, is_active=True, membership_ended_on=None)
    return people.filter(roles__overlap=[role for role in Role if role not in NEVER_ON_A_CASE]).order_by("name", "pk")


def agencies_to_add(case: Case, present: Iterable[int]) -> QuerySet[Agency]:
    """Agencies that could take part: active, and neither leading nor taking part already."""
    return Agency.objects.filter(is_active=True).exclude(pk__in=[case.lead_agency_id, *present]).order_by("name")


def last_looks(case: Case) -> dict[int, datetime.datetime]:
    """When each person last looked at content of the case (UTC), by member id. One query."""
    with connection.cursor() as cursor:
        cursor.execute("select member_id, at from casework_last_looks(%s)", [case.pk])
        return dict(cursor.fetchall())


def _person(held: list[CaseGrant], look: datetime.datetime | None, sources: Sources) -> Person:
    return Person(
        member=held[0].user,
        reads=reads_of(held, sources),
        writes=writes_of(held),
        purposes=tuple(dict.fromkeys(str(Purpose(grant.purpose).label) for grant in held)),
        bases=tuple(dict.fromkeys(str(LegalBasis(grant.legal_basis).label) for grant in held)),
        by_share=any(grant.share_id is not None for grant in held),
        in_emergency=any(grant.emergency_id is not None for grant in held),
        by_own_agency=any(grant.share_id is None and grant.emergency_id is None for grant in held),
        has_standing=not missing_standing(held[0].user),
        last_look=look,
        is_walled=bool(getattr(held[0], "is_walled")),  # noqa: B009 - the query's annotation
    )
