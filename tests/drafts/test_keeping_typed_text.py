"""Typed text is not lost: while it is typed, and when the session ends before the form is sent."""

import logging
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core import signing
from django.db import connection
from django.urls import reverse

from casework.access.database import bind_member
from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from casework.drafts.actions import keep_draft
from casework.drafts.models import Draft
from casework.drafts.selectors import kept_draft
from casework.drafts.tasks import end_old_drafts
from casework.drafts.tokens import MAX_AGE, SALT, keep_token, read_keep
from tests.cast import Cast
from tests.conftest import FormClient, superuser

ClientOf = Callable[..., Any]
TEXT = "Typed phrase with a glass-otter"


def form_of(cast: Cast) -> str:
    return reverse("cases:new_entry", args=[cast.case.reference])


def typed(keep: str, **more: str) -> dict[str, str]:
    day = {"happened_on_0": "2", "happened_on_1": "3", "happened_on_2": "2026"}
    return {"nature": "report", "compartment": "social", "title": "A call", "text": TEXT, "keep": keep, **day, **more}


def keep_of(answer: Any) -> str:
    found = re.search(r'name="keep" value="([^"]+)"', answer.content.decode())
    assert found is not None
    return found.group(1)


def drafts_of(member: Any) -> list[Draft]:
    with acting_as(member.pk, route="test"):
        return list(Draft.objects.all())


