"""What the database itself lets a member do in an emergency, and what not, also by plain SQL."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from casework.access.actions import GrantTerms, grant_compartments, lift_wall, raise_wall, raise_wall_by_reference
from casework.access.checker import live_permissions
from casework.access.errors import AccessDenied
from casework.access.models import CaseGrant, Wall
from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from casework.cases.actions import close_case
from casework.cases.models import Case
from casework.cases.people_actions import end_access, name_member
from casework.emergency.actions import Emergency, NothingOpened, break_glass, end_emergency, explain, review
from casework.emergency.kinds import EmergencyState
from casework.emergency.models import EmergencyAccess
from casework.emergency.selectors import RELATED, database_now
from casework.emergency.states import state_of
from tests.cast import Cast

REASON = "Reason phrase slate-windmill"
EXPLANATION = "Explanation phrase tin-lighthouse"


def wanted(cast: Cast, *compartments: str, reference: str = "") -> Emergency:
    return Emergency(reference or cast.case.reference, compartments or ("social",), "danger", REASON)


def opened(cast: Cast, person: str = "stranger", *compartments: str) -> EmergencyAccess:
    member = cast.people[person]
    with acting_as(member.pk, route="test"):
        return break_glass(by=member, wanted=wanted(cast, *compartments))


def seen_by(cast: Cast, person: str, emergency: EmergencyAccess) -> EmergencyAccess:
    """The row as a supervisor of the lead agency gets it."""
    rows = EmergencyAccess.objects.overseen_by(cast.people[person]).select_related(*RELATED)
    found: EmergencyAccess = rows.get(pk=emergency.pk)
    return found


def explained(cast: Cast, person: str = "stranger", *compartments: str) -> EmergencyAccess:
    """Opened, ended and explained by its member."""
    emergency, member = opened(cast, person, *compartments), cast.people[person]
    with acting_as(member.pk, route="test"):
        end_emergency(emergency=emergency, by=member)
        row = EmergencyAccess.objects.own_of(member).get(pk=emergency.pk)
        explain(emergency=row, by=member, version=row.version, text=EXPLANATION)
    return emergency


def test_chosen_compartments_are_open_for_three_hours_and_no_others(cast: Cast) -> None:
    emergency = opened(cast, "stranger", "social", "account")
    with acting_as(cast.stranger.pk, route="test"):
        case = Case.objects.visible_to(cast.stranger).get(pk=cast.case.pk)
        assert live_permissions(cast.stranger, case) == {"read_overview", "read_social", "read_account"}
        grants = CaseGrant.objects.filter(user=cast.stranger, content_object=cast.case)
        assert {grant.emergency_id for grant in grants} == {emergency.pk}
        assert {(grant.ends_at - emergency.started_at).total_seconds() for grant in grants} == {3 * 3600}
        assert case.lead_agency_id == cast.agencies["harbour_social"].pk
        assert case.concern
    with acting_as(cast.lead_supervisor.pk, route="test"):
        entries = AuditEntry.objects.filter(emergency_id=emergency.pk)
        assert {"emergency.emergencyaccess", "access.casegrant"} <= {
            entry.object_repr.split(":")[0] for entry in entries if entry.verb == "created"
        }
        assert seen_by(cast, "lead_supervisor", emergency).reason == REASON


@pytest.mark.parametrize("person", ["walled_worker", "lead_admin", "lead_auditor", "lapsed_worker"])
def test_nothing_opens_for_whom_nothing_may(person: str, cast: Cast) -> None:
    with pytest.raises((NothingOpened, AccessDenied)):
        opened(cast, person)
    assert not EmergencyAccess.everything.filter(member=cast.people[person]).exists()


def test_a_wrong_reference_and_a_closed_case_are_one_answer(cast: Cast) -> None:
    supervisor = cast.lead_supervisor
    with acting_as(supervisor.pk, route="test"):
        case = Case.objects.visible_to(supervisor).select_related("lead_agency").get(pk=cast.case.pk)
        close_case(case=case, by=supervisor, version=case.version, reason="Over")
    with acting_as(cast.stranger.pk, route="test"):
        for reference in ("ZZZZ-ZZZZ", cast.case.reference):
            with pytest.raises(NothingOpened):
                break_glass(by=cast.stranger, wanted=wanted(cast, reference=reference))


def test_the_identity_of_a_case_with_a_wall_stays_shut(cast: Cast) -> None:
    with acting_as(cast.stranger.pk, route="test"), pytest.raises(NothingOpened):
        break_glass(by=cast.stranger, wanted=wanted(cast, "identity"))
    assert opened(cast, "stranger", "social").compartments == ["overview", "social"]


@pytest.mark.parametrize("person", ["police_supervisor", "prosecution_supervisor"])
def test_notes_of_therapy_stay_shut_for_police_and_prosecution(person: str, cast: Cast) -> None:
    """They take a line of enquiry and two of the therapist's agency: breaking the glass goes round neither."""
    with pytest.raises(AccessDenied) as caught:
        opened(cast, person, "therapy")
    assert caught.value.rule == "role_fits"
    asked = "select casework_emergency_case(%s, %s) is not null"
    for who, what, opens in ((person, "therapy", False), (person, "social", True), ("therapist", "therapy", True)):
        with acting_as(cast.people[who].pk, route="test"), connection.cursor() as cursor:
            cursor.execute(asked, [cast.case.reference, ["overview", what]])
            assert cursor.fetchone() == (opens,), (who, what)


