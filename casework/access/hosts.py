"""Requests for a host name that is not ours: answered like any other refusal, and on the record like any other."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpResponse

FOREIGN_HOST = "foreign_host"


class KnownHosts:
    """Marks a request whose host is not ours, and lets it go on under our first name, without what it carries.

    Django itself would answer in the middle of the middleware, before anybody could write an entry. What the sender
    called us is not kept: it is free text.
    """

    def __init__(self, get_response: Callable[[Any], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.is_foreign_host = False
        try:
            request.get_host()
        except DisallowedHost:
            request.is_foreign_host = True
            names = [name.removeprefix(".") for name in settings.ALLOWED_HOSTS] or ["localhost"]
            request.META["HTTP_HOST"] = names[0]
            request.META.pop("HTTP_COOKIE", None)  # nobody signs in under another name
        return self.get_response(request)


def not_here() -> HttpResponse:
    """The answer to whoever asks for another host; its page and its entry are those of every refusal."""
    response: Any = HttpResponse(status=400)
    response.refused_by = FOREIGN_HOST
    return response  # type: ignore[no-any-return]
