"""What is printed: every sheet says whose it is and which of how many, and nothing on it waits for a click."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import House
from tests.journeys.people import Person
from tests.journeys.test_every_page import case_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def sheets(person: Person, folder: Path) -> list[str]:
    """The text of each page as Chromium prints it."""
    path = folder / "printed.pdf"
    person.page.pdf(path=path, format="A4")
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


def test_every_sheet_of_account_and_case_names_who_printed_it_and_its_number(
    house: House, browser: Any, tmp_path: Path
) -> None:
    person = Person(browser, house.address, "Giulia Conti")
    case = case_of(person)
    assert case is not None
    person.go(f"{case}account/")
    person.choose("purpose", "protect")
    person.press("Read the account")
    printed = sheets(person, tmp_path)
    assert len(printed) > 10
    for number, sheet in enumerate(printed, start=1):
        assert "Confidential. Printed by Giulia Conti." in sheet
        assert f"{number} / {len(printed)}" in sheet
    whole = "\n".join(printed)
    assert "Types of questions" in whole, "what is folded away on the screen is printed"
    for words in ("Correct this passage", "Back to the top", "Already told? Search here"):
        assert words not in whole
    person.go(case)
    printed = sheets(person, tmp_path)
    assert all("Confidential. Printed by Giulia Conti." in sheet for sheet in printed)
    assert "Change stage, risk or cautions" not in "\n".join(printed)