def test_ending_what_the_agency_gave_ends_no_emergency_by_halves(cast: Cast, client_of: Callable[..., Any]) -> None:
    """Ended under People alone, the banner would stay and plain SQL could fill the emergency with grants again."""
    emergency = opened(cast, "expired_worker", "social")
    supervisor, page = client_of(cast.lead_supervisor), f"/cases/{cast.case.reference}/people/"
    assert "/oversight/emergencies/" in supervisor.get(page).content.decode()
    assert supervisor.post(f"{page}end/", {"member": cast.expired_worker.pk}).status_code == 404
    with acting_as(cast.lead_supervisor.pk, route="test"):
        case = Case.objects.overseen_by(cast.lead_supervisor).select_related("lead_agency").get(pk=cast.case.pk)
        given = {"read": ["police"], "write": [], "terms": GrantTerms("protect", "public_task")}
        name_member(case=case, member=cast.expired_worker, by=cast.lead_supervisor, **given)
        assert end_access(case=case, member=cast.expired_worker, by=cast.lead_supervisor) == 2
        left = CaseGrant.objects.live().filter(content_object=case, user=cast.expired_worker)
        assert {grant.emergency_id for grant in left} == {emergency.pk}


def test_one_at_a_time_until_somebody_else_has_reviewed_it(cast: Cast) -> None:
    emergency, supervisor = explained(cast), cast.lead_supervisor
    with pytest.raises(NothingOpened):
        opened(cast)
    with acting_as(supervisor.pk, route="test"):
        row = seen_by(cast, "lead_supervisor", emergency)
        assert row.explanation == EXPLANATION
        review(emergency=row, by=supervisor, version=row.version, outcome="training", note="Ask the duty desk first.")
    assert opened(cast).pk != emergency.pk


def test_nobody_reviews_their_own_nor_one_that_still_runs(cast: Cast) -> None:
    supervisor = cast.lead_supervisor
    own = explained(cast, "lead_supervisor", "police")
    with acting_as(supervisor.pk, route="test"):
        row = seen_by(cast, "lead_supervisor", own)
        with pytest.raises(AccessDenied) as caught:
            review(emergency=row, by=supervisor, version=row.version, outcome="justified", note="Mine.")
        assert caught.value.rule == "second_person"
        change = "update emergency_emergencyaccess set outcome = 'justified', reviewed_at = now(), reviewed_by_id = %s"
        with connection.cursor() as cursor, pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute(change + " where id = %s", [supervisor.pk, own.pk])
    running = opened(cast)
    with acting_as(supervisor.pk, route="test"):
        row = seen_by(cast, "lead_supervisor", running)
        with pytest.raises(AccessDenied) as caught:
            review(emergency=row, by=supervisor, version=row.version, outcome="justified", note="Running.")
        assert caught.value.rule == "emergency_runs"
        with connection.cursor() as cursor, pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute(change + " where id = %s", [supervisor.pk, running.pk])


