"""Keys of another case's rows in every form: refused as if there were no such row, and nothing is written."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django import forms
from django.core.cache import cache
from django.db import connection, transaction
from django.urls import resolve, reverse

import casework
from agencies.standing import today
from casework.access.models import CaseGrant, Wall
from casework.access.task import acting_as
from casework.account.models import Passage
from casework.audit.kinds import Verb
from casework.cases.entry_actions import EntryContent, write_entry
from casework.cases.models import Case
from tests.access.foreign_keys import KEYS, NO_KEYS, NOWHERE, READ_RAW, ROOMS, Key, fields_like_keys, form_classes
from tests.access.test_bad_input import FORM, FormReader, PageForm, pages, walk  # noqa: F401 - `walk` is a fixture
from tests.access.test_coverage import entries_of
from tests.access.test_existence import CHANGES
from tests.access.test_matrix import address
from tests.cast import Cast, fill_case, second_case

SEATS = (
    "lead_worker", "lead_supervisor", "investigator", "police_supervisor", "therapist", "prosecutor",
    "prosecution_supervisor", "stranger_supervisor",
)  # fmt: skip
KEEPS_TYPED = "keep"  # the token of the draft, by the name that a field of the merging form has as well
# Fields by the names of those that carry a key, and why they are not sent here.
ELSEWHERE = {
    ("cases:agencies", "agency"),  # every agency is offered: `NO_KEYS`
    ("planning:new_plan", "withdrawing"),  # a plan that is not there has no signatures, and none is read
}
WRITES = {Verb.CREATED, Verb.CHANGED, Verb.DELETED, Verb.EXPORTED}
QUESTION = {"text": "Which day was it?", "why": "For the charge.", "due_on_0": "1", "due_on_1": "3", "due_on_2": "2027"}
REQUEST = {"needed": "A date.", "questions": "Which day was it?", "expected": "The day."}
BEHIND = {"planning:ask": QUESTION, "planning:new_request": REQUEST}  # pages whose form leads to one with passages


@pytest.fixture
def other(cast: Cast) -> Cast:
    """The second case of the same people, with rows of every kind that a form names."""
    other = second_case(cast, "Copper Finch")
    fill_case(other)
    writer, content = cast.prosecutor, EntryContent("fact", today(), "A title", "A text")
    for each in (cast, other):
        with acting_as(writer.pk, route="test"):
            case = Case.objects.visible_to(writer).select_related("lead_agency").get(pk=each.case.pk)
            other.entry = write_entry(case=case, by=writer, compartment="legal", content=content)
    return other


@pytest.fixture
def _found(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search finds T1 ¶1 of this case: the engine has tests of its own."""

    def already_told(member: Any, case: Any, text: str, **options: Any) -> Any:
        row = Passage.objects.visible_to(member).select_related("case", "telling").filter(pk=cast.passage.pk).first()
        none = {"elsewhere": (), "coverage": (), "unprepared": 0, "was_cut": False}
        return SimpleNamespace(
            hits=(SimpleNamespace(passage=row),) if row else (), may_read=True, reads_all=True, **none
        )

    monkeypatch.setattr("casework.planning.record._searchers", [already_told])


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Which values of which fields came to which form, and the fields that forms grow by themselves."""
    seen: dict[str, set[str]] = {}
    clean = forms.BaseForm.full_clean

    def full_clean(form: Any) -> None:
        clean(form)
        for name in form.fields if form.is_bound else ():
            values = getattr(form.data, "getlist", lambda key: [form.data.get(key)])(form.add_prefix(name))
            seen.setdefault(f"{type(form).__name__}.{name}", set()).update(str(each) for each in values)

    monkeypatch.setattr(forms.BaseForm, "full_clean", full_clean)
    return seen


def also(cast: Cast, person: str) -> Iterator[str]:
    """Pages that are reached by a link with a key in it."""
    if person == "lead_supervisor":
        with acting_as(cast.lead_supervisor.pk, route="test"):
            wall = Wall.objects.get(case=cast.case, lifted_at=None)
        yield reverse("cases:lift_wall", args=[cast.case.reference]) + f"?wall={wall.pk}"
    if person == "lead_worker":
        yield address("planning:check", cast)


@pytest.fixture
def page_forms(cast: Cast, client_of: Callable[..., Any], walk: Any, _found: None) -> Any:  # noqa: F811
    """Every form that this person finds in a page of the first case, hidden fields alone included."""

    def found_by(person: str) -> Iterator[tuple[Any, PageForm]]:
        cache.clear()
        client, seen = client_of(cast.people[person]), set()
        for purpose in ("investigate", "protect"):
            client.post(address("account:purpose", cast), {"purpose": purpose})
        for path in (*pages(cast, person), *also(cast, person)):
            answer = client.get(path)
            for form in FormReader(answer.content.decode()).forms if answer.status_code == 200 else ():
                form.action = urljoin(path, form.action)
                if form.action not in seen:
                    seen.add(form.action)
                    yield client, form
                    yield from ((client, each) for each in behind(client, form))

    return found_by


def behind(client: Any, form: PageForm) -> list[PageForm]:
    """The forms of the page to which this form leads before anything is saved."""
    typed = BEHIND.get(route_of(form))
    if typed is None:
        return []
    answer = client.post(form.action, {**form.sent, **typed})
    found = [each for each in FormReader(answer.content.decode()).forms if "takes" in each.choices]
    for each in found:
        each.action = form.action
    return found


def route_of(form: PageForm) -> str:
    return resolve(urlsplit(form.action).path).view_name


def field_in(form: PageForm, key: Key) -> str:
    """The name under which this page sends the field of the key; empty when it does not."""
    names = {*form.sent, *form.choices, *form.texts}
    return next((name for name in sorted(names) if name == key.field or name.endswith(f"-{key.field}")), "")


def wrong_with(client: Any, form: PageForm, key: Key, name: str, other: Cast) -> str:
    """What is wrong with how another case's key is answered, or nothing."""
    value = str(key.value(other))
    before = transaction.savepoint()
    forged = sent_and_named(client, form, name, value)
    none = sent_and_named(client, form, name, key.none)
    transaction.savepoint_rollback(before)
    status, body, verbs, cases = forged
    if status != key.status:
        return f"status {status}"
    if verbs & WRITES:
        return f"written: {verbs}"
    if other.case.pk in cases:
        return "the other case is on the record"
    if status == 404 and Verb.REFUSED not in verbs:
        return "no refusal on the record"
    if (status, body, verbs) != none[:3]:
        return "told apart from a key of nothing"
    return ""


