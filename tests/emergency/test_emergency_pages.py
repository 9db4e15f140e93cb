"""The pages of emergency access, as people use them."""

import datetime
from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework.access.actions import raise_wall
from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from casework.emergency.models import EmergencyAccess
from tests.access.test_matrix import current_transaction
from tests.cast import SOCIAL_NOTE, THERAPY_NOTE, Cast

REASON = "Reason phrase slate-windmill"
CHOSEN = {"compartments": ["social"], "ground": "danger", "reason": REASON}


def form_for(cast: Cast, **changed: Any) -> dict[str, Any]:
    return {"reference": cast.case.reference, **CHOSEN, **changed}


def text(answer: Any) -> str:
    return " ".join(str(answer.content.decode()).split())


def test_the_glass_is_broken_used_ended_explained_and_reviewed(cast: Cast, client_of: Callable[..., Any]) -> None:
    member, supervisor = client_of(cast.stranger), client_of(cast.lead_supervisor)
    case_page = f"/cases/{cast.case.reference}/"
    assert member.get(case_page).status_code == 404
    assert "is told" not in text(member.get("/emergency/open/"))
    answer = member.post("/emergency/open/", form_for(cast))
    assert (answer.status_code, answer["Location"]) == (302, case_page)
    page = text(member.get(case_page))
    assert "Emergency access until" in page and "End now" in page
    assert SOCIAL_NOTE in text(member.get(f"{case_page}entries/{cast.entry.pk}/"))
    assert member.get(f"{case_page}therapy/").status_code == 403
    assert "Emergency access until" in text(member.get("/")), "on every page while it lasts"
    assert member.post(f"{case_page}change/", {}).status_code == 403, "to read, not to write"

    told = text(supervisor.get("/"))
    assert "Emergency access is running: Stranger" in told
    assert "In an emergency until" in text(supervisor.get(case_page))
    assert "Opened in an emergency by Stranger" in text(client_of(cast.lead_worker).get("/"))
    own_supervisor = text(client_of(cast.stranger_supervisor).get("/"))
    assert "Emergency access was used: Stranger" in own_supervisor
    assert cast.case.pseudonym not in own_supervisor.split("Overdue")[-1].split("Emergency access was used")[1]

    ended = member.post("/emergency/end/")
    for own in ("/emergency/", ended["Location"]):
        assert "waits for your explanation" in text(member.get(own))
    assert member.get(case_page).status_code == 404
    explain = ended["Location"]
    assert "Explain your emergency access" in text(member.get("/"))
    assert member.post(explain, {"text": "I called the duty desk.", "version": 2}).status_code == 302
    assert "The reviewer reads it as you wrote it." in text(member.get(explain))
    assert "waits for its review" in text(member.get("/emergency/"))
    assert member.get("/emergency/open/").status_code == 302

    queue = text(supervisor.get("/oversight/emergencies/"))
    assert "Stranger" in queue and cast.case.reference in queue
    review = f"/oversight/emergencies/{cast.case.reference}/{explain.split('/')[-2]}/"
    page = text(supervisor.get(review))
    assert REASON in page and "I called the duty desk." in page
    assert supervisor.post(review, {"version": 3}).status_code == 422
    assert supervisor.post(review, {"version": 2, "outcome": "justified", "note": "Right."}).status_code == 422, "stale"
    assert supervisor.post(review, {"version": 3, "outcome": "justified", "note": "Right."}).status_code == 302
    assert "Justified" in text(member.get(explain))
    assert member.get("/emergency/open/").status_code == 200


def test_every_look_of_it_names_the_emergency(cast: Cast, client_of: Callable[..., Any]) -> None:
    member = client_of(cast.stranger)
    member.post("/emergency/open/", form_for(cast))
    member.get(f"/cases/{cast.case.reference}/social/")
    entries = AuditEntry.objects.filter(
        xid=current_transaction(), verb="looked", case_id=cast.case.pk, actor_id=cast.stranger.pk
    )
    looked = entries.get(route="cases:social")
    assert looked.emergency_id is not None and looked.grant_id is not None