def test_ending_takes_the_access_at_once_and_closing_the_case_too(cast: Cast) -> None:
    emergency, stranger, supervisor = opened(cast), cast.stranger, cast.lead_supervisor
    with acting_as(stranger.pk, route="test"):
        assert end_emergency(emergency=emergency, by=stranger) == 2
        assert not Case.objects.visible_to(stranger).filter(pk=cast.case.pk).exists()
        row = EmergencyAccess.objects.own_of(stranger).get(pk=emergency.pk)
        assert state_of(row, database_now()) == EmergencyState.UNEXPLAINED
    other = opened(cast, "police_supervisor")
    with acting_as(supervisor.pk, route="test"):
        case = Case.objects.visible_to(supervisor).select_related("lead_agency").get(pk=cast.case.pk)
        close_case(case=case, by=supervisor, version=case.version, reason="Over")
        assert seen_by(cast, "lead_supervisor", other).ended_by_id == supervisor.pk


def test_a_wall_raised_meanwhile_shuts_it_and_hides_it(cast: Cast) -> None:
    emergency, stranger = opened(cast), cast.stranger
    with acting_as(stranger.pk, route="test"):
        raise_wall(case=cast.case, member=stranger, by=stranger)
    with acting_as(stranger.pk, route="test"):
        assert not Case.objects.visible_to(stranger).filter(pk=cast.case.pk).exists()
        assert not EmergencyAccess.objects.own_of(stranger).filter(pk=emergency.pk).exists()
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from emergency_emergencyaccess")
            assert cursor.fetchone() == (0,)


def without_walls(cast: Cast) -> None:
    """The one wall of the cast's case is lifted, so that its identity can be opened at all."""
    with acting_as(cast.lead_supervisor.pk, route="test"):
        wall = Wall.objects.get(case=cast.case, lifted_at=None)
        lift_wall(wall=wall, by=cast.lead_supervisor, reason="Another family")


def reads_identity(cast: Cast, person: str) -> tuple[bool, bool]:
    """What guardian says through the checker, and whether row security returns who the child is."""
    member = cast.people[person]
    with acting_as(member.pk, route="test"), connection.cursor() as cursor:
        cursor.execute("select count(*) from cases_child where case_id = %s", [cast.case.pk])
        return "read_identity" in live_permissions(member, cast.case), cursor.fetchone()[0] == 1


@pytest.mark.parametrize("walled", ["stranger", "expired_worker"])
@pytest.mark.parametrize("how", ["on the case", "by reference", "plain SQL"])
def test_a_wall_raised_meanwhile_ends_what_was_opened_of_the_identity(walled: str, how: str, cast: Cast) -> None:
    """Whoever stands behind it: an emergency never has the identity of a case with a wall. It does not come back."""
    without_walls(cast)
    emergency, member = opened(cast, "stranger", "identity", "social"), cast.people[walled]
    assert reads_identity(cast, "stranger") == (True, True)
    supervisor = cast.lead_supervisor
    raiser = supervisor if how == "on the case" else member
    with acting_as(raiser.pk, route="test"), connection.cursor() as cursor:
        if how == "on the case":
            raise_wall(case=cast.case, member=member, by=raiser)
        elif how == "by reference":
            raise_wall_by_reference(reference=cast.case.reference, member=member, by=raiser, kind="relative")
        else:
            wall = (
                "insert into access_wall (id, member_id, case_id, kind, note_sealed, raised_by_id, raised_at,"
                " lifting_reason_sealed) values (77, %s, %s, 'other', '', %s, now(), '')"
            )
            cursor.execute(wall, [member.pk, cast.case.pk, member.pk])
    assert reads_identity(cast, "stranger") == (False, False)
    with acting_as(cast.stranger.pk, route="test"):
        sees = Case.objects.visible_to(cast.stranger).filter(pk=cast.case.pk).exists()
        assert sees == (walled != "stranger"), "the rest of the emergency goes on for who is not behind the wall"
    with acting_as(supervisor.pk, route="test"):
        grant = CaseGrant.objects.get(emergency=emergency, permission__codename="read_identity")
        assert grant.ended_by_id == raiser.pk
        if how != "plain SQL":
            entry = AuditEntry.objects.get(grant_id=grant.pk, verb="changed")
            assert (entry.additional_data["ended"], entry.case_id) == ("wall", cast.case.pk)
        wall = Wall.objects.get(case=cast.case, lifted_at=None)
        lift_wall(wall=wall, by=supervisor, reason="A mistake")
    assert reads_identity(cast, "stranger") == (False, False)
    with acting_as(cast.stranger.pk, route="test"), pytest.raises(ProgrammingError, match="no_shut_identity"):
        terms = GrantTerms("protect", "vital_interests", emergency.ends_at, emergency=emergency)
        with transaction.atomic():
            grant_compartments(
                case=cast.case, member=cast.stranger, by=cast.stranger, read=["identity"], write=[], terms=terms
            )


