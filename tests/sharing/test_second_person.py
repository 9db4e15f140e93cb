"""Four eyes: account, therapy and identity leave an agency only when a second person has agreed to these terms."""

import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from casework.access.database import database_now
from casework.access.errors import AccessDenied, StalePage
from casework.access.task import acting_as
from casework.cases.models import Case
from casework.cases.people_actions import name_member
from casework.sharing.actions import agree_to_share, change_share, offer_share
from casework.sharing.models import Share
from casework.sharing.panels import work_on_shares
from casework.sharing.terms import ShareTerms
from tests.cast import OWN_TERMS, RELATED, Cast


@pytest.fixture
def proposed(cast: Cast) -> Share:
    """The account for Far Social Services, proposed by the lead worker."""
    return propose(cast, cast.lead_worker)


def propose(cast: Cast, member: Any, to: str = "far_social", **changed: Any) -> Share:
    with acting_as(member.pk, route="test"):
        return offer_share(case=case_of(cast, member), to=cast.agencies[to], by=member, terms=terms(**changed))


def terms(**changed: Any) -> ShareTerms:
    wanted = {
        "compartments": ("account",), "may_write": (), "purpose": "protect", "legal_basis": "public_task",
        "until": database_now() + datetime.timedelta(days=20), **changed,
    }  # fmt: skip
    return ShareTerms(**wanted)


def case_of(cast: Cast, member: Any) -> Case:
    case: Case = Case.objects.visible_to(member).select_related("lead_agency").get(pk=cast.case.pk)
    return case


def row_of(member: Any, share: Share) -> Share:
    row: Share = Share.objects.given_by(member).select_related(*RELATED).get(pk=share.pk)
    return row


def url_of(share: Share, act: str = "") -> str:
    return f"/shares/{share.case.reference}/{share.pk}/second/{act}"


@pytest.mark.parametrize("compartment", ["account", "therapy", "identity"])
def test_it_waits_and_the_receiver_learns_nothing_of_it(cast, client_of, compartment):
    share = propose(cast, cast.lead_worker, "bluebell_therapy", compartments=(compartment,))
    assert share.state == "proposed"
    client = client_of(cast.therapy_supervisor)
    assert client.get(f"/shares/{cast.case.reference}/{share.pk}/").status_code == 404
    inbox = client.get("/shares/").content.decode()
    assert f"/{cast.therapy_share.pk}/" in inbox and f"/{share.pk}/" not in inbox
    with acting_as(cast.therapy_supervisor.pk, route="test"):
        assert not Share.everything.filter(pk=share.pk).exists()


def test_other_compartments_are_sent_at_once(cast):
    assert propose(cast, cast.lead_worker, compartments=("social",)).state == "offered"


def test_second_person_reads_the_terms_and_agrees_and_then_it_is_sent(cast, client_of, proposed, shares, entries):
    client = client_of(cast.lead_supervisor)
    assert url_of(proposed) in client.get("/").content.decode()
    page = client.get(url_of(proposed)).content.decode()
    assert (
        "Agree to share with Far Social Services?" in page and "2 more people could read what this child told" in page
    )
    assert client.post(url_of(proposed, "agree/"), {"version": 1}).status_code == 302
    share = shares()[proposed.pk]
    assert (share.state, share.second_by_id) == ("offered", cast.lead_supervisor.pk)
    assert share.second_by_label == "Lead Supervisor, Supervisor, Harbour Social Services"
    assert entries(verb="changed", object_id=proposed.pk)[0].changes["state"] == ["proposed", "offered"]
    assert cast.case.reference in client_of(cast.stranger_supervisor).get("/shares/").content.decode()


def test_not_agreeing_takes_a_reason_and_goes_back_to_who_proposed_it(cast, client_of, proposed, shares):
    client = client_of(cast.lead_supervisor)
    assert client.post(url_of(proposed, "refuse/"), {"version": 1, "reason": ""}).status_code == 422
    sent = {"version": 1, "reason": "Some topics are enough."}
    assert client.post(url_of(proposed, "refuse/"), sent).status_code == 302
    assert shares()[proposed.pk].state == "not_agreed"
    worker = client_of(cast.lead_worker)
    assert "it was not agreed to" in worker.get("/").content.decode()
    assert "Some topics are enough." in worker.get(f"/cases/{cast.case.reference}/shares/").content.decode()
    assert client.post(url_of(proposed, "agree/"), {"version": 2}).status_code == 422


@pytest.mark.parametrize(
    "person", ["lead_worker", "police_supervisor", "stranger_supervisor", "investigator", "lead_colleague"]
)
def test_nobody_else_agrees(cast, client_of, proposed, shares, person):
    answer = client_of(cast.people[person]).post(url_of(proposed, "agree/"), {"version": 1})
    assert answer.status_code == (403 if person == "lead_worker" else 404)
    assert shares()[proposed.pk].state == "proposed"


def test_the_own_proposal_is_said_to_need_somebody_else(cast, proposed):
    with pytest.raises(AccessDenied) as refused, acting_as(cast.lead_worker.pk, route="test"):
        agree_to_share(share=proposed, by=cast.lead_worker, version=1)
    assert refused.value.rule == "second_person"


def test_an_edit_takes_the_agreement_back(cast, client_of, proposed, shares):
    with acting_as(cast.lead_supervisor.pk, route="test"):
        agree_to_share(share=proposed, by=cast.lead_supervisor, version=1)
    with acting_as(cast.lead_worker.pk, route="test"):
        change_share(share=proposed, by=cast.lead_worker, version=2, terms=terms(topics=("home",)))
    share = shares()[proposed.pk]
    assert (share.state, share.second_by_id, share.second_at, share.topics) == ("proposed", None, None, ["home"])
    assert client_of(cast.stranger_supervisor).get(f"/shares/{cast.case.reference}/{proposed.pk}/").status_code == 404


