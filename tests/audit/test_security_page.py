"""casework/docs/security.md names a test for each promise: each of them is there, and every file of tests is named."""

import re

import pytest

from tests.house.test_arrows import ROOT

PAGE = ROOT / "casework" / "docs" / "security.md"
PARTS = (
    "Who might do harm",
    "Who can do what",
    "What is promised, and how each promise is tested",
    "What can't be found",
)


def test_every_test_that_the_page_names_is_there_and_has_tests() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE.read_text()))
    assert len(named) > 15
    assert [path for path in sorted(named) if not re.search(r"^def test_", _text(path), re.MULTILINE)] == []


def test_every_file_of_tests_of_the_record_is_named() -> None:
    text = PAGE.read_text()
    ours = {f"tests/audit/{path.name}" for path in (ROOT / "tests" / "audit").glob("test_*.py")}
    assert {path for path in ours if f"`{path}`" not in text} == {"tests/audit/test_security_page.py"}


def test_every_promise_has_a_test_beside_it() -> None:
    rows = [
        line for line in PAGE.read_text().split("## What is promised")[1].split("## ")[0].splitlines() if "|" in line
    ]
    assert len(rows) > 15
    assert [row for row in rows[2:] if "`tests/" not in row] == []


@pytest.mark.parametrize("part", PARTS)
def test_the_page_has_its_parts(part: str) -> None:
    assert re.search(rf"^## {re.escape(part)}", PAGE.read_text(), re.MULTILINE)


def test_the_pages_of_the_record_lead_to_each_other() -> None:
    assert "(record.md)" in PAGE.read_text()
    assert "(security.md)" in (PAGE.parent / "record.md").read_text()


def _text(path: str) -> str:
    return (ROOT / path).read_text() if (ROOT / path).exists() else ""
