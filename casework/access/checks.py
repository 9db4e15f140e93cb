"""Checks that stop the start when a wall is missing."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.urls import get_resolver

STREAMS = ("StreamingHttpResponse", "FileResponse", "EventStream")
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


@register()
def check_nothing_streams(**_options: Any) -> list[CheckMessage]:
    """No view of ours may answer piece by piece: the first piece would leave before the entry is committed (promise 3).

    What an imported function might return is stopped by the middleware: a streaming answer is a 503.
    """
    pattern = re.compile(rf"\b({'|'.join(STREAMS)})\b")
    return [
        Error(
            f"{module.__name__} could stream an answer.",
            hint="Build the whole answer in memory; it leaves once its audit entry is committed.",
            id="access.E004",
        )
        for module in _modules_with_views()
        if pattern.search(Path(inspect.getfile(module)).read_text())
    ]


def _modules_with_views() -> list[Any]:
    """The modules of ours that some address leads to."""

    def walk(resolver: Any) -> Iterator[Any]:
        for entry in resolver.url_patterns:
            if hasattr(entry, "url_patterns"):
                yield from walk(entry)
            else:
                yield inspect.getmodule(inspect.unwrap(entry.callback))

    found = {module for module in walk(get_resolver()) if module is not None}
    ours = [module for module in found if module.__name__.split(".")[0] in ("casework", "agencies")]
    return sorted(ours, key=lambda module: str(module.__name__))
