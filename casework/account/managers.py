"""The manager of passages: what was joined to another, or undone, is no passage any more."""

from typing import Any

from django.db import models

from casework.vault.managers import GuardedManager


class PassageManager(GuardedManager):
    """As the guarded manager, without retired passages."""

    def _within(self, reach: str, member: Any) -> models.QuerySet[Any]:
        return super()._within(reach, member).filter(retired_at=None)
