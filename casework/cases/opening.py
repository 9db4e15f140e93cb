"""What is asked right after a case was opened: upper parts register, so that no import points upwards."""

from collections.abc import Callable

from agencies.models import Member
from casework.cases.models import Case

NextPage = Callable[[Member, Case], str | None]

_steps: list[NextPage] = []


def ask_after_opening(step: NextPage) -> None:
    """Register a page to go on to: `step(member, case)` returns its address, or None when it is not for this member."""
    if step not in _steps:
        _steps.append(step)


def page_after_opening(member: Member, case: Case) -> str | None:
    """The first page that asks something of this member about the new case; None when none does."""
    return next((address for step in _steps if (address := step(member, case))), None)
