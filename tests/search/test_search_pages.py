"""The page of the search: by POST alone, for everyone on the case, with what each may know."""

import html
import re

import pytest
from django.urls import reverse

from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from casework.search.forms import LONGEST

pytestmark = pytest.mark.django_db
QUESTION = "Whom did she confide in initially?"


@pytest.fixture
def url(told):
    return reverse("search:ask", args=[told.case.reference])


def text_of(response):
    return html.unescape(response.content.decode())


def test_reader_says_why_asks_and_sees_the_passage_with_its_place(told, url, client_of):
    told.prepare()
    client = client_of(told.worker)
    page = client.get(url)
    assert "What do you read it for?" in text_of(page)
    assert "Granny" not in text_of(page)
    response = client.post(url, {"question": QUESTION, "purpose": "protect"})
    assert response.status_code == 200
    text = text_of(response)
    assert text.index("Granny") < text.index("Passages by topic")
    assert f"{reverse('account:account', args=[told.case.reference])}#t1p2" in text
    assert "about 8 answers in ten" in text
    assert "What do you read it for?" not in text_of(client.get(url))
    assert client.get(reverse("account:account", args=[told.case.reference])).status_code == 200


def test_no_passage_before_the_purpose_is_said(told, url, client_of):
    told.prepare()
    response = client_of(told.worker).post(url, {"question": QUESTION})
    assert response.status_code == 422
    assert "Granny" not in text_of(response)
    assert QUESTION in text_of(response)


def test_entry_names_what_was_shown_and_the_purpose(told, url, client_of, cast):
    told.prepare()
    client_of(told.worker).post(url, {"question": "quixotic zephyr?", "purpose": "protect"})
    supervisor = cast.lead_supervisor
    with acting_as(supervisor.pk, route="test"):
        entry = AuditEntry.objects.filter(case_id=told.case.pk, route="search:ask").order_by("-id").first()
        everything = "".join(str(vars(each)) for each in AuditEntry.objects.filter(case_id=told.case.pk))
    assert (entry.verb, entry.purpose, len(entry.shown["casework_account.passage"])) == ("looked", "protect", 5)
    assert "quixotic" not in everything


def test_question_in_an_address_is_not_answered(told, url, client_of):
    told.prepare()
    assert "Granny" not in text_of(client_of(told.worker).get(url, {"question": QUESTION, "purpose": "protect"}))


def test_who_may_not_read_is_told_the_topic_and_whom_to_ask(told, url, client_of):
    told.prepare()
    client = client_of(told.colleague)
    assert "You have no access to the account of this case" in text_of(client.get(url))
    text = text_of(client.post(url, {"question": QUESTION}))
    assert "Whom the child told" in text
    assert "Harbour Social Services" in text
    for said in ("Granny", "plaiting", "¶"):
        assert said not in text
    assert re.search(r"\bT1\b", text) is None, "the label; a time after ten o'clock holds these two signs as well"


def test_account_that_is_empty_is_no_dead_end(cast, client_of):
    url = reverse("search:ask", args=[cast.other_case.reference])
    client = client_of(cast.stranger)
    text = text_of(client.post(url, {"question": QUESTION, "purpose": "protect"}))
    assert "Nothing is recorded that you may read" in text
    assert "Nothing that the child told is recorded yet" in text


@pytest.mark.parametrize(
    ("question", "status", "said"),
    [
        ("", 422, "Please fill this in."),
        ("   ", 422, "Please fill this in."),
        ("a\0b", 422, "is a hidden control character"),
        ("Where was it, and who was there on that day? " * 222, 200, "its first 300 characters were compared"),
        ("y" * (LONGEST + 1), 422, "at most 10000 can be kept here"),
        ("<script>alert(1)</script>", 200, "<script>alert(1)</script></textarea>"),
        ("من عرف أولا؟", 200, "nearest to your question"),
    ],
)
def test_bad_input_is_answered_in_words(told, url, client_of, question, status, said):
    told.prepare()
    response = client_of(told.worker).post(url, {"question": question, "purpose": "protect"})
    assert response.status_code == status
    assert said in text_of(response)


def test_page_makes_few_queries(told, url, client_of, django_assert_max_num_queries):
    told.prepare()
    client = client_of(told.worker)
    client.post(url, {"question": QUESTION, "purpose": "protect"})
    with django_assert_max_num_queries(22):
        client.post(url, {"question": QUESTION})


def test_page_says_once_what_is_kept(told, url, client_of):
    told.prepare()
    for text in (
        text_of(client_of(told.worker).get(url)),
        text_of(client_of(told.worker).post(url, {"question": "Who?", "purpose": "protect"})),
    ):
        assert text.count("kept") == 1, "one sentence, and no footer that says the opposite"
        assert "Your question is compared and forgotten" in text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Wem hat sie es zuerst erzählt?", "reads as German, and the account is in English"),
        (QUESTION, "Search in English finds about 8 answers in ten"),
    ],
)
def test_languages_of_question_and_account_are_named(told, url, client_of, question, said):
    told.prepare()
    text = text_of(client_of(told.worker).post(url, {"question": question, "purpose": "protect"}))
    assert said in text
    assert ("finds about" in text) == (question == QUESTION), "no figure for a pair that nobody measured"


def test_found_passages_are_not_said_to_answer_and_name_who_speaks(told, url, client_of):
    told.prepare()
    text = text_of(client_of(told.worker).post(url, {"question": "xylophone", "purpose": "protect"}))
    assert "whether or not they answer it" in text
    assert "<b><bdi>Maja Lind</bdi>:</b> Who was the first person" in text
    assert "<b><bdi>Child</bdi>:</b> Granny" in text


def test_cautions_and_tabs_of_the_case_stand_above_the_search(told, url, client_of):
    text = text_of(client_of(told.worker).get(url))
    assert "No cautions are recorded" in text
    assert 'aria-current="page">Already told?' in text
