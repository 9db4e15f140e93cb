"""No upload gets as far as a view: file parts and unknown content types are refused before the body is read."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string

FORM_TYPE = "application/x-www-form-urlencoded"
LARGEST_BODY = 4 * 1024 * 1024


class NoUploads:
    """Only plain forms, at most 4 MiB, in UTF-8, not compressed. Everything else is 415 or 413, unread."""

    def __init__(self, get_response: Callable[[Any], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        status = refused_with(request)
        if status:
            page = render_to_string(f"{415 if status == 415 else 400}.html", {"status": status})
            return HttpResponse(page, status=status, headers={"Connection": "close", "Cache-Control": "no-store"})
        return self.get_response(request)


def refused_with(request: Any) -> int:
    """0 for a request that may go on, else the status to refuse it with."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return 0
    if request.content_type not in (FORM_TYPE, "") or request.META.get("HTTP_CONTENT_ENCODING"):
        return 415
    if request.content_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        return 415
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > LARGEST_BODY:
        return 413
    return 0
