"""Sessions end after 20 minutes without a request; the clock is the server's."""

import datetime
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

REFRESH_AFTER = 60  # seconds; a write per minute at most, not one per request


class IdleSessions:
    """Pushes the end of the session back with each request that a person makes, and says when it is."""

    def __init__(self, get_response: Callable[[Any], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        if request.user.is_authenticated:
            now = timezone.now().timestamp()
            by_itself = request.headers.get("X-Background") == "1"  # an open page asks whether it may still be read
            is_due = now - request.session.get("active_at", 0) > REFRESH_AFTER
            if is_due and not (by_itself and "active_at" in request.session):
                request.session["active_at"] = now
            request.session_ends = session_ends(request)
        return self.get_response(request)


def session_ends(request: Any) -> datetime.datetime:
    """When this session ends if nothing more happens (UTC)."""
    active = datetime.datetime.fromtimestamp(request.session["active_at"], datetime.UTC)
    return active + datetime.timedelta(seconds=settings.SESSION_COOKIE_AGE)
