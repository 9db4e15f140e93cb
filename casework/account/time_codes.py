"""Time codes as they stand on passages: read as seconds, and compared from passage to passage."""

import re
from collections.abc import Iterable
from typing import Any

CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,3}))?")


def seconds_of(time_code: str) -> float | None:
    """Seconds since the start of the recording. None for an empty code, and for one that is no time."""
    found = CLOCK.fullmatch(time_code.strip(" []()"))
    if found is None:
        return None
    hours, minutes, seconds, part = found.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + (float(f"0.{part}") if part else 0.0)


def first_overlap(passages: Iterable[Any]) -> tuple[Any, Any] | None:
    """The first passage that begins before one that stands above it, as (above, below); None when all are in order."""
    above, latest = None, -1.0
    for passage in passages:
        start = seconds_of(passage.time_code)
        if start is None:
            continue
        if start < latest:
            return above, passage
        above, latest = passage, start
    return None