def test_agreeing_to_terms_that_changed_meanwhile_is_told(cast, proposed):
    with acting_as(cast.lead_worker.pk, route="test"):
        change_share(share=proposed, by=cast.lead_worker, version=1, terms=terms(compartments=("account", "identity")))
    with pytest.raises(StalePage), acting_as(cast.lead_supervisor.pk, route="test"):
        agree_to_share(share=proposed, by=cast.lead_supervisor, version=1)


def test_who_changes_the_terms_can_not_agree_to_them(cast, proposed):
    """The supervisor edits what the worker proposed: now the worker is the second person, and the supervisor is not."""
    with acting_as(cast.lead_supervisor.pk, route="test"):
        change_share(share=row_of(cast.lead_supervisor, proposed), by=cast.lead_supervisor, version=1, terms=terms())
    with pytest.raises(AccessDenied), acting_as(cast.lead_supervisor.pk, route="test"):
        agree_to_share(share=proposed, by=cast.lead_supervisor, version=2)
    with acting_as(cast.lead_worker.pk, route="test"):
        assert agree_to_share(share=proposed, by=cast.lead_worker, version=2).state == "offered"


SET = "update sharing_share set {} where id = %s"


@pytest.mark.parametrize(
    ("person", "change"),
    [
        ("lead_worker", "state = 'offered'"),
        ("lead_worker", "state = 'offered', second_by_id = offered_by_id, second_at = now()"),
        ("lead_worker", "state = 'offered', second_at = now(), second_by_id = {second}"),
        ("lead_supervisor", "state = 'offered', second_by_id = {second}, second_at = now(), topics = '{{home}}'"),
        ("lead_supervisor", "state = 'accepted', decided_by_id = {second}, decided_at = now()"),
        ("lead_supervisor", "version = version + 1"),
    ],
)
def test_plain_sql_goes_round_no_second_person(cast, proposed, person, change):
    sentence = SET.format(change.format(second=cast.lead_supervisor.pk))
    with acting_as(cast.people[person].pk, route="test"), connection.cursor() as cursor:
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(sentence, [proposed.pk])


def test_plain_sql_makes_no_second_person_of_a_mere_reader(cast, proposed):
    """A colleague who reads the overview sees the share, and could not have proposed it."""
    reader, supervisor = cast.lead_colleague, cast.lead_supervisor
    with acting_as(supervisor.pk, route="test"):
        case = Case.objects.overseen_by(supervisor).select_related("lead_agency").get(pk=cast.case.pk)
        name_member(case=case, member=reader, by=supervisor, read=[], write=[], terms=OWN_TERMS)
    change = SET.format("state = 'offered', second_by_id = %s, second_at = now()")
    with acting_as(reader.pk, route="test"), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="second person is a supervisor"), transaction.atomic():
            cursor.execute(change, [reader.pk, proposed.pk])
    with acting_as(supervisor.pk, route="test"), connection.cursor() as cursor:
        cursor.execute(change, [supervisor.pk, proposed.pk])
        assert cursor.rowcount == 1


def test_work_names_who_waits_for_whom(cast, proposed):
    with acting_as(cast.lead_worker.pk, route="test"):
        waiting = {str(item.waits_for) for item in work_on_shares(cast.lead_worker)}
    assert "a second person of your agency" in waiting
    with acting_as(cast.stranger.pk, route="test"):
        assert list(work_on_shares(cast.stranger)) == []


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"legal_basis": "consent"}, "consent_from"),
        ({"legal_basis": "consent", "consent_from": "child"}, "consent_on"),
        ({"legal_basis": "consent", "consent_from": "child", "consent_on": datetime.date(2999, 1, 1)}, "consent_on"),
        ({"withheld": "Not to the uncle."}, "withheld_because"),
        ({"withheld_because": "fear"}, "withheld"),
        ({"until": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)}, "share_ends"),
        ({"until": datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC)}, "share_ends"),
    ],
)
def test_consent_and_end_are_checked_on_the_server(cast, changed, rule):
    with pytest.raises(AccessDenied) as refused:
        propose(cast, cast.lead_worker, **changed)
    assert refused.value.rule == rule


def test_the_record_of_a_consent_is_kept_and_shown_to_the_receiver(cast, client_of, give):
    share = give(
        "far_social", ["stranger"], compartments=("account",), legal_basis="consent", consent_from="child",
        consent_on=datetime.date(2026, 1, 2), withheld="Not to the uncle.", withheld_because="fear",
    )  # fmt: skip
    page = client_of(cast.stranger_supervisor).get(f"/shares/{cast.case.reference}/{share.pk}/").content.decode()
    for words in ("The child", "2 Jan 2026", "Not to the uncle.", "Fear of harm", "Agreed by"):
        assert words in page


def test_without_anybody_who_could_agree_it_is_refused_before_it_waits_for_nobody(cast):
    _retire(cast.stranger_supervisor)
    with pytest.raises(AccessDenied) as refused, acting_as(cast.stranger.pk, route="test"):
        case = Case.objects.visible_to(cast.stranger).select_related("lead_agency").get(pk=cast.other_case.pk)
        offer_share(case=case, to=cast.agencies["north_police"], by=cast.stranger, terms=terms())
    assert refused.value.rule == "second_person"


def _retire(member: Any) -> None:
    from tests.cast import administered

    member.vetting_until = member.vetting_from
    with administered(member.agency):
        member.save(update_fields=["vetting_until"])
