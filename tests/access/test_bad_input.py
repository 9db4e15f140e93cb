"""Every form of the house with what goes wrong in real life: said beside the field, 422, and nothing typed is lost."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest
from django.core.cache import cache
from django.db import transaction
from django.urls import resolve, reverse

from casework.access.task import acting_as
from casework.cases.kinds import IdentityPart
from casework.cases.models import Case
from casework.summaries.actions import SummaryDetails, ask_approval, choose_items, start_summary
from tests.access.matrix import MATRIX, expected
from tests.access.test_matrix import address
from tests.cast import Cast

TEXTS = {
    "1 MB": "Nothing to say. " * 65_536,
    "NUL": "One\x00two",
    "right-to-left override": "Turned \u202egnp.exe",
    "a picture in text": "Look: data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
}
SEATS = (
    "lead_worker", "lead_supervisor", "investigator", "prosecutor", "prosecution_supervisor", "lead_admin",
    "stranger_supervisor", "therapist",
)  # fmt: skip
FORMS = {
    "account:log", "account:new_telling", "account:passage", "account:paste", "account:purpose", "account:editor",
    "account:told_before",
    "agencies:add", "agencies:address", "agencies:dates", "agencies:roles",
    "assessment:distribution", "assessment:harms", "assessment:screening",
    "cases:agencies", "cases:change", "cases:change_entry", "cases:change_identity", "cases:close", "cases:identity",
    "cases:declare_wall", "cases:declare_wall_by_reference", "cases:walls",
    "cases:new", "cases:new_entry", "cases:people", "cases:record_attendance",
    "custody:ask", "custody:decide",
    "emergency:open", "emergency:review",
    "planning:ask", "planning:change_plan", "planning:decide", "planning:hear", "planning:merge", "planning:new_plan",
    "planning:new_request", "planning:new_step", "planning:question", "planning:take_answer", "planning:withdraw",
    "search:ask",
    "sharing:ask_topics", "sharing:decline_topics",
    "sharing:accept", "sharing:offer", "sharing:reject", "sharing:review", "sharing:revoke", "sharing:revoke_overseen",
    "summaries:choose", "summaries:decide", "summaries:details", "summaries:new",
}  # fmt: skip
ROOMS = (
    "agencies", "cases", "account", "search", "planning", "assessment", "sharing", "custody", "emergency", "summaries",
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"


@dataclass
class PageForm:
    """One form of a page. `sent`: what a browser would send untouched; `texts`, `choices`: names one can answer."""

    action: str
    sent: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)

    def put(self, name: str, value: str, into: list[str]) -> None:
        self.sent.setdefault(name, []).append(value)
        into.append(name)


class FormReader(HTMLParser):
    """The forms of a page that are sent by POST, and the ids of the error lists in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.errors: set[str] = set()
        self._form: PageForm | None = None
        self._text: str | None = None
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name, value = has.get("name") or "", has.get("value") or ""
        if tag == "ul" and "errorlist" in (has.get("class") or ""):
            self.errors.add(has.get("id") or "")
        elif tag == "form" and has.get("method") == "post":
            self._form = PageForm(has.get("action") or "")
            self.forms.append(self._form)
        elif self._form is None or (not name and tag != "option"):
            return
        elif tag == "textarea":
            self._text = ""
            self._form.put(name, "", self._form.texts)
        elif tag == "select":
            self._select = name
            self._form.choices.append(name)
        elif tag == "option" and "selected" in has:
            self._form.sent[self._select] = [value]
        elif tag == "input":
            self._input(self._form, name, value, has)

    def _input(self, form: PageForm, name: str, value: str, has: dict[str, str | None]) -> None:
        kind = has.get("type") or "text"
        if kind in ("checkbox", "radio"):
            if name not in form.choices and "value" in has:  # without a value it says yes or no, whatever is sent
                form.choices.append(name)
            if "checked" in has:
                form.sent.setdefault(name, []).append(value or "on")
        elif kind in ("hidden", "password"):
            form.sent.setdefault(name, []).append(value)
        else:
            form.put(name, value, form.texts)

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._form is not None and self._text is not None:
            self._form.sent[self._form.texts[-1]] = [self._text.removeprefix("\r\n").removeprefix("\n")]
            self._text = None
        elif tag == "form":
            self._form = None

    def value_of(self, name: str) -> str:
        return next((form.sent[name][0] for form in self.forms if name in form.sent), "")


def pages(cast: Cast, person: str) -> Iterator[str]:
    """The addresses that this person opens; tellings are the open T2, where forms still take something."""
    for name in sorted(MATRIX):
        if name.split(":")[0] not in ROOMS:
            continue
        if expected(name, "GET", person, is_open=False, before_standing=False) in (200, 302):
            yield address(name, cast).replace("/tellings/1/", "/tellings/2/")
    reference = cast.case.reference
    yield reverse("sharing:received", args=[reference, cast.offered.pk])
    yield reverse("summaries:choose", args=[reference, 2])
    yield reverse("summaries:decide", args=[reference, 3])


