"""What must be done before a case leaves a stage: upper parts register it here, in `AppConfig.ready`."""

from collections.abc import Callable
from typing import Any

from casework.access.errors import AccessDenied
from casework.cases.models import Case

StageCheck = Callable[[Any, Case], None]
_checks: dict[str, list[StageCheck]] = {}


def before_leaving(stage: str, check: StageCheck) -> None:
    """Have `check(member, case)` asked before a case leaves this stage, also by closing. It raises AccessDenied."""
    those = _checks.setdefault(stage, [])
    if check not in those:
        those.append(check)


def check_may_leave(member: Any, case: Case) -> None:
    """Every check of the stage that the case is in. Raises: AccessDenied."""
    for check in _checks.get(case.stage, []):
        check(member, case)


def reason_to_stay(member: Any, case: Case) -> str:
    """Why the case may not leave its stage yet, to be shown beside the form; empty when it may."""
    try:
        check_may_leave(member, case)
    except AccessDenied as refusal:
        return str(refusal.reason)
    return ""
