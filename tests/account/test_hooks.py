"""What upper parts may refuse: a check sees the objects and who acts, and what it raises stops the action."""

import dataclasses
import datetime

import pytest

from casework.access.errors import AccessDenied, StalePage
from casework.account import actions, hooks, seal_actions
from casework.account.models import Telling

pytestmark = pytest.mark.django_db
LOG = actions.TellingLog(kind="supplementary", told_on=datetime.date(2026, 3, 5), told_to="Maja Lind")


@pytest.fixture(autouse=True)
def registries(monkeypatch):
    monkeypatch.setattr(hooks, "_recording", [])
    monkeypatch.setattr(hooks, "_sealing", [])


def tellings(told):
    return list(Telling.objects.visible_to(told.worker).filter(case=told.case).order_by("number"))


def test_check_before_recording_sees_the_telling_and_stops_it(told, acting):
    seen = []

    def needs_a_request(*, telling, by):
        seen.append((telling.case, telling.label, telling.kind, telling.told_on, by))
        raise AccessDenied("A further telling needs a request.", rule="gate")

    hooks.before_recording(needs_a_request)
    with acting(told.worker):
        with pytest.raises(AccessDenied, match="needs a request"):
            actions.record_telling(case=told.case, by=told.worker, number=2, log=LOG)
        assert [each.number for each in tellings(told)] == [1]
    assert seen == [(told.case, "T2", "supplementary", LOG.told_on, told.worker)]


def test_key_of_a_telling_is_final_when_it_is_checked(told, acting):
    keys = []
    hooks.before_recording(lambda *, telling, by: keys.append(telling.pk))
    with acting(told.worker):
        prior = dataclasses.replace(LOG, kind="prior")
        assert actions.record_telling(case=told.case, by=told.worker, number=2, log=prior).pk == keys[0]


def test_check_before_sealing_sees_every_passage_and_stops_it(told, acting):
    seen = []

    def question_is_open(*, telling, passages, by):
        seen.append((telling.pk, telling.is_sealed, [each.number for each in passages], by))
        raise StalePage("Question 3 has no outcome yet.")

    hooks.before_sealing(question_is_open)
    with acting(told.worker):
        with pytest.raises(StalePage, match="Question 3"):
            seal_actions.sign_telling(telling=told.telling, by=told.worker, version=2)
        assert not tellings(told)[0].is_sealed
    assert seen == [(told.telling.pk, False, [1, 2, 3], told.worker)]


def test_check_that_is_registered_twice_is_asked_once(told, acting):
    asked = []

    def check(*, telling, passages, by):
        asked.append(telling.pk)

    hooks.before_sealing(check)
    hooks.before_sealing(check)
    told.seal()
    assert asked == [told.telling.pk] * 2, "once by the first of the two, once by the second"
