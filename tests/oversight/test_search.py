"""Searching the record: by person, case, agency, action, days, refused, emergency; paged; and itself on record."""

import pytest
from django.db import connection

from casework.access.task import acting_as
from casework.audit.commands import record_command
from casework.audit.kinds import Outcome, Verb
from casework.audit.models import AuditEntry
from casework.audit.record import record
from tests.cast import PHRASES
from tests.conftest import recorded

PATH = "/oversight/search/"


def shown_by(answer):
    return [each.entry for day in answer.context_data["days"] for each in day.sentences]


@pytest.fixture
def some(cast):
    """A refusal, a look by emergency access, and a look at a case of somebody else."""
    with acting_as(cast.therapist.pk, route="test"):
        refused = recorded(Verb.REFUSED, outcome=Outcome.REFUSED, rule="read_police", case_id=cast.case.pk)
    with acting_as(cast.investigator.pk, route="test"):
        broken = recorded(Verb.LOOKED, subject=cast.case, emergency_id=7)
    with acting_as(cast.stranger.pk, route="test"):
        foreign = recorded(Verb.LOOKED, subject=cast.other_case)
    return refused, broken, foreign


def test_search_finds_by_each_field(cast, some, client_of):
    refused, broken, foreign = some
    client = client_of(cast.lead_auditor)
    everything = {entry.pk for entry in shown_by(client.get(PATH))}
    assert {refused.pk, broken.pk} <= everything
    assert foreign.pk not in everything
    for wanted, found in (
        ({"refused": "on"}, refused),
        ({"emergency": "on", "verb": "looked"}, broken),
        ({"reference": cast.case.reference.lower(), "verb": "refused"}, refused),
        ({"agency": "North Police", "emergency": "on"}, broken),
    ):
        entries = shown_by(client.get(PATH, wanted))
        assert entries[0].pk == found.pk, wanted
        assert len({entry.verb for entry in entries}) == 1
    assert shown_by(client.get(PATH, {"reference": cast.other_case.reference})) == []
    assert shown_by(client.get(PATH, {"reference": "ZZZZ-ZZZZ"})) == []
    day = {"first_0": "1", "first_1": "1", "first_2": "2001", "last_0": "2", "last_1": "1", "last_2": "2001"}
    assert shown_by(client.get(PATH, day)) == []


def test_search_counts_what_fits_and_says_how_much_came_by_emergency(cast, some, client_of):
    found = client_of(cast.lead_supervisor).get(PATH, {"agency": "North Police"}).context_data["found"]
    assert [bar.label for bar in found.agencies] == ["North Police"]
    assert found.counted == found.agencies[0].count == sum(bar.count for bar in found.hours)
    assert found.emergency == 1
    assert len(found.hours) == 24


def test_search_pages_go_on_without_a_gap(cast, client_of):
    with acting_as(cast.investigator.pk, route="test"):
        made = {recorded(Verb.LOOKED, subject=cast.case, emergency_id=7).pk for _turn in range(120)}
    client, seen, address = client_of(cast.lead_auditor), [], f"{PATH}?emergency=on&agency=North+Police"
    while address:
        answer = client.get(address)
        seen += [entry.pk for entry in shown_by(answer)]
        address = PATH + answer.context_data["older"] if answer.context_data["older"] else ""
    assert seen == sorted(made, reverse=True)


def test_reading_the_search_is_on_record_with_every_entry_that_it_showed(cast, some, client_of):
    answer = client_of(cast.lead_auditor).get(PATH, {"refused": "on"})
    entries = AuditEntry.objects.filter(cid=answer["Correlation-Id"])
    [own] = [entry for entry in entries if entry.case_id is None]
    assert own.additional_data == {"record": "search", "entries": [entry.pk for entry in shown_by(answer)]}
    assert own.purpose == "supervise"
    assert cast.case.pk in {entry.case_id for entry in entries}


def test_search_shows_no_content_and_no_stated_reason_in_the_list(cast, some, client_of):
    with acting_as(cast.lead_worker.pk, route="test"):
        record(Verb.LOOKED, subject=cast.case, reason="Reason phrase about a tin-whistle")
    body = client_of(cast.lead_supervisor).get(PATH).content.decode()
    assert not [phrase for phrase in (*PHRASES, "tin-whistle") if phrase in body]


def test_what_the_operator_did_is_read_by_auditors_alone(cast, client_of):
    record_command("rotate_master_key", keys=2)
    page = client_of(cast.lead_auditor).get(PATH)
    [entry] = [each for each in shown_by(page) if (each.additional_data or {}).get("command") == "rotate_master_key"]
    assert "ran the command rotate_master_key on the server" in page.content.decode()
    assert client_of(cast.lead_auditor).get(f"/oversight/entries/{entry.pk}/").status_code == 200
    assert entry.pk not in {each.pk for each in shown_by(client_of(cast.lead_supervisor).get(PATH))}
    assert client_of(cast.lead_supervisor).get(f"/oversight/entries/{entry.pk}/").status_code == 404


def test_filter_that_is_not_understood_is_said_at_the_field(cast, client_of):
    answer = client_of(cast.lead_auditor).get(PATH, {"reference": "much too long for one"})
    assert answer.status_code == 422
    assert answer.context_data["form"].errors.keys() == {"reference"}
    assert connection.settings_dict["USER"] == "casework_app"


def test_a_list_names_the_cases_that_the_reader_oversees_and_counts_the_rest(cast, client_of):
    with acting_as(cast.investigator.pk, route="test"):
        recorded(Verb.LISTED, listed_case_ids=[cast.case.pk, cast.other_case.pk], compartments=["overview"])
    text = client_of(cast.lead_supervisor).get(PATH, {"verb": "listed"}).content.decode()
    assert f'saw <bdi dir="ltr">{cast.case.reference}</bdi> and 1 other case in a list.' in text
    assert cast.other_case.reference not in text


def test_entry_says_in_plain_words_where_it_was_and_keeps_the_technical_ones_apart(cast, some, client_of):
    _refused, broken, _foreign = some
    text = client_of(cast.lead_supervisor).get(f"/oversight/entries/{broken.pk}/").content.decode()
    plain, technical = text.split("in technical words", 1)
    assert "Where in Casework" in plain
    for words in ("Name of the page in the program", "transaction", "as in the server"):
        assert words not in plain
        assert words in technical
    assert "Correlation id" not in text
