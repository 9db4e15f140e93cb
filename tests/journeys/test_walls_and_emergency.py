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

    doctor = Person(browser, house.address, "Agnese Colombo")
    assert doctor.go(case) == 404
    doctor.go("/emergency/")
    looked(doctor, "emergency-before")
    doctor.follow("Continue")
    if doctor.heading() == "Please confirm that it is you":
        doctor.press("It is me")
    looked(doctor, "emergency-form")
    doctor.fill("reference", "zzzz-zzzz")
    doctor.choose("compartments", "police")
    doctor.choose("ground", "medical")
    doctor.fill("reason", "The child was brought in tonight and asks who knows.")
    doctor.press("Open the case for 3 hours")
    expect(doctor.page.locator("main")).to_contain_text("Nothing was opened")
    looked(doctor, "emergency-nothing")
    doctor.fill("reference", reference)
    doctor.press("Open the case for 3 hours")
    assert doctor.heading() == "Crimson Lark"
    expect(doctor.page.locator(".emergency-strip")).to_contain_text("Emergency access until")
    looked(doctor, "emergency-case")
    doctor.go("/cases/")
    looked(doctor, "emergency-list")

    supervisor.go("/")
    expect(supervisor.page.locator("main")).to_contain_text("Emergency access is running: Agnese Colombo")
    supervisor.go(case)
    expect(supervisor.page.locator(".identity-bar")).to_contain_text("Agnese Colombo")

    doctor.press("End now")
    looked(doctor, "emergency-explain")
    doctor.fill("text", "I read who had been told, and called the officer.")
    doctor.press("Send the explanation")
    assert doctor.go(case) == 404
    doctor.go("/emergency/open/")
    expect(doctor.page.locator("body")).to_contain_text("waits for its review")

    supervisor.go("/oversight/emergencies/")
    looked(supervisor, "emergency-queue")
    supervisor.follow("Crimson Lark")
    looked(supervisor, "emergency-review")
    supervisor.choose("outcome", "justified")
    supervisor.fill("note", "It could not wait.")
    supervisor.press("Close the review")
    doctor.go("/emergency/")
    expect(doctor.page.locator("main")).to_contain_text("Reviewed")
    expect(doctor.page.get_by_role("link", name="Continue")).to_be_visible()


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
    worker.page.clock.fast_forward("05:01")
    expect(worker.page.locator("body")).not_to_contain_text(name)
    worker.go(f"{case}identity/")
    if worker.page.get_by_role("button", name="Hide now").count():
        worker.press("Hide now")
    expect(worker.page.get_by_role("button", name="Show this")).to_be_visible()
    assert name not in worker.text()
