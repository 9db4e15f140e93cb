"""The question pool: into it once, merged without losing who asked, and out of it with an outcome."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from agencies.standing import today
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.account.actions import TellingLog, add_passages, record_telling
from casework.account.models import Passage
from casework.account.seal_actions import sign_telling
from casework.account.transcript import split_transcript
from casework.audit.models import AuditEntry
from casework.cases.submission import AlreadySaved
from casework.cases.work import work_of
from casework.planning.actions import close_plan
from casework.planning.models import Question
from casework.planning.pool import pool_of
from casework.planning.question_actions import (
    Outcome,
    QuestionContent,
    RecordSearch,
    ask_question,
    merge_questions,
    set_outcome,
    take_apart,
)
from casework.planning.tasks import mark_overdue_questions

pytestmark = pytest.mark.django_db
LATER = today() + datetime.timedelta(days=5)


@pytest.fixture
def ask(acting, plan_of):
    def put(key, text="Which day was it?", **more):
        with acting(key) as member:
            content = QuestionContent(text, "For the report.", more.pop("due_on", LATER))
            return ask_question(plan=plan_of(member), by=member, content=content, search=RecordSearch(), **more)

    return put


@pytest.fixture
def decide(acting, question_of):
    def say(key, number=1, **outcome):
        with acting(key) as member:
            question = question_of(member, number)
            return set_outcome(question=question, by=member, version=question.version, outcome=Outcome(**outcome))

    return say


def test_the_same_form_sent_twice_is_one_question(ask):
    assert ask("therapist", question_id=77).number == 2
    with pytest.raises(AlreadySaved):
        ask("therapist", question_id=77)


def test_any_agency_on_the_case_asks_and_nobody_in_the_name_of_another(cast, ask, acting, plan_of):
    assert ask("prosecutor").asked_by_label == "Prosecutor, Prosecutor, Crown Prosecution"
    with acting("therapist") as member:
        plan = plan_of(member)
        row = Question(
            case=plan.case, plan=plan, number=9, agency=member.agency, asked_by=cast.investigator,
            asked_by_label="x", due_on=LATER,
        )  # fmt: skip
        with pytest.raises(Exception, match="row-level security"), transaction.atomic():
            row.save(force_insert=True)


def test_merged_questions_keep_who_asked_and_can_be_taken_apart(ask, acting, plan_of, question_of):
    ask("therapist")
    ask("prosecutor")
    with acting("lead_worker") as member:
        merge_questions(plan=plan_of(member), by=member, keep=2, others=[3])
        merge_questions(plan=plan_of(member), by=member, keep=1, others=[2])
        pool = pool_of(member, plan_of(member))
        assert [each.question.number for each in pool] == [1]
        assert [name.split(",")[0] for name in pool[0].asked_by] == ["Investigator", "Therapist", "Prosecutor"]
        take_apart(question=question_of(member, 3), by=member)
        assert [each.question.number for each in pool_of(member, plan_of(member))] == [1, 3]


@pytest.mark.parametrize(("keep", "others"), [(1, [1]), (1, []), (1, [8]), (8, [1])])
def test_numbers_that_are_not_in_this_plan_are_not_merged(acting, plan_of, keep, others):
    with acting("lead_worker") as member, pytest.raises(NotVisible):
        merge_questions(plan=plan_of(member), by=member, keep=keep, others=others)


def test_a_decided_question_is_not_merged(ask, decide, acting, plan_of):
    ask("therapist")
    decide("investigator", 1, code="not_asked", reason="There was no time.")
    with acting("lead_worker") as member, pytest.raises(StalePage, match="merged or decided"):
        merge_questions(plan=plan_of(member), by=member, keep=2, others=[1])


def test_outcomes_are_set_by_asker_interviewer_and_lead_alone(ask, decide):
    ask("therapist")
    with pytest.raises(AccessDenied) as refused:
        decide("prosecutor", 2, code="declined", reason="The child shook the head.")
    assert refused.value.rule == "sets_outcome"
    assert decide("therapist", 2, code="not_asked", reason="Not for this day.").outcome == "not_asked"
    assert decide("investigator", 2, code="declined", reason="The child shook the head.").outcome == "declined"


@pytest.mark.parametrize(
    "wrong", [{"code": ""}, {"code": "answered"}, {"code": "declined"}, {"code": "answered", "reason": "Because."}]
)
def test_an_outcome_needs_what_it_stands_on(decide, wrong):
    with pytest.raises(AccessDenied) as refused:
        decide("investigator", 1, **wrong)
    assert refused.value.rule == "outcome"


def test_passages_of_another_case_answer_nothing(cast, decide, acting):
    with acting("stranger") as member:
        from casework.cases.models import Case

        case = Case.objects.visible_to(member).select_related("lead_agency").get(pk=cast.other_case.pk)
        telling = record_telling(case=case, by=member, number=1, log=TellingLog("prior", today()))
        add_passages(telling=telling, by=member, version=1, passages=split_transcript("I: A?\nC: B.").passages)
        foreign = Passage.objects.visible_to(member).get(telling=telling).pk
    with pytest.raises(NotVisible):
        decide("investigator", 1, code="answered", passage_keys=(foreign,))
    with pytest.raises(NotVisible):
        decide("investigator", 1, code="answered", passage_keys=(12345,))


def test_an_answer_names_passages_and_the_reader_without_the_account_sees_how_many(cast, decide, acting, plan_of):
    decide("investigator", 1, code="answered", passage_keys=(cast.passage.pk,))
    with acting("lead_worker") as member:
        assert [place.label for place in pool_of(member, plan_of(member))[0].answers] == ["T1 ¶1"]
    with acting("therapist") as member:
        (only,) = pool_of(member, plan_of(member))
        assert (only.answers, only.hidden) == ((), 1)


def test_a_stale_outcome_is_not_recorded(acting, question_of, decide):
    with acting("investigator") as member:
        question = question_of(member)
    decide("lead_worker", 1, code="not_asked", reason="No time.")
    with acting("investigator") as member, pytest.raises(StalePage, match="changed meanwhile"):
        set_outcome(question=question, by=member, version=1, outcome=Outcome("declined", "No."))


def test_my_work_shows_the_owner_what_is_left_and_the_day_s_task_marks_it(cast, acting, question_of, ask):
    mark_overdue_questions()
    with acting("investigator") as member:
        (item,) = [item for item in work_of(member).today if "Your question 1" in str(item.what)]
        assert item.due == question_of(member).due_on and item.url.endswith("/plans/1/questions/1/")
    ask("therapist", due_on=today() - datetime.timedelta(days=1))
    assert mark_overdue_questions() == 1
    assert mark_overdue_questions() == 0, "marked once"
    with acting("therapist") as member:
        assert question_of(member, 2).overdue_since == today()
        assert any("Your question 2" in str(item.what) for item in work_of(member).overdue)
    with acting("lead_supervisor"):
        entry = AuditEntry.objects.filter(case_id=cast.case.pk, route="planning.mark_overdue_questions").first()
        assert entry.additional_data == {"overdue_questions": 1} and entry.actor_id is None


def test_a_plan_closes_once_every_question_has_an_outcome(decide, acting, plan_of):
    decide("investigator", 1, code="not_asked", reason="The interview is not held.")
    with acting("lead_worker") as member:
        plan = close_plan(plan=plan_of(member), by=member, version=1)
        assert plan.closed_by_label.startswith("Lead Worker")
    with pytest.raises(StalePage, match="closed meanwhile"):
        decide("investigator", 1, code="declined", reason="Later.")
    with acting("lead_worker") as member:
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("update planning_plan set version = 9 where id = %s", [plan.pk])
        assert refused.value.__cause__.diag.constraint_name == "plan_is_closed"


@pytest.fixture
def interview(acting):
    """A case of its own with an open plan, one question, and its interview recorded as T1, not sealed."""
    from casework.cases.actions import ChildIdentity, open_case
    from casework.cases.models import Case
    from casework.planning.actions import prepare_plan
    from casework.planning.contents import PlanContent

    with acting("lead_worker") as member:
        case = open_case(
            by=member, pseudonym="Quiet Larch", concern="Invented.", risk="high", age_band="10-12",
            child=ChildIdentity(),
        )  # fmt: skip
    with acting("lead_worker") as member:
        case = Case.objects.visible_to(member).select_related("lead_agency").get(pk=case.pk)
        plan = prepare_plan(case=case, by=member, number=1, content=PlanContent(purpose="To hear."))
        content = QuestionContent("Which day?", "For the report.", LATER)
        question = ask_question(plan=plan, by=member, content=content, search=RecordSearch())
        telling = record_telling(
            case=case, by=member, number=1, log=TellingLog("joint", today(), interviewer_id=member.pk)
        )
        add_passages(telling=telling, by=member, version=1, passages=split_transcript("I: A?\nC: B.").passages)
        telling.refresh_from_db()
        plan.refresh_from_db()
    return plan, question, telling


def test_an_interview_is_written_on_its_plan_and_not_sealed_with_a_question_open(interview, acting):
    plan, question, telling = interview
    assert plan.telling_id == telling.pk
    with acting("lead_worker") as member:
        with pytest.raises(StalePage, match="Question 1 of plan 1 has no outcome yet"):
            sign_telling(telling=telling, by=member, version=2)
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "update casework_account_telling set sealed_at = now(), sealed_by_id = %s, digest = 'x' where id = %s",
                [member.pk, telling.pk],
            )
        assert refused.value.__cause__.diag.constraint_name == "question_left_open"
        set_outcome(question=question, by=member, version=1, outcome=Outcome("declined", "The child said nothing."))
        assert sign_telling(telling=telling, by=member, version=2).is_signed


def test_an_answer_at_a_passage_that_is_gone_stops_the_seal(interview, acting):
    _plan, question, telling = interview
    with acting("lead_worker") as member:
        key = Passage.objects.visible_to(member).get(telling=telling).pk
        set_outcome(question=question, by=member, version=1, outcome=Outcome("answered", passage_keys=(key,)))
        with connection.cursor() as cursor:
            cursor.execute("update planning_question set passage_keys = '{7}' where id = %s", [question.pk])
        with pytest.raises(StalePage, match="not there any more"):
            sign_telling(telling=telling, by=member, version=2)


def test_no_question_goes_into_a_plan_whose_interview_was_held(interview, acting, client_of, cast):
    plan, _question, _telling = interview
    with acting("lead_worker") as member, pytest.raises(StalePage, match="was held"):
        content = QuestionContent("Which street?", "For the report.", LATER)
        ask_question(plan=plan, by=member, content=content, search=RecordSearch())
    client = client_of(cast.lead_worker)
    url = f"/cases/{plan.case.reference}/interview/plans/1/"
    text = client.get(url).content.decode()
    assert "Put in a question" not in text
    assert f"/cases/{plan.case.reference}/interview/requests/new/" in text, "where more is asked for"
    asking = client.get(url + "questions/new/")
    assert (asking.status_code, asking["Location"]) == (302, url)
