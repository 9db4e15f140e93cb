"""Nothing tells whether a case exists: bytes of the answer, number of queries, lists and search, at every address."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework.access.task import acting_as
from casework.cases.actions import close_case
from casework.cases.models import Case
from tests.access.test_matrix import address, routes
from tests.cast import Cast

WRONG = "ZZZZ-ZZZZ"
CHANGES = re.compile(
    r'Reference number: [0-9A-F]+|name="csrfmiddlewaretoken" value="[^"]+"|name="keep" value="[^"]+"'
    r'|datetime="[^"]+"|\d\d:\d\d'
)


def asked(client: Any, method: str, path: str) -> tuple[int, str, int]:
    """Status, body without what differs each time, and how many queries it took."""
    with CaptureQueriesContext(connection) as queries:
        answer = getattr(client, method)(path)
    return answer.status_code, CHANGES.sub("", answer.content.decode()), len(queries)


@pytest.mark.parametrize("person", ["stranger", "stranger_supervisor", "walled_worker", "lead_colleague"])
def test_another_case_a_walled_one_and_none_are_one_answer(
    person: str, cast: Cast, client_of: Callable[..., Any]
) -> None:
    """Every route with a reference, by GET and POST, for whoever may not know of the case."""
    client, walked, differ = client_of(cast.people[person]), 0, {}
    client.get("/")
    for name, pattern in routes().items():
        if "reference" not in pattern.pattern.converters:
            continue
        path = address(name, cast)
        assert cast.case.reference in path
        for method in ("get", "post"):
            cache.clear()
            there = asked(client, method, path)
            nowhere = asked(client, method, path.replace(cast.case.reference, WRONG))
            walked += 1
            if there != nowhere:
                differ[f"{method} {name}"] = (there[0], nowhere[0], there[2], nowhere[2])
    assert walked > 60
    assert differ == {}


def test_a_closed_case_of_others_is_no_answer_either(cast: Cast, client_of: Callable[..., Any]) -> None:
    with acting_as(cast.lead_supervisor.pk, route="test"):
        case = Case.objects.visible_to(cast.lead_supervisor).select_related("lead_agency").get(pk=cast.case.pk)
        close_case(case=case, by=cast.lead_supervisor, version=case.version, reason="Over")
    client = client_of(cast.stranger)
    client.get("/")
    for name in ("cases:case", "cases:reopen", "account:account", "oversight:looks"):
        path = address(name, cast)
        assert asked(client, "get", path) == asked(client, "get", path.replace(cast.case.reference, WRONG)), name


@pytest.mark.parametrize("person", ["stranger", "walled_worker", "lead_colleague"])
def test_lists_and_search_find_as_little_of_it_as_of_nothing(
    person: str, cast: Cast, client_of: Callable[..., Any]
) -> None:
    """By reference and by pseudonym, whole and in part; the empty page is the same, after as many queries."""
    client = client_of(cast.people[person])
    client.get("/")
    for page in ("cases:list", "cases:my_work"):
        for words in (cast.case.reference, cast.case.reference[:4], cast.case.pseudonym, "Amber"):
            nothing = "Q" * len(words)
            status, body, queries = asked(client, "get", f"{reverse(page)}?words={words}")
            other = asked(client, "get", f"{reverse(page)}?words={nothing}")
            assert (status, body.replace(words, nothing), queries) == other, (page, words)


def test_a_new_case_may_take_a_pseudonym_that_is_taken_where_one_may_not_look(
    cast: Cast, client_of: Callable[..., Any]
) -> None:
    """Being told that it is taken would tell that it exists; one's own cases are compared."""
    new = {"pseudonym": cast.case.pseudonym, "risk": "low", "age_band": "unknown", "concern": "A concern."}
    assert "Check before you open the case" in client_of(cast.stranger).post("/cases/new/", new).content.decode()
    assert client_of(cast.lead_worker).post("/cases/new/", new).status_code == 422


def test_references_have_neither_order_nor_meaning(cast: Cast) -> None:
    """Two cases opened one after the other share no prefix that a counter or a clock would give."""
    one, other = cast.case.reference, cast.other_case.reference
    assert re.fullmatch(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", one)
    assert one[:3] != other[:3]
