"""Topics of the account are asked for where the search says that they hold the answer; the lead agency answers."""

import html
import re
from types import SimpleNamespace

import pytest
from django.db import Error, IntegrityError, ProgrammingError, connection, transaction
from django.urls import reverse

from casework.access.actions import keep_from_record, raise_wall
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.access.task import acting_as
from casework.account.kinds import Topic
from casework.audit.models import AuditEntry
from casework.cases.actions import close_case
from casework.cases.models import Case
from casework.cases.work import work_of
from casework.sharing.actions import offer_share, revoke_share
from casework.sharing.models import Share, TopicRequest
from casework.sharing.request_actions import RELATED, WantedTopics, ask_topics, decline_topics, withdraw_topics
from casework.sharing.rules import check_can_ask_topics
from tests.cast import NEEDED_TOPICS, _terms

pytestmark = pytest.mark.django_db
PICTURE = "data:image/png;base64," + "iVBORw0KGgo" * 40


def case_of(cast, member):
    return Case.objects.visible_to(member).select_related("lead_agency").get(pk=cast.case.pk)


def seen(cast, person):
    """The cast's request as this person gets it."""
    member = cast.people[person]
    return TopicRequest.objects.visible_to(member).select_related(*RELATED).get(pk=cast.topic_request.pk)


def of(cast, name="topic_request"):
    return reverse(f"sharing:{name}", args=[cast.case.reference, cast.topic_request.pk])


def text_of(answer):
    return html.unescape(answer.content.decode())


def shared(cast, topics, by="lead_worker", to="bluebell_therapy", compartments=("account",)):
    member = cast.people[by]
    with acting_as(member.pk, route="test"):
        terms = _terms(compartments, ())
        terms = type(terms)(**{**vars(terms), "topics": topics})
        return offer_share(case=case_of(cast, member), to=cast.agencies[to], by=member, terms=terms)


def ask(cast, person, topics=("home",)):
    member = cast.people[person]
    with acting_as(member.pk, route="test"):
        return ask_topics(case=case_of(cast, member), by=member, wanted=WantedTopics(topics, "treat", "Why."))


def work(cast, person):
    with acting_as(cast.people[person].pk, route="test"):
        found = work_of(cast.people[person])
        return SimpleNamespace(
            mine=[
                str(each.what) for each in [*found.today, *found.overdue] if "topics of the account" in str(each.what)
            ],
            waiting=[each for each in found.waiting if "topics of the account" in str(each.what)],
        )


def test_both_sides_see_where_it_stands_and_the_supervisor_finds_it_in_their_work(cast, client_of):
    assert work(cast, "lead_supervisor").mine == [
        "Answer Therapist, Therapist, Bluebell Therapy, who asks for topics of the account"
    ]
    assert work(cast, "lead_worker").mine == []
    assert [each.waits_for for each in work(cast, "therapist").waiting] == ["Harbour Social Services"]
    for person in ("therapist", "lead_supervisor", "lead_worker"):
        text = text_of(client_of(cast.people[person]).get(of(cast)))
        assert NEEDED_TOPICS in text and "Waiting for the lead agency" in text
        assert ("Offer a share of these topics" in text) == (person == "lead_supervisor")
        assert ("Withdraw the request" in text) == (person == "therapist")
        assert "Topics of the account that were asked for" in text_of(
            client_of(cast.people[person]).get(reverse("sharing:of_case", args=[cast.case.reference]))
        )


def test_the_share_form_begins_with_what_was_asked_and_the_share_answers_it(cast, client_of):
    client, path = client_of(cast.lead_supervisor), reverse("sharing:offer", args=[cast.case.reference])
    assert f"{path}?asked={cast.topic_request.pk}" in text_of(client.get(of(cast)))
    page = client.get(f"{path}?asked={cast.topic_request.pk}")
    form = page.context["form"]
    assert form["compartments"].value() == ["overview", "account"]
    assert form["topics"].value() == cast.topic_request.topics
    assert form["to"].value() == str(cast.agencies["bluebell_therapy"].pk)
    assert form["purpose"].value() == cast.topic_request.purpose
    data = {name: form[name].value() for name in ("compartments", "extent", "topics", "to", "purpose", "submission")}
    until = {f"until_{box}": form.data[f"until_{box}"] for box in range(3)}
    sent = {**data, **until, "legal_basis": "public_task", "step": "send"}
    assert client.post(path, sent).status_code == 302
    with acting_as(cast.therapist.pk, route="test"):
        request = seen(cast, "therapist")
        assert (request.state, request.decided_by_id) == ("shared", cast.lead_supervisor.pk)
        assert request.share.topics == request.topics
    text = text_of(client_of(cast.therapist).get(of(cast)))
    assert "Answered by a share" in text and "Waiting for a second person" in text
    assert work(cast, "therapist").mine == ["Your request for topics of the account: Answered by a share"]
    assert work(cast, "lead_supervisor").mine == []


