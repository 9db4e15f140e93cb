"""The assessment: three harms apart, a caution for everyone, and a stage that is not left with the screening open."""

import html
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError
from django.urls import reverse

from casework.access.actions import keep_from_record
from casework.access.errors import AccessDenied, StalePage
from casework.access.task import acting_as, bound_to
from casework.assessment.actions import Answered, answer_screening, assess_harms, record_distribution
from casework.assessment.kinds import Screened
from casework.assessment.selectors import distribution_of, harms_of, open_questions, screening_of
from casework.cases.actions import CaseDetails, change_case, close_case
from casework.cases.models import Case
from casework.cases.stage_checks import check_may_leave
from tests.access.test_coverage import entries_of
from tests.access.test_matrix import address

pytestmark = pytest.mark.django_db
UNKNOWN = {code: Answered(0, "unknown") for code in Screened.values}
SECRET = "Nobody speaks of the heron-photograph."


def case_for(member: Any, cast: Any) -> Case:
    return Case.objects.visible_to(member).select_related("lead_agency").get(pk=cast.case.pk)


def move(cast: Any, stage: str) -> None:
    with acting_as(cast.lead_worker.pk, route="test"):
        case = case_for(cast.lead_worker, cast)
        details = CaseDetails(stage, case.risk, case.age_band, case.concern, case.cautions)
        change_case(case=case, by=cast.lead_worker, version=case.version, details=details)


def answer(cast: Any, answers: dict[str, Answered], who: str = "lead_worker") -> int:
    member = cast.people[who]
    with acting_as(member.pk, route="test"):
        return answer_screening(case=case_for(member, cast), by=member, answers=answers)


def test_case_does_not_leave_assessment_before_the_screening_is_answered(cast):
    move(cast, "assessment")
    with pytest.raises(AccessDenied) as refusal:
        move(cast, "investigation")
    assert refusal.value.rule == "screening_open"
    assert str(Screened.SIGNS.label) in refusal.value.reason
    assert answer(cast, UNKNOWN) == 4
    move(cast, "investigation")


@pytest.mark.parametrize("code", Screened.values)
def test_one_question_not_yet_looked_into_is_enough_to_stay(cast, code):
    move(cast, "assessment")
    answer(cast, {**UNKNOWN, code: Answered(0, "not_yet", "asked the clinic")})
    with pytest.raises(AccessDenied):
        move(cast, "support")


def test_answer_taken_back_counts_as_open_again(cast):
    move(cast, "assessment")
    answer(cast, UNKNOWN)
    answer(cast, {"signs": Answered(1, "not_yet")})
    with pytest.raises(AccessDenied):
        move(cast, "referred")


def test_case_in_assessment_is_not_closed_either(cast):
    move(cast, "assessment")
    with pytest.raises(AccessDenied) as refusal, acting_as(cast.lead_supervisor.pk, route="test"):
        case = case_for(cast.lead_supervisor, cast)
        close_case(case=case, by=cast.lead_supervisor, version=case.version, reason="Done.")
    assert refusal.value.rule == "screening_open"


def test_database_refuses_it_too(cast):
    move(cast, "assessment")
    with bound_to(cast.lead_worker.pk), connection.cursor() as cursor:
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            cursor.execute("update cases_case set stage = 'support' where id = %s", [cast.case.pk])
        assert refusal.value.__cause__.diag.constraint_name == "screening_is_answered"
        cursor.execute("update cases_case set risk = 'low' where id = %s", [cast.case.pk])
    answer(cast, UNKNOWN)
    with bound_to(cast.lead_worker.pk), connection.cursor() as cursor:
        cursor.execute("update cases_case set stage = 'support' where id = %s", [cast.case.pk])
        assert cursor.rowcount == 1


def test_answers_are_kept_and_the_same_answer_is_recorded_once(cast):
    answer(cast, {"devices": Answered(0, "no")})
    answer(cast, {"devices": Answered(1, "yes", "Two phones, by the police.")})
    assert answer(cast, {"devices": Answered(2, "yes", "Two phones, by the police.")}) == 0
    with acting_as(cast.lead_worker.pk, route="test"):
        found = {each.question: each for each in screening_of(cast.lead_worker, cast.case)}["devices"]
        assert [each.finding for each in found.answers] == ["yes", "no"]
        assert found.newest.answered_by_label.startswith("Lead Worker")
        assert open_questions(cast.lead_worker, cast.case) == ["signs", "reports", "reference"]


def test_second_of_two_people_is_told_and_records_nothing(cast):
    answer(cast, {"signs": Answered(0, "yes")})
    with pytest.raises(StalePage):
        answer(cast, {"reports": Answered(0, "no"), "signs": Answered(0, "no")}, "lead_supervisor")
    with acting_as(cast.lead_worker.pk, route="test"):
        assert open_questions(cast.lead_worker, cast.case) == ["devices", "reports", "reference"]


@pytest.mark.parametrize(
    "text", ["https://x.example/1", "www.example", "somebody@example", "example.org/42", "abc.onion", "x\ny", "?id=3"]
)
def test_address_is_no_reference(cast, text):
    with pytest.raises(ValidationError):
        answer(cast, {"reference": Answered(0, "yes", "", text)})