def sent_and_named(client: Any, form: PageForm, name: str, value: str) -> tuple[int, str, set[str], set[Any]]:
    """Status, body without what differs each time and without the value, verbs of the record, cases it names."""
    answer = posted(client, form, name, value)
    entries = entries_of(answer)
    body = CHANGES.sub("", answer.content.decode())
    body = body.replace(f'value="{value}"', 'value="VALUE"').replace(f"choice. {value} is", "choice. VALUE is")
    named = {each.case_id for each in entries} | {key for each in entries for key in each.listed_case_ids}
    return answer.status_code, body, {each.verb for each in entries}, named


def posted(client: Any, form: PageForm, name: str, value: Any) -> Any:
    typed: dict[str, Any] = {**form.sent, name: [str(value)]}
    row = name.removesuffix("-agency")
    if row != name:
        typed[f"{row}-name"] = ["Somebody"]
    return client.post(form.action, urlencode({**typed, **NEEDED.get(name, {})}, doseq=True), content_type=FORM)


# What else a form wants said before it looks at the forged field.
NEEDED: dict[str, dict[str, Any]] = {
    "passages": {"state": "from_record", "outcome": "answered", "reason": "It stands there."},
    "takes": {"checked": "1"},
    "withdrawing": {"medication": "At noon."},
    "wall": {"reason": "It does not count."},
}


