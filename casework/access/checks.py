"""Checks that stop the start when a wall is missing."""

from typing import Any

from django.apps import apps
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


@register()
def check_no_place_for_pictures(**_options: Any) -> list[CheckMessage]:
    """No model may have a file or image field, and no upload handler may be set (promise 5)."""
    problems: list[CheckMessage] = [
        Error(f"{model._meta.label}.{field.name} could hold a file.", id="access.E002")
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.__class__.__name__ in ("FileField", "ImageField", "FilePathField")
    ]
    if settings.FILE_UPLOAD_HANDLERS:
        problems.append(Error("FILE_UPLOAD_HANDLERS must be empty.", id="access.E003"))
    return problems
