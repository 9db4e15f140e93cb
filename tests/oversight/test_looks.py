"""Who has seen what: the record of a case, its filter, its pages, and that reading it is on it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.standing import today
from casework.access.task import acting_as
from casework.audit.kinds import Verb
from casework.audit.models import AuditEntry
from casework.audit.record import record
from casework.oversight import selectors
from casework.oversight.selectors import PAGE
from tests.cast import PHRASES, Cast
from tests.conftest import recorded


def text_of(answer) -> str:
    """The words of a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def look_at_the_case(cast: Cast, client_of, times: int = 1) -> None:
    for _time in range(times):
        assert client_of(cast.investigator).get(f"/cases/{cast.case.reference}/").status_code == 200


def test_look_is_a_sentence_with_name_role_agency_and_purpose(cast, client_of, looks_url):
    look_at_the_case(cast, client_of)
    page = text_of(client_of(cast.lead_supervisor).get(looks_url))
    assert "Investigator (Investigator, Interviewer, North Police) opened Overview" in page
    assert "Purpose: Investigate. Legal basis: Public task." in page


def test_account_is_counted_in_passages_and_never_quoted(cast, client_of, looks_url):
    page = client_of(cast.lead_supervisor).get(looks_url)
    assert "2 passages" in text_of(page)
    assert [phrase for phrase in PHRASES if phrase in page.content.decode()] == []


@pytest.mark.parametrize("person", ["lead_supervisor", "lead_auditor"])
def test_reading_the_record_is_on_the_record(cast, client_of, looks_url, entries, person):
    page = client_of(cast.people[person]).get(looks_url)
    assert "Your reading of it is recorded too." in page.content.decode()
    newest = entries()[0]
    assert (newest.actor_id, newest.verb, newest.purpose) == (cast.people[person].pk, "looked", "supervise")
    shown = {sentence.entry.pk for day in page.context["days"] for sentence in day.sentences}
    assert shown
    assert set(newest.shown["audit.auditentry"]) == shown
    again = text_of(client_of(cast.lead_supervisor).get(looks_url))
    assert f"read the record of looks: {len(shown)} entries of the record." in again


def test_no_record_without_its_entry(cast, client_of, looks_url, monkeypatch):
    def broken(looks):
        raise RuntimeError

    monkeypatch.setattr("casework.access.middleware.record_looks", broken)
    answer = client_of(cast.lead_supervisor).get(looks_url)
    assert answer.status_code == 503
    assert "North Police" not in answer.content.decode()


@pytest.mark.parametrize(
    ("person", "status"),
    [
        ("lead_supervisor", 200),
        ("lead_auditor", 200),
        ("lead_worker", 404),
        ("lead_admin", 404),
        ("walled_worker", 404),
        ("investigator", 404),
        ("police_supervisor", 404),
        ("stranger_supervisor", 404),
    ],
)
def test_record_is_for_supervisors_and_auditors_of_the_lead_agency(cast, client_of, looks_url, person, status):
    assert client_of(cast.people[person]).get(looks_url).status_code == status


def test_supervisor_behind_a_wall_finds_no_case(cast, client_of, looks_url):
    from casework.access.actions import raise_wall

    with acting_as(cast.lead_supervisor.pk, route="test"):
        raise_wall(case=cast.case, member=cast.lead_supervisor, by=cast.lead_supervisor)
    client = client_of(cast.lead_supervisor)
    assert client.get(looks_url).status_code == 404
    assert cast.case.reference not in client.get("/oversight/").content.decode()


def shown_by(answer) -> list[AuditEntry]:
    return [sentence.entry for day in answer.context["days"] for sentence in day.sentences]


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [
        ("agency", "North Police", lambda entry: entry.actor_agency == "North Police"),
        ("verb", "created", lambda entry: entry.verb == "created"),
        ("outcome", "allowed", lambda entry: entry.outcome == "allowed"),
        ("compartment", "therapy", lambda entry: "therapy" in entry.compartments),
    ],
)
def test_filter_narrows_and_its_chip_takes_it_off(cast, client_of, looks_url, name, value, holds):
    look_at_the_case(cast, client_of)
    answer = client_of(cast.lead_supervisor).get(looks_url, {name: value})
    found = shown_by(answer)
    assert found
    assert all(holds(entry) for entry in found)
    [chip] = answer.context["chips"]
    assert chip["address"] == looks_url


def test_filter_by_person_and_days(cast, client_of, looks_url):
    day = today()
    dates = {"first_0": day.day, "first_1": day.month, "first_2": day.year}
    dates |= {"last_0": day.day, "last_1": day.month, "last_2": day.year}
    answer = client_of(cast.lead_supervisor).get(looks_url, {"person": cast.therapist.pk, **dates})
    assert {entry.actor_id for entry in shown_by(answer)} == {cast.therapist.pk}
    assert [chip["words"] for chip in answer.context["chips"]] == [
        "Person: Therapist", f"From: {day.isoformat()}", f"Until: {day.isoformat()}",
    ]  # fmt: skip
    without_first = answer.context["chips"][1]["address"]
    assert "first" not in without_first
    assert "last_2" in without_first
    yesterday = {**dates, "last_2": day.year - 1, "first_2": day.year - 1}
    assert shown_by(client_of(cast.lead_supervisor).get(looks_url, yesterday)) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"person": "x"}, "person"),
        ({"person": "999999999999999999999"}, "person"),
        ({"agency": "Nowhere"}, "agency"),
        ({"verb": "'; drop"}, "verb"),
        ({"compartment": "kitchen"}, "compartment"),
        ({"first_0": "31", "first_1": "2", "first_2": "2026"}, "first"),
        (
            {"first_0": "2", "first_1": "2", "first_2": "2026", "last_0": "1", "last_1": "2", "last_2": "2026"},
            "__all__",
        ),
    ],
)
def test_filter_that_is_not_understood_is_said(cast, client_of, looks_url, query, field):
    answer = client_of(cast.lead_supervisor).get(looks_url, query)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]


