"""In the browser: a picture typed into a form, what the person sees of its refusal, and what the record says of it."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from casework.bench._guard_pictures import THUMBNAIL, make
from casework.bench._guard_ways import base_64, pieces
from tests.journeys.conftest import House
from tests.journeys.people import Person
from tests.journeys.test_walls_and_emergency import case_named, looked

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURE = "\n".join(pieces(base_64(make("jpeg", THUMBNAIL, 7)), 76))
TOLD = "I: What came on Tuesday?\nC: A printed mail.\nI: What did it say?\nC: I could not read it.\n"
WORDS = "The aunt brought a printed mail on Tuesday.\nIt said: {}\nShe wants to know who else has it."


def test_a_picture_is_refused_with_its_place_and_what_was_typed_is_kept(house: House, browser: Any) -> None:
    worker = Person(browser, house.address, "Giulia Conti")
    case = case_named(worker, "Amber Heron")
    assert case is not None
    worker.go(f"{case}entries/new/")
    worker.choose("nature", "report")
    worker.page.select_option("select[name=compartment]", "social")
    for box, value in zip(range(3), ("3", "11", "2026"), strict=True):
        worker.fill(f"happened_on_{box}", value)
    worker.fill("title", "A printed mail")
    worker.fill("text", WORDS.format(PICTURE))
    worker.press("Save the entry")
    assert worker.page.title().startswith("Error")
    summary = worker.page.locator("[data-error-summary]")
    expect(summary).to_contain_text("line 2, character 10")
    expect(summary).to_contain_text("image/jpeg")
    expect(summary).to_contain_text("Give the exhibit or hotline reference instead.")
    place = worker.page.locator(".refused-place")
    expect(place.locator("mark")).to_contain_text(PICTURE[:40])
    expect(place.locator("mark")).to_contain_text("characters more")
    expect(place).to_contain_text("It said:")
    expect(place).to_contain_text("She wants to know")
    assert worker.page.locator("[name=text]").input_value() == WORDS.format(PICTURE)
    assert worker.page.locator("[name=title]").input_value() == "A printed mail"
    looked(worker, "picture-refused")

    worker.fill("text", WORDS.format("exhibit 14"))
    worker.press("Save the entry")
    expect(worker.page.locator("main")).to_contain_text("exhibit 14")

    supervisor = Person(browser, house.address, "Paolo Ferri")
    supervisor.go("/oversight/refusals/")
    expect(supervisor.page.locator("main")).to_contain_text("Giulia Conti")
    looked(supervisor, "picture-recorded")
    assert PICTURE[:20] not in supervisor.page.content()


def test_a_picture_in_a_transcript_is_marked_where_it_stands(house: House, browser: Any) -> None:
    worker = Person(browser, house.address, "Giulia Conti")
    worker.go("/cases/new/")
    worker.fill("pseudonym", "Coral Dunlin")
    worker.fill("concern", "A printed mail came to the child's school.")
    worker.choose("risk", "high")
    worker.press("Continue")
    worker.press("Open the case")
    worker.choose("answer", "yes")
    worker.fill("told_to", "Ms Bellini, class teacher")
    worker.fill("words", TOLD)
    worker.page.locator("main form button").first.click()
    worker.page.wait_for_load_state("load")
    found = re.search(r"/cases/[0-9A-Z]{4}-[0-9A-Z]{4}/", worker.page.url)
    assert found is not None, worker.text()
    path = f"{found.group()}account/tellings/1/paste/"
    worker.go(path)
    worker.fill("pasted", TOLD)
    worker.press("Show the passages")
    worker.page.locator("button[value='open-2']").click()
    worker.page.wait_for_load_state("load")
    worker.fill("part", f"I: What did it say?\nC: It said {PICTURE}")
    worker.page.locator("button[value='put-2']").click()
    worker.page.wait_for_load_state("load")
    summary = worker.page.locator("[data-error-summary]")
    expect(summary).to_contain_text("line 2, character 12")
    expect(summary.locator("mark")).to_contain_text(PICTURE[:40])
    assert worker.page.locator("[name=part]").input_value().endswith(PICTURE)
    looked(worker, "picture-in-transcript")
