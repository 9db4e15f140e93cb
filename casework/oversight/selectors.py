"""The only readers of the record. Each takes the member first; row-level security stands behind every one."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet

from agencies.models import Member
from casework.audit.kinds import Outcome, Verb
from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.vault.reading import current_reading

PAGE = 50
SIGN_IN_VERBS = (Verb.SIGNED_IN, Verb.SIGNED_OUT, Verb.SIGN_IN_FAILED, Verb.FACTOR_CHANGED)


@dataclass(frozen=True)
class OverseenCase:
    """A case that the agency leads. `can_see`, `have_seen`: people; `refusals`: in all; `last_look`: UTC or None."""

    case: Case
    can_see: int
    have_seen: int
    refusals: int
    last_look: datetime.datetime | None


@dataclass(frozen=True)
class Page:
    """Entries newest first, `PAGE` at most. `older`: the id to go on before, None at the end."""

    entries: list[AuditEntry]
    older: int | None


@dataclass(frozen=True)
class LookFilter:
    """What to narrow the record to; empty means all. Dates are days in UTC, both inclusive."""

    person: int | None = None
    agency: str = ""
    verb: str = ""
    outcome: str = ""
    compartment: str = ""
    first: datetime.date | None = None
    last: datetime.date | None = None
    before: int | None = None


@dataclass(frozen=True)
class Tally:
    """How many entries one person or agency has. `largest`: the largest of the same table, for the bar."""

    label: str
    detail: str
    count: int
    largest: int = field(default=1)


def overseen_cases(member: Member) -> list[OverseenCase]:
    """Every case that the member's agency leads, newest first, with its numbers. Three queries, however many."""
    cases = list(Case.objects.overseen_by(member).select_related("lead_agency").order_by("-opened_at", "pk"))
    ids = [case.pk for case in cases]
    heads = _headcounts(ids)
    rows = AuditEntry.objects.filter(case_id__in=ids).order_by()
    numbers = {
        row["case_id"]: row
        for row in rows.values("case_id").annotate(
            refusals=Count("id", filter=Q(outcome=Outcome.REFUSED)),
            last_look=Max("timestamp", filter=Q(verb=Verb.LOOKED, outcome=Outcome.ALLOWED)),
        )
    }
    return [
        OverseenCase(
            case,
            *heads.get(case.pk, (0, 0)),
            numbers.get(case.pk, {}).get("refusals", 0),
            numbers.get(case.pk, {}).get("last_look"),
        )
        for case in cases
    ]


def _headcounts(ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select c, h.can_see, h.have_seen from unnest(%s::bigint[]) c, casework_headcount(c) h", [list(ids)]
        )
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}


def looks_at(member: Member, case: Case, wanted: LookFilter) -> Page:
    """The record of one case, lists that showed it included, newest first. What is shown here is noted too."""
    rows = AuditEntry.objects.filter(Q(case_id=case.pk) | Q(listed_case_ids__contains=[case.pk]))
    page = _page(_narrowed(rows, wanted), wanted.before)
    for entry in page.entries:
        current_reading().note(
            case_id=case.pk, label="audit.auditentry", pk=entry.pk, compartment=str(case.compartment)
        )
    return page


def tallies(case: Case) -> tuple[list[Tally], list[Tally]]:
    """Looks at the case by agency and by person, most first."""
    looks = AuditEntry.objects.filter(case_id=case.pk, verb__in=[Verb.LOOKED, Verb.EXPORTED], outcome=Outcome.ALLOWED)
    by_agency = looks.order_by().values("actor_agency").annotate(count=Count("id")).order_by("-count", "actor_agency")
    by_person = looks.order_by().values("actor_name", "actor_agency").annotate(count=Count("id"))
    agencies = [(row["actor_agency"], "", row["count"]) for row in by_agency]
    people = [(row["actor_name"], row["actor_agency"], row["count"]) for row in by_person.order_by("-count", "actor_name")]
    return _tally(agencies), _tally(people)


def _tally(rows: list[tuple[str, str, int]]) -> list[Tally]:
    largest = max((row[2] for row in rows), default=1)
    return [Tally(*row, largest=largest) for row in rows]


def people_in_record(case: Case) -> list[tuple[int, str]]:
    """Ids and names, as they were, of everyone who has an entry on this case; for the filter."""
    rows = AuditEntry.objects.filter(case_id=case.pk, actor_id__isnull=False).order_by("actor_name", "actor_id")
    return list(dict(rows.values_list("actor_id", "actor_name")).items())


def refusals(member: Member, wanted: LookFilter) -> Page:
    """What was refused: to members of the own agency, and on cases that it leads; newest first."""
    led = Case.objects.overseen_by(member).values("pk")
    rows = AuditEntry.objects.filter(outcome=Outcome.REFUSED).exclude(verb=Verb.SIGN_IN_FAILED)
    return _page(_narrowed(rows.filter(Q(agency_id=member.agency_id) | Q(case_id__in=led)), wanted), wanted.before)


def sign_ins(member: Member, wanted: LookFilter) -> Page:
    """Sign-ins, failures, sign-outs and changes of factor of the own agency's members, newest first."""
    rows = AuditEntry.objects.filter(agency_id=member.agency_id, verb__in=SIGN_IN_VERBS)
    return _page(_narrowed(rows, wanted), wanted.before)


def find_entry(member: Member, pk: int) -> AuditEntry | None:
    """One entry that this member oversees, or None."""
    led = Case.objects.overseen_by(member).values("pk")
    own = Q(case_id__in=led) | Q(case_id__isnull=True, agency_id=member.agency_id)
    return AuditEntry.objects.filter(own, pk=pk).first()


def _narrowed(rows: QuerySet[Any], wanted: LookFilter) -> QuerySet[Any]:
    filters: dict[str, Any] = {
        "actor_id": wanted.person,
        "actor_agency": wanted.agency,
        "verb": wanted.verb,
        "outcome": wanted.outcome,
        "compartments__contains": [wanted.compartment] if wanted.compartment else None,
        "timestamp__date__gte": wanted.first,
        "timestamp__date__lte": wanted.last,
    }
    return rows.filter(**{name: value for name, value in filters.items() if value})


def _page(rows: QuerySet[Any], before: int | None) -> Page:
    if before:
        rows = rows.filter(pk__lt=before)
    entries = list(rows.order_by("-pk")[: PAGE + 1])
    return Page(entries[:PAGE], entries[PAGE - 1].pk if len(entries) > PAGE else None)