@pytest.mark.parametrize("text", ["HL-2026-00417", "K 12/2026", "#4411", "0700-51020-03.2026"])
def test_number_is_a_reference(cast, text):
    assert answer(cast, {"reference": Answered(0, "yes", "", text)}) == 1


def test_three_harms_are_the_therapists_and_nobody_elses(cast):
    therapist = cast.therapist
    with acting_as(therapist.pk, route="test"):
        case = case_for(therapist, cast)
        assess_harms(case=case, by=therapist, version=0, abuse="One.", filmed="Two.", circulating="Three.")
        assess_harms(case=case, by=therapist, version=1, abuse="One.", filmed="More.", circulating="Three.")
    with acting_as(therapist.pk, route="test"):
        assert [each.filmed for each in harms_of(therapist, cast.case)] == ["More.", "Two."]
    with acting_as(cast.lead_worker.pk, route="test"):
        assert harms_of(cast.lead_worker, cast.case) == []
    with bound_to(cast.lead_worker.pk), connection.cursor() as cursor:
        cursor.execute("select count(*) from assessment_harms")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("table", ["assessment_harms", "assessment_distribution", "assessment_screeninganswer"])
@pytest.mark.parametrize("act", ["update {} set version = 9", "delete from {}"])
def test_what_was_assessed_is_never_changed(cast, table, act):
    with pytest.raises(ProgrammingError), bound_to(cast.therapist.pk), connection.cursor() as cursor:
        cursor.execute(act.format(table))


@pytest.fixture
def cautioned(cast) -> SimpleNamespace:
    therapist = cast.therapist
    with acting_as(therapist.pk, route="test"):
        record_distribution(
            case=case_for(therapist, cast), by=therapist, version=0, child_knows="unaware",
            who_may_speak="The therapist alone.", must_not_say=SECRET,
        )  # fmt: skip
    return SimpleNamespace(url=reverse("cases:case", args=[cast.case.reference]))


@pytest.mark.parametrize("who", ["lead_worker", "investigator", "prosecutor"])
def test_caution_stands_on_the_case_for_everyone_who_may_meet_the_child(cast, cautioned, client_of, who):
    text = html.unescape(client_of(cast.people[who]).get(cautioned.url).content.decode())
    assert "The child doesn't know that pictures circulate" in text
    assert SECRET in text
    assert "The therapist alone." in text


def test_caution_stands_beside_the_name_and_address(cast, cautioned, client_of):
    page = reverse("cases:identity", args=[cast.case.reference])
    answer = client_of(cast.lead_worker).post(page, {"reason": "interview", "parts": "names"}, follow=True)
    assert SECRET in html.unescape(answer.content.decode())


MEETS_THE_CHILD = {
    "cases:attendance": "therapist",
    "planning:plan": "investigator",
    "planning:new_plan": "lead_worker",
    "planning:change_plan": "lead_worker",
    "planning:new_request": "prosecutor",
    "planning:request": "lead_supervisor",
    "account:new_telling": "investigator",
    "account:log": "investigator",
    "account:editor": "investigator",
}


@pytest.mark.parametrize("name", MEETS_THE_CHILD)
def test_caution_stands_where_somebody_is_about_to_meet_the_child_and_its_reading_is_on_record(
    name, cast, cautioned, client_of
):
    client = client_of(cast.people[MEETS_THE_CHILD[name]])
    client.post(address("account:purpose", cast), {"purpose": "investigate"})
    answer = client.get(address(name, cast).replace("/tellings/1/", "/tellings/2/"))
    text = html.unescape(answer.content.decode())
    assert SECRET in text and "The therapist alone." in text
    shown = [entry.shown.get("assessment.distribution") for entry in entries_of(answer)]
    assert [len(keys) for keys in shown if keys] == [1]


def test_an_interviewer_kept_from_the_record_reads_the_caution_all_the_same(cast, cautioned, client_of):
    with acting_as(cast.lead_supervisor.pk, route="test"):
        case = case_for(cast.lead_supervisor, cast)
        keep_from_record(case=case, member=cast.investigator, by=cast.lead_supervisor)
    for name in ("planning:plan", "cases:case"):
        text = html.unescape(client_of(cast.investigator).get(address(name, cast)).content.decode())
        assert SECRET in text, name


def test_caution_keeps_its_earlier_versions(cast, cautioned):
    with acting_as(cast.lead_worker.pk, route="test"):
        case = case_for(cast.lead_worker, cast)
        with pytest.raises(StalePage):
            record_distribution(
                case=case, by=cast.lead_worker, version=0, child_knows="knows", who_may_speak="", must_not_say=""
            )
        record_distribution(
            case=case, by=cast.lead_worker, version=1, child_knows="knows", who_may_speak="", must_not_say=""
        )
        assert [each.child_knows for each in distribution_of(cast.lead_worker, case)] == ["knows", "unaware"]


def test_stage_without_checks_is_left_freely(cast):
    with acting_as(cast.lead_worker.pk, route="test"):
        check_may_leave(cast.lead_worker, case_for(cast.lead_worker, cast))
