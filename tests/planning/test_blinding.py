"""An interviewer who is kept from the record: in the application and in the database, until the seal."""

import pytest
from django.db import connection, transaction

from agencies.standing import today
from casework.access.actions import open_record_again
from casework.access.database import bind_member
from casework.access.errors import AccessDenied
from casework.access.models import Blinding
from casework.account.actions import TellingLog, add_passages, record_telling
from casework.account.models import Passage, Telling
from casework.account.seal_actions import seal_telling, sign_telling
from casework.account.transcript import split_transcript
from casework.audit.models import AuditEntry
from casework.cases.models import Entry
from casework.planning import actions
from casework.planning.question_actions import Outcome, set_outcome
from casework.planning.record import search_record
from casework.planning.request_actions import Decision, answer_hearing, decide_request
from casework.planning.request_models import Hearing
from tests.cast import ANSWER, CONCERN, KNOWN, NOTE, POOLED

pytestmark = pytest.mark.django_db
TABLES = {
    "casework_account_telling": 0, "casework_account_passage": 0, "cases_entry": 0, "planning_planknown": 0,
    "cases_case": 1, "planning_plan": 1, "planning_question": 1,
}  # fmt: skip


@pytest.fixture
def blinded(cast, acting, plan_of, said, sign):
    """Plan 1 keeps its interviewer, the investigator, from the record."""
    with acting("lead_worker") as member:
        plan = plan_of(member)
        content = said(plan, blinds_interviewers=True)
        try:
            actions.change_plan(plan=plan, by=member, version=1, content=content)
        except actions.WithdrawsSignatures as question:
            keys = [signature.pk for signature, _fields in question.affected]
            actions.change_plan(plan=plan, by=member, version=1, content=content, withdrawing=keys)
    return cast


def rows_of(table, member):
    with transaction.atomic(), connection.cursor() as cursor:
        bind_member(cursor, member.pk)
        cursor.execute(f"select count(*) from {table}")
        found = cursor.fetchone()[0]
        bind_member(cursor, None)
        return found


@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_database_gives_the_interviewer_no_row_of_the_record(blinded, table):
    assert rows_of(table, blinded.investigator) == TABLES[table]


@pytest.mark.parametrize("table", [table for table, rows in TABLES.items() if not rows])
def test_others_read_on(blinded, table):
    assert rows_of(table, blinded.lead_worker) > 0


def test_the_application_gives_no_row_either(blinded, acting, monkeypatch):
    with acting("investigator") as member:
        assert not Passage.objects.visible_to(member).exists()
        assert not Telling.objects.visible_to(member).exists()
        assert not Entry.objects.visible_to(member).exists()
        sql = str(Passage.objects.visible_to(member).query)
        assert "access_blinding" in sql, "the wall of the application stands by itself"


def test_pages_are_closed_and_say_why(blinded, client_of):
    client = client_of(blinded.investigator)
    case = f"/cases/{blinded.case.reference}/"
    assert client.get(case + "police/").status_code == 403
    plan = client.get(case + "interview/plans/1/").content.decode()
    assert "You are kept from the record until the interview is sealed" in plan
    assert POOLED in plan and KNOWN not in plan
    account = client.post(case + "account/purpose/", {"purpose": "investigate"}, follow=True).content.decode()
    assert ANSWER not in account and "kept from the record" in account
    page = client.get(case).content.decode()
    assert CONCERN in page and NOTE not in page
    others = client_of(blinded.lead_worker).get(case + "interview/plans/1/").content.decode()
    assert "Kept from the record of this case until the interview is sealed" in others and KNOWN in others


def test_search_finds_nothing_and_says_so(blinded, found, acting, case_of):
    with acting("investigator") as member:
        record = search_record(member, case_of(member), ["Which day was it?"])
        assert (record.hits, record.is_searched) == ((), False)
        assert "kept from the record" in record.notes[0]


