"""Already told? What is found, for whom, and what is said to those who may not read it."""

import pytest
from django.db import connection

from casework.access.errors import AccessDenied
from casework.access.task import acting_as, bound_to
from casework.account.actions import TellingLog, add_passages, record_telling
from casework.account.kinds import Topic
from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.search import selectors
from casework.search.selectors import LONGEST_QUESTION, MADE_WHILE_WAITING, already_told
from tests.search.conftest import passages

pytestmark = pytest.mark.django_db
PARAPHRASED = "Whom did she confide in initially?"


def ask(member, case, text):
    with acting_as(member.pk, route="test"):
        seen = Case.objects.visible_to(member).select_related("lead_agency").get(pk=case.pk)
        answer = already_told(member, seen, text)
        return answer, [hit.passage.answer for hit in answer.hits]


@pytest.mark.parametrize("is_prepared", [True, False])
def test_question_in_other_words_finds_its_passage_first(told, is_prepared):
    if is_prepared:
        told.prepare()
    answer, texts = ask(told.worker, told.case, PARAPHRASED)
    assert texts[0].startswith("Granny")
    assert (answer.hits[0].label, answer.hits[0].anchor) == ("T1 ¶2", "t1p2")
    assert (answer.passages, answer.unprepared, answer.may_read) == (6, 0, True)
    assert answer.elsewhere == ()


@pytest.mark.parametrize("question", ["Chi è stata la prima persona a saperlo?", "Wem hat sie es zuerst erzählt?"])
def test_question_in_another_language_than_the_account_finds_it_too(told, question):
    told.prepare()
    assert ask(told.worker, told.case, question)[1][0].startswith("Granny")


@pytest.mark.parametrize("question", ["", "   \n ", "?", "…", "\u202e", "他最先告訴了誰？", "ﷺ" * 400, "x" * 10_000])
def test_whatever_is_asked_gets_an_answer(told, question):
    told.prepare()
    answer, _texts = ask(told.worker, told.case, question)
    assert answer.was_cut == (len(question) > LONGEST_QUESTION)


def test_look_names_the_hits_and_keeps_nothing_of_the_question(told, cast):
    told.prepare()
    answer, _texts = ask(told.worker, told.case, "Where is the silver case xylophone now?")
    supervisor = cast.lead_supervisor
    with acting_as(supervisor.pk, route="test"):
        entry = AuditEntry.objects.filter(case_id=told.case.pk, actor_id=told.worker.pk).order_by("-id").first()
    assert entry.shown["casework_account.passage"] == sorted(hit.passage.pk for hit in answer.hits)
    with bound_to(supervisor.pk), connection.cursor() as cursor:
        cursor.execute("select string_agg(to_jsonb(e)::text, '') from audit_auditentry e")
        written = cursor.fetchone()[0]
    assert "telling" in written
    assert "xylophone" not in written


def test_account_that_is_empty_says_so(told, cast):
    with acting_as(cast.stranger.pk, route="test"):
        case = Case.objects.visible_to(cast.stranger).select_related("lead_agency").get(pk=cast.other_case.pk)
        answer = already_told(cast.stranger, case, PARAPHRASED)
    assert answer.is_empty
    assert answer.hits == ()


def test_many_passages_without_vectors_are_found_by_their_words(told):
    said = [("", f"We went to the market number {number}.", "place") for number in range(MADE_WHILE_WAITING)]
    said.append(("", "The lighthouse keeper had a parrot.", "person"))
    with acting_as(told.worker.pk, route="test"):
        telling = record_telling(
            case=told.case, by=told.worker, number=2, log=TellingLog("prior", "2026-03-02", told_to="A teacher")
        )
        add_passages(telling=telling, by=told.worker, version=1, passages=passages(said))
    told.prepare()
    answer, texts = ask(told.worker, told.case, "Did anybody keep a parrot?")
    assert "The lighthouse keeper had a parrot." in texts[:2]
    assert (answer.unprepared, answer.passages) == (len(said), len(said) + 6)


def test_who_may_not_read_the_account_learns_topics_and_nothing_else(told):
    told.prepare()
    answer, texts = ask(told.colleague, told.case, PARAPHRASED)
    assert texts == []
    assert not answer.may_read
    assert answer.passages == 0
    assert Topic.TOLD_WHOM in answer.elsewhere
    assert Topic.SCHOOL not in answer.elsewhere  # asked for by no question of ours, and recorded nowhere


def test_stranger_may_not_even_ask(told, cast):
    with pytest.raises(AccessDenied) as refusal, acting_as(cast.stranger.pk, route="test"):
        already_told(cast.stranger, told.case, PARAPHRASED)
    assert refusal.value.rule == "read_overview"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("colleague", {"home", "told_whom", "place", "time", "device", "feelings"}),
        ("stranger", set()),
        ("lead_admin", set()),
        ("walled_worker", set()),
    ],
)
def test_topics_come_from_the_database_to_people_on_the_case_alone(told, cast, key, expected):
    member = told.colleague if key == "colleague" else getattr(cast, key)
    with bound_to(member.pk), connection.cursor() as cursor:
        cursor.execute("select * from casework_topics_besides(%s, '{}')", [told.case.pk])
        assert {row[0] for row in cursor.fetchall()} == expected


def test_passages_that_the_reader_may_not_read_are_left_out_even_when_a_page_names_them(told, monkeypatch):
    """The second wall: hits are asked for among the passages that the reader may read."""
    told.prepare()
    monkeypatch.setattr(selectors, "_ranked", lambda *_arguments: [(1, 9.0), (2, 8.0)])
    assert ask(told.worker, told.case, PARAPHRASED)[1] == []
