"""When: where an emergency access stands, who moves it on, and every way out."""

import datetime
from dataclasses import dataclass
from typing import Any

from casework.emergency.kinds import EmergencyState

HOURS = 3  # DESIGN.md, "Emergency access"; the database sets the end
EXPLAIN_WITHIN = datetime.timedelta(days=2)  # after that the review goes on without an explanation


@dataclass(frozen=True)
class StateRule:
    """`owner`: who acts next, in words. `ways_out`: states that may follow; none for an end."""

    owner: str
    ways_out: tuple[EmergencyState, ...]


REVIEWER = "a supervisor of the lead agency, never the member"
STATES: dict[EmergencyState, StateRule] = {
    EmergencyState.RUNNING: StateRule("the member", (EmergencyState.UNEXPLAINED, EmergencyState.EXPLAINED)),
    EmergencyState.UNEXPLAINED: StateRule("the member", (EmergencyState.EXPLAINED, EmergencyState.REVIEWED)),
    EmergencyState.EXPLAINED: StateRule(REVIEWER, (EmergencyState.REVIEWED,)),
    EmergencyState.REVIEWED: StateRule("nobody", ()),
}


def state_of(emergency: Any, now: datetime.datetime) -> EmergencyState:
    """Where an emergency access stands at this moment (UTC, of the database's clock)."""
    if emergency.reviewed_at is not None:
        return EmergencyState.REVIEWED
    if emergency.ended_at is None and emergency.ends_at > now:
        return EmergencyState.RUNNING
    return EmergencyState.EXPLAINED if emergency.explained_at is not None else EmergencyState.UNEXPLAINED


def over_since(emergency: Any) -> datetime.datetime:
    """When it ended or will end, UTC."""
    ended: datetime.datetime = emergency.ended_at or emergency.ends_at
    return ended


def may_be_reviewed(emergency: Any, now: datetime.datetime) -> bool:
    """Once it is over and explained, or two days after it was over, explained or not."""
    state = state_of(emergency, now)
    if state == EmergencyState.UNEXPLAINED:
        return over_since(emergency) + EXPLAIN_WITHIN <= now
    return state == EmergencyState.EXPLAINED
