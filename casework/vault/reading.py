"""An open reading: the only time in which encrypted fields give their plaintext, and each one is noted.

The middleware (or a task) opens one reading per transaction, for one member; at its end the notes become audit
entries. Without a reading there is no plaintext, so that a forgotten audit call is impossible.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from casework.audit.kinds import Verb
from casework.audit.record import Look


class NoOpenReading(Exception):
    """Plaintext was asked for outside of a reading: nothing would have recorded the look."""


@dataclass(frozen=True)
class Right:
    """By which right a case is open to the reader. Codes; ids or None."""

    purpose: str = ""
    legal_basis: str = ""
    grant_id: int | None = None
    share_id: int | None = None
    emergency_id: int | None = None


@dataclass
class Reading:
    """Notes of what one member has been shown in one transaction.

    `shown`: case id to model label to primary keys; `compartments`: case id to codes.
    `data_keys`: case keys already unwrapped. `rights`: case id to the right in use. `reasons`: case id to the reason
    that was stated for this look. `is_list`: the answer lists cases, even where it is one case alone.
    """

    member_id: int | None
    shown: dict[int, dict[str, set[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    compartments: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    data_keys: dict[int, bytes] = field(default_factory=dict)
    rights: dict[int, Right] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    verb: Verb = Verb.LOOKED
    is_list: bool = False
    cache: dict[Any, Any] = field(default_factory=dict)

    def note(self, *, case_id: int, label: str, pk: int, compartment: str) -> None:
        """Remember that this row's content is in the answer. `compartment`: empty where the row is in none."""
        self.shown[case_id][label].add(pk)
        if compartment:
            self.compartments[case_id].add(compartment)

    def looks(self) -> list[Look]:
        """The notes as audit looks: one per case with content, and one list entry for cases seen as bare rows."""
        bare = [case_id for case_id, labels in self.shown.items() if set(labels) == {"cases.case"}]
        listed = bare if self.is_list or len(self.shown) > 1 else []
        looks = [self._look(case_id) for case_id in self.shown if case_id not in listed]
        if listed:
            looks.append(Look(listed_case_ids=sorted(listed), compartments=["overview"], verb=Verb.LISTED))
        return looks

    def _look(self, case_id: int) -> Look:
        right = self.rights.get(case_id, Right())
        return Look(
            case_id=case_id,
            compartments=sorted(self.compartments[case_id]),
            shown={label: sorted(keys) for label, keys in sorted(self.shown[case_id].items())},
            verb=self.verb,
            reason=self.reasons.get(case_id, ""),
            **vars(right),
        )


_reading: ContextVar[Reading | None] = ContextVar("casework_reading", default=None)


def current_reading() -> Reading:
    """The open reading. Raises: NoOpenReading."""
    reading = _reading.get()
    if reading is None:
        raise NoOpenReading("No reading is open: content can only be read where the look is recorded.")
    return reading


def reading_or_none() -> Reading | None:
    """The open reading, if any: for code that notes rows but shows no plaintext."""
    return _reading.get()


@contextmanager
def open_reading(member_id: int | None) -> Iterator[Reading]:
    """Open a reading for this member. Raises: RuntimeError when one is open already."""
    if _reading.get() is not None:
        raise RuntimeError("A reading is already open.")
    reading = Reading(member_id)
    token = _reading.set(reading)
    try:
        yield reading
    finally:
        _reading.reset(token)
        reading.data_keys.clear()


def note_rows(rows: Iterable[models.Model]) -> None:
    """Note rows of cases whose data is in the answer, whether or not a field of theirs is decrypted."""
    reading = _reading.get()
    if reading is None:
        return
    for row in rows:
        case_id = getattr(row, "audited_case_id", None)
        if case_id is not None:
            reading.note(
                case_id=case_id,
                label=row._meta.label_lower,
                pk=row.pk,
                compartment=str(getattr(row, "compartment", "overview")),
            )


def note_list() -> None:
    """The answer lists cases: one alone in it was seen in a list too, and not opened."""
    reading = _reading.get()
    if reading is not None:
        reading.is_list = True
