"""Who may ask who the child is and who decides, and what the database itself lets nobody do, also by plain SQL."""

from collections.abc import Callable

import pytest
from django.db import Error, ProgrammingError, connection, transaction
from django.utils import timezone

from agencies.actions import change_roles
from agencies.models import Member
from agencies.standing import today
from casework.access.actions import GrantTerms, grant_compartments, raise_wall
from casework.access.checker import live_permissions
from casework.access.database import database_now
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.access.kinds import Compartment
from casework.access.models import CaseGrant
from casework.access.roles import READS
from casework.access.task import acting_as
from casework.audit.models import AuditEntry
from casework.cases.actions import close_case, show_identity
from casework.cases.identity_parts import parts_open_to
from casework.cases.models import Case, Child
from casework.cases.people_actions import end_access
from casework.custody.actions import (
    Given,
    decline_identity,
    end_given,
    give_identity,
    withdraw_request,
)
from casework.custody.models import IdentityRequest
from casework.custody.rules import check_can_ask
from casework.custody.selectors import RELATED, custodian_ids
from casework.emergency.actions import Emergency, break_glass
from casework.sharing.actions import revoke_share
from casework.sharing.models import Share
from tests.cast import ASKED_BECAUSE, GIVEN_NAME, Cast, administered
from tests.cast import RELATED as OF_SHARES
from tests.custody.conftest import DAY, asked_by_therapist, decided, named, named_custodian, seen_case

Ask = Callable[..., IdentityRequest]


def reads_identity(cast: Cast, person: str) -> tuple[bool, bool]:
    """What guardian says, and what row-level security returns by plain SQL."""
    member = Member.objects.select_related("agency").get(pk=cast.people[person].pk)
    with acting_as(cast.people[person].pk, route="test"):
        asked = "read_identity" in live_permissions(member, Case(pk=cast.case.pk))
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from cases_child where case_id = %s", [cast.case.pk])
            return asked, bool(cursor.fetchone()[0])


def close(cast: Cast) -> None:
    supervisor = cast.lead_supervisor
    with acting_as(supervisor.pk, route="test"):
        case = seen_case(cast, supervisor)
        close_case(case=case, by=supervisor, version=case.version, reason="Over")


def test_given_is_a_grant_to_its_day_that_shows_these_parts_alone(cast: Cast) -> None:
    assert reads_identity(cast, "therapist") == (False, False)
    decided(cast, parts=["names"])
    assert reads_identity(cast, "therapist") == (True, True)
    with acting_as(cast.therapist.pk, route="test"):
        request = asked_by_therapist(cast, cast.therapist)
        grant = CaseGrant.objects.get(identity_request=request.pk)
        assert (grant.ends_at, grant.permission.codename) == (request.given_until, "read_identity")
        assert request.decision_reason == "For the first meeting."
        case = seen_case(cast, cast.therapist)
        assert show_identity(case=case, by=cast.therapist, parts=["names"], reason="contact").given_names == GIVEN_NAME
        with pytest.raises(AccessDenied) as caught:
            show_identity(case=case, by=cast.therapist, parts=["names", "address"], reason="contact")
        assert caught.value.rule == "identity_part"
    with acting_as(cast.lead_supervisor.pk, route="test"):
        kinds = {
            (each.verb, each.object_repr.split(":")[0]) for each in AuditEntry.objects.filter(case_id=cast.case.pk)
        }
        assert {("created", "custody.identityrequest"), ("changed", "custody.identityrequest")} <= kinds


def test_both_sides_stand_on_the_row_as_they_were(cast: Cast) -> None:
    decided(cast)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        request = asked_by_therapist(cast, cast.lead_supervisor)
        assert request.member_label == "Therapist, Therapist, Bluebell Therapy"
        assert request.decided_by_label == "Lead Supervisor, Supervisor, Harbour Social Services"
        assert request.words == ASKED_BECAUSE


def test_the_custodian_decides_and_then_no_supervisor(cast: Cast) -> None:
    with acting_as(cast.therapist.pk, route="test"):
        assert custodian_ids(seen_case(cast, cast.therapist)) == {cast.lead_supervisor.pk}
    custodian = named_custodian(cast)
    with acting_as(cast.therapist.pk, route="test"):
        assert custodian_ids(seen_case(cast, cast.therapist)) == {custodian.pk}
    with pytest.raises(AccessDenied) as caught:
        decided(cast)
    assert caught.value.rule == "custodian"
    with acting_as(custodian.pk, route="test"):
        request = asked_by_therapist(cast, custodian)
        given = Given(["names"], database_now() + DAY)
        give_identity(request=request, by=custodian, version=request.version, given=given)
    assert reads_identity(cast, "therapist") == (True, True)


