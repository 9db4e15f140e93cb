"""The joint plan: who may change it, whose signature that withdraws, and that nothing it said is lost."""

import pytest
from django.db import IntegrityError, connection, transaction

from casework.access.errors import AccessDenied, StalePage
from casework.audit.models import AuditEntry
from casework.planning import actions
from casework.planning.contents import PlanContent
from casework.planning.models import Plan, PlanRevision, Signature
from casework.planning.selectors import earlier_wordings, known_of, plan_reading
from casework.planning.states import STATES, PlanState, plan_state
from casework.planning.step_actions import StepContent, add_step, finish_step
from tests.cast import KNOWN

pytestmark = pytest.mark.django_db


def signed(member, plan):
    rows = Signature.objects.visible_to(member).filter(plan=plan, withdrawn_at=None).select_related("agency")
    return {row.agency.name for row in rows}


def test_a_second_plan_is_not_begun_while_one_is_open(acting, case_of):
    with acting("lead_worker") as member, pytest.raises(StalePage, match="begun meanwhile"):
        actions.prepare_plan(case=case_of(member), by=member, number=2, content=PlanContent(purpose="Again."))


def test_only_the_lead_agency_changes_the_plan(acting, plan_of, said):
    with acting("prosecutor") as member, pytest.raises(AccessDenied) as refused:
        actions.change_plan(plan=plan_of(member), by=member, version=1, content=said(plan_of(member), venue="Room 2"))
    assert refused.value.rule == "write_overview"


def test_a_change_names_first_whose_signature_it_withdraws(acting, plan_of, said, sign):
    sign("therapist", "lead_worker")
    with acting("lead_worker") as member:
        plan = plan_of(member)
        with pytest.raises(actions.WithdrawsSignatures) as question:
            actions.change_plan(plan=plan, by=member, version=1, content=said(plan, medication="Rest at noon."))
        affected = {signature.agency.name: fields for signature, fields in question.value.affected}
        assert affected == {"Bluebell Therapy": ["medication"], "Harbour Social Services": ["medication"]}
        assert plan_of(member).version == 1 and plan_of(member).medication == ""
        assert len(signed(member, plan)) == 3


def test_a_confirmed_change_withdraws_those_and_no_others(acting, plan_of, said, sign):
    sign("therapist")
    with acting("lead_worker") as member:
        plan = plan_of(member)
        mine = Signature.objects.visible_to(member).get(plan=plan, agency__name="Bluebell Therapy")
        changed = actions.change_plan(
            plan=plan, by=member, version=1, content=said(plan, medication="Rest at noon."), withdrawing=[mine.pk]
        )
        assert changed == ["medication"]
        assert signed(member, plan) == {"North Police"}
        mine.refresh_from_db()
        assert mine.withdrawn_because == ["medication"] and mine.withdrawn_by_label.startswith("Lead Worker")
        assert mine.signed_by_name == "Therapist" and mine.signed_by_agency == "Bluebell Therapy"
        reading = plan_reading(member, plan_of(member), reads_account=True)
        assert reading.state == PlanState.DRAFT


def test_signatures_given_meanwhile_are_asked_about_again(acting, plan_of, said, sign):
    """Between the question and the answer somebody else signed: that signature was not announced."""
    sign("therapist")
    with acting("lead_worker") as member:
        plan = plan_of(member)
        with pytest.raises(actions.WithdrawsSignatures):
            actions.change_plan(plan=plan, by=member, version=1, content=said(plan, venue="Room 2"), withdrawing=[1])


def test_what_the_plan_said_is_kept_where_it_stood(acting, plan_of, said):
    with acting("lead_worker") as member:
        plan = plan_of(member)
        with pytest.raises(actions.WithdrawsSignatures) as question:
            actions.change_plan(plan=plan, by=member, version=1, content=said(plan, known="T1 only.", purpose="New."))
        keys = [signature.pk for signature, _fields in question.value.affected]
        content = said(plan, known="T1 only.", purpose="New.")
        actions.change_plan(plan=plan, by=member, version=1, content=content, withdrawing=keys)
        assert {(row.field, row.text) for row in earlier_wordings(member, plan)} == {
            ("purpose", "To hear the child once."),
            ("known", KNOWN),
        }
    with acting("therapist") as member:
        assert [row.field for row in earlier_wordings(member, plan_of(member))] == ["purpose"]
        assert known_of(member, plan_of(member)) is None
        assert PlanRevision.everything.filter(field="known").count() == 0, "the database says so, too"


def test_what_is_known_is_changed_only_by_who_writes_in_the_account(acting, plan_of, said):
    """The supervisor of the lead agency may change the plan, and may only read the account."""
    with acting("lead_supervisor") as member, pytest.raises(AccessDenied) as refused:
        plan = plan_of(member)
        keys = list(Signature.objects.visible_to(member).filter(plan=plan).values_list("pk", flat=True))
        actions.change_plan(
            plan=plan, by=member, version=1, content=said(plan, known="Something else."), withdrawing=keys
        )
    assert refused.value.rule == "write_account"


def test_two_people_cannot_overwrite_each_other(acting, plan_of, said):
    with acting("lead_worker") as member:
        plan = plan_of(member)
        actions.change_plan(plan=plan, by=member, version=1, content=said(plan, medication="At eight."))
    with acting("lead_supervisor") as member, pytest.raises(StalePage, match="changed meanwhile"):
        plan = plan_of(member)
        actions.change_plan(plan=plan, by=member, version=1, content=said(plan, medication="At nine."))


