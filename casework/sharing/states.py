"""When: the states of a share, who moves it on, and every way out."""

from dataclasses import dataclass

from casework.sharing.kinds import ShareState, TopicRequestState


@dataclass(frozen=True)
class StateRule:
    """`owner`: who acts next, in words. `ways_out`: states that may follow; none for an end."""

    owner: str
    ways_out: tuple[ShareState, ...]


@dataclass(frozen=True)
class RequestRule:
    """As `StateRule`, for requests for topics."""

    owner: str
    ways_out: tuple[TopicRequestState, ...]


STATES: dict[ShareState, StateRule] = {
    ShareState.PROPOSED: StateRule(
        "a second person of the sharing agency",
        (ShareState.OFFERED, ShareState.NOT_AGREED, ShareState.PROPOSED, ShareState.REVOKED),
    ),
    ShareState.NOT_AGREED: StateRule("who proposed it", (ShareState.PROPOSED, ShareState.OFFERED, ShareState.REVOKED)),
    ShareState.OFFERED: StateRule(
        "a supervisor of the receiving agency",
        (ShareState.ACCEPTED, ShareState.REJECTED, ShareState.PROPOSED, ShareState.OFFERED, ShareState.REVOKED),
    ),
    ShareState.ACCEPTED: StateRule("the agency that shares", (ShareState.REVOKED,)),
    ShareState.REJECTED: StateRule("nobody", ()),
    ShareState.REVOKED: StateRule("nobody", ()),
}


TOPIC_REQUESTS: dict[TopicRequestState, RequestRule] = {
    TopicRequestState.WAITING: RequestRule(
        "a supervisor of the lead agency on the case",
        (
            TopicRequestState.SHARED,
            TopicRequestState.DECLINED,
            TopicRequestState.WITHDRAWN,
            TopicRequestState.LAPSED,
        ),
    ),
    TopicRequestState.SHARED: RequestRule("who moves the share on", ()),
    TopicRequestState.DECLINED: RequestRule("nobody", ()),
    TopicRequestState.WITHDRAWN: RequestRule("nobody", ()),
    TopicRequestState.LAPSED: RequestRule("nobody", ()),
}


def first_state(needs_second_person: bool) -> ShareState:
    """The state of a share whose terms were just set: new ones, or changed ones, which nobody has agreed to yet."""
    return ShareState.PROPOSED if needs_second_person else ShareState.OFFERED


def may_follow(now: str, then: str) -> bool:
    """True when a share in state `now` may be moved to `then`."""
    return then in STATES[ShareState(now)].ways_out