def test_every_form_refuses_the_key_of_another_case_as_it_refuses_a_key_of_nothing(
    cast: Cast, other: Cast, page_forms: Any, checked: dict[str, set[str]]
) -> None:
    problems, sent_by, unlisted = {}, set(), set()
    names = {key.field for key in KEYS}
    for person in SEATS:
        for client, form in page_forms(person):
            route = route_of(form)
            for key in (each for each in KEYS if route in each.routes):
                name = field_in(form, key)
                if name:
                    sent_by.add((key.name, route))
                    if found := wrong_with(client, form, key, name, other):
                        problems[f"{person} {route} {key.name}"] = found
            carried = {each.rsplit("-", 1)[-1] for each in {*form.sent, *form.choices} - {*form.texts, KEEPS_TYPED}}
            unlisted |= {(route, each) for each in carried & names} - {
                (each, key.field) for key in KEYS for each in key.routes
            }
    assert problems == {}
    assert sent_by == {(key.name, route) for key in KEYS for route in key.routes}
    reached = {key.name for key in KEYS if str(key.value(other)) in checked.get(key.name, ())}
    assert reached | {"LiftWallForm.wall"} == fields_like_keys(), "a wall that is not there never gets to its form"
    assert unlisted == ELSEWHERE


def test_members_of_another_case_in_the_names_of_fields_are_not_read(
    cast: Cast, other: Cast, client_of: Callable[..., Any]
) -> None:
    """The review names its people in its fields, the editor its passages: what is not on the page is left alone."""
    supervisor, path = client_of(cast.lead_supervisor), address("sharing:review", cast)
    [form] = [each for each in FormReader(supervisor.get(path).content.decode()).forms if "stays" in str(each.choices)]
    typed = dict.fromkeys(form.choices, "yes") | {f"stays_{cast.lead_colleague.pk}": "no"}
    typed |= {f"reason_{cast.lead_colleague.pk}": "Forged"}
    assert supervisor.post(path, {**form.sent, **typed}).status_code == 302
    with acting_as(cast.lead_supervisor.pk, route="test"):
        grants = CaseGrant.objects.live().filter(user=cast.lead_colleague, content_object=other.case)
        assert grants.exists()
    writer, editor = client_of(cast.investigator), address("account:editor", cast).replace("/1/", "/2/")
    writer.post(address("account:purpose", cast), {"purpose": "investigate"})
    [form] = [each for each in FormReader(writer.get(editor).content.decode()).forms if "version" in each.sent][:1]
    forged = {f"p{other.passage.pk}-topics": "place", f"p{other.passage.pk}-phase": "closure"}
    assert writer.post(editor, {**form.sent, **forged}).status_code == 302
    with acting_as(cast.investigator.pk, route="test"):
        passage = Passage.objects.visible_to(cast.investigator).get(pk=other.passage.pk)
        assert (passage.topics, passage.phase) == ([], "")


def test_an_access_to_another_case_is_not_ended_here(cast: Cast, other: Cast, client_of: Callable[..., Any]) -> None:
    client, path = client_of(cast.lead_supervisor), address("cases:end_access", cast)
    for member in (cast.lead_colleague.pk, cast.stranger.pk, NOWHERE):
        assert client.post(path, {"member": member}).status_code == 404
        assert client.get(f"{path}?member={member}").status_code == 404
    with connection.cursor() as cursor, acting_as(cast.lead_supervisor.pk, route="test"):
        cursor.execute("select count(*) from access_casegrant where user_id = %s and content_object_id = %s"
                       " and ended_at is null", [cast.lead_colleague.pk, other.case.pk])  # fmt: skip
        assert cursor.fetchone()[0] > 0


def test_what_is_listed_as_no_key_exists_and_forms_that_grow_fields_are_these() -> None:
    fields = {f"{form.__name__}.{name}" for form in form_classes() for name in form.base_fields}
    assert len(fields) > 100
    assert {each for each in NO_KEYS if not any(each in (name, name.split(".")[1]) for name in fields)} == set()
    assert {key.name for key in KEYS} == fields_like_keys()


def test_what_views_read_from_a_post_without_a_form_is_listed() -> None:
    folder, found = Path(casework.__file__).parent, set()
    trees = [ast.parse(path.read_text()) for room in ROOMS for path in (folder / room).glob("*views.py")]
    for node in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)):
        asked = ast.unparse(node.func)
        if asked in ("request.POST.get", "request.POST.getlist", "posted.get", "posted.getlist"):
            found.add(ast.unparse(node.args[0]).strip("'"))
    assert found == {each.strip("'") for each in READ_RAW}
