"""When: a telling is open or sealed. Who acts next in each, and every way out."""

from dataclasses import dataclass
from enum import StrEnum


class TellingState(StrEnum):
    """Derived from `signed_at` and `sealed_at`, so that they can't disagree."""

    EMPTY = "empty"
    OPEN = "open"
    SIGNED = "signed"
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
        owner="the interviewer, or whoever of police and social work writes in the account",
        ways_out={
            "add_passages": TellingState.OPEN,
            "change_log": TellingState.OPEN,
            "change_passage": TellingState.OPEN,
            "sign_telling": TellingState.SIGNED,
        },
    ),
    # Any change takes the first signature back: what is sealed is what both have seen.
    TellingState.SIGNED: StateRule(
        owner="the second person, of the other side",
        ways_out={
            "seal_telling": TellingState.SEALED,
            "take_back_signature": TellingState.OPEN,
            "add_passages": TellingState.OPEN,
            "change_log": TellingState.OPEN,
            "change_passage": TellingState.OPEN,
        },
    ),
    # Final on purpose: what the child told is never changed. What was wrong is put right beside it.
    TellingState.SEALED: StateRule(
        owner="whoever may write in the account",
        ways_out={"correct_passage": TellingState.SEALED},
    ),
}
