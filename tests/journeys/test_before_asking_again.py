"""Before anybody asks the child again: one searches, another learns where to ask; the assessment stands on the case."""

from typing import Any

import pytest

from tests.journeys.conftest import House
from tests.journeys.people import Person, accessible
from tests.journeys.test_every_page import case_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_question_in_plain_words_leads_to_its_passage(house: House, browser: Any) -> None:
    person = Person(browser, house.address, "Giulia Conti")
    case = case_of(person)
    assert case is not None
    person.go(case)
    person.follow("Already told?")
    person.look("already-told-asked")
    person.fill("question", "Which grown-up heard about it before everybody else?")
    person.choose("purpose", "protect")
    person.press("Search what was told")
    assert "nearest to your question, whether or not they answer it" in person.text()
    assert "answers in ten" in person.text()
    person.look("already-told-hits")
    assert accessible(person.page) == []
    first = person.page.locator(".found .passage a").first
    label = first.inner_text()
    first.click()
    person.page.wait_for_load_state("load")
    assert person.heading() == "What was told"
    assert person.page.locator(".passage:target").inner_text().startswith(label)


def test_who_may_not_read_is_told_the_topic_and_no_word(house: House, browser: Any) -> None:
    person = Person(browser, house.address, "Chiara Fontana")
    case = case_of(person)
    assert case is not None
    person.go(f"{case}account/already-told/")
    person.fill("question", "Which grown-up heard about it before everybody else?")
    person.press("Search what was told")
    assert "It may have been told where you may not read" in person.text()
    assert "Whom the child told" in person.text()
    assert person.page.locator(".passage").count() == 0
    person.look("already-told-elsewhere")
    assert accessible(person.page) == []


def test_assessment_is_recorded_and_cautions_whoever_meets_the_child(house: House, browser: Any) -> None:
    therapist = Person(browser, house.address, "Chiara Fontana")
    case = case_of(therapist)
    therapist.go(f"{case}assessment/")
    therapist.look("assessment-therapist")
    assert accessible(therapist.page) == []
    therapist.follow("Record a change")
    therapist.choose("child_knows", "suspects")
    therapist.fill("must_not_say", "Numbers. Names of those who have seen them.")
    therapist.look("assessment-pictures")
    therapist.press("Save")
    worker = Person(browser, house.address, "Giulia Conti")
    worker.go(case or "")
    assert "The child suspects that pictures circulate" in worker.text()
    assert "Names of those who have seen them." in worker.text()
    worker.look("case-with-caution")
    worker.go(f"{case}assessment/screening/")
    worker.look("assessment-screening")
    assert accessible(worker.page) == []
