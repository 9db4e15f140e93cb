"""Conflicts of interest: declared by a member or for one, and what is left of a case behind a wall: nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from casework.access.actions import lift_wall, raise_wall
from casework.access.errors import AccessDenied
from casework.access.models import Wall
from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from casework.cases.actions import ChildIdentity, change_identity
from casework.cases.models import Case, Child
from casework.cases.walls import likenesses, name_parts, surname_parts
from casework.emergency.models import EmergencyAccess
from tests.access.test_matrix import current_transaction
from tests.cast import Cast

NOTE_TEXT = "Note phrase brass-sundial"


def text(answer: Any) -> str:
    return " ".join(str(answer.content.decode()).split())


def wall_of(cast: Cast, person: str) -> Wall:
    """The standing wall of this person, as the lead supervisor gets it."""
    return Wall.objects.get(member=cast.people[person], case=cast.case, lifted_at=None)


def test_a_member_declares_a_conflict_on_the_case_page_and_the_case_is_gone(
    cast: Cast, client_of: Callable[..., Any]
) -> None:
    member, page = client_of(cast.investigator), f"/cases/{cast.case.reference}/"
    assert "declare a conflict" in text(member.get(f"{page}who/"))
    answer = member.post(f"{page}conflict/", {"kind": "neighbour", "note": NOTE_TEXT})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    for address in (page, f"{page}account/", f"{page}conflict/"):
        assert member.get(address).status_code == 404
    assert cast.case.pseudonym not in text(member.get("/cases/"))
    assert cast.case.pseudonym not in text(member.get("/cases/", {"words": cast.case.reference[:4]}))
    assert cast.case.pseudonym not in text(member.get("/"))
    walls = text(client_of(cast.lead_supervisor).get(f"{page}walls/"))
    assert "Investigator" in walls and "neighbour" in walls and NOTE_TEXT in walls


def test_who_declares_is_spoken_to_and_the_supervisor_of_the_lead_agency_finds_it_in_their_work(
    cast: Cast, client_of: Callable[..., Any]
) -> None:
    member, sent = client_of(cast.prosecutor), {"reference": cast.case.reference, "kind": "relative"}
    asked = text(member.get("/conflict/"))
    assert "it does not exist for you from now on" in asked and "the member" not in asked
    typed = {**sent, "reference": f" {cast.case.reference.lower().replace('-', ' ')}"}
    assert member.post("/conflict/", typed).status_code == 302
    assert "it does not exist for you from now on" in text(member.get("/"))
    assert member.get(f"/cases/{cast.case.reference}/").status_code == 404, "however the reference was typed"
    work = text(client_of(cast.lead_supervisor).get("/"))
    assert f'href="/cases/{cast.case.reference}/walls/">Prosecutor declared a conflict of interest' in work
    assert "declared a conflict" not in text(client_of(cast.lead_worker).get("/"))


def test_a_supervisor_raises_and_lifts_a_wall_for_somebody_else(cast: Cast, client_of: Callable[..., Any]) -> None:
    supervisor, page = client_of(cast.lead_supervisor), f"/cases/{cast.case.reference}/"
    sent = {"member": cast.therapist.pk, "kind": "former_worker", "note": ""}
    assert supervisor.post(f"{page}walls/", sent).status_code == 302
    assert client_of(cast.therapist).get(page).status_code == 404
    with acting_as(cast.lead_supervisor.pk, route="test"):
        wall = wall_of(cast, "therapist")
    lift = f"{page}walls/lift/"
    assert supervisor.get(lift, {"wall": wall.pk}).status_code == 200
    assert supervisor.post(lift, {"wall": wall.pk, "reason": ""}).status_code == 422
    assert supervisor.post(lift, {"wall": wall.pk, "reason": "It was another family."}).status_code == 302
    assert client_of(cast.therapist).get(page).status_code == 200
    assert "It was another family." in text(supervisor.get(f"{page}walls/"))
    assert supervisor.post(lift, {"wall": wall.pk, "reason": "Again"}).status_code == 404, "it stands no longer"


def test_nobody_lifts_their_own_wall_not_even_by_plain_sql(cast: Cast, client_of: Callable[..., Any]) -> None:
    with acting_as(cast.lead_supervisor.pk, route="test"):
        raise_wall(case=cast.case, member=cast.lead_supervisor, by=cast.lead_supervisor)
    assert client_of(cast.lead_supervisor).get(f"/cases/{cast.case.reference}/walls/").status_code == 404
    change = "update access_wall set lifted_at = now(), lifted_by_id = %s where member_id = %s"
    for person in ("lead_supervisor", "walled_worker"):
        with acting_as(cast.people[person].pk, route="test"), connection.cursor() as cursor:
            with pytest.raises(AccessDenied):
                lift_wall(wall=wall_of(cast, person), by=cast.people[person], reason="Mine")
            cursor.execute(change, [cast.people[person].pk, cast.people[person].pk])
            assert cursor.rowcount == 0


def test_nobody_raises_a_wall_for_others_but_their_supervisors(cast: Cast) -> None:
    with acting_as(cast.lead_worker.pk, route="test"):
        for values in ({"raised_by": cast.lead_worker}, {"raised_by": cast.lead_supervisor}):
            forged = Wall(case=cast.case, member=cast.therapist, **values)
            with pytest.raises((ProgrammingError, IntegrityError)), transaction.atomic():
                forged.save(force_insert=True)
    for person, works in (("lead_worker", False), ("lead_supervisor", False), ("therapy_supervisor", True)):
        with acting_as(cast.people[person].pk, route="test"), connection.cursor() as cursor:
            call = "select casework_declare_wall(%s, %s, %s, 'other')"
            cursor.execute(call, [7_000 + len(person), cast.case.reference, cast.therapist.pk])
            assert (cursor.fetchone()[0] == cast.case.pk) is works, person


def test_by_reference_the_answer_is_the_same_whether_or_not_there_is_a_case(
    cast: Cast, client_of: Callable[..., Any]
) -> None:
    """The same bytes of the answer and of the page after it, and as many queries; the lead agency reads of it."""
    client = client_of(cast.stranger)
    client.get("/conflict/")
    answers = []
    for reference in ("ZZZZ-ZZZZ", cast.case.reference.lower(), cast.case.reference, cast.other_case.reference):
        with CaptureQueriesContext(connection) as queries:
            answer = client.post("/conflict/", {"reference": reference, "kind": "relative"})
        shown = "Recorded. If there is such a case" in text(client.get("/"))
        answers.append((answer.status_code, answer["Location"], shown, len(queries)))
    assert len(set(answers)) == 1 and answers[0][2], answers
    assert client.get(f"/cases/{cast.other_case.reference}/").status_code == 404, "it was their own case"
    with acting_as(cast.lead_supervisor.pk, route="test"):
        assert wall_of(cast, "stranger").kind == "relative"
    entries = AuditEntry.objects.filter(xid=current_transaction(), route="cases:declare_wall_by_reference")
    assert [entry.case_id for entry in entries.filter(verb="created").order_by("pk")] == [
        None, cast.case.pk, None, cast.other_case.pk,
    ]  # fmt: skip


def test_a_supervisor_declares_for_a_member_by_reference(cast: Cast, client_of: Callable[..., Any]) -> None:
    sent = {"reference": cast.case.reference, "kind": "relative", "member": cast.therapist.pk}
    assert client_of(cast.therapy_supervisor).post("/conflict/", sent).status_code == 302
    assert client_of(cast.therapist).get(f"/cases/{cast.case.reference}/").status_code == 404
    stolen = {**sent, "member": cast.prosecutor.pk}
    assert client_of(cast.therapy_supervisor).post("/conflict/", stolen).status_code == 422


def test_behind_a_wall_the_record_of_looks_tells_nothing_of_the_case(cast: Cast, client_of: Callable[..., Any]) -> None:
    """Refusals and looks of the own agency, also those about the member: by page and by plain SQL."""
    client_of(cast.lead_colleague).get(f"/cases/{cast.case.reference}/")
    supervisor = client_of(cast.lead_supervisor)
    assert cast.case.reference in text(supervisor.get(f"/oversight/entries/{_refusal(cast).pk}/"))
    with acting_as(cast.lead_supervisor.pk, route="test"):
        raise_wall(case=cast.case, member=cast.lead_supervisor, by=cast.lead_supervisor)
    for page in ("/oversight/", "/oversight/refusals/", "/oversight/emergencies/"):
        assert cast.case.reference not in text(supervisor.get(page)), page
        assert cast.case.pseudonym not in text(supervisor.get(page)), page
    with acting_as(cast.lead_supervisor.pk, route="test"):
        assert not EmergencyAccess.objects.overseen_by(cast.lead_supervisor).exists()
        with connection.cursor() as cursor:
            for table in ("emergency_emergencyaccess", "vault_casekey", "sharing_share"):
                cursor.execute(f"select count(*) from {table} where case_id = %s", [cast.case.pk])
                assert cursor.fetchone() == (0,), table
            cursor.execute(
                "select count(*) from audit_auditentry where case_id = %s and xid <> pg_current_xact_id()",
                [cast.case.pk],
            )
            assert cursor.fetchone() == (0,)


def _refusal(cast: Cast) -> AuditEntry:
    entries = AuditEntry.objects.filter(xid=current_transaction(), outcome="refused", case_id=cast.case.pk)
    found: AuditEntry = entries.order_by("-pk")[0]
    return found


def test_likenesses_are_shown_to_who_may_read_the_identity_and_are_a_look(
    cast: Cast, client_of: Callable[..., Any]
) -> None:
    page, supervisor = f"/cases/{cast.case.reference}/walls/", client_of(cast.lead_supervisor)
    assert "no names were compared" in text(supervisor.get(page))
    worker = cast.lead_worker
    with acting_as(worker.pk, route="test"):
        case = Case.objects.visible_to(worker).select_related("lead_agency").get(pk=cast.case.pk)
        child = Child.objects.visible_to(worker).get(case=case)
        names = ChildIdentity(given_names="Ada", family_names="Côlleague-Berg", carers="Mother; uncle Tomas WORKER")
        change_identity(case=case, by=worker, version=child.version, identity=names)
    name = {"member": cast.lead_supervisor.pk, "read": ["overview", "identity"], "purpose": "supervise"}
    assert supervisor.post(f"/cases/{cast.case.reference}/people/", {**name, "legal_basis": "public_task"}).status_code
    shown = text(supervisor.get(page))
    assert "Lead Colleague</bdi>, <bdi>Harbour Social Services</bdi>: has a family name like the child" in shown
    assert "Lead Worker</bdi>, <bdi>Harbour Social Services</bdi>: has a family name like that of a person" in shown
    assert "Berg" not in shown and "Tomas" not in shown
    entries = AuditEntry.objects.filter(xid=current_transaction(), route="cases:walls", verb="looked")
    assert [entry.compartments for entry in entries if entry.additional_data == {"reason": "conflict", "shown": 0}] == [
        ["identity"]
    ]
    with acting_as(cast.lead_worker.pk, route="test"):
        assert likenesses(cast.lead_auditor, cast.case) is None


def test_who_lives_where_the_child_lives_is_a_hint_for_the_supervisor_alone(
    cast: Cast, client_of: Callable[..., Any]
) -> None:
    """Recorded by the administrator, kept as marks, compared with the child's address, and never shown."""
    worker, page = cast.lead_worker, f"/cases/{cast.case.reference}/walls/"
    with acting_as(worker.pk, route="test"):
        case = Case.objects.visible_to(worker).select_related("lead_agency").get(pk=cast.case.pk)
        child = Child.objects.visible_to(worker).get(case=case)
        lives = ChildIdentity(family_names="Vantaanpuro", address="Kelp Lane 7, 2 tv\n9990 Skerry")
        change_identity(case=case, by=worker, version=child.version, identity=lives)
    supervisor = client_of(cast.lead_supervisor)
    name = {"member": cast.lead_supervisor.pk, "read": ["overview", "identity"], "purpose": "supervise"}
    assert supervisor.post(f"/cases/{cast.case.reference}/people/", {**name, "legal_basis": "public_task"}).status_code
    shown = text(supervisor.get(page))
    assert "lives at the child's address." not in shown and "Home address not on record:" in shown
    sent = {"address": "7 Kelp lane, 9990 SKERRY"}
    assert client_of(cast.lead_admin).post(f"/agency/members/{worker.pk}/address/", sent).status_code == 302
    shown = text(supervisor.get(page))
    assert "Lead Worker</bdi>, <bdi>Harbour Social Services</bdi>: lives at the child" in shown
    assert "Kelp" not in shown and "Skerry" not in shown
    for person in ("lead_worker", "investigator", "lead_auditor"):
        assert client_of(cast.people[person]).get(page).status_code in (403, 404), person


def test_names_are_compared_without_accents_and_case_and_without_particles() -> None:
    assert name_parts("Sørensen-VALLI, de la Cruz") == {"sørensen", "valli", "cruz"}
    assert surname_parts("Zoë Brontë Ng") == {"bronte"}
    assert surname_parts("Madonna") == set()