def test_who_got_the_identity_on_request_keeps_it_for_nobody(cast: Cast, ask: Ask) -> None:
    """A custodian of the agency who is given the identity for some days decides on no request of others."""
    named(cast, "lead_colleague", ["social"])
    request = ask("lead_colleague")
    with acting_as(cast.lead_supervisor.pk, route="test"):
        rows = IdentityRequest.objects.visible_to(cast.lead_supervisor).select_related(*RELATED)
        row = rows.get(pk=request.pk)
        given = Given(["names"], database_now() + DAY)
        give_identity(request=row, by=cast.lead_supervisor, version=row.version, given=given)
    member = Member.objects.get(pk=cast.lead_colleague.pk)
    with acting_as(cast.lead_admin.pk, route="test"):
        change_roles(member=member, by=cast.lead_admin, roles=["social_worker", "identity_custodian"])
    with acting_as(cast.lead_supervisor.pk, route="test"):
        assert custodian_ids(seen_case(cast, cast.lead_supervisor)) == {cast.lead_supervisor.pk}
    with acting_as(member.pk, route="test"):
        assert not IdentityRequest.objects.visible_to(member).filter(pk=cast.identity_request.pk).exists()


@pytest.mark.parametrize("person", ["lead_worker", "police_supervisor", "investigator", "stranger", "prosecutor"])
def test_nobody_else_reads_the_request_nor_decides_on_it(person: str, cast: Cast) -> None:
    member = cast.people[person]
    with acting_as(member.pk, route="test"):
        assert not IdentityRequest.objects.visible_to(member).filter(pk=cast.identity_request.pk).exists()
        assert not IdentityRequest.everything.filter(pk=cast.identity_request.pk).exists()
        with connection.cursor() as cursor:
            cursor.execute("update custody_identityrequest set state = 'given', decided_by_id = %s, decided_at = now(),"
                           " given_until = until, given_parts = parts", [member.pk])  # fmt: skip
            assert cursor.rowcount == 0
        with pytest.raises(NotVisible):
            give_identity(request=cast.identity_request, by=member, version=1, given=Given(["names"], timezone.now()))


def test_nobody_decides_on_their_own_request_not_even_by_sql(cast: Cast, ask: Ask) -> None:
    supervisor = cast.lead_supervisor
    request = ask("lead_supervisor")
    with acting_as(supervisor.pk, route="test"):
        row = IdentityRequest.objects.visible_to(supervisor).select_related(*RELATED).get(pk=request.pk)
        with pytest.raises(AccessDenied) as caught:
            give_identity(request=row, by=supervisor, version=1, given=Given(["names"], database_now() + DAY))
        assert caught.value.rule == "second_person"
        with connection.cursor() as cursor, pytest.raises(Error), transaction.atomic():
            sql = (
                "update custody_identityrequest set state = 'given', decided_by_id = %s, decided_at = now(),"
                " given_until = until, given_parts = parts where id = %s"
            )
            cursor.execute(sql, [supervisor.pk, row.pk])


def test_decided_once_and_what_was_asked_stays(cast: Cast) -> None:
    decided(cast, parts=[])
    supervisor, key = cast.lead_supervisor, cast.identity_request.pk
    with acting_as(supervisor.pk, route="test"):
        row = asked_by_therapist(cast, supervisor)
        assert row.decision_reason == "Ask the worker first."
        with pytest.raises(StalePage):
            decline_identity(request=row, by=supervisor, version=1, reason="Again.")
        for change in ("parts = '{names,address}'", "reason = 'court'", "words_sealed = ''", "until = now()"):
            with connection.cursor() as cursor, pytest.raises(ProgrammingError), transaction.atomic():
                cursor.execute(f"update custody_identityrequest set {change} where id = %s", [key])
        with connection.cursor() as cursor:
            cursor.execute("update custody_identityrequest set decision_reason_sealed = '' where id = %s", [key])
            assert cursor.rowcount == 0
    with acting_as(cast.therapist.pk, route="test"), pytest.raises((StalePage, AccessDenied)):
        withdraw_request(request=row, by=cast.therapist, version=row.version)


def test_a_decision_can_not_be_changed_after_it_was_given(cast: Cast) -> None:
    decided(cast)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        for change in ("given_until = until", "state = 'declined'", "decided_by_label = 'X'"):
            with connection.cursor() as cursor, pytest.raises(Error), transaction.atomic():
                sql = f"update custody_identityrequest set {change} where id = %s"
                cursor.execute(sql, [cast.identity_request.pk])


