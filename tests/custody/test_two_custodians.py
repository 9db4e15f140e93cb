"""Two custodians of one case at the same moment, on two connections that commit; and a wall before one decides."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.urls import reverse

from agencies.models import Member
from casework.access.actions import raise_wall
from casework.access.database import database_now
from casework.access.errors import AccessDenied, StalePage
from casework.access.models import CaseGrant
from casework.access.task import acting_as
from casework.custody.actions import Given, decline_identity, give_identity
from casework.custody.selectors import sees_case_until
from tests.cast import Cast
from tests.custody.conftest import DAY, asked_by_therapist, named_custodian
from tests.custody.test_request_pages import day

GIVES = {"answer": "give", "parts": ["names"], "version": 1, **day("until", 1)}
DECLINES = {"answer": "decline", "reason": "Ask the worker first.", "version": 1}
TOO_LATE = ("This request was decided or ended meanwhile.", "There is nothing to decide any more.")


@pytest.fixture
def custodians(own_database: str, seeded: Cast) -> list[Member]:
    """Two custodians who read the identity of the case."""
    return [named_custodian(seeded, key) for key in ("lead_colleague", "expired_worker")]


def at_once(first: Callable[[], Any], second: Callable[[], Any], django_db_blocker: Any) -> None:
    """Run both, each in a thread with a connection of its own."""

    def run(act: Callable[[], Any]) -> None:
        try:
            with django_db_blocker.unblock():
                act()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)


def outcome(cast: Cast) -> tuple[str, int]:
    """The state of the request, and how many grants it gives."""
    with acting_as(cast.lead_supervisor.pk, route="test"):
        request = asked_by_therapist(cast, cast.lead_supervisor)
        return request.state, CaseGrant.objects.live().filter(identity_request=request).count()


def test_two_custodians_at_once_decide_once(custodians: list[Member], seeded: Cast, django_db_blocker: Any) -> None:
    """Both hold the same page; one gives, the other declines. The first counts; the other is told what it is now."""
    ready, told = threading.Barrier(2), []

    def decide(member: Member, *, gives: bool) -> Callable[[], None]:
        def act() -> None:
            try:
                with acting_as(member.pk, route="test"):
                    request = asked_by_therapist(seeded, member)
                    ready.wait(timeout=20)
                    if gives:
                        given = Given(["names"], database_now() + DAY)
                        give_identity(request=request, by=member, version=1, given=given)
                    else:
                        decline_identity(request=request, by=member, version=1, reason="Not now.")
                told.append("given" if gives else "declined")
            except StalePage as problem:
                told.append(str(problem))

        return act

    at_once(decide(custodians[0], gives=True), decide(custodians[1], gives=False), django_db_blocker)
    state, grants = outcome(seeded)
    label = {"given": "Given", "declined": "Declined"}[state]
    assert sorted(told) == sorted([state, f"This request was decided or ended meanwhile. It is now: {label}."])
    assert grants == (1 if state == "given" else 0)


@pytest.mark.parametrize("second", [GIVES, DECLINES])
def test_on_the_page_one_is_done_and_the_other_told_what_happened(
    second: dict[str, Any],
    custodians: list[Member],
    seeded: Cast,
    client_of: Callable[..., Any],
    django_db_blocker: Any,
) -> None:
    path = reverse("custody:decide", args=[seeded.case.reference, seeded.identity_request.pk])
    clients, ready, answers = [client_of(each) for each in custodians], threading.Barrier(2), []

    def send(client: Any, form: dict[str, Any]) -> Callable[[], None]:
        def act() -> None:
            ready.wait(timeout=20)
            answers.append(client.post(path, form))

        return act

    at_once(send(clients[0], GIVES), send(clients[1], second), django_db_blocker)
    done, late = sorted(answers, key=lambda answer: answer.status_code)
    assert (done.status_code, late.status_code) == (302, 422)
    text = late.content.decode()
    assert any(words in text for words in TOO_LATE) and "Nothing was saved" in text
    state, grants = outcome(seeded)
    assert (state, grants) in (("given", 1), ("declined", 0))


def until_by_both(cast: Cast, person: str, by: str) -> tuple[Any, Any]:
    """Until when a member sees the case: what the application answers, and what the database does."""
    member, asker = cast.people[person], cast.people[by]
    with acting_as(asker.pk, route="test"), connection.cursor() as cursor:
        cursor.execute("select nullif(casework_sees_case_until(%s, %s), 'infinity')", [member.pk, cast.case.pk])
        return sees_case_until(member, cast.case), cursor.fetchone()[0]


def test_behind_a_wall_the_case_is_seen_until_never_and_nothing_is_given(cast: Cast) -> None:
    """As application and database answer the one who decides; before the wall both name the end of the share."""
    before = until_by_both(cast, "therapist", "lead_supervisor")
    assert before[0] == before[1] is not None
    with acting_as(cast.lead_supervisor.pk, route="test"):
        raise_wall(case=cast.case, member=cast.therapist, by=cast.lead_supervisor)
    assert until_by_both(cast, "therapist", "lead_supervisor") == (None, None)
    with acting_as(cast.lead_supervisor.pk, route="test"), pytest.raises(AccessDenied) as caught:
        request = asked_by_therapist(cast, cast.lead_supervisor)
        given = Given(["names"], database_now() + DAY)
        give_identity(request=request, by=cast.lead_supervisor, version=1, given=given)
    assert caught.value.rule in ("wall", "identity_sees_no_case")
