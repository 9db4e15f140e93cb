"""The only readers of the record. Each takes the member first; row-level security stands behind every one."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from agencies.kinds import Role
from agencies.models import Member
from casework.access.models import CaseGrant
from casework.access.scopes import walled_case_ids
from casework.audit.commands import COMMAND
from casework.audit.kinds import Outcome, Verb
from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.cases.selectors import Headcount, headcounts
from casework.sharing.models import Share
from casework.vault.reading import note_list, note_rows

PAGE = 50
SIGN_IN_VERBS = (Verb.SIGNED_IN, Verb.SIGNED_OUT, Verb.SIGN_IN_FAILED, Verb.FACTOR_CHANGED)
# Looks at the case itself; reading the record of looks is on the record too, but counts as none.
LOOKS = Q(verb__in=[Verb.LOOKED, Verb.EXPORTED], outcome=Outcome.ALLOWED) & ~Q(shown__has_key="audit.auditentry")


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
    """How many looks one person or agency has. `choice`: its value in the filter; `largest`: of the same table."""

    label: str
    detail: str
    choice: str
    count: int
    largest: int


@dataclass(frozen=True)
class Tallies:
    """Looks by agency and by person, most first; and everybody with any entry, for the filter."""

    agencies: list[Tally]
    people: list[Tally]
    person_choices: list[tuple[int, str]]
    agency_choices: list[str]


@dataclass(frozen=True)
class EntryContext:
    """What an entry points to, as far as the reader oversees it; None where it points to nothing or elsewhere."""

    case: Case | None
    listed: list[str]
    grant: CaseGrant | None
    share: Share | None


def overseen_cases(member: Member) -> list[OverseenCase]:
    """Every case that the member's agency leads, newest first, with its numbers. Three queries, however many."""
    note_list()
    cases = list(Case.objects.overseen_by(member).select_related("lead_agency").order_by("-opened_at", "pk"))
    ids = [case.pk for case in cases]
    heads = headcounts(ids)
    rows = AuditEntry.objects.filter(case_id__in=ids).order_by()
    numbers = {
        row["case_id"]: row
        for row in rows.values("case_id").annotate(
            refusals=Count("id", filter=Q(outcome=Outcome.REFUSED)),
            last_look=Max("timestamp", filter=LOOKS),
        )
    }
    return [
        OverseenCase(
            case,
            heads.get(case.pk, Headcount()).can_see or 0,
            heads.get(case.pk, Headcount()).have_seen or 0,
            numbers.get(case.pk, {}).get("refusals", 0),
            numbers.get(case.pk, {}).get("last_look"),
        )
        for case in cases
    ]


def led_case_ids(member: Member) -> list[int]:
    """Ids of the cases that this member oversees: led by the own agency, and not behind a wall."""
    rows = Case.objects.overseen_by(member).unnoted("says which entries may be read")
    return list(rows.order_by("pk").values_list("pk", flat=True))


def references_of(member: Member, entries: Iterable[AuditEntry]) -> dict[int, str]:
    """References, by id, of the cases that these lists showed, as far as this member oversees them. One query."""
    wanted = {key for entry in entries for key in entry.listed_case_ids}
    rows = Case.objects.overseen_by(member)
    return dict(rows.filter(pk__in=wanted).order_by("pk").values_list("pk", "reference")) if wanted else {}


def looks_at(member: Member, case: Case, wanted: LookFilter) -> Page:
    """The record of one case, lists that showed it included, newest first."""
    rows = AuditEntry.objects.filter(_of_case(member, case) | Q(listed_case_ids__contains=[case.pk]))
    return page_of(narrowed(rows, wanted), wanted.before)


def tallies(member: Member, case: Case) -> Tallies:
    """Looks at the case, counted. One query."""
    rows = AuditEntry.objects.filter(_of_case(member, case)).order_by().values("actor_id", "actor_name", "actor_agency")
    looks = Count("id", filter=LOOKS)
    counted = [
        (row["actor_id"], row["actor_name"], row["actor_agency"], row["looks"]) for row in rows.annotate(looks=looks)
    ]
    by_agency: dict[str, int] = {}
    for _id, _name, agency, number in counted:
        by_agency[agency] = by_agency.get(agency, 0) + number
    people = [(name, agency, str(key or ""), number) for key, name, agency, number in counted]
    return Tallies(
        agencies=_tally([(agency, "", agency, number) for agency, number in by_agency.items()]),
        people=_tally(people),
        person_choices=sorted({key: name for key, name, *_rest in counted if key}.items(), key=lambda pair: pair[1]),
        agency_choices=sorted(agency for agency in by_agency if agency),
    )


