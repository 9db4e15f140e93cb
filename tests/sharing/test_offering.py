"""Offering a share: what is entered, what the check page says, and what can't be offered."""

import re

import pytest
from django.db import connection

from agencies.models import Agency, Member
from casework.access.task import acting_as
from casework.cases.models import Participant
from tests.cast import Cast, administered


@pytest.fixture
def offer_url(cast: Cast) -> str:
    return f"/cases/{cast.case.reference}/shares/new/"


def test_form_offers_ninety_days_and_every_other_agency(cast, client_of, offer_url):
    page = client_of(cast.lead_worker).get(offer_url)
    assert page.status_code == 200
    assert [agency.pk for agency in page.context["form"].fields["to"].queryset] == [
        cast.agencies[key].pk
        for key in (
            "bluebell_therapy",
            "crown_prosecution",
            "far_social",
            "hill_clinic",
            "north_police",
            "quiet_house",
        )
    ]


def test_check_page_says_it_in_words_and_numbers_and_sends_nothing(cast, client_of, offer_url, answers, shares):
    before = set(shares())
    page = client_of(cast.lead_worker).post(offer_url, answers())
    text = page.content.decode()
    assert page.status_code == 200
    assert "Share with Far Social Services?" in text
    assert "Overview, Social" in text
    assert "Identity, Account, Police, Therapy, Medical, Legal" in text
    with connection.cursor() as cursor, acting_as(cast.lead_worker.pk, route="test"):
        cursor.execute("select can_see from casework_headcount(%s)", [cast.case.pk])
        assert f"{cursor.fetchone()[0]} people can see this case now." in text
    assert set(shares()) == before


def test_change_goes_back_with_everything_that_was_entered(cast, client_of, offer_url, answers):
    page = client_of(cast.lead_worker).post(offer_url, {**answers(note="Please ring first."), "step": "change"})
    assert page.status_code == 200
    assert "Please ring first." in page.content.decode()
    assert page.context["form"]["compartments"].value() == ["overview", "social"]
    assert page.context["form"]["purpose"].value() == "protect"


def test_sent_share_is_offered_and_recorded_and_shows_nobody_anything(
    cast, client_of, offer_url, answers, shares, permissions_by, entries
):
    before = set(shares())
    assert client_of(cast.lead_worker).post(offer_url, {**answers(), "step": "send"}).status_code == 302
    [made] = set(shares()) - before
    share = shares()[made]
    assert (share.state, share.compartments, share.may_write) == ("offered", ["overview", "social"], [])
    assert share.offered_by_label == "Lead Worker, Social worker, Harbour Social Services"
    assert permissions_by(share) == set()
    assert entries(verb="created", object_id=made)[0].actor_id == cast.lead_worker.pk


def test_agency_takes_part_from_the_offer_on(cast, client_of, offer_url, answers):
    agency = _agency_with_supervisor(cast)
    answer = client_of(cast.lead_worker).post(offer_url, {**answers(), "to": agency.pk, "step": "send"})
    assert answer.status_code == 302
    with acting_as(cast.lead_worker.pk, route="test"):
        assert Participant.objects.visible_to(cast.lead_worker).filter(case=cast.case, agency=agency).count() == 1


def test_same_form_sent_twice_makes_one_share(cast, client_of, offer_url, answers, shares):
    client = client_of(cast.lead_worker)
    form = client.get(offer_url).content.decode()
    token = re.search(r'name="submission" value="([^"]+)"', form)[1]
    before = set(shares())
    sent = {**answers(), "submission": token, "step": "send"}
    assert [client.post(offer_url, sent).status_code for _time in range(2)] == [302, 302]
    assert len(set(shares()) - before) == 1


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"compartments": ["overview", "kitchen"]}, "compartments", "kitchen is not one of the available choices"),
        ({"compartments": []}, "compartments", "Please choose at least one."),
        ({"may_write": ["police"]}, "may_write", "They can only write where they can read."),
        ({"purpose": "curiosity"}, "purpose", "curiosity is not one of the available choices"),
        ({"days": -1}, "until", "This date is over already."),
        ({"days": 91}, "until", "A share ends with the next review of the case at the latest"),
        ({"until_0": "31", "until_1": "2"}, "until", "This is not a real date."),
        ({"until_2": ""}, "until", "The date must include a year."),
        ({"note": "x" * 1_001}, "note", "at most 1000 can be kept"),
        ({"note": "a\u202eb"}, "note", "U+202E"),
        ({"note": "a\x00b"}, "note", "U+0000"),
        ({"to": 0}, "to", "Select a valid choice."),
    ],
)
@pytest.mark.parametrize("step", ["", "send"])
def test_bad_answer_is_said_beside_its_field(cast, client_of, offer_url, answers, shares, changed, field, reason, step):
    before = set(shares())
    page = client_of(cast.lead_worker).post(offer_url, {**answers(**changed), "step": step})
    assert page.status_code == 422
    assert reason in " ".join(page.context["form"].errors[field])
    assert "Invented for a test." in page.content.decode() or field == "note"
    assert set(shares()) == before


def test_share_with_the_own_agency_is_not_a_choice(cast, client_of, offer_url, answers):
    page = client_of(cast.lead_worker).post(offer_url, {**answers("harbour_social"), "step": "send"})
    assert page.status_code == 422
    assert page.context["form"].errors["to"]


def test_what_one_may_not_read_is_not_shared(cast, client_of, offer_url, answers):
    page = client_of(cast.lead_worker).post(offer_url, answers(compartments=["overview", "police"]))
    assert page.status_code == 422
    [reason] = page.context["form"].errors["compartments"]
    assert reason == (
        "You can't share with Far Social Services what your agency does not hold, or you may not read: Police."
    )


@pytest.mark.parametrize("step", ["", "send"])
def test_agency_without_a_supervisor_is_refused_before_the_check_page(cast, client_of, offer_url, answers, step):
    agency = cast.agencies["quiet_house"]
    page = client_of(cast.lead_worker).post(offer_url, {**answers(), "to": agency.pk, "step": step})
    assert page.status_code == 422
    [reason] = page.context["form"].errors["to"]
    assert reason == "Quiet House has no supervisor who could accept. Ask the agency to name one."


@pytest.mark.parametrize(
    ("person", "status", "sent"),
    [
        ("investigator", 200, 422),
        ("therapist", 200, 422),
        ("prosecutor", 200, 422),
        ("stranger", 404, 404),
        ("lead_colleague", 404, 404),
        ("walled_worker", 404, 404),
    ],
)
def test_nobody_shares_what_another_agency_holds(cast, client_of, offer_url, answers, person, status, sent, shares):
    """Partners see the questions for what is theirs; the social notes are the lead agency's."""
    before = set(shares())
    client = client_of(cast.people[person])
    assert client.get(offer_url).status_code == status
    assert client.post(offer_url, {**answers(), "step": "send"}).status_code == sent
    assert set(shares()) == before


def _agency_with_supervisor(cast: Cast) -> Agency:
    agency = cast.agencies["hill_clinic"]
    dates = {
        f"{kind}_{end}": getattr(cast.lead_worker, f"{kind}_{end}")
        for kind in ("vetting", "training")
        for end in ("from", "until")
    }
    with administered(agency):
        Member.objects.create(
            email="hill@cast.example", name="Hill Supervisor", agency=agency, roles=["supervisor"], **dates
        )
    return agency
