"""The frame round every page, error pages included: who is signed in, how to leave, and where to go from here."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.urls import reverse

from agencies.models import Member
from agencies.standing import administrators_of
from casework.access.hidden import hidden_by
from casework.web.forms import DateField
from tests.cast import Cast, administered

ClientOf = Callable[..., Any]
SIGN_OUT, TO_WORK = "Sign out</button>", "Go to my work"


def test_a_refusal_keeps_the_frame_and_leads_back_to_the_case(cast: Cast, client_of: ClientOf) -> None:
    page = client_of(cast.lead_supervisor).get(reverse("assessment:assessment", args=["ZZZZ-ZZZZ"]))
    assert page.status_code == 404
    assert SIGN_OUT in page.content.decode()
    assert "Back to the case" not in page.content.decode()
    refused = client_of(cast.lead_worker).get(reverse("summaries:list", args=[cast.case.reference]))
    words = refused.content.decode()
    assert refused.status_code == 403
    assert SIGN_OUT in words and TO_WORK in words and 'aria-label="Main"' in words
    assert f'<a href="/cases/{cast.case.reference}/">Back to the case' in words


def test_the_demonstration_says_so_on_error_pages_too(cast: Cast, client_of: ClientOf, settings: Any) -> None:
    settings.DEMO = True
    assert "all people and cases are invented" in client_of(cast.lead_worker).get("/cases/ZZZZ-ZZZZ/").content.decode()


@pytest.fixture
def unvetted(cast: Cast) -> Member:
    with administered(cast.lead_worker.agency):
        return Member.objects.create(
            email="unvetted@frame.example",
            name="Una Vetted",
            agency=cast.lead_worker.agency,
            roles=["social_worker"],
            training_from=cast.lead_worker.training_from,
            training_until=cast.lead_worker.training_until,
        )


def test_without_standing_nothing_leads_to_the_same_page_again(
    cast: Cast, unvetted: Member, client_of: ClientOf
) -> None:
    page = client_of(unvetted).get("/")
    words = page.content.decode()
    assert page.status_code == 403
    assert "You have no current vetting on record." in words
    assert re.findall(r'href="(/[^"?]*)"', words.split("<body", 1)[1]) == ["/leave/"]
    assert SIGN_OUT in words
    assert cast.lead_admin.agency_id == unvetted.agency_id
    assert f"<bdi>{cast.lead_admin.name}</bdi>" in words


def test_the_only_administrator_is_not_sent_to_themselves(cast: Cast) -> None:
    assert administrators_of(cast.lead_worker) == [cast.lead_admin.name]
    assert administrators_of(cast.lead_admin) == []


def test_hidden_screen_comes_back_for_who_hid_it_and_for_nobody_else(
    cast: Cast, client_of: ClientOf, settings: Any
) -> None:
    settings.DEMO = True
    page = reverse("cases:case", args=[cast.case.reference])
    for person, lands_on in ((cast.lead_worker, page), (cast.lead_supervisor, "/")):
        client = client_of(cast.lead_worker)
        link = re.search(r'href="(/leave/[^"]*)"', client.get(page).content.decode())
        assert link is not None
        assert client.get(link.group(1)).status_code == 303
        assert client.get(page).status_code == 302
        signed_in = client.post(reverse("agencies:demo_sign_in"), {"member": person.pk})
        assert signed_in["Location"] == lands_on
        assert client.post(reverse("agencies:demo_sign_in"), {"member": person.pk})["Location"] == "/"


@pytest.mark.parametrize("page", ["", "https://elsewhere.example/", "//elsewhere.example/", "/no/such/", "/" * 300])
def test_signing_in_never_leads_elsewhere(cast: Cast, page: str) -> None:
    assert hidden_by(cast.lead_worker, page) is None


@pytest.mark.parametrize("name", ["cases:case", "account:account", "sharing:of_case", "planning:interview"])
def test_every_page_of_a_case_stands_under_the_cases(name: str, cast: Cast, client_of: ClientOf) -> None:
    page = client_of(cast.lead_worker).get(reverse(name, args=[cast.case.reference]))
    assert page.status_code == 200
    assert re.findall(r'aria-current="page">([^<]*)</a></li>', page.content.decode().partition("</nav>")[0]) == [
        "Cases"
    ]


def test_sign_in_says_in_plain_words_that_it_did_not_go(cast: Cast, client: Any) -> None:
    words = client.post("/sign-in/", {"login": cast.lead_worker.email, "password": "wrong"}).content.decode()
    assert "The e-mail address or the password is not right." in words


def test_an_error_leads_to_the_first_of_several_boxes_and_a_question_has_no_colon() -> None:
    class Asked(forms.Form):
        parts = forms.MultipleChoiceField(
            label="What do you need?", choices=[("a", "A")], widget=forms.CheckboxSelectMultiple
        )
        until = DateField(label="Last day")
        nothing = forms.ChoiceField(label="Nothing to choose from", choices=[], widget=forms.RadioSelect)

    page = str(Asked({}))
    links = re.findall(r'<li><a href="#([^"]*)">([^<]*)</a>', page)
    assert links == [
        ("id_parts_0", "What do you need? Please choose at least one."),
        ("id_until_0", "Last day: Please fill this in."),
        ("id_nothing", "Nothing to choose from: Please choose."),
    ]
    assert all(f'id="{place}"' in page for place, _words in links)