def test_nobody_opens_the_record_to_themselves(blinded, acting):
    with acting("investigator") as member:
        blinding = Blinding.objects.select_related("member", "case").get(member=member)
        with pytest.raises(AccessDenied) as refused:
            open_record_again(blinding=blinding, by=member)
        assert refused.value.rule == "kept_from_record"
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("update access_blinding set lifted_at = now(), lifted_by_id = %s", [member.pk])
            assert cursor.rowcount == 0


def test_another_interviewer_or_no_blinding_opens_it_again(blinded, acting, plan_of, said):
    with acting("lead_worker") as member:
        plan = plan_of(member)
        actions.change_plan(plan=plan, by=member, version=plan.version, content=said(plan, blinds_interviewers=False))
        assert not Blinding.objects.filter(lifted_at=None).exists()
    assert rows_of("casework_account_passage", blinded.investigator) > 0


def test_the_interviewer_records_the_interview_and_sees_that_alone(blinded, acting, case_of, cast):
    with acting("investigator") as member:
        telling = record_telling(case=case_of(member), by=member, number=3, log=TellingLog("prior", today()))
        add_passages(telling=telling, by=member, version=1, passages=split_transcript("I: A?\nC: Own words.").passages)
        assert [row.number for row in Telling.objects.visible_to(member)] == [3]
        assert [row.answer for row in Passage.objects.visible_to(member).select_related("case")] == ["Own words."]
    assert rows_of("casework_account_passage", blinded.investigator) == 1


def test_the_seal_opens_the_record_to_the_interviewer(blinded, acting, question_of, case_of, request_of, cast):
    with acting("therapist") as member:
        hearing = Hearing.objects.visible_to(member).select_related("case", "case__lead_agency").get(case=cast.case)
        answer_hearing(hearing=hearing, by=member, answer="no_objection", words="")
    with acting("lead_supervisor") as member:
        decision = Decision("authorised", "A date is missing.", cast.investigator)
        decide_request(request=request_of(member), by=member, version=1, decision=decision)
    with acting("investigator") as member:
        log = TellingLog("supplementary", today(), interviewer_id=member.pk)
        telling = record_telling(case=case_of(member), by=member, number=3, log=log)
        add_passages(telling=telling, by=member, version=1, passages=split_transcript("I: A?\nC: Own words.").passages)
        question, outcome = question_of(member), Outcome("declined", "The child said nothing.")
        set_outcome(question=question, by=member, version=question.version, outcome=outcome)
        sign_telling(telling=telling, by=member, version=2)
    assert rows_of("casework_account_telling", cast.investigator) == 1, "a first signature opens nothing"
    with acting("lead_worker") as member:
        row = (
            Telling.objects.visible_to(member).select_related("case", "case__lead_agency").get(case=cast.case, number=3)
        )
        seal_telling(telling=row, by=member, version=row.version)
    assert not Blinding.objects.filter(lifted_at=None).exists()
    assert rows_of("casework_account_telling", cast.investigator) == 3
    with acting("lead_supervisor"):
        entries = AuditEntry.objects.filter(case_id=cast.case.pk, verb="changed")
        assert [entry.additional_data for entry in entries].count({"record_open_again_by": "T3"}) == 1


def test_closing_the_plan_opens_it_too(blinded, acting, question_of, plan_of):
    with acting("lead_worker") as member:
        question = question_of(member)
        outcome = Outcome("not_asked", "The interview is not held.")
        set_outcome(question=question, by=member, version=question.version, outcome=outcome)
        plan = plan_of(member)
        actions.close_plan(plan=plan, by=member, version=plan.version)
    assert rows_of("casework_account_passage", blinded.investigator) > 0


def test_no_topic_is_said_to_the_interviewer_by_page_or_by_sql(blinded, client_of):
    address = f"/cases/{blinded.case.reference}/account/already-told/"
    question = {"question": "When was the last time?", "purpose": "investigate"}
    page = client_of(blinded.investigator).post(address, question).content.decode()
    assert "The record was not searched for you" in page
    assert "The child has spoken of" not in page and ANSWER not in page
    besides = f"casework_topics_besides({blinded.case.pk}, '{{}}')"
    assert rows_of(besides, blinded.therapist) > 0, "who is on the case without the account learns topics"
    assert rows_of(besides, blinded.investigator) == 0
