"""The last day of a share is the day that was chosen, on every page, and nowhere the midnight after it."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from agencies.standing import today
from casework.cases.days import day_before, end_of_day, last_day
from casework.sharing.models import Share
from tests.cast import Cast

UTC = datetime.UTC


def test_last_day_is_the_day_that_was_chosen_or_none() -> None:
    chosen = datetime.date(2027, 2, 24)
    assert end_of_day(chosen) == datetime.datetime(2027, 2, 25, tzinfo=UTC)
    assert last_day(end_of_day(chosen)) == day_before(end_of_day(chosen)) == chosen
    assert last_day(datetime.datetime(2027, 2, 25, 9, 30, tzinfo=UTC)) is None


@pytest.fixture
def given(give: Callable[..., Share]) -> datetime.date:
    """Shared with the therapist until this day."""
    day = today() + datetime.timedelta(days=20)
    give("bluebell_therapy", ["therapist"], compartments=("account",), until=end_of_day(day))
    return day


def test_every_page_says_the_same_last_day(cast: Cast, client_of: Callable[..., Any], given: datetime.date) -> None:
    case = f"/cases/{cast.case.reference}"
    inbox = client_of(cast.therapy_supervisor).get("/shares/").content.decode()
    pages = {
        "inbox": inbox,
        "shares": client_of(cast.lead_worker).get(f"{case}/shares/").content.decode(),
        "people": client_of(cast.lead_supervisor).get(f"{case}/people/").content.decode(),
        "who": client_of(cast.lead_worker).get(f"{case}/who/").content.decode(),
        "review": client_of(cast.lead_supervisor).get(f"/oversight{case}/review/").content.decode(),
    }
    day = f'<time datetime="{given.isoformat()}">{given:%-d %b %Y}</time>'
    assert {name for name, shown in pages.items() if day not in shown} == set()
    assert {name for name, shown in pages.items() if "00:00 UTC" in shown} == set()


def test_deciding_on_a_share_has_no_date_in_my_work(cast: Cast, client_of: Callable[..., Any]) -> None:
    shown = " ".join(client_of(cast.stranger_supervisor).get("/").content.decode().split())
    row = shown[shown.index("Decide on the share of") :].partition("</tr>")[0]
    assert "No date" in row and "<time" not in row
