"""The editor without script: every act a button; two people at once; what was typed stays, and both are seen."""

import pytest
from django.urls import reverse

from casework.account.models import Passage
from tests.cast import telling_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor_url(told):
    return told.url + "tellings/1/passages/"


@pytest.fixture
def rows(told, acting):
    def read():
        with acting(told.worker):
            found = Passage.objects.visible_to(told.worker).select_related("case").filter(telling=told.telling)
            return [(each.pk, each.answer, each.topics, each.question_type) for each in found.order_by("number")]

    return read


def shown(client, editor_url, **changes):
    """What a browser would send of this editor_url: its lists as they stand, and what was changed."""
    context = client.get(editor_url).context
    sent = {"version": context["version"]}
    for row in context["rows"]:
        for name in ("phase", "question_type", "topics"):
            sent[f"{row.form.prefix}-{name}"] = row.form[name].value() or ""
    return {name: value for name, value in {**sent, **changes}.items() if value not in ("", [])}


def test_unknown_topic_in_a_post_is_refused_beside_its_field(told, ready_client, send, editor_url, rows):
    key = rows()[0][0]
    answer = send(ready_client, editor_url, {"version": 2, f"p{key}-topics": "nonsense"})
    assert answer.status_code == 422
    assert f'id="id_p{key}-topics_error"' in answer.content.decode()


def test_every_act_is_a_button_and_saves_what_was_chosen_as_well(ready_client, send, editor_url, rows):
    first, second, third = (each[0] for each in rows())
    acts = [("tags", [first, second, third]), ("down-1", [second, first, third]), ("up-3", [second, third, first]),
            ("join-2", [second, first])]  # fmt: skip
    for number, (act, order) in enumerate(acts):
        topic = ("home", "school", "place", "time")[number]
        sent = shown(ready_client, editor_url, act=act) | {f"p{second}-topics": [topic]}
        answer = send(ready_client, editor_url, sent)
        assert answer.status_code == 302, act
        assert [each[0] for each in rows()] == order
        assert topic in rows()[order.index(second)][2]
    undone = send(ready_client, editor_url, shown(ready_client, editor_url, act="undo"))
    assert undone["Location"].endswith("#p2")
    assert [each[0] for each in rows()] == [second, third, first]


def test_page_names_what_can_be_undone_and_by_whom_it_was_done(ready_client, send, editor_url):
    send(ready_client, editor_url, shown(ready_client, editor_url, act="down-1"))
    text = ready_client.get(editor_url).content.decode()
    assert "¶1 moved" in text
    assert "<bdi>Lead Worker</bdi>, Social worker" in text


