"""Searching the whole record that a member oversees: by person, case, agency, action, days, refused, emergency."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import ExtractHour

from agencies.kinds import Role
from agencies.models import Member
from casework.audit.commands import COMMAND
from casework.audit.kinds import Outcome
from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.oversight.selectors import LookFilter, Page, Tally, led_case_ids, narrowed, overseen, page_of

COUNTED = 10_000  # entries at most that the two tables count: the newest that fit


@dataclass(frozen=True)
class SearchFilter:
    """What to narrow to. `looks`: as for the record of a case; `reference`: of a case, empty for all."""

    looks: LookFilter
    reference: str = ""
    refused: bool = False
    emergency: bool = False


@dataclass(frozen=True)
class Found:
    """One page of entries, and all that fit, counted by agency and by hour of the day (UTC).

    `emergency`: how many came by emergency access. `counted`: how many entries the numbers are of.
    """

    page: Page
    agencies: list[Tally]
    hours: list[Tally]
    emergency: int
    counted: int


def search(member: Member, wanted: SearchFilter) -> Found:
    """Entries that this member oversees and that fit, newest first. Six queries at most."""
    rows = _fitting(member, wanted)
    newest = AuditEntry.objects.filter(pk__in=rows.order_by("-pk").values("pk")[:COUNTED]).order_by()
    by_agency = newest.values_list("actor_agency").annotate(number=Count("id"), rare=Count("emergency_id"))
    counted = [(agency, number, rare) for agency, number, rare in by_agency]
    by_hour = dict(newest.annotate(hour=ExtractHour("timestamp")).values_list("hour").annotate(number=Count("id")))
    return Found(
        page=page_of(rows, wanted.looks.before),
        agencies=_bars(sorted(((name, number) for name, number, _rare in counted), key=lambda bar: (-bar[1], bar[0]))),
        hours=_bars([(f"{hour:02}:00", by_hour.get(hour, 0)) for hour in range(24)] if by_hour else []),
        emergency=sum(rare for _name, _number, rare in counted),
        counted=sum(number for _name, number, _rare in counted),
    )


def agencies_on_record(member: Member) -> list[str]:
    """Names of agencies, as they were, whose people stand in the newest entries that this member oversees."""
    rows = AuditEntry.objects.filter(_all_of(member)).order_by("-pk").values("pk")[:COUNTED]
    found = AuditEntry.objects.filter(pk__in=rows).order_by().values_list("actor_agency").annotate(Count("id"))
    return sorted(name for name, _number in found if name)


def _fitting(member: Member, wanted: SearchFilter) -> QuerySet[Any]:
    rows = narrowed(AuditEntry.objects.filter(_all_of(member)), replace(wanted.looks, before=None))
    if wanted.reference:
        rows = rows.filter(_of_reference(member, wanted.reference))
    if wanted.refused:
        rows = rows.filter(outcome=Outcome.REFUSED)
    if wanted.emergency:
        rows = rows.filter(emergency_id__isnull=False)
    return rows


def _all_of(member: Member) -> Q:
    """What the member oversees; for auditors also what the operator of the server did."""
    own = overseen(member) | Q(listed_case_ids__overlap=led_case_ids(member))
    own |= Q(outcome=Outcome.REFUSED, agency_id=member.agency_id)
    return own | Q(method=COMMAND, case_id=None) if member.has_role(Role.AUDITOR) else own


def _of_reference(member: Member, reference: str) -> Q:
    """Entries of this case; of none when the member does not oversee it: then it does not exist for the member."""
    cases = Case.objects.overseen_by(member).unnoted("says which entries may be read")
    key = cases.filter(reference__iexact=reference).values_list("pk", flat=True).first()
    return Q(pk=None) if key is None else Q(case_id=key) | Q(listed_case_ids__contains=[key])


def _bars(rows: list[tuple[str, int]]) -> list[Tally]:
    largest = max((number for _label, number in rows), default=0)
    return [Tally(label, "", label, number, largest) for label, number in rows]
