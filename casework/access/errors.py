"""The two ways of not getting in, and the form that is shown again."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.core.exceptions import PermissionDenied
from django.http import Http404

UNPROCESSABLE = 422  # a form shown again with its errors: its work is rolled back, its look is committed


_denials: ContextVar["list[AccessDenied] | None"] = ContextVar("casework_denials", default=None)


@contextmanager
def collecting_denials() -> "Iterator[list[AccessDenied]]":
    """Every refusal by a rule in this block, those that a form turns into a message beside a field included."""
    denials: list[AccessDenied] = []
    token = _denials.set(denials)
    try:
        yield denials
    finally:
        _denials.reset(token)


class AccessDenied(PermissionDenied):
    """Visible, but not allowed. `reason` is shown to the reader; `rule` names the rule for the record.

    Made is noted: a view that catches it and shows its form again can't keep the refusal off the record.
    """

    case_id: int | None = None

    def __init__(self, reason: str, rule: str = "") -> None:
        super().__init__(reason)
        self.reason = str(reason)
        self.rule = rule
        denials = _denials.get()
        if denials is not None:
            denials.append(self)


class NotVisible(Http404):
    """For this member the object does not exist: the same page as for a wrong reference."""


class StalePage(Exception):
    """Somebody changed the object after the page was loaded. Nothing was saved; the form keeps what was typed."""
