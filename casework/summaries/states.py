"""When: what may happen to a summary and to a copy in each state, who acts next, and every way out."""

from dataclasses import dataclass

from casework.summaries.kinds import CopyState, SummaryState

STALLED_SECONDS = 120  # a copy that has not moved for this long may be taken up again


@dataclass(frozen=True)
class StateRule:
    """`owner`: who acts next. `ways_out`: action to the state that follows; `stays`: actions that leave it as it is."""

    owner: str
    ways_out: dict[str, str]
    stays: tuple[str, ...] = ()


SUMMARY_STATES: dict[str, StateRule] = {
    SummaryState.DRAFT: StateRule(
        owner="who made it", ways_out={"ask_approval": SummaryState.ASKED}, stays=("change_details", "choose_items")
    ),
    SummaryState.ASKED: StateRule(
        owner="a supervisor who may write in the legal compartment and did not make it",
        ways_out={
            "approve": SummaryState.APPROVED,
            "return_for_changes": SummaryState.RETURNED,
            "take_back": SummaryState.DRAFT,
        },
    ),
    SummaryState.RETURNED: StateRule(
        owner="who made it", ways_out={"ask_approval": SummaryState.ASKED}, stays=("change_details", "choose_items")
    ),
    # Copies that were issued stay in the register when it is opened again.
    SummaryState.APPROVED: StateRule(
        owner="who made it, to open it again; whoever may write in the legal compartment, for copies",
        ways_out={"open_again": SummaryState.DRAFT},
        stays=("ask_copy",),
    ),
}

COPY_STATES: dict[str, StateRule] = {
    CopyState.QUEUED: StateRule(
        owner="the worker; beat sends the job again", ways_out={"begin": CopyState.BUILDING}, stays=("try_again",)
    ),
    CopyState.BUILDING: StateRule(
        owner="the worker; beat sends the job again when it stalls",
        ways_out={"finish": CopyState.READY, "fail": CopyState.FAILED, "try_again": CopyState.QUEUED},
    ),
    CopyState.FAILED: StateRule(
        owner="whoever may write in the legal compartment", ways_out={"try_again": CopyState.QUEUED}
    ),
    # Final: what was issued is never built again under the same number.
    CopyState.READY: StateRule(owner="whoever may take it out", ways_out={"take_out": CopyState.READY}),
}


def summary_allows(state: str, action: str) -> bool:
    """True when this action may happen to a summary in this state."""
    rule = SUMMARY_STATES[state]
    return action in rule.ways_out or action in rule.stays


def copy_allows(state: str, action: str) -> bool:
    """True when this action may happen to a copy in this state."""
    rule = COPY_STATES[state]
    return action in rule.ways_out or action in rule.stays
