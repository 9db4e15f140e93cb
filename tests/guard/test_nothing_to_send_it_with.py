"""Bodies that are refused before they are read, each answered and on the record."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory

from casework.audit.models import AuditEntry
from casework.guard.middleware import LARGEST_BODY, NoUploads
from tests.cast import Cast

FORM = "application/x-www-form-urlencoded"
PATH = "/cases/"
BODY = b"--x\r\nContent-Disposition: form-data; name=f; filename=a.png\r\n\r\nsunset\r\n--x--\r\n"


@pytest.mark.parametrize(
    ("content_type", "headers", "status", "kind"),
    [
        ("multipart/form-data; boundary=x", {}, 415, "content_type"),
        ("application/json", {}, 415, "content_type"),
        ("image/png", {}, 415, "content_type"),
        ("text/plain", {}, 415, "content_type"),
        (f"{FORM}; charset=utf-16", {}, 415, "charset"),
        (f"{FORM}; charset=latin-1", {}, 415, "charset"),
        (FORM, {"content-encoding": "gzip"}, 415, "content_encoding"),
        (FORM, {"transfer-encoding": "chunked"}, 411, "chunked"),
        (FORM, {"content-length": str(LARGEST_BODY + 1)}, 413, "too_large"),
        (FORM, {"content-length": "-5"}, 413, "too_large"),
        (FORM, {"content-length": "9" * 400}, 413, "too_large"),
    ],
)
def test_a_body_of_another_kind_is_refused_unread_and_recorded(
    content_type: str,
    headers: dict[str, str],
    status: int,
    kind: str,
    cast: Cast,
    client_of: Callable[..., Any],
) -> None:
    client = client_of(cast.lead_worker)
    answer = client.post(PATH, BODY, content_type=content_type, headers=headers)
    assert (answer.status_code, answer["Connection"]) == (status, "close")
    assert b"sunset" not in answer.content
    entry = AuditEntry.objects.filter(actor_id=cast.lead_worker.pk).order_by("pk").last()
    assert (entry.verb, entry.outcome, entry.rule) == ("refused", "refused", f"guard_{kind}")
    assert entry.additional_data["refused"][0]["kind"] == kind
    assert "sunset" not in str(entry.additional_data)


def test_a_plain_form_goes_on(cast: Cast, client_of: Callable[..., Any]) -> None:
    assert client_of(cast.lead_worker).post(PATH, "words=a", content_type=FORM).status_code == 405
    assert client_of(cast.lead_worker).post(PATH, "words=a", content_type=f"{FORM}; charset=UTF-8").status_code == 405


def test_whoever_asks_for_a_refused_body_finds_none() -> None:
    request: Any = RequestFactory().post(PATH, BODY, content_type="multipart/form-data; boundary=x")
    seen = {}

    def view(refused: Any) -> dict[str, str]:
        seen.update(body=refused.body, post=dict(refused.POST), files=dict(refused.FILES), read=refused.read())
        return {}

    NoUploads(view)(request)  # type: ignore[arg-type]
    assert seen == {"body": b"", "post": {}, "files": {}, "read": b""}
    assert request.body_refused.size == len(BODY)


def test_a_get_with_a_file_in_its_body_is_refused_too(cast: Cast, client_of: Callable[..., Any]) -> None:
    answer = client_of(cast.lead_worker).generic("GET", PATH, BODY, content_type="image/png")
    assert answer.status_code == 415