@pytest.fixture
def walk(cast: Cast, client_of: Callable[..., Any]) -> Callable[[str], list[tuple[Any, PageForm]]]:
    """Every form that this person finds in a page, each once, with a client that has stated why it reads."""

    with acting_as(cast.prosecutor.pk, route="test"):
        case = Case.objects.visible_to(cast.prosecutor).select_related("lead_agency").get(pk=cast.case.pk)
        details = SummaryDetails("Being chosen", "District court", "", "prosecute", "court_order")
        start_summary(case=case, by=cast.prosecutor, number=2, details=details)
        asked = start_summary(case=case, by=cast.prosecutor, number=3, details=details)
        choose_items(summary=asked, by=cast.prosecutor, version=1, passages=[cast.passage.pk], entries=[])
    with acting_as(cast.prosecutor.pk, route="test"):
        ask_approval(summary=asked, by=cast.prosecutor, version=2)

    def forms_of(person: str) -> list[tuple[Any, PageForm]]:
        cache.clear()
        client, found, seen = client_of(cast.people[person]), [], set()
        identity = f"/cases/{cast.case.reference}/identity/"
        every_part = urlencode({"reason": "contact", "parts": IdentityPart.values}, doseq=True)
        client.post(f"/cases/{cast.case.reference}/account/purpose/", "purpose=investigate", content_type=FORM)

        def read(path: str) -> None:
            answer = client.get(path)
            for form in FormReader(answer.content.decode()).forms if answer.status_code == 200 else ():
                form.action = urljoin(path, form.action)
                if form.action not in seen and (form.texts or form.choices):
                    seen.add(form.action)
                    found.append((client, form))

        read(identity)  # asks what for; from the next line on it shows
        client.post(identity, every_part, content_type=FORM)
        for path in pages(cast, person):
            read(path)
        return found

    return forms_of


def sent(client: Any, form: PageForm, name: str, value: str) -> Any:
    """The answer to this form with one field changed; what it did is taken back."""
    before = transaction.savepoint()
    answer = client.post(form.action, urlencode({**form.sent, name: [value]}, doseq=True), content_type=FORM)
    transaction.savepoint_rollback(before)
    return answer


def dead_links(page: str) -> list[str]:
    """Where the error summary of a page leads and nothing stands."""
    _head, _mark, rest = page.partition("data-error-summary")
    summary = rest.partition("</ul>")[0]
    return [place for place in re.findall(r'href="#([^"]*)"', summary) if f'id="{place}"' not in page]


def problem(answer: Any, name: str, value: str, *, kept: bool) -> str:
    """What is wrong with the answer to a bad value, or nothing."""
    if answer.status_code != 422:
        return f"status {answer.status_code}"
    page = FormReader(answer.content.decode())
    owner = name.rsplit("_", 1)[0] if name[-2:] in ("_0", "_1", "_2") else name
    if not any(each.endswith((f"_{name}_error", f"_{owner}_error")) for each in page.errors):
        return f"no message beside it, but {sorted(page.errors)}"
    if dead_links(answer.content.decode()):
        return f"links of the summary lead nowhere: {dead_links(answer.content.decode())}"
    return "" if not kept or page.value_of(name) == value else "what was typed is lost"


def test_the_walk_finds_every_form_and_what_is_typed_into_a_case_outlives_the_session(
    walk: Callable[..., Any], cast: Cast
) -> None:
    forms = [form for person in SEATS for _client, form in walk(person)]
    assert {resolve(form.action).view_name for form in forms} == FORMS
    forgetful = {resolve(form.action).view_name for form in forms if form.texts and "keep" not in form.sent}
    dates_and_names = {
        "agencies:add", "agencies:address", "agencies:dates", "cases:people", "cases:record_attendance",
    }  # fmt: skip
    assert forgetful == dates_and_names | {"cases:declare_wall_by_reference", "search:ask"}, "nothing of a case is kept"


@pytest.mark.parametrize("person", SEATS)
def test_every_text_field_says_what_is_wrong_and_keeps_it(person: str, walk: Callable[..., Any], cast: Cast) -> None:
    problems, walked = {}, 0
    for client, form in walk(person):
        for name in form.texts:
            for kind, text in TEXTS.items():
                walked += 1
                found = problem(sent(client, form, name, text), name, text, kept=True)
                if found:
                    problems[f"{form.action} {name} {kind}"] = found
    assert problems == {}
    assert walked > 0


@pytest.mark.parametrize("person", SEATS)
def test_every_choice_refuses_what_is_not_offered(person: str, walk: Callable[..., Any], cast: Cast) -> None:
    problems = {}
    for client, form in walk(person):
        for name in form.choices:
            found = problem(sent(client, form, name, "no-such-thing"), name, "", kept=False)
            if found:
                problems[f"{form.action} {name}"] = found
    assert problems == {}
