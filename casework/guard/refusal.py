"""What the guard found, and how it says no. Places and sizes; the text itself is in neither."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError


@dataclass(frozen=True)
class Found:
    """One place in a text. `kind`: a code of `words.KINDS`; `start`, `end`: characters of the text as typed, from 0.

    `what`: the type that the decoded bytes have by their signature, such as `image/png`; empty where there is none.
    """

    kind: str
    start: int
    end: int
    what: str = ""

    @property
    def size(self) -> int:
        return self.end - self.start


class GuardRefusal(ValidationError):
    """A text is refused. `found` says what and where; the audit entry takes its kind and size, and no content."""

    def __init__(self, message: str, found: Found) -> None:
        super().__init__(message, code=f"guard_{found.kind}")
        self.found = found

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.found)