def test_only_a_share_that_holds_every_topic_answers_it(cast):
    shared(cast, ("home",))
    shared(cast, (), to="far_social")
    with acting_as(cast.therapist.pk, route="test"):
        assert seen(cast, "therapist").state == "waiting"
    share = shared(cast, ("feelings", "home", "safety"))
    with acting_as(cast.therapist.pk, route="test"):
        assert (seen(cast, "therapist").state, seen(cast, "therapist").share_id) == ("shared", share.pk)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        entry = AuditEntry.objects.filter(object_repr__startswith="sharing.topicrequest", verb="changed").get()
        assert entry.case_id == cast.case.pk and NEEDED_TOPICS not in str(vars(entry))


def test_a_decline_takes_a_reason_and_is_told(cast, client_of):
    client = client_of(cast.lead_supervisor)
    for reason, words in (("", "Please fill this in."), (PICTURE, "picture"), ("a\0b", "hidden control character")):
        answer = client.post(of(cast, "decline_topics"), {"reason": reason, "version": 1})
        assert answer.status_code == 422 and words in text_of(answer)
    assert client.post(of(cast, "decline_topics"), {"reason": "Ask me first.", "version": 1}).status_code == 302
    late = client.post(of(cast, "decline_topics"), {"reason": "Again.", "version": 1})
    assert late.status_code == 422 and "There is nothing to answer any more." in text_of(late)
    assert "Ask me first." in text_of(client_of(cast.therapist).get(of(cast)))
    assert work(cast, "therapist").mine == ["Your request for topics of the account: Declined"]
    with acting_as(cast.lead_supervisor.pk, route="test"), pytest.raises(StalePage):
        decline_topics(request=seen(cast, "lead_supervisor"), by=cast.lead_supervisor, version=1, reason="Once more")


def test_who_asked_withdraws_and_may_ask_again_one_at_a_time(cast, client_of):
    with pytest.raises(AccessDenied) as caught:
        ask(cast, "therapist")
    assert caught.value.rule == "topics_wait"
    with acting_as(cast.therapist.pk, route="test"):
        withdraw_topics(request=seen(cast, "therapist"), by=cast.therapist, version=1)
    assert ask(cast, "therapist", ("time", "home")).topics == ["home", "time"]
    assert client_of(cast.therapist).post(of(cast, "withdraw_topics"), {"version": 2}).status_code == 422


@pytest.mark.parametrize(
    ("person", "rule"),
    [("lead_worker", "own_agency"), ("investigator", "account_held"), ("prosecutor", "account_held")],
)
def test_who_has_nothing_to_ask_for_is_told_why(cast, person, rule):
    member = cast.people[person]
    with acting_as(member.pk, route="test"), pytest.raises(AccessDenied) as caught:
        check_can_ask_topics(member, case_of(cast, member))
    assert caught.value.rule == rule


def test_who_is_kept_from_the_record_asks_for_nothing_and_a_closed_case_is_asked_for_nothing(cast):
    therapist, worker, supervisor = cast.therapist, cast.lead_worker, cast.lead_supervisor
    with acting_as(worker.pk, route="test"):
        keep_from_record(case=cast.case, member=therapist, by=worker)
    with acting_as(therapist.pk, route="test"), pytest.raises(AccessDenied) as caught:
        check_can_ask_topics(therapist, case_of(cast, therapist))
    assert caught.value.rule == "kept_from_record"
    with acting_as(supervisor.pk, route="test"):
        case = case_of(cast, supervisor)
        close_case(case=case, by=supervisor, version=case.version, reason="Over")
        assert seen(cast, "lead_supervisor").state == "lapsed"


@pytest.mark.parametrize("person", ["investigator", "prosecutor", "stranger", "lead_colleague", "therapy_supervisor"])
def test_nobody_else_reads_a_request_neither_by_page_nor_by_plain_sql(cast, client_of, person):
    assert client_of(cast.people[person]).get(of(cast)).status_code == 404
    with acting_as(cast.people[person].pk, route="test"), connection.cursor() as cursor:
        cursor.execute("select count(*) from sharing_topicrequest")
        assert cursor.fetchone() == (0,)


