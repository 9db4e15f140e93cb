"""Prior accounts first: asked when a case is opened, each one counts, and what nobody knows yet is a task."""

import re

import pytest

from casework.account.models import Passage, Telling, ToldBefore
from casework.account.panels import counts_by_case, work_of_account
from casework.account.prior_actions import answer_told_before
from casework.cases.submission import new_submission

pytestmark = pytest.mark.django_db
TEACHER = {
    "answer": "yes", "told_to": "Ms Moretti, class teacher", "told_on_0": "2", "told_on_1": "3", "told_on_2": "2026",
    "place": "Class room", "others": "Mr Hall, caretaker\nA pupil", "circumstances": "After the lesson",
    "questions_asked": "What is on your mind?", "words": "C: He writes to me.\nI: Who?\nC: The coach.",
    "demeanour": "Cried once", "note_reference": "School office, folder 3", "number": "1",
}  # fmt: skip


@pytest.fixture
def fresh(cast, client_of, send):
    """A case just opened by the lead worker through its pages: `client`, `url` of the question, `case_url`."""
    client = client_of(cast.lead_worker)
    form = {
        "pseudonym": "Pebble Wren", "concern": "Invented for a test.", "risk": "high", "age_band": "10-12",
        "submission": new_submission(), "confirmed": "1",
    }  # fmt: skip
    answer = send(client, "/cases/new/", form)
    return client, answer["Location"]


@pytest.fixture
def kept(cast, acting):
    def read(url):
        reference = url.split("/")[2]
        with acting(cast.lead_worker):
            of_case = {"case__reference": reference}
            tellings = list(
                Telling.objects.visible_to(cast.lead_worker).select_related("case").filter(**of_case).order_by("number")
            )
            rows = Passage.objects.visible_to(cast.lead_worker).select_related("case").filter(**of_case)
            passages = [(each.question, each.answer) for each in rows.order_by("telling__number", "number")]
            answers = ToldBefore.objects.visible_to(cast.lead_worker).filter(**of_case).order_by("answered_at", "pk")
            people = [[(each.name, each.function) for each in one.people] for one in tellings]
            counts = counts_by_case([each.case_id for each in tellings[:1]])
            return tellings, passages, [each.answer for each in answers], people, list(counts.values())

    return read


def work(cast, acting, member):
    with acting(member):
        return [str(each.what) for each in work_of_account(member)]


def test_opening_a_case_leads_to_the_question(fresh):
    client, url = fresh
    assert url.endswith("/account/before/")
    page = client.get(url).content.decode()
    assert "Has the child told anybody already?" in page
    assert "checked" not in page, "nothing is chosen for the reader"


def test_whoever_may_not_write_an_account_is_not_asked(cast, client_of, send):
    form = {
        "pseudonym": "Pebble Lark", "concern": "Invented.", "risk": "high", "age_band": "10-12",
        "submission": new_submission(), "confirmed": "1",
    }  # fmt: skip
    answer = send(client_of(cast.prosecutor), "/cases/new/", form)
    assert "/account/" not in answer["Location"]


def test_several_prior_accounts_are_tellings_and_count_with_everybody_who_heard(fresh, send, kept):
    client, url = fresh
    first = send(client, url, TEACHER | {"another": "1"})
    assert first["Location"] == url
    assert re.search(r"\bT1\b", client.get(url).content.decode())
    second = TEACHER | {"number": "2", "told_to": "ms moretti, form tutor", "others": "", "words": "I told Mum.",
                        "told_on_0": "", "told_on_1": "", "told_on_2": "", "told_when": "In spring"}  # fmt: skip
    assert send(client, url, second).status_code == 302
    tellings, passages, answers, people, [counts] = kept(url)
    assert [(each.kind, each.label) for each in tellings] == [("prior", "T1"), ("prior", "T2")]
    assert passages == [("", "He writes to me."), ("Who?", "The coach."), ("", "I told Mum.")]
    assert answers == ["yes"], "the same answer again is kept once"
    assert people[0] == [("Mr Hall", "caretaker"), ("A pupil", "")]
    assert (counts.told, counts.formal, counts.informal, counts.heard) == (2, 0, 2, 3), "Ms Moretti is one person"


def test_same_form_sent_twice_is_one_telling(fresh, send, kept):
    client, url = fresh
    send(client, url, TEACHER)
    again = send(client, url, TEACHER)
    assert again.status_code == 422
    assert "was recorded meanwhile" in again.content.decode()
    assert "He writes to me." in again.content.decode()
    assert len(kept(url)[0]) == 1


def test_not_known_yet_is_an_answer_and_a_task_until_it_is_known(cast, acting, fresh, send, kept):
    client, url = fresh
    task = "Find out whether the child has told anybody already"
    before = work(cast, acting, cast.lead_worker).count(task)
    assert send(client, url, {"answer": "unknown"}).status_code == 302
    assert work(cast, acting, cast.lead_worker).count(task) == before
    assert task in client.get("/").content.decode()
    assert work(cast, acting, cast.investigator).count(task) == 0, "of the agency that leads"
    send(client, url, {"answer": "no"})
    assert work(cast, acting, cast.lead_worker).count(task) == before - 1
    assert kept(url)[2] == ["unknown", "no"]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"answer": ""}, "answer"),
        ({"answer": "maybe"}, "answer"),
        ({"answer": "no"}, "answer"),
        ({"answer": "unknown"}, "answer"),
        ({"told_to": " "}, "told_to"),
        ({"told_on_2": "2999"}, "told_on"),
        ({"told_on_0": "31", "told_on_1": "2"}, "told_on"),
        ({"words": "x" * 100_001}, "words"),
        ({"words": "a\x00b"}, "words"),
        ({"circumstances": "a\u202eb"}, "circumstances"),
        ({"others": "\n".join(f"Person {number}" for number in range(40))}, "others"),
        ({"note_reference": "https://school.example/notes"}, "note_reference"),
    ],
)
def test_what_can_not_be_is_said_beside_its_field_and_nothing_typed_is_lost(fresh, send, kept, changes, place):
    client, url = fresh
    answer = send(client, url, TEACHER | changes)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert f'id="id_{place}_error"' in text
    assert "Class room" in text
    assert kept(url)[0] == []


def test_only_what_is_known_is_needed_and_an_account_without_words_is_no_passage(fresh, send, kept):
    client, url = fresh
    assert send(client, url, {"answer": "yes", "told_to": "Not known", "number": "1"}).status_code == 302
    tellings, passages, *_rest = kept(url)
    assert (len(tellings), passages, tellings[0].told_on) == (1, [], None)


def test_answer_is_one_of_three(told, acting):
    with acting(told.worker), pytest.raises(ValueError, match="maybe"):
        answer_told_before(case=told.case, by=told.worker, answer="maybe")
