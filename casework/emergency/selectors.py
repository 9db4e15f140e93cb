"""The only readers of emergency access. Member first."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import connection

from casework.access.errors import NotVisible
from casework.access.kinds import Compartment
from casework.emergency.kinds import EmergencyState
from casework.emergency.models import EmergencyAccess
from casework.emergency.states import state_of

RELATED = ("case", "case__lead_agency", "agency")


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
