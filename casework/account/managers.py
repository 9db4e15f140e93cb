"""The manager of passages: what was joined to another, or undone, is no passage any more."""

from typing import Any

from casework.vault.managers import ConfidentialQuerySet, GuardedManager


class PassageManager(GuardedManager):
    """As the guarded manager, without retired passages."""

    def _within(self, reach: str, member: Any) -> ConfidentialQuerySet:
        return super()._within(reach, member).filter(retired_at=None)
