"""When: where a request for the identity stands, who moves it on, and every way out."""

import datetime
from dataclasses import dataclass
from typing import Any

from casework.custody.kinds import RequestState

LONGEST_DAYS, USUAL_DAYS = 14, 3  # as few days as the task needs; the database holds the longest


@dataclass(frozen=True)
class StateRule:
    """`owner`: who acts next, in words. `ways_out`: states that may follow; none for an end."""

    owner: str
    ways_out: tuple[RequestState, ...]


STATES: dict[RequestState, StateRule] = {
    RequestState.WAITING: StateRule(
        "the identity custodian of the lead agency, or its supervisors on the case where there is none",
        (RequestState.GIVEN, RequestState.DECLINED, RequestState.WITHDRAWN, RequestState.LAPSED),
    ),
    RequestState.GIVEN: StateRule("the clock, or whoever ends it before", ()),
    RequestState.DECLINED: StateRule("nobody", ()),
    RequestState.WITHDRAWN: StateRule("nobody", ()),
    RequestState.LAPSED: StateRule("nobody", ()),
}


def state_of(request: Any, now: datetime.datetime) -> RequestState:
    """Where a request stands at this moment (UTC, of the database's clock): what waited too long has lapsed."""
    if request.state == RequestState.WAITING and request.until <= now:
        return RequestState.LAPSED
    return RequestState(request.state)
