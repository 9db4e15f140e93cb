"""Where topics of an account are asked for. Upper parts register it here, so that no import points upwards."""

from collections.abc import Callable

from agencies.models import Member
from casework.cases.models import Case

TopicsAsked = Callable[[Member, Case], str]
_asked_at: list[TopicsAsked] = []


def topics_asked_at(provider: TopicsAsked) -> None:
    """Register where topics of an account are asked for. The last one registered counts."""
    _asked_at[:] = [provider]


def address_to_ask_topics(member: Member, case: Case) -> str:
    """The page on which this reader asks the lead agency for topics of the account; empty for who may not ask."""
    return _asked_at[0](member, case) if _asked_at else ""
