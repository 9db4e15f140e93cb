"""No answer without its entry, and the entry names each object whose data is in it: the whole house, measured.

For every route and every person whom the matrix lets in: what PostgreSQL returned behind row-level security and what
was decrypted is compared with what the entries of that answer name. The measuring knows nothing of the noting.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from casework.access.task import bound_to
from casework.audit.models import AuditEntry
from casework.drafts.actions import keep_draft
from casework.vault.reading import Reading
from tests.access.instruments import Row, Seen, named_by, watching
from tests.access.matrix import MATRIX, expected
from tests.access.test_matrix import OPEN_TO_ALL, address, routes
from tests.cast import MEMBERS, Cast

# 200 without an entry, each with the reason; they carry nothing of a case.
SILENT = {
    "agencies:stay": "the time at which the session ends",
    "drafts:keep": "yes or no, to whoever typed the text",
    "summaries:progress": "a percentage, asked for every second by a page that has left its entry",
}
# Of a route, the kinds of row that decide and are not in the page.
NOT_IN_THE_PAGE: dict[str, set[str]] = {}
# What plain SQL of ours asks the database, and how the answer is on the record.
FUNCTIONS = {
    "casework_headcount": "two numbers about a case; the entry names the case",
    "casework_people_of": "who sees a case; the grants of the same page are named",
    "casework_account_counts": "numbers about a case; the entry names the case",
    "casework_passages_by_topic": "numbers of passages under each topic, without a word; the entry names the case",
    "casework_topics_besides": "topics that the account holds, to people on the case; the entry names the case",
    "casework_gate": "two numbers about a case and who interviewed last; the entry names the case",
    "casework_case_of": "for the entry of a refusal alone",
    "casework_emergencies_of": "who reads a case in an emergency now; the entry names the case",
    "casework_emergency_now": "the own emergency access that runs, whose entries name it",
    "casework_emergency_case": "yes or no to an emergency; either way it has an entry of its own",
    "casework_waits_for_review": "yes or no about the own emergency access",
    "casework_custodians_of": "who decides on requests for the identity of a case; the entry names the case",
    "casework_kept_ids": "cases whose requests wait for the one who asks; the requests of the same page are named",
    "casework_declare_wall": "for the entry alone; the answer is the same either way",
    "casework_ended_by_wall": "for the entry alone; the answer is the same either way",
    "casework_oldest_unsealed": "the time since which something waits for a seal; of no entry in particular",
    "casework_last_looks": "when each person last looked at a case; the entry names the case and its grants",
    "casework_stands_behind_wall": "yes or no about a member who is being named; the entry names the case",
    "casework_openings": "who opened two parts of a case, for its lead agency; the entry names the case",
}


def who_gets(name: str, method: str, *statuses: int) -> list[str]:
    """The people who get one of these statuses, by the matrix."""
    flags = {"is_open": name in OPEN_TO_ALL, "before_standing": False}
    people = [person for person in MEMBERS if expected(name, method, person, **flags) in statuses]
    return [person for person in people if person not in ("ended_member", "lapsed_worker")]


def entries_of(answer: Any) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(cid=answer["Correlation-Id"]))


def unnamed(name: str, seen: Seen, named: set[Row]) -> set[Row]:
    """Rows that were read and that no entry names."""
    kept = NOT_IN_THE_PAGE.get(name, set())
    return {row for row in seen.rows | seen.opened if row[0] not in kept and row[0] not in ("draft", "reason")} - named


def wrong_with(name: str, answer: Any, seen: Seen, entries: list[AuditEntry]) -> list[str]:
    """What the record of this answer lacks, or claims without ground."""
    named = named_by(entries)
    problems = [f"read and not named: {row}" for row in sorted(unnamed(name, seen, named))]
    problems += [f"columns without their key: {columns}" for columns in seen.unkeyed]
    problems += [f"{function} is not listed" for function in seen.functions - set(FUNCTIONS)]
    looks = [entry for entry in entries if entry.verb in ("looked", "listed", "exported")]
    claimed = named_by(looks) - seen.rows - seen.opened
    problems += [f"named and not read: {row}" for row in sorted(claimed) if row[0] != "agencies.member"]
    if answer.status_code == 200 and not entries and name not in SILENT:
        problems.append("200 without an entry")
    if answer.status_code == 200 and name in SILENT and entries:
        problems.append("listed as silent, and is not")
    return problems


@pytest.fixture
def measure(
    cast: Cast, client_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., list[str]]]:
    """Ask for an address as a person; returns what is wrong with the record of the answer."""
    cache.clear()

    def asked(
        person: str, name: str, path: str, method: str = "get", data: Any = None, before: Any = None
    ) -> list[str]:
        client = client_of(cast.people[person])
        if before is not None:
            before(client)
        point = transaction.savepoint()
        with watching(monkeypatch) as seen:
            answer = getattr(client, method)(path, data or {})
        problems = wrong_with(name, answer, seen, entries_of(answer))
        transaction.savepoint_rollback(point)
        return [f"{person} {method} {name}: {problem}" for problem in problems]

    yield asked


def variants(name: str, cast: Cast) -> set[str]:
    """The address of a route, and that of the telling that is still open."""
    path = address(name, cast)
    return {path, path.replace("/tellings/1/", "/tellings/2/")}


@pytest.mark.parametrize("name", sorted(name for name in routes() if "GET" in MATRIX[name]))
def test_every_page_names_what_is_in_it(name: str, cast: Cast, measure: Callable[..., list[str]]) -> None:
    people = who_gets(name, "GET", 200, 302)
    problems = [each for person in people for path in variants(name, cast) for each in measure(person, name, path)]
    assert problems == []


@pytest.mark.parametrize("name", sorted(name for name in routes() if "POST" in MATRIX[name]))
def test_every_form_shown_again_names_what_is_in_it(name: str, cast: Cast, measure: Callable[..., list[str]]) -> None:
    people = who_gets(name, "POST", 200, 422)
    problems = [
        each for person in people for path in variants(name, cast) for each in measure(person, name, path, "post")
    ]
    assert problems == []


def test_the_walk_measures_something(cast: Cast, client_of: Callable[..., Any], monkeypatch: Any) -> None:
    client = client_of(cast.investigator)
    client.post(address("account:purpose", cast), {"purpose": "investigate"})
    with watching(monkeypatch) as seen:
        client.get(address("account:account", cast))
    assert ("casework_account.passage", cast.passage.pk) in seen.rows & seen.opened
    with watching(monkeypatch) as seen:
        client.get(address("cases:case", cast))
    assert ("cases.case", cast.case.pk) in seen.rows
    assert "casework_headcount" in seen.functions


def test_the_walk_goes_red_where_the_noting_fails(
    cast: Cast, measure: Callable[..., list[str]], monkeypatch: Any
) -> None:
    monkeypatch.setattr(Reading, "note", lambda *_arguments, **_options: None)
    assert measure("lead_worker", "cases:entry", address("cases:entry", cast))


def test_pages_behind_a_purpose_a_reason_and_a_draft_name_what_is_in_them(
    cast: Cast, measure: Callable[..., list[str]], client_of: Callable[..., Any]
) -> None:
    def purpose(client: Any) -> None:
        client.post(address("account:purpose", cast), {"purpose": "investigate"})

    account = address("account:account", cast)
    assert measure("investigator", "account:account", account, before=purpose) == []
    identity = address("cases:identity", cast)
    assert measure("lead_worker", "cases:identity", identity, "post", {"reason": "safety"}) == []
    form = address("cases:change_entry", cast)
    with bound_to(cast.lead_worker.pk):
        keep_draft(member_id=cast.lead_worker.pk, path=form, typed={"text": ["Typed and not saved"]})
    assert measure("lead_worker", "cases:change_entry", form) == []
    client = client_of(cast.lead_worker)
    page = client.get(form)
    assert "Typed and not saved" in page.content.decode()
    assert "drafts.draft" in {label for entry in entries_of(page) for label in entry.shown}


def test_every_silent_answer_is_listed_once_and_exists() -> None:
    assert set(SILENT) <= set(routes())


def test_one_case_in_a_list_was_seen_in_a_list_and_not_opened(cast: Cast, client_of: Callable[..., Any]) -> None:
    [entry] = entries_of(client_of(cast.investigator).get("/cases/"))
    assert (entry.verb, entry.case_id, entry.listed_case_ids) == ("listed", None, [cast.case.pk])
