"""What one person sends at once, and what the guard has seen of it: its refusals, and its pieces taken together.

A picture can be cut into pieces so small that each could be a reference or a signature. So the pieces of all texts of
a submission count together, and those of what was kept lately are added: see `Ledger`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol

from casework.guard.refusal import Found, GuardRefusal
from casework.guard.scan import Looked, look_at

MOST_NAMED = 20  # places that one entry names
MOST_AT_ONCE = 480  # bytes that the pieces of one submission can carry
MOST_OVER_TIME = 900  # bytes over the days of the ledger: a thumbnail has 1,000
FREE = 40  # bytes of one submission that nobody counts: a reference, an account number, a serial number


class Ledger(Protocol):
    """Remembers how many bytes the pieces kept lately could carry: numbers only, and nothing of the pieces."""

    def kept_lately(self) -> float:
        """Of the same member, or in the same case, whichever is more."""


@dataclass
class Submission:
    """`refused`: each place once, in the order in which it was found. `pieces`: never stored, gone with the request."""

    ledger: Ledger | None = None
    refused: list[Found] = field(default_factory=list)
    pieces: dict[bytes, float] = field(default_factory=dict, repr=False)
    _before: float | None = None

    def add(self, looked: Looked) -> Found | None:
        """Count the pieces of one more text, each once; the refusal when it is too much, else None.

        A text that is looked at again, or a passage of one that was pasted, adds nothing.
        """
        pieces = {**self.pieces, **looked.pieces}
        held = sum(pieces.values())
        if held > MOST_AT_ONCE:
            return Found("pieces", *looked.at())
        if held > FREE and self.ledger is not None:
            if self._before is None:
                self._before = self.ledger.kept_lately()
            if held + self._before > MOST_OVER_TIME:
                return Found("pieces_over_time", *looked.at())
        self.pieces = pieces
        return None

    def held(self) -> float:
        """The bytes that its pieces can carry, for the ledger; 0 for what nobody counts."""
        total = sum(self.pieces.values())
        return total if total > FREE else 0.0

    def hand_over(self) -> int:
        """What `held` says, for whoever keeps the texts and counts them there; from now on they count no more here."""
        size, self.pieces = round(self.held()), {}
        return size

    def refuse(self, refusal: GuardRefusal) -> None:
        if refusal.found not in self.refused:
            self.refused.append(refusal.found)

    def notice(self, texts: Iterable[str]) -> None:
        """For a form that refused them as something else, such as no date: a picture in it is on the record as well."""
        found = (look_at(text).found for text in texts)
        self.refused.extend(each for each in found if each is not None)

    def for_the_record(self) -> list[dict[str, object]]:
        """Kind, size and type of each refused place; nothing of what was typed."""
        return [{"kind": each.kind, "size": each.size, "what": each.what} for each in self.refused[:MOST_NAMED]]


_submission: ContextVar[Submission | None] = ContextVar("casework_submission", default=None)


def current_submission() -> Submission | None:
    """That of this request or task; None outside of both."""
    return _submission.get()


@contextmanager
def submission(ledger: Ledger | None = None) -> Iterator[Submission]:
    """What is checked in this block belongs together."""
    sent = Submission(ledger)
    token = _submission.set(sent)
    try:
        yield sent
    finally:
        _submission.reset(token)
