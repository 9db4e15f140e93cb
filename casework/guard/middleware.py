"""No upload gets as far as a view: file parts and unknown content types are refused before the body is read."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.http import HttpResponse

FORM_TYPE = "application/x-www-form-urlencoded"
LARGEST_BODY = 4 * 1024 * 1024
WITHOUT_BODY = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class BodyRefusal:
    """Why a body is not read. `size`: in bytes as the sender says, 0 when it doesn't."""

    status: int
    kind: str
    size: int


class NoUploads:
    """Only plain forms, at most 4 MiB, in UTF-8, not compressed. Everything else is 415, 413 or 411, unread.

    The request goes on without its body: RequestTransaction answers it, with an entry of who sent what kind.
    """

    def __init__(self, get_response: Callable[[Any], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.body_refused = body_refused(request)
        if request.body_refused is None:
            return self.get_response(request)
        leave_body_unread(request)
        response = self.get_response(request)
        response["Connection"] = "close"
        return response


def body_refused(request: Any) -> BodyRefusal | None:
    """None for a request that may go on."""
    headers, stated = request.META, request.META.get("CONTENT_LENGTH") or "0"
    size = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 16 else 0
    is_chunked = bool(headers.get("HTTP_TRANSFER_ENCODING"))
    if request.method in WITHOUT_BODY and not size and not is_chunked:
        return None
    if request.content_type not in (FORM_TYPE, ""):
        return BodyRefusal(415, "content_type", size)
    if headers.get("HTTP_CONTENT_ENCODING"):
        return BodyRefusal(415, "content_encoding", size)
    if request.content_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        return BodyRefusal(415, "charset", size)
    if is_chunked:
        return BodyRefusal(411, "chunked", size)
    if (not size and stated != "0") or size > LARGEST_BODY:
        return BodyRefusal(413, "too_large", size)
    return None


def leave_body_unread(request: Any) -> None:
    """Whoever asks for the body from here on finds none. Django has no public way to say so."""
    request.META |= {"CONTENT_TYPE": FORM_TYPE, "CONTENT_LENGTH": "0"}
    request._stream, request._body = BytesIO(), b""  # noqa: SLF001
    request._set_content_type_params(request.META)  # noqa: SLF001
