"""A share of two topics: asked question by question, agreed to by a second person, accepted, read, and withdrawn.

Then the page that is still open says so by itself.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import House
from tests.journeys.people import Person, accessible
from tests.journeys.test_every_page import case_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_topics_four_eyes_acceptance_and_withdrawal(house: House, browser: Any) -> None:
    worker = Person(browser, house.address, "Giulia Conti")
    case = case_of(worker)
    assert case is not None
    reference = case.split("/")[2]
    worker.go(f"{case}shares/new/")
    worker.look("share-1-what")
    assert accessible(worker.page) == []
    worker.choose("compartments", "account")
    worker.press("Continue")
    worker.look("share-2-topics")
    worker.choose("extent", "topics")
    worker.choose("topics", "school", "told_whom")
    worker.press("Continue")
    choice = worker.page.locator("select[name=to] option", has_text="Centro Acquachiara").first.get_attribute("value")
    worker.page.select_option("select[name=to]", choice)
    worker.press("Continue")
    worker.press("Back")
    assert worker.page.locator("select[name=to]").input_value() == choice, "nothing is lost on the way back"
    worker.press("Continue")
    worker.press("Continue")
    worker.choose("purpose", "treat")
    worker.press("Continue")
    worker.choose("legal_basis", "consent")
    worker.press("Continue")
    worker.press("Continue")
    worker.press("Continue")
    worker.press("Continue")
    assert "Say who gave the consent." in worker.text(), "what the basis takes is asked for on the server"
    worker.look("share-consent")
    worker.choose("consent_from", "child")
    for box, value in enumerate(("20", "11", "2026")):
        worker.fill(f"consent_on_{box}", value)
    for _question in ("consent", "until", "words"):
        worker.press("Continue")
    assert re.search(r"That is \d+ of \d+ passages", worker.text())
    assert "could read what this child told" in worker.text()
    worker.look("share-check")
    assert accessible(worker.page) == []
    worker.press("Ask a second person to agree")

    second = Person(browser, house.address, "Paolo Ferri")
    second.page.locator(f"a[href*='{reference}'][href*='/second/']").last.click()
    second.look("share-second")
    assert accessible(second.page) == []
    second.press("Agree and send it")

    receiver = Person(browser, house.address, "רות לוי")
    receiver.page.locator(f"a[href*='/shares/{reference}/']").first.click()
    assert "Account (only: School, Whom the child told)" in receiver.text()
    receiver.page.get_by_label(re.compile("Chiara Fontana")).check()
    receiver.press("Accept and give access")

    reader = Person(browser, house.address, "Chiara Fontana")
    reader.go(f"{case}account/")
    reader.page.locator("input[name=purpose]").first.check()
    reader.press("Read the account")
    assert "not shared with you" in reader.text()
    assert reader.page.locator("[id^=t2p]").count() > 0
    reader.look("account-topics")
    assert accessible(reader.page) == []

    worker.go(f"{case}shares/")
    worker.look("share-list")
    worker.page.get_by_role("link", name="Withdraw from Centro Acquachiara").first.click()
    worker.fill("reason", "The therapist has what she needs.")
    worker.press("Withdraw it")
    reader.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(reader.page.locator("main")).to_contain_text("You have no access to this any more")
    assert reader.page.locator("[id^=t2p]").count() == 0
    assert reader.go(f"{case}account/") == 403