def test_behind_a_wall_it_is_not_there(cast, client_of):
    with acting_as(cast.therapist.pk, route="test"):
        raise_wall(case=cast.case, member=cast.therapist, by=cast.therapist)
    assert client_of(cast.therapist).get(of(cast)).status_code == 404
    with acting_as(cast.therapist.pk, route="test"), pytest.raises(NotVisible):
        withdraw_topics(request=cast.topic_request, by=cast.therapist, version=1)


FORGED = {
    "for somebody else": ("lead_worker", "insert into sharing_topicrequest (id, case_id, member_id, member_label,"
        " agency_id, topics, purpose, why_sealed, asked_at, state, decision_reason_sealed, decided_by_label,"
        " ended_by_label, version) select 5, case_id, member_id, 'x', agency_id, '{{home}}', 'treat', 'x', now(),"
        " 'waiting', '', '', '', 1 from sharing_topicrequest where id = {0}"),
    "answered by who asked": ("therapist", "update sharing_topicrequest set state = 'declined', decided_by_id = {1},"
        " decided_at = now(), decision_reason_sealed = 'x' where id = {0}"),
    "declined by a worker": ("lead_worker", "update sharing_topicrequest set state = 'declined', decided_by_id = {1},"
        " decided_at = now(), decision_reason_sealed = 'x' where id = {0}"),
    "shared by another agency's share": ("lead_supervisor", "update sharing_topicrequest set state = 'shared',"
        " share_id = {2}, decided_by_id = {1}, decided_at = now() where id = {0}"),
    "withdrawn by the lead agency": ("lead_supervisor", "update sharing_topicrequest set state = 'withdrawn',"
        " ended_by_id = {1}, ended_at = now() where id = {0}"),
    "declined by a supervisor who is not on the case": ("lead_supervisor", "update access_casegrant set"
        " ended_at = now(), ended_by_id = {1} where user_id = {1};"
        " update sharing_topicrequest set state = 'declined', decided_by_id = {1}, decided_at = now(),"
        " decision_reason_sealed = 'x' where id = {0}"),
    "declined at another time": ("lead_supervisor", "update sharing_topicrequest set state = 'declined',"
        " decided_by_id = {1}, decided_at = now() - interval '1 day', decision_reason_sealed = 'x' where id = {0}"),
    "withdrawn at another time": ("therapist", "update sharing_topicrequest set state = 'withdrawn', ended_by_id = {1},"
        " ended_at = now() - interval '1 day' where id = {0}"),
    "other topics": ("therapist", "update sharing_topicrequest set topics = '{{home}}' where id = {0}"),
    "gone": ("therapist", "delete from sharing_topicrequest where id = {0}"),
}  # fmt: skip


ASK = (
    "insert into sharing_topicrequest (id, case_id, member_id, member_label, agency_id, topics, purpose, why_sealed,"
    " asked_at, state, decision_reason_sealed, decided_by_label, ended_by_label, version) values (5, %s, %s, 'x', %s,"
    " '{home}', 'treat', 'x', '2020-01-01', 'waiting', '', '', '', 1) returning asked_at = now()"
)

ANSWER = (
    "update sharing_topicrequest set state = 'shared', share_id = %s, decided_by_id = %s, decided_at = now()"
    " where id = %s"
)


def test_a_share_that_was_withdrawn_answers_nothing_by_plain_sql(cast):
    supervisor, share = cast.lead_supervisor, shared(cast, ("home",), by="lead_supervisor")
    with acting_as(cast.therapist.pk, route="test"):
        withdraw_topics(request=seen(cast, "therapist"), by=cast.therapist, version=1)
    answer = [share.pk, supervisor.pk, ask(cast, "therapist").pk]
    with acting_as(supervisor.pk, route="test"), connection.cursor() as cursor:
        with transaction.atomic():
            cursor.execute(ANSWER, answer)
            assert cursor.rowcount == 1, "while it waits for others, it answers"
            transaction.set_rollback(True)
        revoke_share(share=share, by=supervisor, version=share.version, reason="A mistake")
        with pytest.raises(ProgrammingError, match="answered once"), transaction.atomic():
            cursor.execute(ANSWER, answer)