def test_a_grant_without_its_decision_is_refused_by_the_database(cast: Cast) -> None:
    supervisor = cast.lead_supervisor
    with acting_as(supervisor.pk, route="test"):
        request = asked_by_therapist(cast, supervisor)
        terms = GrantTerms("protect", "public_task", database_now() + DAY, identity_request=request)
        for read in (["identity"], ["account"]):
            with pytest.raises(ProgrammingError), transaction.atomic():
                grant_compartments(
                    case=request.case, member=request.member, by=supervisor, read=read, write=[], terms=terms
                )
    decided(cast)
    with acting_as(supervisor.pk, route="test"):
        request = asked_by_therapist(cast, supervisor)
        for read, end in ((["account"], request.given_until), (["identity"], database_now() + DAY)):
            terms = GrantTerms("protect", "public_task", end, identity_request=request)
            end_of = CaseGrant.objects.filter(identity_request=request.pk)
            with pytest.raises(ProgrammingError), transaction.atomic():
                for grant in end_of.filter(ended_at=None):
                    grant.ended_at, grant.ended_by = timezone.now(), supervisor
                    grant.save(update_fields=["ended_at", "ended_by"])
                grant_compartments(
                    case=request.case, member=request.member, by=supervisor, read=read, write=[], terms=terms
                )


@pytest.mark.parametrize("days", [-1, 0, 16])
def test_an_end_that_can_not_be_is_refused_twice(days: int, cast: Cast, ask: Ask) -> None:
    with pytest.raises(AccessDenied) as caught:
        ask("prosecutor", days=days)
    assert caught.value.rule == "identity_ends"
    assert not IdentityRequest.everything.filter(member=cast.prosecutor).exists()
    with acting_as(cast.prosecutor.pk, route="test"), connection.cursor() as cursor:
        with pytest.raises(Error), transaction.atomic():
            cursor.execute("insert into custody_identityrequest (id, case_id, member_id, member_label, agency_id,"
                           " parts, reason, words_sealed, until, state, given_parts, decision_reason_sealed,"
                           " decided_by_label, ended_by_label, version) values (7, %s, %s, '', %s, '{names}',"
                           " 'contact', 'x', now() + make_interval(days => %s), 'waiting', '{}', '', '', '', 1)",
                           [cast.case.pk, cast.prosecutor.pk, cast.prosecutor.agency_id, days])  # fmt: skip


def test_one_request_at_a_time_and_a_new_one_after_it_was_withdrawn(cast: Cast, ask: Ask) -> None:
    with pytest.raises(AccessDenied) as caught:
        ask("therapist")
    assert caught.value.rule == "identity_waits"
    with acting_as(cast.therapist.pk, route="test"):
        withdraw_request(request=asked_by_therapist(cast, cast.therapist), by=cast.therapist, version=1)
    assert ask("therapist").pk != cast.identity_request.pk


def test_after_parts_were_given_others_are_asked_for_and_the_same_are_not(cast: Cast, ask: Ask) -> None:
    decided(cast, parts=["names"])
    with pytest.raises(AccessDenied) as caught:
        ask("therapist", parts=["names", "school"])
    assert caught.value.rule == "identity_part"
    with acting_as(cast.therapist.pk, route="test"), pytest.raises(ProgrammingError), transaction.atomic():
        IdentityRequest(
            case=cast.case, member=cast.therapist, member_label="x", agency_id=cast.therapist.agency_id,
            parts=["names"], reason="verify", until=database_now() + DAY, words="Once more.",
        ).save(force_insert=True)  # fmt: skip
    more = ask("therapist", parts=["school"])
    supervisor = cast.lead_supervisor
    with acting_as(supervisor.pk, route="test"):
        rows = IdentityRequest.objects.visible_to(supervisor).select_related(*RELATED, "member__agency")
        given = Given(["school"], database_now() + DAY)
        give_identity(request=rows.get(pk=more.pk), by=supervisor, version=1, given=given)
    with acting_as(cast.therapist.pk, route="test"):
        assert parts_open_to(cast.therapist, seen_case(cast, cast.therapist)) == ["names", "school"]


@pytest.mark.parametrize(
    ("person", "rule"),
    [("lead_worker", "identity_held"), ("walled_worker", "read_overview"), ("stranger", "read_overview")],
)
def test_who_reads_it_or_sees_no_case_asks_for_nothing(person: str, rule: str, cast: Cast) -> None:
    with acting_as(cast.people[person].pk, route="test"), pytest.raises(AccessDenied) as caught:
        check_can_ask(cast.people[person], cast.case)
    assert caught.value.rule == rule


def test_an_emergency_is_no_ground_to_ask(cast: Cast, ask: Ask) -> None:
    stranger = cast.stranger
    with acting_as(stranger.pk, route="test"):
        break_glass(by=stranger, wanted=Emergency(cast.case.reference, ["social"], "danger", "A reason"))
    with pytest.raises(AccessDenied) as caught:
        ask("stranger")
    assert caught.value.rule == "identity_emergency"