def test_second_editor_is_told_keeps_the_choice_and_sees_both(told, ready_client, client_of, send, editor_url, rows):
    other = client_of(told.police)
    send(other, told.url + "purpose/", {"purpose": "investigate"})
    key = rows()[0][0]
    mine, theirs = (shown(each, editor_url, act="tags") for each in (ready_client, other))
    assert send(other, editor_url, theirs | {f"p{key}-topics": "home"}).status_code == 302
    answer = send(ready_client, editor_url, mine | {f"p{key}-topics": "place"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "changed meanwhile" in text
    assert "Saved now:" in text
    [row] = [each for each in answer.context["rows"] if each.passage.pk == key]
    assert (row.now, row.form["topics"].value()) == ("Not set, Not set, Home", ["place"])
    again = mine | {f"p{key}-topics": "place", "version": answer.context["version"]}
    assert send(ready_client, editor_url, again).status_code == 302
    assert rows()[0][2] == ["place"]


def test_choice_kept_as_a_draft_is_there_again(told, ready_client, send, editor_url, rows):
    key = rows()[0][0]
    kept = send(ready_client, reverse("drafts:keep"), {"path": editor_url, f"p{key}-question_type": "open"})
    assert kept.status_code == 200
    [row] = [each for each in ready_client.get(editor_url).context["rows"] if each.passage.pk == key]
    assert row.form["question_type"].value() == "open"


def test_keys_are_added_by_script_to_buttons_that_are_there_without_it(ready_client, editor_url):
    text = ready_client.get(editor_url).content.decode()
    for key in ("e", "j", "s", "up", "down"):
        assert f'data-key="{key}"' in text
    assert "account/editor.js" in text


def test_sealed_telling_leads_back_to_the_reader(told, ready_client, editor_url):
    told.seal()
    answer = ready_client.get(editor_url, follow=True)
    assert "was sealed by Investigator" in answer.content.decode()


def passage_form(client, url, **changes):
    form = client.get(url).context["form"]
    return {name: form[name].value() or "" for name in form.fields if name != "topics"} | changes


@pytest.fixture
def first_passage(told):
    return told.url + "tellings/1/passages/1/"


def test_passage_is_put_right_with_its_marks_and_leads_to_the_next(ready_client, send, first_passage, rows):
    sent = passage_form(
        ready_client, first_passage, answer="To the sea.", time_code="00:01:05", topics=["place"], act="next"
    )
    answer = send(ready_client, first_passage, sent)
    assert answer["Location"].endswith("/passages/2/")
    assert rows()[0][1:3] == ("To the sea.", ["place"])


def test_passage_is_split_at_its_blank_line_and_not_without_one(ready_client, send, first_passage, rows):
    whole = passage_form(ready_client, first_passage, act="split")
    answer = send(ready_client, first_passage, whole)
    assert answer.status_code == 422
    assert "Put a blank line" in answer.content.decode()
    assert send(ready_client, first_passage, whole | {"answer": "To the lake.\n\nAnd back."}).status_code == 302
    assert [each[1] for each in rows()] == ["To the lake.", "And back.", "My brother.", "We swam."]


def test_two_editors_of_one_passage_see_both_texts(told, ready_client, client_of, send, first_passage, rows):
    other = client_of(told.police)
    send(other, told.url + "purpose/", {"purpose": "investigate"})
    mine, theirs = (passage_form(each, first_passage) for each in (ready_client, other))
    assert send(other, first_passage, theirs | {"answer": "To the long lake."}).status_code == 302
    answer = send(ready_client, first_passage, mine | {"answer": "To the sea."})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "What is saved now" in text
    assert "To the long lake." in text
    assert answer.context["form"]["answer"].value() == "To the sea."
    assert rows()[0][1] == "To the long lake."


def test_text_never_goes_to_the_passage_that_took_the_number(told, ready_client, send, editor_url, first_passage, rows):
    mine = passage_form(ready_client, first_passage, answer="Mine.")
    send(ready_client, editor_url, shown(ready_client, editor_url, act="down-1"))
    answer = send(ready_client, first_passage, mine)
    assert answer.status_code == 422, "it was moved: that is a change of it"
    assert "changed meanwhile" in answer.context["stale"]
    assert [each[1] for each in rows()] == ["My brother.", "To the lake.", "We swam."]


def test_forged_key_of_a_passage_elsewhere_takes_nothing(told, cast, ready_client, send, first_passage, rows):
    before = rows()
    for key in (cast.passage.pk, 0, 2**62):
        answer = send(ready_client, first_passage, passage_form(ready_client, first_passage, answer="x", key=key))
        assert answer.status_code == 422
        assert "joined to another meanwhile" in answer.context["stale"]
    assert rows() == before


@pytest.mark.parametrize("code", ["later", "00:00:99:99", "12"])
def test_time_that_is_none_is_refused(ready_client, send, first_passage, code):
    answer = send(ready_client, first_passage, passage_form(ready_client, first_passage, time_code=code))
    assert answer.status_code == 422
    assert answer.context["form"].errors["time_code"]


def test_seal_page_says_what_follows_and_wants_the_comparison(told, ready_client, client_of, send, acting):
    url = told.url + "tellings/1/seal/"
    assert send(ready_client, url, {"version": 2, "step": "sign"}).context["form"].errors["checked"]
    signed = send(ready_client, url, {"version": 2, "step": "sign", "checked": "on"})
    assert signed.status_code == 302
    assert "You have signed" in ready_client.get(url).content.decode()
    again = send(ready_client, url, {"version": 3, "step": "seal", "checked": "on"})
    assert again.status_code == 403
    assert "A second person has to seal it" in again.content.decode()
    other = client_of(told.police)
    send(other, told.url + "purpose/", {"purpose": "investigate"})
    assert "T1 holds 3 passages" in other.get(url).content.decode()
    assert "Compare and seal T1" in other.get("/").content.decode()
    assert send(other, url, {"version": 3, "step": "seal", "checked": "on"}).status_code == 302
    with acting(told.worker):
        assert telling_of(told.case, 1, told.worker).is_sealed


def test_page_that_offered_to_sign_does_not_seal(told, ready_client, client_of, send, acting):
    """Both open the page of an unsigned telling; the second, who was shown `Sign`, is told and not taken at a word."""
    url = told.url + "tellings/1/seal/"
    other = client_of(told.police)
    send(other, told.url + "purpose/", {"purpose": "investigate"})
    send(ready_client, url, {"version": 2, "step": "sign", "checked": "on"})
    answer = send(other, url, {"version": 2, "step": "sign", "checked": "on"})
    assert answer.status_code == 422
    assert answer.context["form"]["step"].value() == "seal"
    with acting(told.worker):
        assert not telling_of(told.case, 1, told.worker).is_sealed


def test_signature_is_taken_back_by_a_button(told, ready_client, send, acting):
    url = told.url + "tellings/1/seal/"
    send(ready_client, url, {"version": 2, "step": "sign", "checked": "on"})
    assert send(ready_client, url, {"version": 3, "act": "take_back"}).status_code == 302
    with acting(told.worker):
        assert not telling_of(told.case, 1, told.worker).is_signed


def test_passage_page_corrects_after_the_seal(told, ready_client, send, first_passage, rows):
    told.seal()
    late = send(ready_client, first_passage, {"version": 4, "key": rows()[0][0], "question": "?", "answer": "Nowhere."})
    assert late.status_code == 422
    assert "Nowhere." in late.content.decode()
    corrected = send(ready_client, first_passage, {"text": "To the sea.", "reason": "Minute 2."})
    assert corrected.status_code == 302
    assert "To the sea." in ready_client.get(told.url).content.decode()
    assert rows()[0][1] == "To the lake."
