"""A question of somebody who may not read the account is held against the record by the agency that leads."""

import pytest
from django.db import connection, transaction

from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.cases.work import work_of
from casework.planning.models import Question, RecordCheck
from casework.planning.panels import answered_questions
from casework.planning.question_actions import RecordSearch, check_again
from tests.cast import ANSWER

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan_url(cast):
    return f"/cases/{cast.case.reference}/interview/plans/1/"


@pytest.fixture
def asked(cast, client_of, plan_url, found):
    """Question 2, by the therapist, who may not read the account."""
    client, address = client_of(cast.therapist), plan_url + "questions/new/"
    form = {
        "text": "Which day was it?", "why": "For the sessions.", "due_on_0": 1, "due_on_1": 3, "due_on_2": 2027,
        "submission": client.get(address).context["form"]["submission"].value(),
    }  # fmt: skip
    page = client.post(address, form).content.decode()
    assert "holds what you ask against it" in page and ANSWER not in page
    assert client.post(address, {**form, "checked": "1"}).status_code == 302


def in_work(acting, key):
    with acting(key) as member:
        return [item for item in work_of(member).today if "against the record" in str(item.what)]


def test_it_waits_for_the_agency_that_leads_and_is_answered_from_the_record(
    cast, asked, client_of, plan_url, acting, question_of
):
    assert len(in_work(acting, "lead_worker")) == 1 and in_work(acting, "investigator") == []
    client = client_of(cast.lead_worker)
    assert "Not held against the record yet" in client.get(plan_url).content.decode()
    address = plan_url + "questions/2/check/"
    assert client.get(address).url.endswith("/account/"), "the purpose is said first"
    assert client.post(address, {"falls_short": "No."}).status_code == 302
    client.post(f"/cases/{cast.case.reference}/account/purpose/", {"purpose": "protect"})
    page = client.get(address).content.decode()
    assert ANSWER in page and "Therapist" in page
    assert client.post(address, {"takes": ["77"]}).status_code == 422
    assert client.post(address, {"takes": [cast.passage.pk]}).status_code == 302
    with acting("lead_worker") as member:
        question = question_of(member, 2)
        assert (question.outcome, question.passage_keys) == ("from_record", [cast.passage.pk])
        check = RecordCheck.objects.visible_to(member).get(question=question)
        assert (check.was_searched, check.checked_by_id) == (True, member.pk)
    assert in_work(acting, "lead_worker") == []


def test_what_does_not_do_is_kept_and_checked_once(asked, acting, question_of, cast):
    with acting("lead_worker") as member:
        search = RecordSearch((cast.passage.pk,), "It names no day.")
        question = check_again(question=question_of(member, 2), by=member, search=search)
        assert question.outcome == ""
        check = RecordCheck.objects.visible_to(member).select_related("case").get(question=question)
        assert (check.falls_short, check.passage_keys) == ("It names no day.", [cast.passage.pk])
        with pytest.raises(StalePage, match="checked or decided meanwhile"):
            check_again(question=question_of(member, 2), by=member, search=search)
    assert in_work(acting, "lead_worker") == []


@pytest.mark.parametrize(("key", "rule"), [("therapist", "write_overview"), ("investigator", "write_overview")])
def test_nobody_else_checks_it(asked, acting, question_of, key, rule):
    with acting(key) as member, pytest.raises(AccessDenied) as refused:
        check_again(question=question_of(member, 2), by=member, search=RecordSearch())
    assert refused.value.rule == rule


def test_no_passage_of_another_case_answers_it(asked, acting, question_of):
    with acting("lead_worker") as member, pytest.raises(NotVisible):
        check_again(question=question_of(member, 2), by=member, search=RecordSearch(), answered_at=[4])


@pytest.mark.parametrize("key", ["therapist", "investigator"])
def test_database_itself_lets_nobody_else_say_that_it_was_searched(asked, acting, key, cast):
    with acting(key) as member, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "update planning_recordcheck set was_searched = true, checked_by_id = %s where not was_searched",
            [member.pk],
        )
        assert cursor.rowcount == 0
    with acting("lead_worker") as member:
        question = Question.objects.visible_to(member).get(case=cast.case, number=2)
        assert not RecordCheck.objects.visible_to(member).get(question=question).was_searched


def test_answered_questions_are_named_to_the_search_and_open_ones_are_not(asked, acting, question_of, case_of, cast):
    with acting("therapist") as member:
        assert answered_questions(member, case_of(member)) == []
    with acting("lead_worker") as member:
        check_again(question=question_of(member, 2), by=member, search=RecordSearch(), answered_at=[cast.passage.pk])
    with acting("therapist") as member:
        [row] = answered_questions(member, case_of(member))
        assert (row.text, row.agency) == ("Which day was it?", cast.therapist.agency.name)
        assert row.url.endswith("/questions/2/")
