"""What upper parts do when a case closes: they register here, and `close_case` calls each, in order of registration."""

from collections.abc import Callable
from typing import Any, Protocol

from casework.cases.models import Case


class ClosingStep(Protocol):
    """Ends what is open in one part. Runs inside the transaction of closing; what it raises stops the closing."""

    def __call__(self, *, case: Case, by: Any) -> None: ...


_steps: dict[str, Callable[..., None]] = {}


def on_close(name: str, step: ClosingStep) -> None:
    """Register a step under a name, such as `sharing`; called in `AppConfig.ready`."""
    _steps[name] = step


def run_closing_steps(*, case: Case, by: Any) -> None:
    """Every registered step, for this case. Raises: whatever a step raises."""
    for step in _steps.values():
        step(case=case, by=by)
