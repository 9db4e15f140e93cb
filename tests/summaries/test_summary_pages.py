"""The pages: what each person is offered, and what the download leaves behind."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from casework.audit.models import AuditEntry
from casework.summaries import actions, copies, tasks
from casework.summaries.models import SummaryCopy
from casework.summaries.states import STALLED_SECONDS

pytestmark = pytest.mark.django_db
SENT = {"number": 1, "title": "For the hearing", "recipient": "Court", "purpose": "represent", "legal_basis": "consent"}


@pytest.fixture
def ready(court, queued, acting, monkeypatch):
    """Copy 1 of S1, ready."""
    monkeypatch.setattr(tasks, "build", lambda _document, _progress: (b"%PDF-1.7 made by a test", 3))
    assert tasks.build_copy(queued.pk, court.maker.pk) == "ready"
    return court.url + "1/copies/1/"


def test_from_start_to_approval_through_the_pages(court, keys, client_of, send):
    maker, approver = client_of(court.maker), client_of(court.approver)
    started = send(maker, court.url + "new/", SENT)
    assert started["Location"] == court.url + "1/choose/"
    assert send(maker, court.url + "new/", SENT).status_code == 422
    chosen = send(maker, court.url + "1/choose/", {"version": 1, "whole": [1], "entries": keys.entries[1:]})
    assert chosen.status_code == 302
    page = maker.get(court.url + "1/")
    assert page.context["contents"].size == 4
    assert send(maker, court.url + "1/ask/", {"version": 2}).status_code == 302
    reading = approver.get(court.url + "1/decide/")
    assert "My brother." in reading.content.decode()
    decision = {"version": 3, "seen": reading.context["form"]["seen"].value(), "decision": "approve"}
    assert send(approver, court.url + "1/decide/", {**decision, "seen": "0" * 16}).status_code == 422
    assert send(approver, court.url + "1/decide/", decision).status_code == 302
    assert maker.get(court.url + "1/").context["may_copy"] is True


def test_return_needs_a_reason(court, asked, client_of, send):
    answer = send(client_of(court.approver), court.url + "1/decide/", {"version": 3, "decision": "return"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["reason"]


def test_stale_choice_keeps_what_was_ticked(court, keys, draft, client_of, send):
    sent = {"version": 1, "passages": keys.passages[1:2]}
    answer = send(client_of(court.maker), court.url + "1/choose/", sent)
    assert answer.status_code == 422
    assert "changed meanwhile" in answer.context["stale"]
    assert answer.context["ticked"] == set(keys.passages[1:2])


@pytest.mark.parametrize("passages", [["1"], ["x"], ["1;drop"], ["9" * 30]])
def test_keys_that_are_no_passage_of_the_case_are_refused(court, draft, client_of, send, passages):
    answer = send(client_of(court.maker), court.url + "1/choose/", {"version": 2, "passages": passages})
    assert answer.status_code == 422


def test_each_person_is_refused_with_the_reason(court, asked, client_of):
    maker, other, worker = client_of(court.maker), client_of(court.other), client_of(court.worker)
    assert maker.get(court.url + "1/decide/").status_code == 403
    assert "who made this summary" in other.get(court.url + "1/choose/").content.decode()
    assert worker.get(court.url).status_code == 403


def test_stranger_finds_nothing(court, ready, cast, client_of, send):
    stranger = client_of(cast.stranger)
    for path in (court.url, court.url + "1/", ready, ready + "progress/"):
        assert stranger.get(path).status_code == 404
    assert send(stranger, ready + "download/", {}).status_code == 404


def test_copy_page_works_without_script_while_it_is_built(court, queued, client_of):
    page = client_of(court.maker).get(court.url + "1/copies/1/").content.decode()
    assert 'data-poll="' + court.url + '1/copies/1/progress/"' in page
    assert ">Refresh</a>" in page


def test_try_again_is_offered_when_a_copy_has_waited_too_long(court, queued, client_of, acting):
    client = client_of(court.maker)
    assert "Try again" not in client.get(court.url + "1/copies/1/").content.decode()
    with acting(court.maker):
        waited = timezone.now() - datetime.timedelta(seconds=STALLED_SECONDS + 1)
        SummaryCopy.everything.filter(pk=queued.pk).update_unrecorded("a test", touched_at=waited)
    assert "Try again" in client.get(court.url + "1/copies/1/").content.decode()


def test_a_page_with_errors_says_so_in_its_title(court, client_of, send):
    answer = send(client_of(court.maker), court.url + "new/", {**SENT, "title": ""})
    assert "<title>Error: " in answer.content.decode()
    assert "Title: Please fill this in." in answer.content.decode()


def test_progress_shows_a_percentage_and_leaves_no_entry(court, queued, acting, client_of):
    client = client_of(court.maker)
    client.get(court.url + "1/copies/1/")
    with acting(court.supervisor):
        before = AuditEntry.objects.filter(case_id=court.case.pk).count()
    answer = client.get(court.url + "1/copies/1/progress/")
    assert "0 of 100 done" in answer.content.decode()
    with acting(court.supervisor):
        assert AuditEntry.objects.filter(case_id=court.case.pk).count() == before


def test_download_is_recorded_as_taken_out_with_everything_in_it(court, ready, acting, client_of, send):
    answer = send(client_of(court.maker), ready + "download/", {})
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7 made by a test")
    name = f"{court.case.reference}-S1-copy-1.pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["Cache-Control"] == "no-store"
    with acting(court.supervisor):
        entry = AuditEntry.objects.filter(case_id=court.case.pk, verb="exported").first()
    assert (entry.actor_id, entry.purpose) == (court.maker.pk, "represent")
    assert len(entry.shown["casework_account.passage"]) == 2
    assert len(entry.shown["summaries.summarycopy"]) == 1
    with acting(court.maker):
        assert SummaryCopy.objects.visible_to(court.maker).get(case=court.case).first_downloaded_at is not None


def test_download_by_get_is_not_possible(court, ready, client_of):
    assert client_of(court.maker).get(ready + "download/").status_code == 405


def test_download_takes_the_right_to_read_all_of_it(court, ready, client_of, send, acting):
    answer = send(client_of(court.half), ready + "download/", {})
    assert answer.status_code == 403
    assert b"%PDF" not in answer.content
    with acting(court.supervisor):
        refusal = AuditEntry.objects.filter(verb="refused", actor_id=court.half.pk).first()
    assert refusal.rule == "reads_everything"


def test_copy_that_is_not_ready_is_not_taken_out(court, queued, client_of, send):
    answer = send(client_of(court.maker), court.url + "1/copies/1/download/", {})
    assert answer.status_code == 422
    assert "not ready" in answer.context["stale"]


def test_download_whose_entry_cannot_be_written_sends_nothing(court, ready, client_of, send, monkeypatch):
    from casework.access import middleware

    def broken(_looks):
        raise RuntimeError("no room")

    monkeypatch.setattr(middleware, "record_looks", broken)
    answer = send(client_of(court.maker), ready + "download/", {})
    assert answer.status_code == 503
    assert b"%PDF" not in answer.content


def test_failed_copy_says_why_and_can_be_tried_again(court, queued, acting, client_of, send):
    with acting(court.maker):
        copies.begin(copy_id=queued.pk, by=court.maker)
        copies.fail(copy_id=queued.pk, by=court.maker, problem="T1 ¶3 can't be printed.")
    client = client_of(court.maker)
    page = client.get(court.url + "1/copies/1/")
    assert "T1 ¶3 can" in page.content.decode()
    assert page.context["may_try_again"]
    assert send(client, court.url + "1/copies/1/retry/", {}).status_code == 302
    assert client.get(court.url + "1/copies/1/").context["progress"].in_work


def test_queries_are_the_same_for_one_part_and_for_all(court, keys, draft, acting, client_of):
    client = client_of(court.maker)
    client.get(court.url + "1/")
    counts = []
    for version, passages in ((2, keys.passages[:1]), (3, keys.passages)):
        with acting(court.maker):
            chosen = {"passages": passages, "entries": keys.entries}
            actions.choose_items(summary=draft, by=court.maker, version=version, **chosen)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(court.url + "1/").context["contents"].size == len(passages) + 2
        counts.append(len(queries))
    assert counts[0] == counts[1]
