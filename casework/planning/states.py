"""When: a plan from its first words to its end, and a question from the pool to its outcome. Every way out."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from casework.planning.kinds import QuestionOutcome, RequestState


class PlanState(StrEnum):
    """Derived, so that it can't disagree with signatures, telling and end."""

    DRAFT = "draft"
    AGREED = "agreed"
    HELD = "held"
    CLOSED = "closed"


@dataclass(frozen=True)
class StateRule:
    """`owner`: who acts next. `ways_out`: action to the state that follows."""

    owner: str
    ways_out: dict[str, PlanState]


@dataclass(frozen=True)
class OutcomeRule:
    """`owner`: who acts next. `ways_out`: outcomes that may follow until the plan is closed."""

    owner: str
    ways_out: tuple[QuestionOutcome, ...]


STATES: dict[PlanState, StateRule] = {
    PlanState.DRAFT: StateRule(
        owner="the lead agency, and each agency that has not signed",
        ways_out={
            "change_plan": PlanState.DRAFT,
            "sign_plan": PlanState.AGREED,
            "record_telling": PlanState.HELD,
            "close_plan": PlanState.CLOSED,
        },
    ),
    PlanState.AGREED: StateRule(
        owner="the lead interviewer",
        ways_out={
            "change_plan": PlanState.DRAFT,
            "record_telling": PlanState.HELD,
            "close_plan": PlanState.CLOSED,
        },
    ),
    PlanState.HELD: StateRule(
        owner="whoever owes a question its outcome",
        ways_out={"change_plan": PlanState.HELD, "set_outcome": PlanState.HELD, "close_plan": PlanState.CLOSED},
    ),
    # Final on purpose: what was planned stays as it was agreed. A further interview has a plan of its own.
    PlanState.CLOSED: StateRule(owner="nobody", ways_out={}),
}
DECIDED = tuple(each for each in QuestionOutcome if each != QuestionOutcome.OPEN)
OUTCOMES: dict[QuestionOutcome, OutcomeRule] = {
    QuestionOutcome.OPEN: OutcomeRule("the member who asked, and the interviewer", DECIDED),
    **{each: OutcomeRule("nobody; the lead agency, if it was wrong", DECIDED) for each in DECIDED},
}


def plan_state(*, closed: bool, held: bool, all_signed: bool) -> PlanState:
    """The state of a plan from what is recorded about it."""
    if closed:
        return PlanState.CLOSED
    if held:
        return PlanState.HELD
    return PlanState.AGREED if all_signed else PlanState.DRAFT


def state_in_words(state: PlanState) -> str:
    """The state as people say it."""
    return {
        PlanState.DRAFT: _("Not signed by all"),
        PlanState.AGREED: _("Signed by all"),
        PlanState.HELD: _("The interview is recorded"),
        PlanState.CLOSED: _("Closed"),
    }[state]


@dataclass(frozen=True)
class RequestRule:
    """`owner`: who acts next. `ways_out`: states that may follow; none for an end."""

    owner: str
    ways_out: tuple[RequestState, ...]


# Each end is for good, so that it counts: whoever needs more asks anew.
REQUEST_STATES: dict[RequestState, RequestRule] = {
    RequestState.ASKED: RequestRule(
        "those who are heard, then a supervisor of the lead agency who did not ask; who asked may withdraw it",
        tuple(each for each in RequestState if each != RequestState.ASKED),
    ),
    RequestState.FROM_RECORD: RequestRule("nobody", ()),
    RequestState.AUTHORISED: RequestRule("the interviewer, who records the telling under it", ()),
    RequestState.DECLINED: RequestRule("nobody", ()),
    RequestState.WITHDRAWN: RequestRule("nobody", ()),
}


def request_may_follow(now: str, then: str) -> bool:
    """True when a request in state `now` may be moved to `then`."""
    return then in REQUEST_STATES[RequestState(now)].ways_out
