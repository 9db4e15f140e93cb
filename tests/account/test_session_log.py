"""The log of a session: its rows of people and breaks, what can't be, and what stays typed."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from casework.account import actions
from casework.account.models import Telling
from casework.account.references import check_reference
from casework.account.session import (
    Pause,
    PersonPresent,
    keys_of_hearers,
    pauses_from_text,
    pauses_to_text,
    people_from_text,
    people_to_text,
    problem_of_times,
)
from casework.account.tally import tally_of
from casework.account.time_codes import first_overlap, seconds_of
from tests.cast import telling_of

pytestmark = pytest.mark.django_db
LOG = {
    "kind": "joint", "told_on_0": "3", "told_on_1": "3", "told_on_2": "2026", "protocol": "nichd",
    "told_to": "Maja Lind, interviewer", "started_at": "10:00", "ended_at": "10:50",
}  # fmt: skip
ROWS = {
    "people-0-name": "Vera Hall", "people-0-function": "Supporter", "people-0-agency": "", "people-0-other": "School",
    "people-0-seat": "observing", "pauses-0-started_at": "10:20", "pauses-0-ended_at": "10:25",
    "pauses-0-reason": "Water",
}  # fmt: skip


def clock(text):
    return datetime.time.fromisoformat(text)


@pytest.fixture
def log_url(told):
    return told.url + "tellings/1/"


def saved_log(told, acting):
    with acting(told.worker):
        telling = telling_of(told.case, 1, told.worker)
        return telling, telling.people, telling.pauses


def test_log_is_saved_with_its_rows_and_the_interviewer(told, acting, ready_client, send, log_url):
    agency = told.police.agency
    more = {
        "people-1-name": "Paul Reed", "people-1-agency": agency.pk, "people-1-seat": "room",
        "interviewer": told.police.pk, "recording_reference": "Recording ML-7", "recording_custodian": "North Police",
        "salient_points": "Three occasions.", "new_topics": "A dog.", "protection": "Stays with an aunt.",
        "drawings": "A plan in pencil.",
    }  # fmt: skip
    answer = send(ready_client, log_url, {**LOG, **ROWS, **more, "version": 2})
    assert answer.status_code == 302, answer.context["row_errors"]
    telling, people, pauses = saved_log(told, acting)
    assert people == (
        PersonPresent("Vera Hall", "Supporter", None, "School", "observing"),
        PersonPresent("Paul Reed", "", agency.pk, agency.name, "room"),
    )
    assert pauses == (Pause(clock("10:20"), clock("10:25"), "Water"),)
    assert telling.interviewer_id == told.police.pk
    page = ready_client.get(told.url).content.decode()
    for words in ("Vera Hall", "observing", "10:20 – 10:25: Water", "Recording ML-7; kept by North Police",
                  "Three occasions.", "A dog.", "Stays with an aunt.", "A plan in pencil."):  # fmt: skip
        assert words in page
    form = ready_client.get(log_url).context
    assert [row["name"].value() for row in form["groups"][1][3]][:3] == ["Vera Hall", "Paul Reed", None]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"ended_at": "09:00"}, "id_ended_at"),
        ({"told_on_0": "", "told_on_1": "", "told_on_2": ""}, "id_told_on"),
        ({"people-0-name": ""}, "id_people-0-name"),
        ({"people-0-agency": "999999"}, "id_people-0-agency"),
        ({"people-0-seat": "roof"}, "id_people-0-seat"),
        ({"interviewer": "999999"}, "id_interviewer"),
        ({"pauses-0-started_at": ""}, "id_pauses-0-started_at"),
        ({"pauses-0-ended_at": "10:10"}, "id_pauses-0-started_at"),
        ({"pauses-0-started_at": "09:10", "pauses-0-ended_at": "09:20"}, "id_pauses-0-started_at"),
        ({"pauses-0-started_at": "10:49", "pauses-0-ended_at": "10:59"}, "id_pauses-0-started_at"),
        ({"people-0-name": "A\u202eB"}, "id_people-0-name"),
        ({"pauses-0-reason": "A\x00B"}, "id_pauses-0-reason"),
        ({"recording_reference": "https://files.example/a"}, "id_recording_reference"),
        ({"note_reference": "C:\\notes\\one"}, "id_note_reference"),
        ({"recording_custodian": "interview.mp4"}, "id_recording_custodian"),
    ],
)
def test_what_can_not_be_is_said_beside_its_field_and_nothing_is_lost(
    told, acting, ready_client, send, log_url, changes, place
):
    answer = send(ready_client, log_url, {**LOG, **ROWS, "salient_points": "Kept words", **changes, "version": 2})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert f'id="{place}_error"' in text
    assert "Kept words" in text
    assert "Supporter" in text
    assert saved_log(told, acting)[1:] == ((), ())


def test_more_rows_without_script_keep_everything_typed(told, acting, ready_client, send, log_url):
    answer = send(ready_client, log_url, {**LOG, **ROWS, "version": 2, "more": "people", "place": "A\u202eB"})
    assert answer.status_code == 200
    assert len(answer.context["groups"][1][3]) == 4
    assert "Vera Hall" in answer.content.decode()
    assert saved_log(told, acting)[0].version == 2


def test_rows_kept_as_a_draft_are_there_again(told, ready_client, send, log_url):
    send(ready_client, reverse("drafts:keep"), {**LOG, **ROWS, "path": log_url})
    text = ready_client.get(log_url).content.decode()
    assert "Vera Hall" in text
    assert "Water" in text


def test_two_at_one_log_see_both(told, acting, ready_client, send, log_url):
    with acting(told.police):
        log = actions.TellingLog("joint", datetime.date(2026, 3, 3), told_to="Somebody else", place="Their room")
        actions.change_log(telling=told.telling, by=told.police, version=2, log=log)
    answer = send(ready_client, log_url, {**LOG, "place": "My room", "version": 2})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "What is saved now" in text
    assert "Their room" in text
    assert answer.context["form"]["place"].value() == "My room"
    version = answer.context["form"]["version"].value()
    again = send(ready_client, log_url, {**LOG, "place": "My room", "version": version})
    assert again.status_code == 302


def test_day_may_be_open_of_a_prior_account_alone(told, acting):
    with acting(told.worker):
        log = actions.TellingLog("prior", None, told_to="A teacher", told_when="Before the holidays")
        telling = actions.record_telling(case=told.case, by=told.worker, number=2, log=log)
    assert telling.told_on is None
    with acting(told.worker), pytest.raises(IntegrityError, match="telling_day_is_known"), transaction.atomic():
        log = actions.TellingLog("joint", None, told_to="Maja")
        actions.change_log(telling=told.telling, by=told.worker, version=2, log=log)


def test_rows_come_back_as_they_were_written():
    people = (PersonPresent('A "B" \\ C', "Ärztin", 5, "Haus", "observing"), PersonPresent("D"))
    pauses = (Pause(clock("10:20"), None, "x\ny"), Pause(clock("11:00"), clock("11:10"), ""))
    assert people_from_text(people_to_text(people)) == people
    assert pauses_from_text(pauses_to_text(pauses)) == pauses
    assert (people_to_text(()), people_from_text("")) == ("", ())


def test_hearers_have_one_key_in_a_case_whatever_their_function_and_another_elsewhere(told, cast, acting):
    with acting(told.worker):
        here = keys_of_hearers(
            told.case.pk, "Maja  Lind, interviewer", [PersonPresent("MAJA LIND"), PersonPresent("B")]
        )
        assert len(here) == 2
        assert keys_of_hearers(told.case.pk, "", []) == []
        there = keys_of_hearers(cast.case.pk, "Maja Lind", [PersonPresent("B")])
        assert not set(here) & set(there)
        telling = Telling.objects.visible_to(told.worker).get(case=told.case, number=1)
        assert telling.heard_keys == keys_of_hearers(told.case.pk, "Maja Lind", [])


@pytest.mark.parametrize(
    "text", ["http://x.example", "see www.x.example", "\\\\server\\a", "D:\\a", "call.wav", "a.PDF"]
)
def test_reference_is_no_address_and_no_file(text):
    with pytest.raises(ValidationError, match="in words"):
        check_reference(text)


@pytest.mark.parametrize("text", ["Recording ML-2207, kept by North Police", "BN/0891", "Office safe, folder 14.2", ""])
def test_reference_in_words_is_taken(text):
    assert check_reference(text) == text


def test_times_are_checked_against_each_other():
    one = Pause(clock("10:20"), clock("10:30"), "")
    assert problem_of_times(None, None, [one]) == (0, "")
    assert problem_of_times(clock("10:00"), clock("11:00"), [one]) == (0, "")
    place, words = problem_of_times(None, None, [one, Pause(clock("10:25"), None, "")])
    assert (place, "before the end of the one above" in words) == (1, True)


class Asked:
    def __init__(self, code, number=1, time_code=""):
        self.has_question, self.question_type, self.number, self.time_code = True, code, number, time_code


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (["open"] * 8 + ["option_posing"] * 2, ""),
        (["open"] * 6 + ["option_posing"] * 4, "More than a third"),
        (["open"] * 8 + ["suggestive"] * 2, "one question in ten"),
        (["suggestive"] * 4, ""),
    ],
)
def test_tally_has_a_word_where_too_many_lead(codes, words):
    tally = tally_of([Asked(code) for code in [*codes, ""]])
    assert tally.unset == 1
    assert sum(number for _label, number in tally.counts) == len(codes)
    assert words in str(tally.word)
    assert bool(tally.word) == bool(words)


def test_time_codes_are_read_and_compared():
    assert [seconds_of(each) for each in ("00:01:05", "1:05", "[10:00.5]", "", "soon")] == [65, 65, 600.5, None, None]
    rows = [Asked("", 1, "00:10"), Asked("", 2, ""), Asked("", 3, "00:09"), Asked("", 4, "00:11")]
    above, below = first_overlap(rows)
    assert (above.number, below.number) == (1, 3)
    assert first_overlap([rows[0], rows[3]]) is None
