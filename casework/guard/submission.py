"""What the guard has seen of one request or task: its refusals, for the record."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from casework.guard.refusal import Found, GuardRefusal

MOST_NAMED = 20  # places that one entry names


@dataclass
class Submission:
    """Everything one person sends at once. `refused`: each place once, in the order in which it was found."""

    refused: list[Found] = field(default_factory=list)

    def refuse(self, refusal: GuardRefusal) -> None:
        if refusal.found not in self.refused:
            self.refused.append(refusal.found)

    def for_the_record(self) -> list[dict[str, object]]:
        """Kind, size and type of each refused place; nothing of what was typed."""
        return [{"kind": each.kind, "size": each.size, "what": each.what} for each in self.refused[:MOST_NAMED]]


_submission: ContextVar[Submission | None] = ContextVar("casework_submission", default=None)


def current_submission() -> Submission | None:
    """That of this request or task; None outside of both."""
    return _submission.get()


@contextmanager
def submission() -> Iterator[Submission]:
    """What is checked in this block belongs together."""
    sent = Submission()
    token = _submission.set(sent)
    try:
        yield sent
    finally:
        _submission.reset(token)