@pytest.mark.parametrize("how", ["give up", "take back", "wall", "vetting", "role", "close", "share"])
def test_what_was_given_ends(how: str, cast: Cast) -> None:
    decided(cast)
    therapist, supervisor = cast.therapist, cast.lead_supervisor
    if how in ("give up", "take back"):
        by = therapist if how == "give up" else supervisor
        with acting_as(by.pk, route="test"):
            request = asked_by_therapist(cast, by)
            assert end_given(request=request, by=by, version=request.version) == 1
    elif how == "wall":
        with acting_as(therapist.pk, route="test"):
            raise_wall(case=cast.case, member=therapist, by=therapist)
    elif how == "vetting":
        member = Member.objects.get(pk=therapist.pk)
        member.vetting_until = today() - DAY
        with administered(member.agency):
            member.save(update_fields=["vetting_until"])
    elif how == "role":
        administrator = Member.objects.get(email="bluebell_therapy_admin@cast.example")
        with acting_as(administrator.pk, route="test"):
            change_roles(member=Member.objects.get(pk=therapist.pk), by=administrator, roles=["probation_officer"])
    elif how == "close":
        close(cast)
    else:
        with acting_as(supervisor.pk, route="test"):
            share = Share.objects.overseen_by(supervisor).select_related(*OF_SHARES).get(pk=cast.therapy_share.pk)
            revoke_share(share=share, by=supervisor, version=share.version, reason="Over")
    if how == "vetting":
        with pytest.raises(AccessDenied):
            reads_identity(cast, "therapist")
        return
    assert reads_identity(cast, "therapist") == (False, False)
    with acting_as(supervisor.pk, route="test"):
        live = CaseGrant.objects.live().filter(user=therapist, identity_request__isnull=False)
        assert live.exists() == (how == "wall"), "a wall ends no grant: it stands before them"


def test_closing_ends_what_waits_too(cast: Cast) -> None:
    close(cast)
    with acting_as(cast.lead_supervisor.pk, route="test"):
        row = IdentityRequest.objects.overseen_by(cast.lead_supervisor).get(pk=cast.identity_request.pk)
        assert (row.state, row.ended_by_id) == ("lapsed", cast.lead_supervisor.pk)


def test_naming_and_ending_in_the_own_agency_leave_each_other_alone(cast: Cast, ask: Ask) -> None:
    """What a supervisor names is another source than what was given on request; taking off takes both."""
    named(cast, "lead_colleague", ["social"])
    request = ask("lead_colleague")
    supervisor = cast.lead_supervisor
    with acting_as(supervisor.pk, route="test"):
        row = IdentityRequest.objects.visible_to(supervisor).select_related(*RELATED).get(pk=request.pk)
        give_identity(request=row, by=supervisor, version=1, given=Given(["names"], database_now() + DAY))
    named(cast, "lead_colleague", ["identity"])
    with acting_as(supervisor.pk, route="test"):
        assert CaseGrant.objects.live().filter(identity_request=request.pk).count() == 1
        case = Case.objects.overseen_by(supervisor).select_related("lead_agency").get(pk=cast.case.pk)
        end_access(case=case, member=cast.lead_colleague, by=supervisor)
        assert not CaseGrant.objects.live().filter(identity_request=request.pk).exists()


def test_no_grant_outlasts_the_share_or_the_request_it_stands_on(cast: Cast) -> None:
    """In the function that decides, the end is that of the grant: by its name it would be the column of the source."""
    supervisor = cast.police_supervisor
    with acting_as(supervisor.pk, route="test"):
        share = Share.objects.offered_to(supervisor).select_related(*OF_SHARES).get(pk=cast.share.pk)
        terms = GrantTerms("investigate", "public_task", share.until + DAY, share)
        with pytest.raises(ProgrammingError), transaction.atomic():
            grant_compartments(
                case=share.case, member=supervisor, by=supervisor, read=["police"], write=[], terms=terms
            )


def test_the_roles_in_the_database_are_those_that_work_with_identities(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = 'casework_may_grant'")
        body = cursor.fetchone()[0].split("u.roles::text[] && array[")[-1].split("]")[0]
    listed = {each.strip().strip("'") for each in body.split(",")}
    assert listed == {str(role) for role, read in READS.items() if Compartment.IDENTITY in read}


def test_without_the_applications_wall_the_database_still_stops_at_the_case(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row-level security shows the child only to who sees the case, whatever grant of the identity is left over."""
    decided(cast)
    monkeypatch.setattr("casework.access.scopes.visible", lambda rows, member: rows)
    with acting_as(cast.therapist.pk, route="test"):
        assert Child.everything.filter(case_id=cast.case.pk).count() == 1
        with connection.cursor() as cursor:
            cursor.execute(
                "select qual from pg_policies where tablename = 'cases_child' and policyname = 'cases_child_see'"
            )
            assert "read_overview" in cursor.fetchone()[0]
