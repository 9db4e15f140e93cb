"""When: a telling is open or sealed. Who acts next in each, and every way out."""

from dataclasses import dataclass
from enum import StrEnum


class TellingState(StrEnum):
    """Derived from `sealed_at`, so that the two can't disagree."""

    EMPTY = "empty"
    OPEN = "open"
    SEALED = "sealed"


@dataclass(frozen=True)
class StateRule:
    """`owner`: who acts next. `ways_out`: action to the state that follows."""

    owner: str
    ways_out: dict[str, TellingState]


STATES: dict[TellingState, StateRule] = {
    TellingState.EMPTY: StateRule(
        owner="whoever may write in the account",
        ways_out={"add_passages": TellingState.OPEN},
    ),
    TellingState.OPEN: StateRule(
        owner="an interviewer, social worker or investigator who may write in the account",
        ways_out={"add_passages": TellingState.OPEN, "seal_telling": TellingState.SEALED},
    ),
    # Final on purpose: what the child told is never changed. What was wrong is put right beside it.
    TellingState.SEALED: StateRule(
        owner="whoever may write in the account",
        ways_out={"correct_passage": TellingState.SEALED},
    ),
}