def test_form_sent_after_the_session_ended_is_kept_and_comes_back(
    cast: Cast, client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(cast.lead_worker)
    keep = keep_of(client.get(form_of(cast)))
    client.session.flush()
    with caplog.at_level(logging.DEBUG):
        late = client.post(form_of(cast), typed(keep))
    assert late.status_code == 302
    assert late.url.startswith(reverse(settings.LOGIN_URL))
    assert f"next={form_of(cast).replace('/', '%2F')}" in late.url
    assert TEXT not in caplog.text
    assert TEXT not in late.url
    again = client_of(cast.lead_worker).get(form_of(cast))
    page = again.content.decode()
    assert TEXT in page
    assert "Your text was kept." in page
    assert re.search(r'name="happened_on_1" value="3"', page)
    assert re.search(r'value="report"[^>]*checked', page)


def test_kept_text_is_encrypted_and_in_no_entry(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    keep = keep_of(client.get(form_of(cast)))
    client.session.flush()
    client.post(form_of(cast), typed(keep))
    kept = drafts_of(cast.lead_worker)
    assert len(kept) == 1
    assert TEXT.encode() not in bytes(kept[0].body)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        entries = list(AuditEntry.objects.all())
        assert entries
        assert all(TEXT not in repr(vars(entry)) for entry in entries)


def test_kept_text_is_its_authors_alone(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    client.post(reverse("drafts:keep"), typed(keep_of(client.get(form_of(cast)))))
    assert len(drafts_of(cast.lead_worker)) == 1
    assert drafts_of(cast.lead_supervisor) == []
    with acting_as(cast.lead_supervisor.pk, route="test"):
        assert kept_draft(cast.lead_worker, form_of(cast)) is None


def test_saving_the_form_discards_what_was_kept(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    keep = keep_of(client.get(form_of(cast)))
    client.post(reverse("drafts:keep"), typed(keep))
    assert client.post(form_of(cast), typed(keep)).status_code == 302
    assert drafts_of(cast.lead_worker) == []


def test_discarding_shows_the_form_as_it_was(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    keep = keep_of(client.get(form_of(cast)))
    client.post(reverse("drafts:keep"), typed(keep))
    answer = client.post(reverse("drafts:discard"), typed(keep))
    assert answer.status_code == 302
    assert answer.url == form_of(cast)
    assert TEXT not in client.get(form_of(cast)).content.decode()


@pytest.mark.parametrize("spoil", [lambda keep: keep[:0], lambda keep: keep[:-2] + "xx", lambda keep: keep[5:]])
def test_late_form_without_a_valid_token_is_not_kept(
    cast: Cast, client_of: ClientOf, spoil: Callable[[str], str]
) -> None:
    client = client_of(cast.lead_worker)
    keep = keep_of(client.get(form_of(cast)))
    client.session.flush()
    answer = client.post(form_of(cast), typed(spoil(keep)))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse(settings.LOGIN_URL))
    assert drafts_of(cast.lead_worker) == []


def test_token_is_good_for_half_a_day(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    token = keep_token(cast.lead_worker.pk, "/cases/")
    assert read_keep(token) is not None
    assert read_keep(signing.dumps("no pair", salt=SALT)) is None
    now = time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + MAX_AGE + 1)
    assert read_keep(token) is None


def test_late_form_needs_no_other_token(cast: Cast, client_of: ClientOf) -> None:
    keep = keep_of(client_of(cast.lead_worker).get(form_of(cast)))
    strict = FormClient(enforce_csrf_checks=True, raise_request_exception=False)
    assert strict.post(form_of(cast), typed(keep)).status_code == 302
    assert len(drafts_of(cast.lead_worker)) == 1


def test_form_of_one_member_is_never_saved_by_another(cast: Cast, client_of: ClientOf) -> None:
    keep = keep_of(client_of(cast.lead_worker).get(form_of(cast)))
    other = client_of(cast.expired_worker)
    answer = other.post(form_of(cast), typed(keep))
    assert answer.status_code == 302
    assert len(drafts_of(cast.lead_worker)) == 1
    assert drafts_of(cast.expired_worker) == []
    assert TEXT not in client_of(cast.lead_supervisor).get(form_of(cast)).content.decode()


def test_late_form_of_somebody_who_left_is_not_kept(cast: Cast) -> None:
    client = FormClient(raise_request_exception=False)
    answer = client.post(form_of(cast), typed(keep_token(cast.ended_member.pk, form_of(cast))))
    assert answer.status_code == 302
    with connection.cursor() as cursor:
        bind_member(cursor, cast.ended_member.pk)  # drafts are shown to their author alone
    assert Draft.objects.count() == 0


def test_text_that_nobody_came_back_to_goes_after_thirty_days(own_database: str, seeded: Cast) -> None:
    for member, path in ((seeded.lead_worker, "/cases/"), (seeded.stranger, "/cases/")):
        with acting_as(member.pk, route="test"):
            keep_draft(member_id=member.pk, path=path, typed={"text": [TEXT]})
    assert end_old_drafts() == 0
    with superuser(own_database) as admin:
        changed = admin.execute(
            "update drafts_draft set kept_at = now() - interval '31 days' where member_id = %s", [seeded.stranger.pk]
        )
        assert changed.rowcount == 1
    assert end_old_drafts() == 1
    assert len(drafts_of(seeded.lead_worker)) == 1


def test_late_autosave_says_that_nobody_is_signed_in(cast: Cast) -> None:
    client = FormClient(raise_request_exception=False)
    answer = client.post(reverse("drafts:keep"), typed(keep_token(cast.lead_worker.pk, form_of(cast))))
    assert answer.json() == {"kept": True, "signed_in": False}
    assert len(drafts_of(cast.lead_worker)) == 1


def test_autosave_replaces_and_refuses_pictures(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    body = typed("", path=form_of(cast))
    assert client.post(reverse("drafts:keep"), body).json() == {"kept": True, "signed_in": True}
    assert client.post(reverse("drafts:keep"), {**body, "text": "Newer."}).status_code == 200
    assert len(drafts_of(cast.lead_worker)) == 1
    picture = client.post(reverse("drafts:keep"), {**body, "text": "data:image/png;base64,AAAA"})
    assert picture.status_code == 422
    with acting_as(cast.lead_worker.pk, route="test"):
        draft = kept_draft(cast.lead_worker, form_of(cast))
        assert draft is not None
        assert draft.typed["text"] == ["Newer."]


@pytest.mark.parametrize(
    "path", ["", "//elsewhere.example/", "https://elsewhere.example/", "/no/such/page/", "/" * 300]
)
def test_autosave_for_an_address_that_is_not_ours(cast: Cast, client_of: ClientOf, path: str) -> None:
    client = client_of(cast.lead_worker)
    for route in ("drafts:keep", "drafts:discard"):
        assert client.post(reverse(route), {"text": TEXT, "path": path}).status_code == 400
    assert drafts_of(cast.lead_worker) == []


def test_drafts_are_posted_only(cast: Cast, client_of: ClientOf) -> None:
    for route in ("drafts:keep", "drafts:discard"):
        assert client_of(cast.lead_worker).get(reverse(route)).status_code == 405


def test_draft_moved_to_another_form_does_not_open(cast: Cast, client_of: ClientOf) -> None:
    client = client_of(cast.lead_worker)
    client.post(reverse("drafts:keep"), typed("", path=form_of(cast)))
    with acting_as(cast.lead_worker.pk, route="test"):
        Draft.objects.update(path=reverse("cases:new"))
        assert kept_draft(cast.lead_worker, reverse("cases:new")) is None
