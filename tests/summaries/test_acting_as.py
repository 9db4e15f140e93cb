"""A task acts as a member: bound, recorded, checked at both ends, and nothing is kept when one of these fails."""

import pytest

from casework.access import task
from casework.access.errors import AccessDenied
from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.vault.reading import NoOpenReading, current_reading
from tests.cast import administered

pytestmark = pytest.mark.django_db


def newest(acting, supervisor, **wanted):
    with acting(supervisor):
        return AuditEntry.objects.filter(**wanted).order_by("-id").first()


def test_looks_are_recorded_in_the_name_of_the_member(court, acting):
    with acting_as(court.maker.pk, route="tests.read") as acts:
        case = Case.objects.visible_to(acts.member).get(pk=court.case.pk)
        assert case.concern == "Invented for a test."
    entry = newest(acting, court.supervisor, case_id=court.case.pk)
    assert (entry.verb, entry.route, entry.method, entry.actor_id) == ("looked", "tests.read", "TASK", court.maker.pk)
    with pytest.raises(NoOpenReading):
        current_reading()


def test_member_sees_no_more_than_in_a_request(court, cast):
    with acting_as(cast.stranger.pk, route="tests.read") as acts:
        assert not Case.objects.visible_to(acts.member).filter(pk=court.case.pk).exists()
        assert not Case.everything.filter(pk=court.case.pk).exists()


def test_member_without_standing_does_nothing_and_is_on_record(court, acting):
    court.maker.training_until = court.maker.training_from
    with administered(court.maker.agency):
        court.maker.save(update_fields=["training_until"])
    ran = False
    with pytest.raises(AccessDenied) as refusal, acting_as(court.maker.pk, route="tests.read"):
        ran = True
    assert not ran
    assert refusal.value.rule == "standing"
    assert newest(acting, court.supervisor, actor_id=court.maker.pk, case_id=None).rule == "standing"


def test_standing_that_ends_meanwhile_undoes_the_work(court, acting):
    def lapse() -> None:
        with acting_as(court.maker.pk, route="tests.write") as acts:
            acts.case_id = court.case.pk
            with administered(court.maker.agency):
                rows = type(acts.member).objects.filter(pk=court.maker.pk)
                rows.update_unrecorded("a test", training_until=court.maker.training_from)

    with pytest.raises(AccessDenied):
        lapse()
    court.maker.refresh_from_db()
    assert court.maker.training_until != court.maker.training_from
    entry = newest(acting, court.supervisor, case_id=court.case.pk)
    assert (entry.outcome, entry.rule) == ("refused", "standing")


def test_failure_is_recorded_and_raised_again(court, acting):
    def divide() -> float:
        with acting_as(court.maker.pk, route="tests.fail") as acts:
            acts.case_id = court.case.pk
            return court.case.pk / 0

    with pytest.raises(ZeroDivisionError):
        divide()
    entry = newest(acting, court.supervisor, case_id=court.case.pk)
    assert (entry.verb, entry.outcome, entry.rule) == ("failed", "failed", "ZeroDivisionError")


def test_look_that_cannot_be_recorded_undoes_the_work(court, monkeypatch):
    def broken(_looks):
        raise RuntimeError("no room")

    monkeypatch.setattr(task, "record_looks", broken)
    with pytest.raises(RuntimeError), acting_as(court.maker.pk, route="tests.write") as acts:
        acts.member.language = "fi"
        acts.member.save(update_fields=["language"])
    court.maker.refresh_from_db()
    assert court.maker.language == "en"
