"""The warning, the purpose, and the page on which an account is read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework.account import actions
from casework.account.models import Passage
from casework.account.panels import account_tab, counts_by_case
from casework.account.transcript import split_transcript
from casework.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
LIMIT = 14  # queries of the account page, issue 2


def entries_of(acting, supervisor, case):
    with acting(supervisor):
        return list(AuditEntry.objects.filter(case_id=case.pk).order_by("-id"))


def test_account_without_purpose_shows_the_warning_and_no_passage(told, cast, acting, client_of):
    answer = client_of(told.worker).get(told.url)
    assert answer.status_code == 200
    assert "Before you read" in answer.content.decode()
    assert "To the lake" not in answer.content.decode()
    newest = entries_of(acting, cast.lead_supervisor, told.case)[0]
    assert "casework_account.passage" not in newest.shown


def test_purpose_that_is_not_held_is_refused_beside_the_field(told, client_of, send):
    answer = send(client_of(told.worker), told.url + "purpose/", {"purpose": "prosecute"})
    assert answer.status_code == 422
    assert answer.context["form"].errors["purpose"]


def test_account_is_read_with_the_purpose_on_record(told, cast, acting, ready_client):
    page = ready_client.get(told.url).content.decode()
    assert 'id="t1p2"' in page
    assert "My brother." in page
    newest = entries_of(acting, cast.lead_supervisor, told.case)[0]
    assert (newest.verb, newest.purpose, newest.compartments) == ("looked", "protect", ["account", "overview"])
    assert len(newest.shown["casework_account.passage"]) == 3


def test_queries_are_the_same_for_three_passages_and_for_many(told, acting, ready_client):
    with CaptureQueriesContext(connection) as few:
        ready_client.get(told.url)
    many = split_transcript("".join(f"I: Question {number}?\nC: Answer.\n" for number in range(150)))
    with acting(told.worker):
        actions.add_passages(telling=told.telling, by=told.worker, version=2, passages=many.passages)
    told.seal()
    with acting(told.worker):
        passage = (
            Passage.objects.visible_to(told.worker)
            .select_related("case", "telling")
            .get(telling=told.telling, number=1)
        )
        actions.correct_passage(passage=passage, by=told.worker, text="To the sea.", reason="Minute 2.")
    with CaptureQueriesContext(connection) as lots:
        page = ready_client.get(told.url)
    assert page.content.decode().count('class="passage"') == 153
    assert len(lots) == len(few)
    assert len(lots) <= LIMIT


def test_page_says_whether_the_seal_holds(told, acting, ready_client, monkeypatch):
    told.seal()
    assert "checked for this page and holds" in ready_client.get(told.url).content.decode()
    monkeypatch.setattr("casework.account.selectors.seal_holds", lambda telling, passages: False)
    page = ready_client.get(told.url).content.decode()
    assert "The seal does not hold" in page
    assert "checked for this page and holds" not in page


def test_reader_without_right_to_write_is_offered_no_change(told, client_of, send):
    client = client_of(told.reader)
    send(client, told.url + "purpose/", {"purpose": "treat"})
    page = client.get(told.url).content.decode()
    assert "To the lake." in page
    assert "tellings/new/" not in page
    refused = client.get(told.url + "tellings/1/paste/")
    assert refused.status_code == 403


def test_refusal_names_the_rule(told, cast, acting, client_of):
    client_of(told.reader).get(told.url + "tellings/new/")
    newest = entries_of(acting, cast.lead_supervisor, told.case)
    with acting(cast.lead_supervisor):
        refusal = AuditEntry.objects.filter(verb="refused", actor_id=told.reader.pk).first()
    assert refusal.rule == "write_account"
    assert refusal.additional_data["asked_for"] == {"reference": told.case.reference}
    assert all(entry.verb != "created" or entry.actor_id != told.reader.pk for entry in newest)


def test_stranger_gets_the_page_of_a_wrong_reference(told, cast, client_of):
    client = client_of(cast.stranger)
    assert client.get(told.url).status_code == 404
    assert client.get("/cases/2222-2222/account/").status_code == 404


def test_counts_are_seen_without_the_account_but_not_by_strangers(told, cast, acting):
    with acting(cast.lead_supervisor):
        assert counts_by_case([told.case.pk])[told.case.pk].told == 1
        assert account_tab(cast.lead_supervisor, told.case)[0].is_open is False
    with acting(cast.stranger):
        assert counts_by_case([told.case.pk]) == {}


def test_pages_of_a_telling_ask_for_the_purpose_first(told, client_of):
    client = client_of(told.worker)
    for part in ("tellings/1/", "tellings/1/passages/", "tellings/1/passages/1/"):
        answer = client.get(told.url + part)
        assert (answer.status_code, answer["Location"]) == (302, told.url)


def test_numbers_that_no_telling_has_are_not_found(told, ready_client):
    for part in ("tellings/2/", "tellings/99999999999999999999/", "tellings/1/passages/4/"):
        assert ready_client.get(told.url + part).status_code == 404
