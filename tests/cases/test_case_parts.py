"""The parts of a case that need no page: stages, names, work, tabs, and places in a list."""

import datetime
from typing import Any

import pytest

from agencies.standing import today
from casework.cases import panels, work
from casework.cases.kinds import Stage
from casework.cases.names import FIRST, SECOND, suggest_pseudonym
from casework.cases.selectors import place_of, read_place
from casework.cases.states import STAGES, may_follow
from casework.cases.submission import new_submission, row_of
from casework.cases.work import WorkItem, add_source, work_of
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _registries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registries of this test alone."""
    monkeypatch.setattr(work, "_sources", {})
    monkeypatch.setattr(panels, "_counters", [])


def item(days: int | None, **more: Any) -> WorkItem:
    due = None if days is None else today() + datetime.timedelta(days=days)
    return WorkItem(pseudonym="Amber Heron", reference="K7QF-2M9D", url="/", what="Answer", due=due, **more)


def test_every_stage_has_an_owner_and_a_way_out() -> None:
    assert set(STAGES) == set(Stage)
    for stage, rule in STAGES.items():
        assert rule.owner
        assert rule.ways_out
        assert stage not in rule.ways_out


def test_every_stage_can_be_reached_and_closed() -> None:
    assert {way for rule in STAGES.values() for way in rule.ways_out} == set(Stage)
    assert all(may_follow(stage, Stage.CLOSED) for stage in Stage)
    assert not may_follow(Stage.CLOSED, Stage.REFERRED)


def test_suggested_pseudonym_is_two_different_words() -> None:
    assert len(set(FIRST)) == len(FIRST) >= 60
    assert len(set(SECOND)) == len(SECOND) >= 60
    names = [suggest_pseudonym() for _draw in range(200)]
    assert len(set(names)) > 100
    assert all(len(set(name.split())) == 2 and len(name) <= 40 for name in names)


def test_work_is_grouped_by_day_and_by_who_acts(cast: Cast) -> None:
    items = [item(3), item(-1), item(0), item(None), item(-5, waits_for="North Police")]
    add_source("one", lambda _member: items)
    done = work_of(cast.lead_worker)
    assert [each.due for each in done.overdue] == [items[1].due]
    assert [each.due for each in done.today] == [items[2].due, items[0].due, None]
    assert done.waiting == [items[4]]
    assert done.next_due == items[0].due
    assert not done.is_empty


def test_work_without_sources_is_empty(cast: Cast) -> None:
    assert work_of(cast.lead_worker).is_empty


def test_tellings_not_counted_are_not_nought() -> None:
    assert panels.account_counts([1]) == {}
    three = panels.AccountCounts(formal=2, informal=1)
    panels.count_tellings_by(lambda case_ids: dict.fromkeys(case_ids, three))
    assert panels.account_counts([1, 2]) == {1: three, 2: three}
    assert panels.account_counts([]) == {}
    assert three.told == 3


def test_place_in_a_list_survives_the_address() -> None:
    when = datetime.datetime(2026, 3, 27, 10, 11, 12, 131415, tzinfo=datetime.UTC)
    for step in range(1_000):
        moment = when + datetime.timedelta(microseconds=step)
        assert read_place(place_of(moment, 2**61)) == (moment, 2**61)


@pytest.mark.parametrize("text", ["", "-", "x-1", "1-x", "1", "9" * 40 + "-1", "1-" + "9" * 40, "\u0661-1x"])
def test_malformed_place_is_the_first_page(text: str) -> None:
    assert read_place(text) is None


def test_submission_names_its_row_and_no_other() -> None:
    token = new_submission()
    assert row_of(token) == row_of(token)
    assert row_of(token) != row_of(new_submission())
    assert row_of(token[:-1] + ("a" if token[-1] != "a" else "b")) is None
    assert row_of("") is None
    assert row_of(None) is None
