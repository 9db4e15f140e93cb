"""Who may not read the account is told which agency asked and found an answer, and never the answer."""

import html

import pytest
from django.urls import reverse

from casework.search import selectors
from casework.search.embedders import embedder
from casework.search.panels import AskedBefore

pytestmark = pytest.mark.django_db
NEAR = AskedBefore("North Police", "Who was told about it first?", "/near/")
FAR = AskedBefore("North Police", "Which classes does the child have on Mondays?", "/far/")


@pytest.fixture
def ask(told, client_of, monkeypatch):
    """The page for somebody; these questions of the case were answered in the record."""
    told.prepare()
    monkeypatch.setattr(selectors, "asked_before", lambda _member, _case: [FAR, NEAR])
    url = reverse("search:ask", args=[told.case.reference])

    def page(member):
        question = {"question": "Whom did she confide in initially?", "purpose": "protect"}
        return html.unescape(client_of(member).post(url, question).content.decode())

    return page


def test_hint_names_agency_and_question_and_offers_the_request(told, ask):
    text = ask(told.colleague)
    assert "Asked before, and answered in the record" in text and NEAR.text in text and NEAR.agency in text
    assert FAR.text not in text, "a question about school, of which nothing is recorded, is no hint"
    assert reverse("planning:new_request", args=[told.case.reference]) in text
    assert "Granny" not in text


def test_who_reads_the_account_is_shown_passages_instead(told, ask):
    text = ask(told.worker)
    assert "Granny" in text and "Asked before" not in text


def test_question_is_made_a_vector_once_and_of_the_answered_ones_the_latest_are_compared(told, ask, monkeypatch):
    old = AskedBefore("North Police", "Who heard about it before anybody else?", "/old/")
    latest = [*[FAR] * (selectors.MOST_COMPARED - 1), NEAR]
    monkeypatch.setattr(selectors, "asked_before", lambda _member, _case: [old, *latest])
    model, made = embedder(), []
    original = model.questions
    monkeypatch.setattr(model, "questions", lambda texts: made.append(list(texts)) or original(texts))
    text = ask(told.colleague)
    assert NEAR.text in text
    assert old.text not in text
    assert made == [["Whom did she confide in initially?"], [each.text for each in latest]]
    made.clear()
    ask(told.worker)
    assert made == [["Whom did she confide in initially?"]]
