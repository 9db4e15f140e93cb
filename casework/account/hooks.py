"""Where upper parts have a say before something is recorded or sealed. They register in `AppConfig.ready`.

A check is called inside the action, after its locks and its own rules, in the same transaction; it may read and write
as the member who acts. What it raises stops the action: AccessDenied (may not), StalePage (not now, in words).
"""

from collections.abc import Sequence
from typing import Any, Protocol

from casework.account.models import Passage, Telling


class RecordingCheck(Protocol):
    """`telling`: filled in (case, number, kind, log) and not saved yet; its key is final."""

    def __call__(self, *, telling: Telling, by: Any) -> None: ...


class SealingCheck(Protocol):
    """`telling`: locked, not sealed yet. `passages`: all of them, in order."""

    def __call__(self, *, telling: Telling, passages: Sequence[Passage], by: Any) -> None: ...


_recording: list[RecordingCheck] = []
_sealing: list[SealingCheck] = []


def before_recording(check: RecordingCheck) -> None:
    """Have this check asked before a telling is recorded. Registering it again changes nothing."""
    if check not in _recording:
        _recording.append(check)


def before_sealing(check: SealingCheck) -> None:
    """Have this check asked before a telling is sealed. Registering it again changes nothing."""
    if check not in _sealing:
        _sealing.append(check)


def check_recording(*, telling: Telling, by: Any) -> None:
    """Ask every check, in the order of registering. Raises: AccessDenied; StalePage."""
    for check in _recording:
        check(telling=telling, by=by)


def check_sealing(*, telling: Telling, passages: Sequence[Passage], by: Any) -> None:
    """Ask every check, in the order of registering. Raises: AccessDenied; StalePage."""
    for check in _sealing:
        check(telling=telling, passages=passages, by=by)
