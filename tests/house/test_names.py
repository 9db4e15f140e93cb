"""Who somebody is, in a line: names from right to left leave the words round them where they are."""

import re
from pathlib import Path

from casework.web.templatetags.casework_ui import person


def test_person_sets_the_name_and_the_agency_apart_and_nothing_else() -> None:
    assert person("نادية حداد, Identity custodian, Supervisor, North Police") == (
        "<bdi>نادية حداد</bdi>, Identity custodian, Supervisor, <bdi>North Police</bdi>"
    )
    assert person("Maja Lind, North Police") == "<bdi>Maja Lind</bdi>, <bdi>North Police</bdi>"
    assert person("Maja Lind") == "<bdi>Maja Lind</bdi>"
    assert person("") == ""


def test_person_escapes_what_stands_in_a_name() -> None:
    assert person("<b>A</b>, x & y, <i>B</i>") == (
        "<bdi>&lt;b&gt;A&lt;/b&gt;</bdi>, x &amp; y, <bdi>&lt;i&gt;B&lt;/i&gt;</bdi>"
    )


def test_no_page_sets_a_name_apart_together_with_the_roles() -> None:
    house = Path(__file__).resolve().parents[2]
    rooms = [house / "agencies", *(house / "casework" / room for room in ("cases", "custody", "emergency", "sharing"))]
    pages = [page for room in rooms for page in room.glob("templates/**/*.html")]
    assert len(pages) > 60
    whole = re.compile(r"<bdi>\{\{ [a-z_.]*(?:_label|in_full) \}\}</bdi>")
    assert [page.name for page in pages if whole.search(page.read_text())] == []
