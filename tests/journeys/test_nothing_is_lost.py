"""Text that is typed and not sent is there again: after Hide screen at once, and after going elsewhere at once."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import House
from tests.journeys.people import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHORT = "Typed a moment ago: a brass lantern."
LONG = "A long note on a quiet afternoon. " * 3_000  # more than a browser sends for a page that is gone
FORM = "/cases/new/"


@pytest.mark.parametrize("text", [SHORT, LONG], ids=["short", "long"])
def test_hide_screen_keeps_what_was_typed_a_moment_ago(text: str, house: House, browser: Any) -> None:
    person = Person(browser, house.address, "Giulia Conti")
    person.go(FORM)
    person.fill("concern", text)
    person.page.get_by_role("link", name="Hide screen").click()
    expect(person.page.locator("h1")).to_have_text("Almanac")
    person.go("/agency/demo/")
    person.page.get_by_role("button", name="Giulia Conti", exact=True).click()
    expect(person.page).to_have_url(house.address + FORM)  # signing in again leads back to what was hidden
    expect(person.page.locator("[name=concern]")).to_have_value(text)
    person.press("Discard the kept text")


def test_going_elsewhere_keeps_what_was_typed_a_moment_ago(house: House, browser: Any) -> None:
    person = Person(browser, house.address, "Giulia Conti")
    person.go(FORM)
    person.fill("concern", SHORT)
    person.page.get_by_role("link", name="My work").click()
    expect(person.page.locator("h1")).to_have_text("My work")
    person.go(FORM)
    expect(person.page.locator("[name=concern]")).to_have_value(SHORT)
    person.press("Discard the kept text")
    expect(person.page.locator("[name=concern]")).to_have_value("")
    person.go(FORM)
    expect(person.page.locator("[name=concern]")).to_have_value("")  # what was discarded is not kept by leaving


def test_what_was_sent_does_not_come_back_as_text_not_saved(house: House, browser: Any) -> None:
    person = Person(browser, house.address, "Giulia Conti")
    person.go("/cases/")
    person.page.locator("table a").first.click()
    form = person.page.url.removeprefix(house.address) + "entries/new/"
    person.go(form)
    person.fill("title", "A call")
    person.fill("text", SHORT)
    person.choose("nature", "fact")
    for name, value in (("happened_on_0", "2"), ("happened_on_1", "11"), ("happened_on_2", "2026")):
        person.fill(name, value)
    person.page.select_option("select[name=compartment]", "social")
    person.page.locator("main form button").last.click()
    person.page.wait_for_load_state("load")
    assert form not in person.page.url, person.text()
    person.go(form)
    expect(person.page.locator("[name=text]")).to_have_value("")