def test_plain_sql_asks_at_no_other_time_and_for_nobody_who_is_kept_from_the_record(cast):
    with acting_as(cast.therapist.pk, route="test"), connection.cursor() as cursor:
        withdraw_topics(request=seen(cast, "therapist"), by=cast.therapist, version=1)
        wanted = [cast.case.pk, cast.therapist.pk, cast.therapist.agency_id]
        with transaction.atomic():
            cursor.execute(ASK, wanted)
            assert cursor.fetchone() == (True,)
            cursor.execute("update sharing_topicrequest set state = 'withdrawn', ended_by_id = %s, ended_at = now()"
                           " where id = 5", [cast.therapist.pk])  # fmt: skip
    with acting_as(cast.lead_worker.pk, route="test"):
        keep_from_record(case=cast.case, member=cast.therapist, by=cast.lead_worker)
    with acting_as(cast.therapist.pk, route="test"), connection.cursor() as cursor:
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            cursor.execute(ASK.replace("(5,", "(6,"), wanted)


@pytest.mark.parametrize("what", FORGED)
def test_plain_sql_moves_a_request_no_other_way(cast, what):
    person, sentence = FORGED[what]
    filled = sentence.format(cast.topic_request.pk, cast.people[person].pk, cast.share.pk)
    with acting_as(cast.people[person].pk, route="test"), connection.cursor() as cursor:
        with pytest.raises((ProgrammingError, IntegrityError, Error)), transaction.atomic():
            cursor.execute(filled)
            assert cursor.rowcount, "no such row for this person"
        assert seen(cast, "therapist" if person == "therapist" else person).state == "waiting"


def test_the_search_offers_the_request_with_its_topics(cast, client_of, monkeypatch):
    found = SimpleNamespace(
        hits=(), elsewhere=(Topic.FEELINGS, Topic.SAFETY), elsewhere_words="Feelings, Safety", coverage=(), passages=0,
        unprepared=0, may_read=False, reads_all=False, was_cut=False, is_kept=False, asked=(), is_empty=True,
    )  # fmt: skip
    monkeypatch.setattr("casework.search.views.already_told", lambda *_arguments, **_options: found)
    client, search = client_of(cast.therapist), reverse("search:ask", args=[cast.case.reference])
    text = text_of(client.post(search, {"question": "How does the child sleep?"}))
    assert "Ask Harbour Social Services for these topics" in text
    begun = client.post(reverse("sharing:ask_topics", args=[cast.case.reference]),
                        {"topics": ["feelings", "safety"], "begin": "1"})  # fmt: skip
    assert begun.status_code == 200
    assert begun.context["form"]["topics"].value() == ["feelings", "safety"]
    assert "Your last request waits for its answer" in text_of(begun) and of(cast) in text_of(begun)
    with acting_as(cast.therapist.pk, route="test"):
        assert TopicRequest.objects.visible_to(cast.therapist).count() == 1, "nothing is sent by beginning"
    text = text_of(
        client_of(cast.lead_worker).post(search, {"question": "How does the child sleep?", "purpose": "protect"})
    )
    assert "for these topics" not in text, "the own agency names"


def test_asking_on_the_page_sends_it_to_named_supervisors(cast, client_of):
    with acting_as(cast.therapist.pk, route="test"):
        withdraw_topics(request=seen(cast, "therapist"), by=cast.therapist, version=1)
    client, path = client_of(cast.therapist), reverse("sharing:ask_topics", args=[cast.case.reference])
    page = re.sub(r"</?bdi>", "", text_of(client.get(path)))
    assert "Lead Supervisor, Supervisor, Harbour Social Services" in page
    wrong = client.post(path, {"topics": ["no-such-thing"], "purpose": "treat", "why": PICTURE})
    assert wrong.status_code == 422 and "no-such-thing" in text_of(wrong)
    answer = client.post(path, {"topics": ["home"], "purpose": "treat", "why": "For the sessions."})
    assert answer.status_code == 302 and "/shares/requests/" in answer.url


def test_another_cases_request_begins_no_share(cast, client_of):
    path = reverse("sharing:offer", args=[cast.other_case.reference])
    page = client_of(cast.stranger).get(f"{path}?asked={cast.topic_request.pk}")
    assert page.status_code == 200 and page.context["form"]["topics"].value() == []
    with acting_as(cast.lead_worker.pk, route="test"):
        assert Share.objects.visible_to(cast.lead_worker).filter(case=cast.case).exists()