def test_what_a_share_gives_of_the_identity_is_not_ended_by_a_wall_of_somebody_else(cast: Cast) -> None:
    with acting_as(cast.lead_supervisor.pk, route="test"):
        raise_wall(case=cast.case, member=cast.expired_worker, by=cast.lead_supervisor)
    assert reads_identity(cast, "investigator") == (True, True)


FORGED: dict[str, dict[str, Any]] = {
    "a compartment that was not opened": {"codename": "read_police"},
    "to write": {"codename": "write_social"},
    "longer": {"ends_at": "later"},
    "for good": {"ends_at": None},
    "another case": {"case": "other_case"},
    "another member": {"member": "stranger_supervisor"},
}


@pytest.mark.parametrize("what", FORGED)
def test_plain_sql_makes_no_more_of_an_emergency(what: str, cast: Cast) -> None:
    forged = FORGED[what]
    emergency = opened(cast)
    with acting_as(cast.stranger.pk, route="test"), connection.cursor() as cursor:
        cursor.execute("select id from auth_permission where codename = %s", [forged.get("codename", "read_account")])
        permission_id = cursor.fetchone()[0]
        if "codename" not in forged:
            cursor.execute("select id from auth_permission where codename = 'read_social'")
            permission_id = cursor.fetchone()[0]
            end_emergency_grants = (
                "update access_casegrant set ended_at = now(), ended_by_id = %s where emergency_id = %s"
            )
            cursor.execute(end_emergency_grants, [cast.stranger.pk, emergency.pk])
        ends_at = forged.get("ends_at", "same")
        until = (
            None if ends_at is None else emergency.ends_at if ends_at == "same" else timezone.now().replace(year=2090)
        )
        given = CaseGrant(
            user=cast.people[forged.get("member", "stranger")],
            content_object=getattr(cast, forged.get("case", "case")),
            permission_id=permission_id,
            purpose="protect",
            legal_basis="vital_interests",
            granted_by=cast.stranger,
            emergency=emergency,
            ends_at=until,
        )
        with pytest.raises((ProgrammingError, IntegrityError)), transaction.atomic():
            given.save(force_insert=True)


def test_plain_sql_sets_neither_another_end_nor_an_emergency_for_somebody_else(cast: Cast) -> None:
    emergency = opened(cast)
    with acting_as(cast.stranger.pk, route="test"), connection.cursor() as cursor:
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute("update emergency_emergencyaccess set ends_at = now() + interval '1 day'")
        with pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute("update emergency_emergencyaccess set reason_sealed = 'x' where id = %s", [emergency.pk])
    with acting_as(cast.investigator.pk, route="test"):
        forged = EmergencyAccess(
            case=cast.case, member=cast.therapist, agency=cast.therapist.agency, compartments=["overview"],
            ground="danger", member_label="x",
        )  # fmt: skip
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            forged.save(force_insert=True)


def test_without_a_reason_nothing_is_given(cast: Cast) -> None:
    with acting_as(cast.stranger.pk, route="test"):
        bare = EmergencyAccess(
            case=cast.case, member=cast.stranger, agency=cast.stranger.agency, compartments=["overview"],
            ground="danger", member_label="x",
        )  # fmt: skip
        bare.save(force_insert=True)
        terms = GrantTerms("protect", "vital_interests", bare.ends_at, emergency=bare)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            grant_compartments(
                case=cast.case, member=cast.stranger, by=cast.stranger, read=["overview"], write=[], terms=terms
            )
