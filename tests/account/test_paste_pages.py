"""Paste, check, save: nothing is saved before the end, and nothing typed is lost."""

import html

import pytest

from casework.account.models import Passage, Telling
from casework.bench._guard_pictures import THUMBNAIL, make
from casework.bench._guard_ways import base_64

pytestmark = pytest.mark.django_db
FIELDS = ("version", "pasted", "edited")
PASTED = "I: What did you hear?\nC: A bell.\nI: Where?\nC: Upstairs.\n"


@pytest.fixture
def paste_url(told):
    return told.url + "tellings/1/paste/"


@pytest.fixture
def review(ready_client, send, paste_url):
    """The data of the form of step 2."""
    answer = send(ready_client, paste_url, {"act": "split", "pasted": PASTED})
    assert answer.status_code == 200
    return {name: answer.context["form"][name].value() for name in FIELDS}


def answers(told, acting):
    with acting(told.worker):
        rows = Passage.objects.visible_to(told.worker).select_related("case").filter(telling=told.telling)
        return [passage.answer for passage in rows.order_by("number")]


def test_step_1_saves_nothing(told, acting, review):
    assert len(answers(told, acting)) == 3


def test_saving_appends_behind_what_is_there(told, acting, ready_client, send, paste_url, review):
    saved = send(ready_client, paste_url, {**review, "act": "save"})
    assert (saved.status_code, saved["Location"]) == (302, told.url + "#t1")
    assert answers(told, acting) == ["To the lake.", "My brother.", "We swam.", "A bell.", "Upstairs."]


def test_form_sent_twice_saves_once_and_keeps_the_text(told, acting, ready_client, send, paste_url, review):
    send(ready_client, paste_url, {**review, "act": "save"})
    again = send(ready_client, paste_url, {**review, "act": "save"})
    assert again.status_code == 422
    assert "changed meanwhile" in again.context["stale"]
    assert again.context["form"]["edited"].value() == review["edited"]
    assert len(answers(told, acting)) == 5


def test_dropped_character_is_refused_with_the_place(told, acting, ready_client, send, paste_url, review):
    edited = review["edited"].replace("bell", "bel")
    answer = send(ready_client, paste_url, {**review, "edited": edited, "act": "save"})
    assert answer.status_code == 422
    assert answer.context["difference"].pasted == "C: A bell."
    assert len(answers(told, acting)) == 3


def test_meanwhile_sealed_is_said_and_the_text_is_kept(told, acting, ready_client, send, paste_url, review):
    told.seal()
    answer = send(ready_client, paste_url, {**review, "act": "save"})
    assert answer.status_code == 422
    assert f"T1 was sealed by {told.police.name}" in answer.context["stale"]
    assert "Upstairs." in answer.content.decode()


def test_passage_is_opened_split_and_joined(ready_client, send, paste_url, review):
    opened = send(ready_client, paste_url, {**review, "act": "open-2"})
    assert opened.context["form"]["part"].value() == "I: Where?\nC: Upstairs."
    put = {**review, "act": "put-2", "part": "I: Where?\n\nS (Dog): Upstairs."}
    split = send(ready_client, paste_url, put)
    assert [passage.answer for passage, _why in split.context["passages"]] == ["A bell.", "", "Upstairs."]
    joined = send(ready_client, paste_url, {**review, "act": "join-2"})
    assert len(joined.context["passages"]) == 1


def test_text_kept_for_later_is_there_again(told, acting, ready_client, send, paste_url, review):
    edited = review["edited"].replace("C: Upstairs.", "C (Ada): Upstairs.")
    kept = send(ready_client, paste_url, {**review, "edited": edited, "act": "keep"})
    assert kept.status_code == 302
    page = ready_client.get(paste_url)
    assert page.context["form"]["edited"].value() == edited
    assert page.context["form"]["pasted"].value() == PASTED
    assert len(answers(told, acting)) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "fill this in"),
        (" \n ", "Paste the transcript"),
        ("a\x00b", "hidden control character"),
        ("a\u202eb", "hidden control character"),
        ("x" * 1_000_001, "at most"),
        ("И: да\n" * 120_000, "Paste it in parts"),
        ("data:image/png;base64,iVBORw0KGgo=", "no pictures"),
    ],
)
def test_text_that_cannot_be_kept_is_refused_and_stays_in_the_field(ready_client, send, paste_url, text, words):
    answer = send(ready_client, paste_url, {"act": "split", "pasted": text})
    assert answer.status_code == 422
    assert words in str(answer.context["form"].errors["pasted"])
    assert answer.context["form"]["pasted"].value() == text


def test_a_megabyte_is_taken(ready_client, send, paste_url):
    text = ("I: What was it like there, in the rain?\nC: It was cold and then it was warm again.\n" * 12_500)[:990_000]
    answer = send(ready_client, paste_url, {"act": "split", "pasted": text})
    assert answer.status_code == 200
    assert len(answer.context["passages"]) > 11_000


def test_log_form_shows_its_errors_and_saves_nothing(told, acting, ready_client, send):
    sent = {"number": 2, "kind": "prior", "told_on_0": "31", "told_on_1": "2", "told_on_2": "2026", "place": "School"}
    answer = send(ready_client, told.url + "tellings/new/", sent)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"told_on", "told_to", "protocol"}
    assert "School" in answer.content.decode()
    with acting(told.worker):
        assert Telling.objects.visible_to(told.worker).filter(case=told.case).count() == 1


@pytest.mark.parametrize(("act", "field"), [("put-2", "part"), ("again", "edited")])
def test_picture_in_the_review_is_marked_in_the_list_of_errors_and_nothing_is_lost(
    act, field, ready_client, send, paste_url, review
):
    picture = base_64(make("png", THUMBNAIL, 3))
    typed = f"I: Where?\nC: Upstairs. {picture}"
    answer = send(ready_client, paste_url, {**review, field: typed, "act": act})
    page = answer.content.decode()
    assert answer.status_code == 422
    listed = page.split("data-error-summary")[1].split("</div>")[0]
    assert f'href="#id_{field}"' in listed
    assert "line 2, character 14" in listed
    assert picture[:48] in listed.split("<mark>")[1].split("</mark>")[0]
    box = page.split(f'id="id_{field}"')[1].split("</textarea>")[0]
    assert html.unescape(box).endswith(typed)
