"""Checks that stop the start when a wall is missing."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}


@register()
def check_demo_is_on_loopback(**_options: Any) -> list[CheckMessage]:
    """The demo signs people in at one click, so it serves this machine only."""
    if settings.DEMO and (not settings.ENVIRONMENT.embedded or set(settings.ALLOWED_HOSTS) - LOOPBACK):
        return [
            Error(
                "The demo may only be served on this machine.",
                hint="Unset CASEWORK_DEMO, or unset DATABASE_URL, ALLOWED_HOSTS and the others.",
                id="access.E001",
            )
        ]
    return []