def test_an_interviewer_is_somebody_on_the_case(cast, acting, plan_of, said):
    for key in ("stranger", "therapist", "walled_worker"):
        with acting("lead_worker") as member, pytest.raises(AccessDenied) as refused:
            plan = plan_of(member)
            content = said(plan, lead_interviewer=cast.people[key])
            actions.change_plan(plan=plan, by=member, version=1, content=content)
        assert refused.value.rule == "interviewer"


def test_signing_twice_is_signing_once_and_a_stale_page_signs_nothing(acting, plan_of, sign):
    sign("therapist", "therapist")
    with acting("therapist") as member:
        plan = plan_of(member)
        assert Signature.objects.visible_to(member).filter(plan=plan, agency=member.agency).count() == 1
    with acting("prosecutor") as member, pytest.raises(StalePage, match="changed meanwhile"):
        actions.sign_plan(plan=plan_of(member), by=member, version=7)


def test_agreed_once_every_agency_with_somebody_there_has_signed(cast, acting, plan_of, sign):
    sign("therapist", "prosecutor")
    with acting("lead_worker") as member:
        reading = plan_reading(member, plan_of(member), reads_account=True)
        assert reading.state == PlanState.DRAFT and reading.signed_count == 3
        assert {each.agency.name for each in reading.sign_offs if not each.can_sign} == {"Far Social Services"}
    sign("lead_worker")
    with acting("lead_worker") as member:
        assert plan_reading(member, plan_of(member), reads_account=True).state == PlanState.AGREED


def test_the_database_refuses_a_signature_in_the_name_of_another_agency(cast, acting, plan_of):
    with acting("therapist") as member:
        row = Signature(
            case=plan_of(member).case, plan=plan_of(member), agency=cast.agencies["crown_prosecution"],
            signed_by=member, signed_by_name="x", signed_by_roles="x", signed_by_agency="x", plan_version=1,
        )  # fmt: skip
        with pytest.raises(Exception, match="row-level security"), transaction.atomic():
            row.save(force_insert=True)


def test_a_step_withdraws_the_signature_of_who_has_to_do_it(cast, acting, plan_of, sign):
    sign("therapist")
    with acting("lead_worker") as member:
        plan = plan_of(member)
        step = StepContent("Meet the child after.", "The therapist", cast.agencies["bluebell_therapy"], plan_day())
        add_step(plan=plan, by=member, number=2, step=step)
        assert signed(member, plan) == {"North Police"}
        with pytest.raises(StalePage, match="added meanwhile"):
            add_step(plan=plan, by=member, number=2, step=step)
        outside = StepContent("Anything.", "Anybody", cast.agencies["hill_clinic"], plan_day())
        with pytest.raises(AccessDenied) as refused:
            add_step(plan=plan, by=member, number=3, step=outside)
        assert refused.value.rule == "takes_part"


def test_a_step_is_done_by_its_agency_or_by_the_lead(cast, acting, plan_of):
    from casework.planning.models import PlanStep

    with acting("prosecutor") as member, pytest.raises(AccessDenied) as refused:
        step = PlanStep.objects.visible_to(member).select_related("case", "case__lead_agency").get(plan=plan_of(member))
        finish_step(step=step, by=member)
    assert refused.value.rule == "step"
    with acting("lead_worker") as member:
        step = PlanStep.objects.visible_to(member).select_related("case", "case__lead_agency").get(plan=plan_of(member))
        first = finish_step(step=step, by=member).done_at
        assert finish_step(step=step, by=member).done_at == first


def test_a_closed_plan_stays_as_it_was_also_by_plain_sql(acting, plan_of, question_of):
    with acting("lead_worker") as member:
        with pytest.raises(StalePage, match="Question 1 of plan 1 has no outcome yet"):
            actions.close_plan(plan=plan_of(member), by=member, version=1)
        plan = plan_of(member)
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "update planning_plan set closed_at = now(), closed_by_id = %s where id = %s", [member.pk, plan.pk]
            )
        assert refused.value.__cause__.diag.constraint_name == "question_left_open"


def test_every_change_has_its_entry_and_no_words(cast, acting, plan_of, said):
    with acting("lead_worker") as member:
        plan = plan_of(member)
        actions.change_plan(plan=plan, by=member, version=1, content=said(plan, medication="A private word."))
    with acting("lead_supervisor"):
        entry = AuditEntry.objects.filter(case_id=cast.case.pk, object_repr=f"planning.plan:{plan.pk}").first()
        assert entry.verb == "changed" and "private" not in str(entry.changes)


def test_states_follow_from_what_is_recorded():
    assert plan_state(closed=True, held=True, all_signed=True) == PlanState.CLOSED
    assert plan_state(closed=False, held=True, all_signed=False) == PlanState.HELD
    assert plan_state(closed=False, held=False, all_signed=True) == PlanState.AGREED
    assert plan_state(closed=False, held=False, all_signed=False) == PlanState.DRAFT
    reached = {state for rule in STATES.values() for state in rule.ways_out.values()}
    assert reached == set(PlanState)
    assert STATES[PlanState.CLOSED].ways_out == {}
    assert all(rule.ways_out for state, rule in STATES.items() if state != PlanState.CLOSED)


def plan_day():
    import datetime

    from agencies.standing import today

    return today() + datetime.timedelta(days=3)


def test_plans_of_another_case_are_not_reached_by_their_number(cast, client_of):
    client = client_of(cast.lead_worker)
    assert Plan._meta.label == "planning.Plan"
    assert client.get(f"/cases/{cast.other_case.reference}/interview/plans/1/").status_code == 404
    assert client.get(f"/cases/{cast.case.reference}/interview/plans/2/").status_code == 404