def _tally(rows: Iterable[tuple[str, str, str, int]]) -> list[Tally]:
    seen = sorted((row for row in rows if row[3]), key=lambda row: (-row[3], row[0], row[1]))
    largest = max((row[3] for row in seen), default=1)
    return [Tally(*row, largest=largest) for row in seen]


def refusals(member: Member, wanted: LookFilter) -> Page:
    """What was refused: to members of the own agency, and on cases that it leads; newest first."""
    rows = _not_walled(member).filter(outcome=Outcome.REFUSED).exclude(verb=Verb.SIGN_IN_FAILED)
    own = overseen(member) | Q(agency_id=member.agency_id)
    return page_of(narrowed(rows.filter(own), wanted), wanted.before)


def sign_ins(member: Member, wanted: LookFilter) -> Page:
    """Sign-ins, failures, sign-outs and changes of factor of the own agency's members, newest first."""
    rows = AuditEntry.objects.filter(agency_id=member.agency_id, case_id=None, verb__in=SIGN_IN_VERBS)
    return page_of(narrowed(rows, wanted), wanted.before)


def members_of_agency(member: Member) -> list[tuple[int, str]]:
    """Ids and names of everybody who ever worked for the reader's agency, by name."""
    return list(Member.objects.filter(agency_id=member.agency_id).values_list("pk", "name").order_by("name", "pk"))


def find_entry(member: Member, pk: int) -> AuditEntry | None:
    """One entry that this member oversees, or None: all that the lists of looks, refusals and sign-ins hold."""
    own = overseen(member) | Q(listed_case_ids__overlap=led_case_ids(member))
    own |= Q(outcome=Outcome.REFUSED, agency_id=member.agency_id)
    if member.has_role(Role.AUDITOR):
        own |= Q(method=COMMAND, case_id=None)
    found: AuditEntry | None = _not_walled(member).filter(own, pk=pk).first()
    return found


def context_of(member: Member, entry: AuditEntry) -> EntryContext:
    """What the entry points to. Content is never opened: pseudonym, reference, terms."""
    cases = Case.objects.overseen_by(member)
    listed = cases.filter(pk__in=entry.listed_case_ids).order_by("reference").values_list("reference", flat=True)
    grants = CaseGrant.objects.select_related("user", "granted_by", "permission")
    found = grants.filter(pk=entry.grant_id, content_object_id=entry.case_id) if entry.grant_id else grants.none()
    grant = found.first()
    note_rows([grant] if grant is not None else [])
    shares = Share.objects.overseen_by(member).select_related("from_agency", "to_agency")
    return EntryContext(
        case=cases.filter(pk=entry.case_id).first() if entry.case_id else None,
        listed=list(listed) if entry.listed_case_ids else [],
        grant=grant,
        share=shares.filter(pk=entry.share_id, case_id=entry.case_id).first() if entry.share_id else None,
    )


def _not_walled(member: Member) -> QuerySet[Any]:
    """Every entry but those of cases that do not exist for this member; row-level security says the same."""
    rows: QuerySet[Any] = AuditEntry.objects.exclude(case_id__in=walled_case_ids(member))
    return rows


def _of_case(member: Member, case: Case) -> Q:
    return Q(case_id__in=Case.objects.overseen_by(member).filter(pk=case.pk).values("pk"))


def overseen(member: Member) -> Q:
    """Entries of cases that the member oversees, and those of the own agency that belong to no case."""
    return Q(case_id__in=led_case_ids(member)) | Q(case_id=None, listed_case_ids=[], agency_id=member.agency_id)


def narrowed(rows: QuerySet[Any], wanted: LookFilter) -> QuerySet[Any]:
    """These entries, as far as they fit."""
    filters: dict[str, Any] = {
        "actor_id": wanted.person,
        "actor_agency": wanted.agency,
        "verb": wanted.verb,
        "outcome": wanted.outcome,
        "compartments__contains": [wanted.compartment] if wanted.compartment else None,
        "timestamp__gte": wanted.first and _midnight(wanted.first),
        "timestamp__lt": wanted.last and _midnight(wanted.last + datetime.timedelta(days=1)),
    }
    return rows.filter(**{name: value for name, value in filters.items() if value})


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


def page_of(rows: QuerySet[Any], before: int | None) -> Page:
    """One page of these entries, newest first. `before`: the id to go on before."""
    if before:
        rows = rows.filter(pk__lt=before)
    entries = list(rows.order_by("-pk")[:PAGE])
    more = len(entries) == PAGE and rows.filter(pk__lt=entries[-1].pk).exists()
    return Page(entries, entries[-1].pk if more else None)
