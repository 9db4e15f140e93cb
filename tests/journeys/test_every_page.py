"""Every main page in Chromium at two widths: a picture, nothing wider than the screen, nothing that axe objects to."""

import re
from typing import Any

import pytest

from tests.journeys.conftest import House
from tests.journeys.people import Person, accessible

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# Who looks at what. `{case}` is the address of the case that the stories tell at length.
PAGES = {
    "Giulia Conti": [
        "/", "/cases/", "/cases/?q=zzz", "/cases/new/", "{case}", "{case}change/", "{case}identity/",
        "{case}identity/change/", "{case}who/", "{case}agencies/", "{case}entries/new/", "{case}social/",
        "{case}account/", "{case}account/tellings/new/", "{case}account/before/", "{case}shares/",
        "{case}shares/new/", "{case}police/", "{case}interview/", "{case}interview/plans/1/",
        "{case}interview/plans/1/change/", "{case}interview/plans/1/questions/1/", "{case}interview/requests/1/",
        "{case}interview/plans/1/questions/new/", "{case}interview/plans/1/questions/merge/",
        "{case}account/already-told/", "{case}assessment/", "{case}assessment/screening/", "{case}assessment/pictures/",
        "{case}opened/", "{case}attendance/",
        "/cases/ZZZZ-ZZZZ/", "/oversight/", "/almanac/", "/factors/", "/factors/keys/", "/sign-out/",
        "/agency/confirm/",
    ],
    "Paolo Ferri": [
        "/", "{case}people/", "{case}interview/requests/2/", "{case}close/", "{case}legal/", "{case}summaries/",
        "/oversight/", "/oversight/refusals/", "/oversight/search/",
        "/oversight/sign-ins/", "/oversight/record/", "{case}summaries/2/", "{case}summaries/2/decide/",
        "/oversight{case}", "/oversight{case}shares/", "/shares/", "/oversight{case}review/",
    ],
    "Elena Vitale": [
        "/", "{case}summaries/", "{case}summaries/new/", "{case}summaries/1/", "{case}summaries/1/choose/",
        "{case}summaries/1/copies/1/", "{case}legal/", "{case}interview/requests/new/",
    ],
    "Sara Negri": ["/", "{case}account/", "{case}account/tellings/new/", "{case}police/"],
    "Vito Marchetti": ["/", "/shares/", "/oversight/"],
    "Teresa Bruni": ["/", "/agency/members/", "/agency/members/new/", "/oversight/"],
}  # fmt: skip
STORY = "Amber Heron"
ANSWERS = {
    ("Giulia Conti", "{case}police/"): 403,
    ("Giulia Conti", "/cases/ZZZZ-ZZZZ/"): 404,
    ("Giulia Conti", "/oversight/"): 403,
    ("Teresa Bruni", "/oversight/"): 403,
}


@pytest.mark.parametrize("name", PAGES)
def test_every_main_page_fits_and_is_accessible(name: str, house: House, browser: Any) -> None:
    person = Person(browser, house.address, name)
    case = case_of(person)
    wrong: dict[str, list[str]] = {}
    looked = 0
    for page in PAGES[name]:
        if "{case}" in page and case is None:
            wrong[page] = ["the case of the story is not in the list"]
            continue
        status = person.go(page.replace("{case}", case or ""))
        if status != ANSWERS.get((name, page), 200):
            wrong[page] = [f"status {status}"]
        if person.page.locator("input[name=purpose]").count() and "account" in page:
            person.page.locator("input[name=purpose]").first.check()
            person.press("Read the account")
        shot = f"{name.split()[1].lower()}{re.sub('[^a-zA-Z0-9]+', '-', page.replace('{case}', '/case/'))}".rstrip("-")
        problems = [*person.fits(shot), *accessible(person.page)]
        looked += 1
        if problems:
            wrong.setdefault(page, []).extend(problems)
    assert looked == len(PAGES[name])
    assert wrong == {}


@pytest.mark.parametrize("page", ["/sign-in/", "/agency/demo/", "/agency/set-up/none/", "/nowhere/"])
def test_pages_before_sign_in_fit_and_are_accessible(page: str, house: House, browser: Any) -> None:
    somebody = Person.__new__(Person)
    somebody.address, somebody.page = house.address, browser.new_context().new_page()
    somebody.listen()
    somebody.go(page)
    assert [*somebody.fits("nobody" + page.replace("/", "-").rstrip("-")), *accessible(somebody.page)] == []


def case_of(person: Person) -> str | None:
    """The address of the story's case, if this person has it in the list."""
    person.go(f"/cases/?q={STORY.replace(' ', '+')}")
    link = person.page.get_by_role("link", name=re.compile(STORY))
    address = link.first.get_attribute("href") if link.count() else None
    return None if address is None else address