def test_pages_of_fifty_go_through_every_entry_once(cast, client_of, looks_url):
    write_looks(cast, 2 * PAGE + 5)
    client, seen, address = client_of(cast.lead_supervisor), [], f"{looks_url}?agency=North+Police"
    while address:
        answer = client.get(address)
        found = [entry.pk for entry in shown_by(answer)]
        assert len(found) <= PAGE
        seen += found
        address = answer.context["older"] and looks_url + answer.context["older"]
    assert seen == sorted(seen, reverse=True)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        wanted = AuditEntry.objects.filter(case_id=cast.case.pk, actor_agency="North Police")
        assert set(seen) == set(wanted.values_list("pk", flat=True))
    assert len(seen) > 2 * PAGE


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "1.5", "٣"])
def test_place_that_is_no_number_of_an_entry_starts_at_the_newest(cast, client_of, looks_url, before):
    answer = client_of(cast.lead_supervisor).get(looks_url, {"before": before})
    assert answer.status_code == 200
    assert shown_by(answer)


def test_new_filter_starts_at_the_newest_entry(cast, client_of, looks_url):
    answer = client_of(cast.lead_supervisor).get(looks_url, {"before": "5"})
    assert 'name="before"' not in answer.content.decode()


def test_queries_are_the_same_for_few_and_many_entries(cast, client_of, looks_url):
    client = client_of(cast.lead_supervisor)
    client.get(looks_url)  # the first request of a session does more
    with CaptureQueriesContext(connection) as few:
        client.get(looks_url)
    write_looks(cast, 60)
    with CaptureQueriesContext(connection) as many:
        client.get(looks_url)
    assert len(many) == len(few)


def test_tables_count_looks_by_agency_and_person(cast, client_of, looks_url):
    look_at_the_case(cast, client_of, times=3)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        before = selectors.tallies(cast.lead_supervisor, cast.case)
    look_at_the_case(cast, client_of, times=2)
    answer = client_of(cast.lead_supervisor).get(looks_url)
    by_agency, by_person = (table["rows"] for table in answer.context["tables"])
    counts = {row.label: row.count for row in by_agency}
    assert counts["North Police"] == {row.label: row.count for row in before.agencies}["North Police"] + 2
    assert sum(row.count for row in by_person) == sum(counts.values())
    assert by_agency[0].count == by_agency[0].largest == max(counts.values())
    assert '<rect width="100" height="12">' in answer.content.decode()


def test_reading_the_record_counts_as_no_look_at_the_case(cast, client_of, looks_url):
    client = client_of(cast.lead_auditor)
    first = client.get(looks_url).context["tables"]
    assert [[(row.label, row.count) for row in table["rows"]] for table in client.get(looks_url).context["tables"]] == [
        [(row.label, row.count) for row in table["rows"]] for table in first
    ]
    assert "Lead Auditor" not in {row.label for row in first[1]["rows"]}


def test_list_that_showed_the_case_is_in_its_record(cast, client_of, looks_url):
    with acting_as(cast.investigator.pk, route="test"):
        entry = recorded(Verb.LISTED, listed_case_ids=[cast.case.pk, cast.other_case.pk])
    client = client_of(cast.lead_supervisor)
    page = text_of(client.get(looks_url))
    assert "Investigator (Investigator, Interviewer, North Police) saw the case in a list." in page
    shown = client.get(f"/oversight/entries/{entry.pk}/").content.decode()
    assert cast.case.reference in shown
    assert cast.other_case.reference not in shown


def test_overview_counts_people_and_costs_the_same_for_more_cases(cast, client_of):
    from casework.cases.actions import ChildIdentity, open_case

    client = client_of(cast.lead_supervisor)
    client.get("/oversight/")  # the first request of a session does more
    with CaptureQueriesContext(connection) as few:
        answer = client.get("/oversight/")
    [row] = [row for row in answer.context["rows"] if row.case.pk == cast.case.pk]
    assert row.can_see >= 5
    assert row.have_seen >= 3
    assert row.last_look is not None
    assert cast.other_case.reference not in answer.content.decode()
    for name in ("Brown Dipper", "Grey Plover", "White Stork"):
        with acting_as(cast.lead_worker.pk, route="test"):
            open_case(
                by=cast.lead_worker, pseudonym=name, concern="Invented.", risk="low", age_band="10-12",
                child=ChildIdentity("Ada", "Virtanen"),
            )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        assert len(client.get("/oversight/").context["rows"]) == 4
    assert len(many) == len(few)


def test_auditor_is_shown_no_way_to_name_people_or_withdraw(cast, client_of, looks_url):
    client = client_of(cast.lead_auditor)
    assert "Name people" not in client.get("/oversight/").content.decode()
    assert "Shares of this case" not in client.get(looks_url).content.decode()


def write_looks(cast: Cast, number: int) -> None:
    with acting_as(cast.investigator.pk, route="test"):
        for _time in range(number):
            record(Verb.LOOKED, case_id=cast.case.pk, compartments=["overview"], shown={"cases.case": [cast.case.pk]})
