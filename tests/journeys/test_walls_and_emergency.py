"""In the browser: a conflict of interest, an emergency access with its review, and the identity that hides itself."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import House
from tests.journeys.people import Person, accessible

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def case_named(person: Person, pseudonym: str) -> str | None:
    """The address of a case in this person's list, or None."""
    person.go(f"/cases/?words={pseudonym.split(maxsplit=1)[0]}")
    link = person.page.get_by_role("link", name=re.compile(pseudonym))
    return link.first.get_attribute("href") if link.count() else None


def looked(person: Person, name: str) -> None:
    """A picture at both widths, and nothing that axe objects to."""
    person.look(name)
    assert accessible(person.page) == []


def test_emergency_access_from_the_reason_to_the_review(house: House, browser: Any) -> None:
    supervisor = Person(browser, house.address, "Vito Marchetti")
    case = case_named(supervisor, "Crimson Lark")
    assert case is not None
    reference = case.split("/")[2]

    worker = Person(browser, house.address, "Kirsten Bach")
    assert worker.go(case) == 404
    worker.go("/emergency/")
    looked(worker, "emergency-before")
    worker.follow("Continue")
    if worker.heading() == "Please confirm that it is you":
        worker.press("It is me")
    looked(worker, "emergency-form")
    worker.fill("reference", "zzzz-zzzz")
    worker.choose("compartments", "police")
    worker.choose("ground", "danger")
    worker.fill("reason", "The child stands at our door tonight and asks who knows.")
    worker.press("Open the case for 3 hours")
    expect(worker.page.locator("main")).to_contain_text("Nothing was opened")
    looked(worker, "emergency-nothing")
    worker.fill("reference", reference)
    worker.press("Open the case for 3 hours")
    assert worker.heading() == "Crimson Lark"
    expect(worker.page.locator(".emergency-strip")).to_contain_text("Emergency access until")
    looked(worker, "emergency-case")
    worker.go("/cases/")
    looked(worker, "emergency-list")

    supervisor.go("/")
    expect(supervisor.page.locator("main")).to_contain_text("Emergency access is running: Kirsten Bach")
    supervisor.go(case)
    expect(supervisor.page.locator(".identity-bar")).to_contain_text("Kirsten Bach")

    worker.press("End now")
    looked(worker, "emergency-explain")
    worker.fill("text", "I read who had been told, and called the officer.")
    worker.press("Send the explanation")
    assert worker.go(case) == 404
    worker.go("/emergency/open/")
    expect(worker.page.locator("body")).to_contain_text("waits for its review")

    supervisor.go("/oversight/emergencies/")
    looked(supervisor, "emergency-queue")
    supervisor.follow("Crimson Lark")
    looked(supervisor, "emergency-review")
    supervisor.choose("outcome", "justified")
    supervisor.fill("note", "It could not wait.")
    supervisor.press("Close the review")
    worker.go("/emergency/")
    expect(worker.page.locator("main")).to_contain_text("Reviewed")
    expect(worker.page.get_by_role("link", name="Continue")).to_be_visible()


def test_a_wall_declared_raised_and_lifted(house: House, browser: Any) -> None:
    worker = Person(browser, house.address, "Chiara Fontana")
    case = case_named(worker, "Emerald Siskin")
    assert case is not None
    worker.go(f"{case}who/")
    worker.follow("I know somebody in this case")
    looked(worker, "wall-declare")
    worker.choose("kind", "neighbour")
    worker.fill("note", "We live in the same stairway.")
    worker.press("Declare the conflict")
    assert worker.heading() == "My work"
    assert worker.go(case) == 404
    assert case_named(worker, "Emerald Siskin") is None
    worker.go("/conflict/")
    looked(worker, "wall-by-reference")

    supervisor = Person(browser, house.address, "רות לוי")
    supervisor.go(f"{case}walls/")
    expect(supervisor.page.locator("main")).to_contain_text("We live in the same stairway.")
    looked(supervisor, "walls")
    supervisor.follow("Lift it")
    looked(supervisor, "wall-lift")
    supervisor.fill("reason", "The family has moved away.")
    supervisor.press("Lift the wall")
    expect(supervisor.page.locator("main")).to_contain_text("The family has moved away.")
    assert worker.go(case) == 200


def test_the_identity_shows_what_was_asked_for_and_hides_itself(house: House, browser: Any) -> None:
    worker = Person(browser, house.address, "Giulia Conti")
    case = case_named(worker, "Amber Heron")
    assert case is not None
    worker.page.clock.install()
    worker.go(f"{case}identity/")
    looked(worker, "identity-ask")
    worker.choose("parts", "names", "school")
    worker.choose("reason", "contact")
    worker.press("Show this")
    shown = worker.page.locator("dl.summary-list")
    expect(shown).to_contain_text("Given names")
    expect(shown).not_to_contain_text("Address")
    looked(worker, "identity-shown")
    name = shown.locator("dd").first.inner_text()
    worker.page.route("**/identity/", lambda route: route.abort())  # what is left without asking the server
    worker.page.clock.fast_forward("05:01")
    expect(worker.page.locator("body")).not_to_contain_text(name)
    worker.page.unroute("**/identity/")
    worker.go(f"{case}identity/")
    if worker.page.get_by_role("button", name="Hide now").count():
        worker.press("Hide now")
    expect(worker.page.get_by_role("button", name="Show this")).to_be_visible()
    assert name not in worker.text()


def test_who_the_child_is_asked_for_given_in_part_and_taken_back(house: House, browser: Any) -> None:
    worker = Person(browser, house.address, "Elena Vitale")
    case = case_named(worker, "Amber Heron")
    assert case is not None
    assert worker.go(f"{case}identity/") == 403
    worker.go(case)
    worker.follow("Ask who the child is")
    looked(worker, "custody-own")
    worker.follow("Elena Vitale")
    looked(worker, "custody-waits")
    worker.press("Withdraw the request")
    worker.follow("Ask who the child is")
    worker.follow("Ask for it")
    worker.press("Send the request")
    looked(worker, "custody-ask-errors")
    worker.choose("parts", "names", "birth")
    worker.choose("reason", "court")
    worker.fill("words", "The court's form asks for the name of the person heard.")
    worker.page.get_by_role("button", name="Send the request").focus()
    worker.page.keyboard.press("Enter")
    expect(worker.page.locator("main")).to_contain_text("نادية العمراني")

    custodian = Person(browser, house.address, "نادية العمراني")
    custodian.go("/")
    expect(custodian.page.locator("main")).to_contain_text("Decide who may see the identity: Elena Vitale")
    looked(custodian, "custody-my-work")
    custodian.go(f"{case}identity/requests/")
    looked(custodian, "custody-list")
    custodian.follow("Elena Vitale")
    looked(custodian, "custody-decide")
    custodian.choose("answer", "give")
    custodian.page.locator("input[name=parts][value=birth]").uncheck()
    custodian.press("Record the decision")

    worker.go("/")
    expect(worker.page.locator("main")).to_contain_text("The identity is given to you until")
    worker.go(f"{case}identity/")
    expect(worker.page.locator("input[name=parts]")).to_have_count(1)
    looked(worker, "custody-part")
    worker.choose("parts", "names")
    worker.choose("reason", "court")
    worker.press("Show this")
    expect(worker.page.locator("dl.summary-list")).to_contain_text("Given names")
    expect(worker.page.locator("dl.summary-list")).not_to_contain_text("Date of birth")

    custodian.go(f"{case}identity/requests/")
    custodian.follow("Elena Vitale")
    looked(custodian, "custody-given")
    custodian.press("Take it back now")
    assert worker.go(f"{case}identity/") == 403