def test_a_second_factor_is_given_just_now(cast: Cast, client_of: Callable[..., Any]) -> None:
    member = client_of(cast.stranger)
    session = member.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= 301
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        *session[AUTHENTICATION_METHODS_SESSION_KEY], {"method": "password", "at": record["at"] + 301},
    ]  # fmt: skip
    session.save()
    answer = member.post("/emergency/open/", form_for(cast))
    assert answer.status_code == 302 and answer["Location"].startswith("/agency/confirm/?next=")
    assert "by=factor" in answer["Location"]
    onward = member.get(answer["Location"])
    assert onward["Location"].startswith("/factors/"), onward["Location"]
    assert not AuditEntry.objects.filter(xid=current_transaction(), emergency_id__isnull=False).exists()


def test_wrong_walled_closed_and_shut_are_one_page_of_equal_work(cast: Cast, client_of: Callable[..., Any]) -> None:
    """Byte for byte but for token and version of the form, with as many queries, and each refusal on the record."""
    with acting_as(cast.stranger.pk, route="test"):
        raise_wall(case=cast.case, member=cast.stranger, by=cast.stranger)
    client = client_of(cast.stranger)
    client.get("/")  # the first page of a session notes its beginning
    pages, counts = [], []
    for reference in (cast.case.reference, "ZZZZ-ZZZZ"):
        with CaptureQueriesContext(connection) as queries:
            answer = client.post("/emergency/open/", form_for(cast, reference=reference))
        assert answer.status_code == 422
        pages.append(comparable(answer, reference))
        counts.append(len(queries))
    assert pages[0] == pages[1]
    assert counts[0] == counts[1]
    refused = AuditEntry.objects.filter(xid=current_transaction(), rule="emergency_nothing")
    assert [entry.case_id for entry in refused.order_by("pk")] == [cast.case.pk, None]


def comparable(answer: Any, reference: str) -> str:
    """The page without what differs each time: the form's tokens, and the reference that was typed."""
    lines = answer.content.decode().replace(reference, "REFERENCE").splitlines()
    return "\n".join(line for line in lines if "csrfmiddlewaretoken" not in line and 'name="keep"' not in line)


def test_after_three_hours_by_the_databases_clock_it_is_over(cast: Cast, client_of: Callable[..., Any]) -> None:
    """The end stands in the row, and only the database compares it; a later application clock changes nothing."""
    member = client_of(cast.stranger)
    member.post("/emergency/open/", form_for(cast))
    with acting_as(cast.stranger.pk, route="test"):
        row = EmergencyAccess.objects.own_of(cast.stranger).get()
        assert row.ends_at - row.started_at == datetime.timedelta(hours=3)
    assert THERAPY_NOTE not in text(member.get(f"/cases/{cast.case.reference}/"))


def test_another_cases_emergency_in_the_same_address_is_not_there(cast: Cast, client_of: Callable[..., Any]) -> None:
    client_of(cast.stranger).post("/emergency/open/", form_for(cast))
    with acting_as(cast.stranger.pk, route="test"):
        key = EmergencyAccess.objects.own_of(cast.stranger).get().pk
    supervisor = client_of(cast.lead_supervisor)
    assert supervisor.get(f"/oversight/emergencies/{cast.other_case.reference}/{key}/").status_code == 404
    assert supervisor.post(f"/oversight/emergencies/{cast.other_case.reference}/{key}/end/").status_code == 404
    assert (
        client_of(cast.stranger_supervisor).get(f"/oversight/emergencies/{cast.case.reference}/{key}/").status_code
        == 404
    )
    assert client_of(cast.lead_worker).get(f"/emergency/{key}/").status_code == 404
    assert supervisor.post(f"/oversight/emergencies/{cast.case.reference}/{key}/end/").status_code == 302
    assert client_of(cast.stranger).get(f"/cases/{cast.case.reference}/").status_code == 404


def test_a_reference_is_taken_however_it_is_typed(cast: Cast, client_of: Callable[..., Any]) -> None:
    typed = f" {cast.case.reference.lower().replace('-', ' ')} "
    answer = client_of(cast.stranger).post("/emergency/open/", form_for(cast, reference=typed))
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{cast.case.reference}/")
