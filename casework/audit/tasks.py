"""What the workers do for the record by themselves: seal it, verify it, and make room for the months to come."""

import logging
import time

from celery import shared_task
from django.db import connections

from casework.audit.months import add_months
from casework.audit.seal.health import lag_seconds
from casework.audit.seal.matching import LATE
from casework.audit.seal.running import is_set_up, seal_now, verify_now

log = logging.getLogger(__name__)
SAY_AGAIN = 60.0  # seconds between two alerts of one process
_last_alert = 0.0


@shared_task(name="audit.seal")  # type: ignore[untyped-decorator]
def seal() -> int:
    """Seal what waits and tell the witnesses; alert when something has waited for too long. Returns how many."""
    if not is_set_up():
        return 0
    try:
        return seal_now(patiently=True).entries
    finally:
        alert_when_late()


def alert_when_late() -> bool:
    """Say so, at most once a minute, when an entry has waited for its seal for over a minute. Whether one has."""
    global _last_alert  # noqa: PLW0603 - one process says it once
    lag = lag_seconds()
    if lag <= LATE:
        return False
    if time.monotonic() - _last_alert > SAY_AGAIN or _last_alert == 0.0:
        _last_alert = time.monotonic()
        log.error(
            "The record has not been sealed for %.0f seconds: does the sealer run, and is a transaction open for long?",
            lag,
        )
    return True


@shared_task(name="audit.verify_increment")  # type: ignore[untyped-decorator]
def verify_increment() -> bool:
    """Verify what came since the last time. Returns whether all is well."""
    return _verify(whole=False)


@shared_task(name="audit.verify_whole")  # type: ignore[untyped-decorator]
def verify_whole() -> bool:
    """Verify every entry there is. Returns whether all is well."""
    return _verify(whole=True)


def _verify(*, whole: bool) -> bool:
    if not is_set_up():
        return True
    report = verify_now(whole=whole)
    for finding in report.findings:
        log.error("The record is not as it was sealed. %s", finding)
    return report.is_well


@shared_task(name="audit.add_months")  # type: ignore[untyped-decorator]
def add_months_ahead() -> list[str]:
    """Make room for this month and the next three. Returns the months that were added."""
    try:
        return add_months()
    finally:
        connections["owner"].close()
