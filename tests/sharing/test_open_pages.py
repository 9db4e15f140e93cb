"""What a share that ends does to a page that is open, who is told of looks, and clocks that are wrong."""

import datetime

import pytest
from django.utils import timezone

from casework.access.errors import AccessDenied
from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.sharing.actions import offer_share
from casework.sharing.models import Share
from casework.sharing.panels import openings_to_read
from casework.sharing.terms import ShareTerms
from tests.access.test_matrix import current_transaction
from tests.conftest import superuser

PAGES = {"overview": "", "account": "account/", "police": "police/"}


def test_an_open_page_learns_that_it_has_ended_part_by_part(cast, client_of, answers):
    """The share is withdrawn while pages are open: the next request and the next question are both answered so."""
    client, base = client_of(cast.investigator), f"/cases/{cast.case.reference}/"
    assert {part: client.get(f"{base}still/{part}/").status_code for part in PAGES} == dict.fromkeys(PAGES, 204)
    url = f"{base}shares/{cast.share.pk}/withdraw/"
    assert client_of(cast.lead_worker).post(url, {"reason": "Ended.", "version": 3}).status_code == 302
    for part, page in PAGES.items():
        assert client.get(f"{base}still/{part}/").status_code == 404
        answer = client.get(base + page)
        assert answer.status_code == 404
        assert "data-still" not in answer.content.decode()


@pytest.mark.parametrize("part", ["account", "overview", "kitchen", "read_account"])
@pytest.mark.parametrize("reference", ["own", "other", "ZZZZ-ZZZZ"])
def test_the_question_of_an_open_page_tells_a_stranger_nothing(cast, client_of, part, reference):
    address = {"own": cast.case.reference, "other": cast.other_case.reference}.get(reference, reference)
    person = cast.lead_colleague
    assert client_of(person).get(f"/cases/{address}/still/{part}/").status_code == 404


def test_asking_is_no_look_and_keeps_no_session_awake(cast, client_of):
    client = client_of(cast.lead_worker)
    client.get("/cases/")
    before = client.session["active_at"]
    session = client.session
    session["active_at"] = before - 600
    session.save()
    seen = AuditEntry.objects.filter(xid=current_transaction()).count()
    answer = client.get(f"/cases/{cast.case.reference}/still/account/", headers={"X-Background": "1"})
    assert answer.status_code == 204
    assert AuditEntry.objects.filter(xid=current_transaction()).count() == seen
    assert client.session["active_at"] == before - 600
    client.get("/cases/")
    assert client.session["active_at"] > before - 600


def test_case_pages_carry_the_question(cast, client_of):
    client, base = client_of(cast.investigator), f"/cases/{cast.case.reference}/"
    assert f'data-still="{base}still/overview/"' in client.get(base).content.decode()
    assert f'data-still="{base}still/police/"' in client.get(f"{base}police/").content.decode()
    assert f'data-still="{base}still/account/"' in client.get(f"{base}account/").content.decode()


@pytest.mark.parametrize("days", [-1, 1])
def test_the_clock_of_the_application_decides_no_end(cast, monkeypatch, days):
    """Its clock a day off: an end that is past for the database is past, one that is to come is not."""
    real = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: real + datetime.timedelta(days=days))
    with acting_as(cast.lead_worker.pk, route="test"):
        case = Case.objects.visible_to(cast.lead_worker).select_related("lead_agency").get(pk=cast.case.pk)

        def offered(hours: int) -> Share:
            until = real + datetime.timedelta(hours=hours)
            terms = ShareTerms(("social",), (), "protect", "public_task", until)
            return offer_share(case=case, to=cast.agencies["far_social"], by=cast.lead_worker, terms=terms)

        with pytest.raises(AccessDenied) as refused:
            offered(-12)
        assert refused.value.rule == "share_ends"
        assert offered(12).state == "offered"


def test_a_share_past_its_end_is_accepted_by_nobody_whatever_the_application_thinks(
    own_database, seeded, client_of, monkeypatch
):
    cast = seeded
    with superuser(own_database) as admin:
        admin.execute(
            "update sharing_share set offered_at = now() - interval '9 days', until = now() - interval '1 hour'"
            " where id = %s",
            [cast.offered.pk],
        )
    real = timezone.now()
    monkeypatch.setattr("casework.sharing.actions.timezone.now", lambda: real - datetime.timedelta(days=2))
    url = f"/shares/{cast.case.reference}/{cast.offered.pk}/accept/"
    sent = {"members": [cast.stranger.pk], "version": 1}
    assert client_of(cast.stranger_supervisor).post(url, sent).status_code == 404


def test_the_lead_worker_is_told_who_opened_account_and_identity_since(cast, client_of):
    worker, reader = client_of(cast.lead_worker), client_of(cast.investigator)
    page = f"/cases/{cast.case.reference}/opened/"
    assert worker.get(page).status_code == 200
    reader.post(f"/cases/{cast.case.reference}/account/purpose/", {"purpose": "investigate"})
    reader.get(f"/cases/{cast.case.reference}/account/")
    work = worker.get("/").content.decode()
    assert page in work and "since you last looked, by Investigator, North Police" in work
    told = worker.get(page).content.decode()
    assert "Investigator" in told and "North Police" in told and "New" in told
    assert "since you last looked" not in worker.get("/").content.decode()


@pytest.mark.parametrize("person", ["investigator", "therapist", "stranger", "lead_colleague"])
def test_nobody_else_is_told(cast, client_of, person):
    client = client_of(cast.people[person])
    assert client.get(f"/cases/{cast.case.reference}/opened/").status_code in (403, 404)
    with acting_as(cast.people[person].pk, route="test"):
        assert list(openings_to_read(cast.people[person])) == []


def test_attendance_is_seen_by_all_who_see_the_case_and_written_by_who_writes_the_notes(cast, client_of):
    url = f"/cases/{cast.case.reference}/attendance/"
    sent = {"held_on_0": "2", "held_on_1": "3", "held_on_2": "2026", "outcome": "attended"}
    assert client_of(cast.investigator).post(f"{url}record/", sent).status_code == 403
    assert client_of(cast.therapist).post(f"{url}record/", sent).status_code == 302
    assert client_of(cast.therapist).post(f"{url}record/", {**sent, "outcome": "missed"}).status_code == 302
    page = client_of(cast.investigator).get(url).content.decode()
    assert "2 Mar 2026" in page and "Bluebell Therapy" in page
    assert "Did not come" in page and page.count("2 Mar 2026") == 1, "the later record of a day counts"
    assert client_of(cast.stranger).get(url).status_code == 404


@pytest.mark.parametrize(
    "sent",
    [{}, {"outcome": "attended"}, {"held_on_0": "1", "held_on_1": "1", "held_on_2": "2999", "outcome": "attended"}],
)
def test_attendance_takes_a_day_that_has_been_and_an_answer(cast, client_of, sent):
    url = f"/cases/{cast.case.reference}/attendance/record/"
    assert client_of(cast.therapist).post(url, sent).status_code == 422
