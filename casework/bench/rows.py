"""What a benchmark gives back, and how big it was asked to be."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

Say = Callable[[str], object]


class Scale(StrEnum):
    """`SMALL` ends within 20 seconds and shows that everything runs; only `FULL` is to be quoted."""

    SMALL = "small"
    FULL = "full"


@dataclass(frozen=True)
class Row:
    """One figure. `unit`: such as `ms`, `per s`, `ratio`, `share`; `note`: what it was measured beside, or the bar."""

    name: str
    value: float
    unit: str
    note: str = ""


Bench = Callable[[Scale, Say], list[Row]]


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies, nearest rank. `share`: 0 to 1. Raises: IndexError."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
