"""The pages of both sides: asking, deciding, what each is told, and what is refused."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from agencies.standing import today
from casework.access.actions import raise_wall
from casework.access.task import acting_as
from casework.custody.models import IdentityRequest
from tests.cast import ASKED_BECAUSE, BIRTH_DATE, FAMILY_NAME, GIVEN_NAME, Cast
from tests.custody.conftest import asked_by_therapist, decided

ClientOf = Callable[..., Any]


def page(client: Any, name: str, cast: Cast, *more: int) -> str:
    answer = client.get(reverse(f"custody:{name}", args=[cast.case.reference, *more]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def day(name: str, days: int) -> dict[str, int]:
    last = today() + datetime.timedelta(days=days)
    return {f"{name}_0": last.day, f"{name}_1": last.month, f"{name}_2": last.year}


def asked(days: int = 3, **changed: Any) -> dict[str, Any]:
    return {"parts": ["names"], "reason": "court", "words": "The court asks by name.", **day("until", days), **changed}


def new(cast: Cast) -> str:
    return reverse("custody:ask", args=[cast.case.reference])


def of(cast: Cast, name: str = "decide") -> str:
    return reverse(f"custody:{name}", args=[cast.case.reference, cast.identity_request.pk])


def test_who_lacks_the_compartment_finds_the_way_on_every_page_of_the_case(cast: Cast, client_of: ClientOf) -> None:
    here = reverse("custody:of_case", args=[cast.case.reference])
    for person, words in (
        ("prosecutor", "Ask who the child is"),
        ("lead_supervisor", "Requests for the identity"),
        ("lead_worker", ""),
        ("investigator", ""),
    ):
        body = client_of(cast.people[person]).get(f"/cases/{cast.case.reference}/").content.decode()
        assert (here in body) == bool(words), person
        assert words in body


def test_who_was_given_names_finds_where_to_ask_for_more_and_is_offered_the_rest(
    cast: Cast, client_of: ClientOf
) -> None:
    decided(cast, parts=["names"])
    therapist = client_of(cast.therapist)
    here = reverse("custody:of_case", args=[cast.case.reference])
    assert (
        f'href="{here}">Ask for more</a>' in therapist.get(f"/cases/{cast.case.reference}/identity/").content.decode()
    )
    assert f'href="{new(cast)}"' in page(therapist, "of_case", cast)
    offered = page(therapist, "ask", cast)
    assert "Open to you already: Names." in offered
    assert 'value="school"' in offered and 'value="names"' not in offered
    assert therapist.post(new(cast), asked(parts=["names"])).status_code == 422
    assert therapist.post(new(cast), asked(parts=["school"])).status_code == 302


def test_asked_decided_and_told_to_both_sides(cast: Cast, client_of: ClientOf) -> None:
    prosecutor, supervisor = client_of(cast.prosecutor), client_of(cast.lead_supervisor)
    assert "Lead Supervisor" in prosecutor.get(new(cast)).content.decode()
    sent = prosecutor.post(new(cast), asked(parts=["names", "birth"]))
    assert sent.status_code == 302
    assert "Your request for the identity" in prosecutor.get("/").content.decode()
    assert "Decide who may see the identity: Prosecutor" in supervisor.get("/").content.decode()
    body = supervisor.get(sent.url).content.decode()
    assert "The court asks by name." in body and "Record the decision" in body
    with acting_as(cast.prosecutor.pk, route="test"):
        row = IdentityRequest.objects.visible_to(cast.prosecutor).get()
    answer = {"answer": "give", "parts": ["birth"], "version": row.version, **day("until", 1)}
    assert supervisor.post(f"{sent.url}decide/", answer).status_code == 302
    assert "The identity is given to you until" in prosecutor.get("/").content.decode()
    identity = f"/cases/{cast.case.reference}/identity/"
    form = prosecutor.get(identity).content.decode()
    assert 'value="birth"' in form and 'value="names"' not in form
    assert prosecutor.post(identity, {"reason": "court", "parts": ["names"]}).status_code == 422
    assert prosecutor.post(identity, {"reason": "court", "parts": ["birth"]}).status_code == 302
    shown = prosecutor.get(identity).content.decode()
    assert f"{datetime.date.fromisoformat(BIRTH_DATE):%-d %b %Y}" in shown
    assert GIVEN_NAME not in shown and FAMILY_NAME not in shown
    assert prosecutor.get(f"{identity}change/").status_code == 403
    assert supervisor.post(f"{sent.url}end/", {"version": row.version + 1}).status_code == 302
    assert prosecutor.get(identity).status_code == 403


def test_declined_with_a_reason_that_who_asked_reads(cast: Cast, client_of: ClientOf) -> None:
    supervisor, therapist = client_of(cast.lead_supervisor), client_of(cast.therapist)
    refused = supervisor.post(of(cast), {"answer": "decline", "version": 1})
    assert refused.status_code == 422 and "Say why you decline it." in refused.content.decode()
    answer = {"answer": "decline", "version": 1, "reason": "The worker writes to them."}
    assert supervisor.post(of(cast), answer).status_code == 302
    assert "was declined" in therapist.get("/").content.decode()
    assert "The worker writes to them." in page(therapist, "request", cast, cast.identity_request.pk)


def test_what_was_typed_stands_on_the_stale_page(cast: Cast, client_of: ClientOf) -> None:
    supervisor, typed = client_of(cast.lead_supervisor), "The worker has a glass kite."
    changed = supervisor.post(of(cast), {"answer": "decline", "version": 9, "reason": typed})
    assert changed.status_code == 422
    assert f">\n{typed}</textarea>" in changed.content.decode()
    assert changed.context["form"]["version"].value() == "1"
    decided(cast, parts=[])
    late = supervisor.post(of(cast), {"answer": "decline", "version": 1, "reason": typed})
    assert late.status_code == 422
    assert f'dir="auto">{typed}</p>' in late.content.decode()


def test_the_second_of_two_decisions_gets_the_stale_page(cast: Cast, client_of: ClientOf) -> None:
    supervisor = client_of(cast.lead_supervisor)
    decided(cast, parts=[])
    late = supervisor.post(of(cast), {"answer": "give", "parts": ["names"], "version": 1, **day("until", 1)})
    assert late.status_code == 422 and "There is nothing to decide any more." in late.content.decode()
    withdrawn = client_of(cast.therapist).post(of(cast, "withdraw"), {"version": 1})
    assert withdrawn.status_code == 422 and "This request waits no longer." in withdrawn.content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (day("until", -1), "This day is over already."),
        (day("until", 15), "At most 14 days from today."),
        ({"parts": []}, "Please choose at least one."),
        ({"parts": ["names", "unheard-of"]}, "unheard-of"),
        ({"words": "With\x00 NUL"}, "NUL"),
        ({"words": "x" * 1_001}, "1"),
        ({"words": ""}, "Please fill this in."),
        ({"words": "data:image/png;base64," + "iVBORw0KGgo" * 40}, ""),
    ],
)
def test_what_can_not_be_asked_is_said_at_its_field(
    wrong: dict[str, Any], words: str, cast: Cast, client_of: ClientOf
) -> None:
    answer = client_of(cast.prosecutor).post(new(cast), asked(**wrong))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not IdentityRequest.everything.filter(member=cast.prosecutor).exists()


@pytest.mark.parametrize("wrong", [{"parts": ["address"]}, day("until", 9), {"parts": []}, day("until", -1)])
def test_no_more_is_given_than_was_asked(wrong: dict[str, Any], cast: Cast, client_of: ClientOf) -> None:
    answer = {"answer": "give", "parts": ["names"], "version": 1, **day("until", 1), **wrong}
    assert client_of(cast.lead_supervisor).post(of(cast), answer).status_code == 422
    with acting_as(cast.therapist.pk, route="test"):
        assert asked_by_therapist(cast, cast.therapist).state == "waiting"


@pytest.mark.parametrize("name", ["request", "decide", "withdraw", "end"])
def test_the_request_of_another_case_in_the_address_is_not_found(name: str, cast: Cast, client_of: ClientOf) -> None:
    """The id of a real request beside the reference of another case, and the other way round."""
    path = of(cast, name)
    method = "get" if name == "request" else "post"
    for person in ("therapist", "lead_supervisor", "stranger", "stranger_supervisor"):
        client = client_of(cast.people[person])
        forged = path.replace(cast.case.reference, cast.other_case.reference)
        assert getattr(client, method)(forged).status_code == 404
        other = path.replace(str(cast.identity_request.pk), str(cast.case.pk))
        assert getattr(client, method)(other).status_code == 404


def test_behind_a_wall_neither_case_nor_request_is_there(cast: Cast, client_of: ClientOf) -> None:
    with acting_as(cast.therapist.pk, route="test"):
        raise_wall(case=cast.case, member=cast.therapist, by=cast.therapist)
    client = client_of(cast.therapist)
    for path in (of(cast, "request"), new(cast), reverse("custody:of_case", args=[cast.case.reference])):
        assert client.get(path).status_code == 404
    assert cast.case.reference not in client.get("/").content.decode()


def test_the_reason_is_read_by_the_two_sides_alone(cast: Cast, client_of: ClientOf) -> None:
    for person in ("prosecutor", "prosecution_supervisor", "lead_worker", "investigator"):
        client = client_of(cast.people[person])
        assert client.get(of(cast, "request")).status_code == 404
        assert ASKED_BECAUSE not in page(client, "of_case", cast)
        assert "Therapist" not in client.get(reverse("custody:of_case", args=[cast.case.reference])).content.decode()


def test_what_the_decision_needs_is_not_called_optional(cast: Cast, client_of: ClientOf) -> None:
    text = page(client_of(cast.lead_supervisor), "request", cast, cast.identity_request.pk)
    form = text[text.index("Your decision") :]
    assert form.count("(needed to give it)") == 2 and form.count("(needed to decline it)") == 1
    assert "(optional)" not in form
