"""The gate: a further formal telling takes a request that somebody else authorised; the rest is free to be told."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from agencies.standing import today
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.account.actions import TellingLog, change_log, record_telling
from casework.audit.models import AuditEntry
from casework.cases.submission import AlreadySaved
from casework.cases.work import work_of
from casework.planning.question_actions import RecordSearch
from casework.planning.request_actions import (
    Decision,
    RequestContent,
    answer_hearing,
    ask_further_telling,
    decide_request,
    take_answer,
    withdraw_request,
)
from casework.planning.request_models import FurtherRequest, Hearing
from casework.planning.requests import gate_of, open_hearings
from casework.planning.states import REQUEST_STATES, request_may_follow

pytestmark = pytest.mark.django_db
CONTENT = RequestContent("A date is missing.", "Which date was it?", "The date.")


@pytest.fixture
def decide(acting, request_of, cast):
    def settle(key, number=1, **decision):
        with acting(key) as member:
            request = request_of(member, number)
            return decide_request(request=request, by=member, version=request.version, decision=Decision(**decision))

    return settle


@pytest.fixture
def heard(acting, cast):
    """The therapist answers."""

    def answer(code="no_objection", words=""):
        with acting("therapist") as member:
            hearing = Hearing.objects.visible_to(member).select_related("case", "case__lead_agency").get(case=cast.case)
            return answer_hearing(hearing=hearing, by=member, answer=code, words=words)

    return answer


@pytest.fixture
def record(acting, case_of):
    def tell(kind, number=3, key="investigator"):
        with acting(key) as member:
            return record_telling(case=case_of(member), by=member, number=number, log=TellingLog(kind, today()))

    return tell


def authorise(cast, **more):
    return {"state": "authorised", "reason": "The date decides.", "interviewer": cast.investigator, **more}


@pytest.mark.parametrize("kind", ["joint", "supplementary"])
def test_a_further_formal_telling_without_a_request_is_refused(record, kind, acting, cast):
    with pytest.raises(StalePage, match=r"told in a formal interview already \(T1\)"):
        record(kind)
    with acting("investigator") as member:
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "update casework_account_telling set kind = %s where case_id = %s and number = 2", [kind, cast.case.pk]
            )
        assert refused.value.__cause__.diag.constraint_name == "further_telling_needs_request"
        assert member.pk


def test_the_kind_is_not_changed_round_the_gate(acting, telling_of):
    with acting("investigator") as member, pytest.raises(IntegrityError):
        telling = telling_of(member, 2)
        change_log(telling=telling, by=member, version=telling.version, log=TellingLog("joint", today()))


def test_what_a_child_says_on_its_own_is_always_recorded(record):
    assert record("prior").number == 3


def test_an_authorised_request_lets_one_telling_through_and_no_second(cast, heard, decide, record, acting, request_of):
    heard()
    decide("lead_supervisor", **authorise(cast))
    telling = record("supplementary")
    with acting("prosecutor") as member:
        request = request_of(member)
        assert (request.telling_id, request.interviewer_label) == (telling.pk, cast.investigator.in_full)
    with pytest.raises(StalePage, match=r"\(T3\)"):
        record("supplementary", number=4)
    with acting("lead_supervisor"):
        entries = AuditEntry.objects.filter(case_id=cast.case.pk, verb="changed")
        assert {"request": 1, "used_by": "T3"} in [entry.additional_data for entry in entries]


def test_who_asks_never_decides(acting, case_of, decide, request_of, cast):
    with acting("lead_supervisor") as member:
        ask_further_telling(case=case_of(member), by=member, content=CONTENT, search=RecordSearch())
    with pytest.raises(AccessDenied) as refused:
        decide("lead_supervisor", 2, state="declined", reason="No.")
    assert refused.value.rule == "second_person"
    with acting("lead_supervisor") as member:
        key = request_of(member, 2).pk
        with pytest.raises(Exception, match="row-level security"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "update planning_furtherrequest set state = 'declined', decided_by_id = %s, decided_at = now()"
                " where id = %s", [member.pk, key],
            )  # fmt: skip


@pytest.mark.parametrize("key", ["prosecution_supervisor", "lead_worker", "investigator"])
def test_only_a_supervisor_of_the_lead_agency_decides(decide, key):
    with pytest.raises(AccessDenied) as refused:
        decide(key, state="declined", reason="No.")
    assert refused.value.rule == "lead_decides"


def test_nobody_authorises_while_somebody_is_heard_not_even_by_sql(cast, decide, acting, request_of):
    with pytest.raises(StalePage, match="Therapist.* is still heard"):
        decide("lead_supervisor", **authorise(cast))
    with acting("lead_supervisor") as member:
        key = request_of(member).pk
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "update planning_furtherrequest set state = 'authorised', decided_by_id = %s, decided_at = now(),"
                " interviewer_id = %s where id = %s", [member.pk, cast.investigator.pk, key],
            )  # fmt: skip
        assert refused.value.__cause__.diag.constraint_name == "request_hearing_is_open"


def test_silence_past_the_day_counts_as_no_objection(cast, decide, monkeypatch, acting, request_of):
    with acting("therapist") as member:
        hearing = Hearing.objects.visible_to(member).select_related("case").get(case=cast.case)
        hearing.until = today() - datetime.timedelta(days=1)
        assert open_hearings([hearing]) == []
        hearing.until = today()
        assert open_hearings([hearing]) == [hearing], "its last day is one of them"
    decide("lead_supervisor", state="declined", reason="It is answered by the teacher's note.")
    with acting("prosecutor") as member:
        assert request_of(member).state == "declined"


def test_an_objection_is_heard_and_does_not_decide(cast, heard, decide):
    assert heard("objection", "Not before the summer.").answer == "objection"
    with pytest.raises(StalePage, match="answered or decided"):
        heard("no_objection")
    assert decide("lead_supervisor", **authorise(cast)).state == "authorised"


def test_nobody_is_heard_in_the_place_of_another(acting, cast):
    with acting("prosecutor") as member, pytest.raises(AccessDenied) as refused:
        hearing = Hearing.objects.visible_to(member).select_related("case", "case__lead_agency").get(case=cast.case)
        answer_hearing(hearing=hearing, by=member, answer="no_objection", words="")
    assert refused.value.rule == "is_heard"


def test_the_interviewer_is_one_who_is_on_the_case(cast, heard, decide):
    heard()
    with pytest.raises(AccessDenied) as refused:
        decide("lead_supervisor", **authorise(cast, interviewer=cast.stranger))
    assert refused.value.rule == "interviewer"


def test_who_asked_takes_the_answer_and_it_counts(cast, acting, request_of):
    with acting("prosecutor") as member:
        request = take_answer(request=request_of(member), by=member, version=1, passage_keys=[cast.passage.pk])
        assert (request.state, request.passage_keys) == ("from_record", [cast.passage.pk])
        with pytest.raises(StalePage, match="decided meanwhile"):
            withdraw_request(request=request, by=member, version=2, reason="Again.")
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "update planning_furtherrequest set state = 'withdrawn', passage_keys = '{}' where id = %s",
                [request.pk],
            )
        assert refused.value.__cause__.diag.constraint_name == "request_is_decided"


def test_nobody_else_withdraws_it_and_no_foreign_passage_answers_it(acting, request_of):
    with acting("investigator") as member, pytest.raises(AccessDenied) as refused:
        withdraw_request(request=request_of(member), by=member, version=1, reason="Not needed.")
    assert refused.value.rule == "requester_withdraws"
    with acting("prosecutor") as member, pytest.raises(NotVisible):
        take_answer(request=request_of(member), by=member, version=1, passage_keys=[4])


def test_a_form_sent_twice_is_one_request_and_a_stale_page_decides_nothing(acting, case_of, request_of):
    with acting("investigator") as member:
        case = case_of(member)
        ask_further_telling(case=case, by=member, content=CONTENT, search=RecordSearch(), request_id=91)
        with pytest.raises(AlreadySaved):
            ask_further_telling(case=case, by=member, content=CONTENT, search=RecordSearch(), request_id=91)
    with acting("lead_supervisor") as member, pytest.raises(StalePage):
        decision = Decision("declined", "No.")
        decide_request(request=request_of(member), by=member, version=9, decision=decision)


def test_the_one_who_is_heard_is_not_asked_about_the_own_request(acting, case_of):
    with acting("therapist") as member:
        request = ask_further_telling(case=case_of(member), by=member, content=CONTENT, search=RecordSearch())
        assert not Hearing.objects.visible_to(member).filter(request=request).exists()


def test_my_work_shows_who_has_to_act(acting):
    with acting("therapist") as member:
        (item,) = [item for item in work_of(member).today if "object" in str(item.what)]
        assert item.due == today() + datetime.timedelta(days=7)
    with acting("lead_supervisor") as member:
        assert any("Decide on request 1" in str(item.what) for item in work_of(member).today)
    with acting("prosecutor") as member:
        assert any("Your request 1" in str(item.what) for item in work_of(member).waiting)


def test_the_gate_is_known_without_the_account_and_to_nobody_outside(cast, acting):
    with acting("therapist"):
        assert (gate_of(cast.case).last, gate_of(cast.case).authorised) == (1, 0)
    with acting("stranger"):
        assert gate_of(cast.case).last == 0


def test_every_request_ends_and_stays_ended():
    for state, rule in REQUEST_STATES.items():
        assert all(request_may_follow(state, then) for then in rule.ways_out)
        assert bool(rule.ways_out) == (state == "asked")


def test_a_walled_member_neither_sees_nor_asks(cast, client_of, acting):
    client = client_of(cast.walled_worker)
    address = f"/cases/{cast.case.reference}/interview/requests/"
    assert client.get(address + "1/").status_code == 404
    assert client.post(address + "new/", {"needed": "x", "questions": "y", "expected": "z"}).status_code == 404
    with acting("walled_worker") as member:
        assert not FurtherRequest.objects.visible_to(member).filter(case=cast.case).exists()
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from planning_furtherrequest")
            assert cursor.fetchone()[0] == 0
