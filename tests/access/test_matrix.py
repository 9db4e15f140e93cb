"""Every address by every person: nothing of a case for anybody whom the rules don't name, whatever the method."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from casework.access.third_party import BEFORE_SECOND_FACTOR, BEFORE_SIGN_IN, FOR_MEMBERS
from casework.audit.models import AuditEntry
from tests.access.matrix import MATRIX, READERS, expected
from tests.cast import MEMBERS, PHRASES, Cast

OUTSIDERS = ("stranger", "stranger_supervisor", "lead_colleague", "lead_admin", "walled_worker", "expired_worker")
OPEN_TO_ALL = {"web:leave", "web:blank", "agencies:set_up", "agencies:demo_sign_in", "agencies:second_factor"}


def routes() -> dict[str, URLPattern]:
    """Every route of the house by its full name. An address with two names is listed once per name."""

    def walk(resolver: Any, namespace: str) -> Iterator[tuple[str, URLPattern]]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
                yield from walk(entry, inner)
            else:
                yield f"{namespace}{entry.name}", entry

    return dict(walk(get_resolver(), ""))


def address(name: str, cast: Cast) -> str:
    """The address of a route for the cast's case; keys of rows where the cast has them, else some number."""
    pattern = routes()[name].pattern
    known: dict[str, Any] = {
        "reference": cast.case.reference,
        "telling": 1,
        "passage": 1,
        "entry": cast.audit_entry.pk if name in ("oversight:entry", "oversight:proof") else cast.entry.pk,
        "share": cast.share.pk,
        "participant": cast.participant.pk,
        "emergency": cast.emergency.pk,
        "asked": cast.identity_request.pk,
        "topic_request": cast.topic_request.pk,
        "number": 1 if name.startswith("summaries:") else cast.lead_colleague.pk,
        "hearing": cast.hearing.pk,
        "token": "none",
        "part": "account",
    }
    return reverse(name, kwargs={argument: known.get(argument, 1) for argument in pattern.converters})


def test_the_walk_finds_the_house() -> None:
    assert len(routes()) > 60


def test_lock_every_view_declares_its_rule_or_is_listed() -> None:
    listed = BEFORE_SIGN_IN | BEFORE_SECOND_FACTOR | FOR_MEMBERS
    undeclared = [
        name
        for name, pattern in routes().items()
        if not hasattr(pattern.callback, "access_rule") and name not in listed
    ]
    assert undeclared == []
    assert listed <= set(routes())


def test_lock_pages_without_sign_in_are_these_and_no_others() -> None:
    exempt = {
        name for name, pattern in routes().items() if getattr(pattern.callback, "access_rule", "") == "open_to_all"
    }
    assert exempt == OPEN_TO_ALL


def test_lock_nobody_signed_in_is_sent_to_sign_in(cast: Cast, client: Any) -> None:
    for name in routes():
        if name in OPEN_TO_ALL | BEFORE_SIGN_IN:
            continue
        answer = client.get(address(name, cast))
        assert answer.status_code in (302, 405), name
        if answer.status_code == 302:
            assert answer["Location"].startswith("/sign-in/"), name


def test_lock_without_a_second_factor_no_page_opens(cast: Cast, client_of: Callable[..., Any]) -> None:
    client = client_of(cast.lead_worker, second_factor=False)
    for name in routes():
        if name in OPEN_TO_ALL | BEFORE_SIGN_IN | BEFORE_SECOND_FACTOR:
            continue
        answer = client.get(address(name, cast))
        assert answer.status_code == 302 and answer["Location"] == "/agency/second-factor/", name


def test_lock_every_address_is_in_the_matrix() -> None:
    assert set(MATRIX) == set(routes())


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", sorted(MATRIX))
def test_matrix(name: str, method: str, cast: Cast, client_of: Callable[..., Any]) -> None:
    cache.clear()  # what an address counts against guessing is not what is asked here
    differences = {}
    for person in MEMBERS:
        right = expected(
            name,
            method,
            person,
            is_open=name in OPEN_TO_ALL | BEFORE_SIGN_IN,
            before_standing=name in BEFORE_SECOND_FACTOR,
        )
        before = transaction.savepoint()
        answer = getattr(client_of(cast.people[person]), method.lower())(address(name, cast))
        status = answer.status_code
        transaction.savepoint_rollback(before)
        if status != right:
            differences[person] = f"{status} instead of {right}"
        told = [phrase for phrase in PHRASES if phrase in answer.content.decode() and person not in READERS[phrase]]
        if told:
            differences[person] = f"was told {told}"
    assert differences == {}


def test_other_methods_open_nothing_more(cast: Cast, client_of: Callable[..., Any]) -> None:
    """HEAD answers as GET does, or not at all; PUT, PATCH and DELETE are refused by every page of ours."""
    client = client_of(cast.lead_worker)
    for name in sorted(set(MATRIX) - BEFORE_SIGN_IN - BEFORE_SECOND_FACTOR - FOR_MEMBERS):
        right = expected(name, "GET", "lead_worker", is_open=name in OPEN_TO_ALL, before_standing=False)
        assert client.head(address(name, cast)).status_code in (right, 405), name
        for method in ("put", "patch", "delete"):
            assert getattr(client, method)(address(name, cast)).status_code in (403, 405), f"{method} {name}"


@pytest.mark.parametrize("person", OUTSIDERS)
def test_outsiders_get_nothing_of_the_case_at_any_address(
    person: str, cast: Cast, client_of: Callable[..., Any]
) -> None:
    """Every route with a reference, by GET and by POST: not a word of the case, and never a 2xx."""
    client, walked = client_of(cast.people[person]), 0
    for name, pattern in routes().items():
        if "reference" not in pattern.pattern.converters:
            continue
        for method in ("get", "post"):
            if person == "lead_admin" and name.startswith("agencies:"):
                continue
            answer = getattr(client, method)(address(name, cast))
            walked += 1
            assert answer.status_code in (403, 404, 405), f"{method} {name}: {answer.status_code}"
            body = answer.content.decode()
            assert cast.case.pseudonym not in body, f"{method} {name}"
            assert not [phrase for phrase in PHRASES if phrase in body], f"{method} {name}"
    assert walked > 60


def test_a_wrong_reference_and_somebody_elses_case_look_the_same(cast: Cast, client_of: Callable[..., Any]) -> None:
    client = client_of(cast.stranger)
    pages = [client.get(f"/cases/{reference}/") for reference in (cast.case.reference, "ZZZZ-ZZZZ")]
    each_time = r'Reference number: [0-9A-F]+|name="csrfmiddlewaretoken" value="[^"]+"'
    bodies = [re.sub(each_time, "", page.content.decode()) for page in pages]
    assert [page.status_code for page in pages] == [404, 404]
    assert bodies[0] == bodies[1]


def test_row_13_each_refusal_has_its_entry(cast: Cast, client_of: Callable[..., Any]) -> None:
    client_of(cast.stranger).get(f"/cases/{cast.case.reference}/")
    entry = AuditEntry.objects.filter(xid=current_transaction()).exclude(verb="signed_in").get()
    assert (entry.verb, entry.outcome, entry.route, entry.rule) == ("refused", "refused", "cases:case", "NotVisible")
    assert entry.actor_name == "Stranger"
    assert entry.additional_data == {"status": 404, "asked_for": {"reference": cast.case.reference}}


def current_transaction() -> str:
    """The id of the transaction that this test runs in: all its entries carry it, and only they are visible here."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()::text")
        return str(cursor.fetchone()[0])
