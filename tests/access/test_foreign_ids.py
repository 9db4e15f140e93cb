"""Ids of another case's objects in every address of a case: not there, whether they exist or not, and on the record.

The second case is led, shared and read by the same people, so that it is the binding to the case alone that refuses:
whoever asks may do the same thing to the same object under its own case.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.cache import cache
from django.urls import reverse

from casework.audit.kinds import Verb
from tests.access.matrix import MATRIX, expected
from tests.access.test_coverage import entries_of
from tests.access.test_existence import asked
from tests.access.test_matrix import address, routes
from tests.cast import Cast, fill_case, second_case

PARTNERS = (
    "lead_worker", "lead_supervisor", "investigator", "police_supervisor", "therapist", "therapy_supervisor",
    "prosecutor", "prosecution_supervisor",
)  # fmt: skip
# Arguments that are keys of the whole house; the others are numbers within their case.
KEYS = {"entry", "share", "participant", "emergency", "asked", "hearing", "topic_request"}
WORDS = {"reference", "part"}
NOWHERE = 7_000_000_000_000_000_001


def walked(*, keys_only: bool) -> list[str]:
    """Routes that name an object inside a case, by a key of the house or by any argument."""
    wanted = {name: set(pattern.pattern.converters) - WORDS for name, pattern in routes().items()}
    return sorted(
        name
        for name, arguments in wanted.items()
        if "reference" in routes()[name].pattern.converters and (arguments & KEYS if keys_only else arguments)
    )


def reaching(name: str, cast: Cast) -> Iterator[tuple[str, str]]:
    """Who gets further than 404 at this address in their own case, and by which method."""
    for method in MATRIX[name]:
        for person in PARTNERS:
            if expected(name, method, person, is_open=False, before_standing=False) not in (403, 404, 405):
                yield person, method.lower()


def elsewhere(name: str, cast: Cast, other: Cast, **instead: int) -> str:
    """The address of the first case's object beside the reference of the other case."""
    arguments = routes()[name].pattern.converters
    path = address(name, cast)
    if instead:
        known = {each: instead.get(each, 1) for each in arguments if each != "reference"}
        path = reverse(name, kwargs={"reference": cast.case.reference, **known})
    return path.replace(cast.case.reference, other.case.reference)


def differences(name: str, cast: Cast, other: Cast, client_of: Callable[..., Any], nowhere: int) -> dict[str, str]:
    """What is wrong with the answers at this address, by person and method."""
    wrong = {}
    keys = {each: nowhere for each in routes()[name].pattern.converters if each not in WORDS}
    kept = {each: 1 for each in keys if nowhere == NOWHERE and each not in KEYS}
    for person, method in reaching(name, cast):
        client = client_of(cast.people[person])
        client.get("/")
        cache.clear()
        forged = elsewhere(name, cast, other)
        there, none = asked(client, method, forged), asked(client, method, elsewhere(name, cast, other, **keys | kept))
        entries = entries_of(getattr(client, method)(forged))
        if there[0] != 404 or there != none:
            wrong[f"{person} {method}"] = (
                f"{there[0]} in {there[2]} queries, {none[0]} in {none[2]} where there is none"
            )
        elif [(each.verb, each.case_id) for each in entries] != [(Verb.REFUSED, other.case.pk)]:
            wrong[f"{person} {method}"] = f"the record says {[(each.verb, each.case_id) for each in entries]}"
    return wrong


def test_no_object_of_one_case_is_reached_through_another(cast: Cast, client_of: Callable[..., Any]) -> None:
    """The other case is empty: whatever number or key stands in the address, nothing of that kind is in it."""
    empty, names = second_case(cast, "Copper Finch"), walked(keys_only=False)
    wrong = {name: found for name in names if (found := differences(name, cast, empty, client_of, 77))}
    assert len(names) > 40
    assert wrong == {}


def test_no_key_of_one_case_is_reached_through_the_tellings_and_requests_of_another(
    cast: Cast, client_of: Callable[..., Any]
) -> None:
    """The other case is full: the rest of the address leads to something, and only the key is another case's."""
    full, names = second_case(cast, "Copper Finch"), walked(keys_only=True)
    fill_case(full)
    wrong = {name: found for name in names if (found := differences(name, cast, full, client_of, NOWHERE))}
    assert len(names) > 15
    assert wrong == {}


def test_the_walk_asks_people_who_reach_the_object_under_its_own_case(cast: Cast) -> None:
    """Else it would show nothing. Not reached in the first case: a share to be changed, and the naming of nobody."""
    unreached = {name for name in walked(keys_only=False) if not any(reaching(name, cast))}
    assert unreached == {"sharing:change", "sharing:end_naming"}
