"""The only readers of emergency access. Member first."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import connection

from casework.access.errors import NotVisible
from casework.access.kinds import Compartment
from casework.audit.kinds import Verb
from casework.audit.models import AuditEntry
from casework.emergency.kinds import EmergencyState
from casework.emergency.models import EmergencyAccess
from casework.emergency.states import state_of

RELATED = ("case", "case__lead_agency", "agency")
SHOWN = 50


@dataclass(frozen=True)
class EmergencyRow:
    """An emergency access in a list. `what`: labels; `state`: by the database's clock."""

    emergency: EmergencyAccess
    what: list[str]
    state: EmergencyState


def database_now() -> datetime.datetime:
    """The start of this transaction by the database's clock, UTC."""
    with connection.cursor() as cursor:
        cursor.execute("select now()")
        now: datetime.datetime = cursor.fetchone()[0]
    return now


def waits_for_review() -> bool:
    """True while an emergency access of the one who asks has no closed review, whatever became of it meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("select casework_waits_for_review()")
        return bool(cursor.fetchone()[0])


def own_emergency(member: Any, number: int) -> EmergencyAccess:
    """One of the member's own. Raises: NotVisible."""
    found: EmergencyAccess | None = (
        EmergencyAccess.objects.own_of(member).select_related("agency").filter(pk=number).first()
    )
    if found is None:
        raise NotVisible
    return found


def labels_of(compartments: list[str]) -> list[str]:
    """Compartments in words, in the order of the tabs."""
    return [str(each.label) for each in Compartment if each.value in compartments]


def rows_of(emergencies: list[EmergencyAccess]) -> list[EmergencyRow]:
    """With labels and states, in the order given. One query for the clock."""
    now = database_now() if emergencies else None
    return [EmergencyRow(each, labels_of(each.compartments), state_of(each, now)) for each in emergencies if now]


def own_emergencies(member: Any) -> list[EmergencyRow]:
    """The member's own, newest first, at most SHOWN."""
    return rows_of(list(EmergencyAccess.objects.own_of(member).order_by("-started_at", "pk")[:SHOWN]))


def overseen_emergencies(member: Any) -> list[EmergencyRow]:
    """Those on cases that the agency leads: what waits for a review first, oldest first; then what is reviewed."""
    found = EmergencyAccess.objects.overseen_by(member).select_related(*RELATED)
    waiting = list(found.filter(reviewed_at=None).order_by("started_at", "pk"))
    return rows_of([*waiting, *found.exclude(reviewed_at=None).order_by("-reviewed_at", "pk")[:SHOWN]])


def emergencies_of_agency(member: Any) -> list[EmergencyRow]:
    """Those of the supervisor's own people, newest first; which case it was is not said here."""
    rows = EmergencyAccess.objects.of_agency(member).select_related("agency").order_by("-started_at", "pk")
    return rows_of(list(rows[:SHOWN]))


def noticed_emergencies(member: Any) -> list[EmergencyAccess]:
    """Those without a closed review on cases of the lead agency's own people, for whoever may read the overview."""
    rows = EmergencyAccess.objects.visible_to(member).select_related("case").exclude(member_id=member.pk)
    return list(rows.filter(reviewed_at=None, case__lead_agency_id=member.agency_id).order_by("started_at", "pk"))


def looks_in_emergency(emergency: EmergencyAccess) -> int:
    """How many entries of the record stand on it: what was opened while it lasted."""
    rows = AuditEntry.objects.filter(emergency_id=emergency.pk, case_id=emergency.case_id)
    return int(rows.filter(verb__in=[Verb.LOOKED, Verb.EXPORTED]).count())


def case_for_the_record(reference: str) -> int | None:
    """The case of a reference, for the entry of a refusal alone: never part of an answer."""
    with connection.cursor() as cursor:
        cursor.execute("select casework_case_of(%s)", [reference])
        row = cursor.fetchone()
    return None if row[0] is None else int(row[0])
