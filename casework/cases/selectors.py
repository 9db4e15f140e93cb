"""The only readers of cases. Member first; each makes a constant number of queries."""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from casework.cases.models import Attendance, Case, Child, Entry, EntryRevision, Participant
from casework.cases.panels import AccountCounts, account_counts
from casework.vault.reading import note_list

PAGE = 25
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Headcount:
    """How many people can see a case now, and how many have seen content of it so far. None: not known.

    `emergencies`: those who read it now by emergency access, in full, each with the end, UTC.
    """

    can_see: int | None = None
    have_seen: int | None = None
    emergencies: tuple[tuple[str, datetime.datetime], ...] = ()


@dataclass(frozen=True)
class CaseFilter:
    """How a case list is narrowed. Codes, or empty for all; `words`: part of a reference or pseudonym."""

    stage: str = ""
    risk: str = ""
    words: str = ""

    @property
    def is_set(self) -> bool:
        """True when anything narrows the list."""
        return bool(self.stage or self.risk or self.words)


@dataclass(frozen=True)
class CaseRow:
    """One case of the list. `counts`: how often the child has told, None when it is not known."""

    case: Case
    counts: AccountCounts | None
    headcount: Headcount


@dataclass(frozen=True)
class CasePage:
    """One page of the list, newest first. `after`: where the next page starts, empty when this one is not full."""

    rows: list[CaseRow] = field(default_factory=list)
    after: str = ""


@dataclass(frozen=True)
class EntryPage:
    """One page of a chronology, newest first. `before`: where the next page starts, empty on the last."""

    entries: list[Entry] = field(default_factory=list)
    before: str = ""


def case_list(member: Any, wanted: CaseFilter, after: str = "") -> CasePage:
    """The member's cases, newest first, PAGE at a time, from the place that `after` names."""
    cases = Case.objects.visible_to(member).select_related("lead_agency").order_by("-opened_at", "id")
    if wanted.stage:
        cases = cases.filter(stage=wanted.stage)
    if wanted.risk:
        cases = cases.filter(risk=wanted.risk)
    if wanted.words:
        cases = cases.filter(Q(reference__icontains=wanted.words) | Q(pseudonym__icontains=wanted.words))
    start = read_place(after)
    if start is not None:
        when, key = start
        cases = cases.filter(Q(opened_at__lt=when) | Q(opened_at=when, id__gt=key))
    note_list()
    found: list[Case] = list(cases[:PAGE])
    ids = [case.pk for case in found]
    told, seen = account_counts(ids), headcounts(ids)
    rows = [CaseRow(case, told.get(case.pk), seen.get(case.pk, Headcount())) for case in found]
    return CasePage(rows, place_of(found[-1].opened_at, found[-1].pk) if len(found) == PAGE else "")


def chronology(member: Any, case: Case, compartment: str = "", before: str = "") -> EntryPage:
    """Entries of the case in compartments that the member may read (or in one of them), newest first."""
    entries = Entry.objects.visible_to(member).select_related("case").filter(case=case)
    if compartment:
        entries = entries.filter(compartment=compartment)
    start = read_place(before)
    if start is not None:
        when, key = start
        day = when.date()
        entries = entries.filter(Q(happened_on__lt=day) | Q(happened_on=day, id__gt=key))
    found: list[Entry] = list(entries.order_by("-happened_on", "id")[:PAGE])
    last = found[-1] if len(found) == PAGE else None
    return EntryPage(found, place_of(_midnight(last.happened_on), last.pk) if last else "")


def revisions(member: Any, entry: Entry) -> QuerySet[EntryRevision]:
    """What the entry said before, newest first."""
    rows: QuerySet[EntryRevision] = EntryRevision.objects.visible_to(member).select_related("case", "replaced_by")
    return rows.filter(entry=entry, case_id=entry.case_id).order_by("-version")


def child_of(member: Any, case: Case) -> Child | None:
    """The child of the case, for whoever may read the identity; reading a field of it is a look."""
    child: Child | None = Child.objects.visible_to(member).select_related("case").filter(case=case).first()
    return child


def participants_of(member: Any, case: Case) -> list[Participant]:
    """The agencies that take part now, beside the lead agency, by name."""
    rows = Participant.objects.visible_to(member).select_related("case", "agency").filter(case=case, left_at=None)
    return list(rows.order_by("agency__name"))


def attendance_of(member: Any, case: Case) -> list[Attendance]:
    """Appointments of therapy, newest first: of each day and agency the record that was made last. One query."""
    rows = Attendance.objects.visible_to(member).select_related("case", "agency").filter(case=case)
    last = {(row.agency_id, row.held_on): row for row in rows.order_by("recorded_at", "pk")}
    return sorted(last.values(), key=lambda row: row.held_on, reverse=True)


def takes_part(member: Any, case: Case) -> bool:
    """True when the member's agency takes part in the case now, beside the lead agency."""
    rows = Participant.objects.visible_to(member).filter(case=case, agency_id=member.agency_id, left_at=None)
    return bool(rows.exists())


def headcounts(case_ids: Sequence[int]) -> dict[int, Headcount]:
    """By case id. The database counts, since no member may read every grant and every look."""
    if not case_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select wanted, (counted).can_see, (counted).have_seen, casework_emergencies_of(wanted)"
            " from (select wanted, casework_headcount(wanted) as counted"
            " from unnest(%s::bigint[]) as wanted offset 0) as each",
            [list(case_ids)],
        )
        return {
            case_id: Headcount(can_see, have_seen, tuple((name, _utc(until)) for name, until in json.loads(running)))
            for case_id, can_see, have_seen, running in cursor.fetchall()
        }


def headcount(case: Case) -> Headcount:
    """How many people can see this case and how many have."""
    return headcounts([case.pk]).get(case.pk, Headcount())


def place_of(when: datetime.datetime, key: int) -> str:
    """Where a page ends, for the address of the next one: microseconds since 1970 and a key."""
    return f"{(when - EPOCH) // datetime.timedelta(microseconds=1)}-{key}"


def read_place(text: str) -> tuple[datetime.datetime, int] | None:
    """The place in an address, or None for none or a malformed one: then the first page is shown."""
    stamp, _dash, key = text.partition("-")
    if not (stamp.isdecimal() and key.isdecimal() and len(stamp) <= 17 and len(key) <= 19):
        return None
    return EPOCH + datetime.timedelta(microseconds=int(stamp)), int(key)


def _utc(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)
