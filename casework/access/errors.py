"""The two ways of not getting in, and the form that is shown again."""

from django.core.exceptions import PermissionDenied
from django.http import Http404

UNPROCESSABLE = 422  # a form shown again with its errors: its work is rolled back, its look is committed


class AccessDenied(PermissionDenied):
    """Visible, but not allowed. `reason` is shown to the reader; `rule` names the rule for the record."""

    case_id: int | None = None

    def __init__(self, reason: str, rule: str = "") -> None:
        super().__init__(reason)
        self.reason = str(reason)
        self.rule = rule


class NotVisible(Http404):
    """For this member the object does not exist: the same page as for a wrong reference."""


class StalePage(Exception):
    """Somebody changed the object after the page was loaded. Nothing was saved; the form keeps what was typed."""
