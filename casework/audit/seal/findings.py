"""What a verification may find, in words and with the entries named."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """Each a way in which the record, or what vouches for it, is not as it was sealed."""

    ALTERED = "altered"
    EXCHANGED = "exchanged"
    REMOVED = "removed"
    INSERTED = "inserted"
    BACKDATED = "backdated"
    REORDERED = "reordered"
    TREE = "tree"
    SIGNATURE = "signature"
    SET_BACK = "set_back"
    WITNESS = "witness"
    ARCHIVE = "archive"
    WAITING = "waiting"
    TELLING = "telling"
    UNREAD = "unread"


Range = tuple[int, int]  # first and last id, both inclusive


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `entries`: ids; empty where it concerns no single ones."""

    kind: Kind
    text: str
    entries: tuple[Range, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.text}" + (f" Entries: {in_words(self.entries)}." if self.entries else "")

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind.value, "text": self.text, "entries": [list(each) for each in self.entries]}


@dataclass(frozen=True)
class Report:
    """How a verification ended. `entries`: recomputed; `waiting`: committed and not sealed yet, which is no fault."""

    whole: bool
    entries: int
    leaves: int
    waiting: int
    seconds: float
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        return not self.findings

    def as_json(self) -> str:
        return json.dumps(
            {
                "well": self.is_well,
                "whole": self.whole,
                "entries": self.entries,
                "leaves": self.leaves,
                "waiting": self.waiting,
                "seconds": round(self.seconds, 3),
                "findings": [finding.as_json() for finding in self.findings],
            }
        )


def ranges(ids: Iterable[int]) -> tuple[Range, ...]:
    """Ids as ranges, ascending, neighbours joined."""
    found: list[Range] = []
    for each in sorted(set(ids)):
        if found and found[-1][1] == each - 1:
            found[-1] = (found[-1][0], each)
        else:
            found.append((each, each))
    return tuple(found)


def in_words(entries: tuple[Range, ...], most: int = 20) -> str:
    """Such as "3, 7-19, and 4 ranges more"."""
    shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in entries[:most])
    return shown + (f", and {len(entries) - most} ranges more" if len(entries) > most else "")
