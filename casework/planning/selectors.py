"""The only readers of plans; those of questions are in `pool`. The number of queries never depends on that of rows."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from agencies.models import Agency, Member
from casework.account.rules import SEALS
from casework.cases.models import Case
from casework.cases.people import who_can_see
from casework.cases.selectors import participants_of
from casework.planning.contents import FIELDS, GROUPS, PEOPLE, PlanField, in_words
from casework.planning.kinds import QuestionOutcome
from casework.planning.models import Plan, PlanKnown, PlanRevision, PlanStep, Signature
from casework.planning.pool import PooledQuestion, pool_of
from casework.planning.states import PlanState, plan_state, state_in_words

WITH_CASE = ("case", "case__lead_agency")


@dataclass(frozen=True)
class SignOff:
    """One agency under a plan. `signature`: the one in force, or None; `withdrawn`: earlier ones, newest first.

    `can_sign`: somebody of it is named on the case; an agency with nobody there is not waited for.
    """

    agency: Agency
    is_lead: bool
    can_sign: bool
    signature: Signature | None
    withdrawn: tuple[Signature, ...]


@dataclass(frozen=True)
class FieldReading:
    """One field of a plan as it reads. `is_closed`: the reader may not read it."""

    field: PlanField
    text: str
    is_closed: bool = False

    @property
    def is_person(self) -> bool:
        """Whether the text says who somebody is, in full."""
        return self.field.name in PEOPLE


@dataclass(frozen=True)
class PlanReading:
    """A plan with everything on its page."""

    plan: Plan
    state: PlanState
    groups: tuple[tuple[Any, tuple[FieldReading, ...]], ...]
    sign_offs: tuple[SignOff, ...]
    steps: tuple[PlanStep, ...]
    questions: tuple[PooledQuestion, ...]

    @property
    def state_words(self) -> str:
        """The state as people say it."""
        return state_in_words(self.state)

    @property
    def open_count(self) -> int:
        """How many questions have no outcome yet."""
        return sum(each.question.outcome == QuestionOutcome.OPEN for each in self.questions)

    @property
    def signed_count(self) -> int:
        """How many agencies have signed."""
        return sum(each.signature is not None for each in self.sign_offs)


def plans_of(member: Member, case: Case) -> list[Plan]:
    """The plans of a case, newest first."""
    rows = Plan.objects.visible_to(member).select_related(*WITH_CASE, "telling").filter(case=case)
    return list(rows.order_by("-number"))


def open_plan_of(member: Member, case: Case) -> Plan | None:
    """The plan that is not closed, if there is one."""
    plan: Plan | None = (
        Plan.objects.visible_to(member).select_related(*WITH_CASE).filter(case=case, closed_at=None).first()
    )
    return plan


def last_plan_number(member: Member, case: Case) -> int:
    """The number of the last plan; 0 without one."""
    return Plan.objects.visible_to(member).filter(case=case).aggregate(last=Max("number"))["last"] or 0


def last_step_number(member: Member, plan: Plan) -> int:
    """The number of the last step of a plan; 0 without one."""
    return PlanStep.objects.visible_to(member).filter(plan=plan).aggregate(last=Max("number"))["last"] or 0


def known_of(member: Member, plan: Plan) -> PlanKnown | None:
    """What is known already, for whoever may read the account; None for others, and where nothing is recorded."""
    known: PlanKnown | None = PlanKnown.objects.visible_to(member).select_related("case").filter(plan=plan).first()
    return known


def plan_reading(member: Member, plan: Plan, *, reads_account: bool) -> PlanReading:
    """A plan as this member may read it, in a constant number of queries."""
    known = known_of(member, plan) if reads_account else None
    sign_offs = sign_offs_of(member, plan)
    state = plan_state(
        closed=plan.is_closed,
        held=plan.telling_id is not None,
        all_signed=all(each.signature is not None for each in sign_offs if each.can_sign),
    )
    steps = PlanStep.objects.visible_to(member).select_related("case", "agency").filter(plan=plan).order_by("number")
    return PlanReading(
        plan=plan,
        state=state,
        groups=_groups(plan, known.text if known else "", reads_account=reads_account),
        sign_offs=sign_offs,
        steps=tuple(steps),
        questions=pool_of(member, plan),
    )


def _groups(plan: Plan, known: str, *, reads_account: bool) -> tuple[Any, ...]:
    read: dict[str, list[FieldReading]] = defaultdict(list)
    for field in FIELDS:
        closed = field.name == "known" and not reads_account
        read[field.group].append(FieldReading(field, "" if closed else in_words(plan, known, field.name), closed))
    return tuple((words, tuple(read[code])) for code, words in GROUPS.items())


def signing_agencies(member: Member, case: Case) -> list[Agency]:
    """The agencies that sign a plan: the one that leads, and those that take part now, by name."""
    return [case.lead_agency, *(each.agency for each in participants_of(member, case))]


def sign_offs_of(member: Member, plan: Plan) -> tuple[SignOff, ...]:
    """Each agency that signs, with what it signed. An agency that has left is listed while its signature stands."""
    given: dict[int, list[Signature]] = defaultdict(list)
    rows = Signature.objects.visible_to(member).select_related("case", "agency").filter(plan=plan)
    for signature in rows.order_by("-signed_at", "pk"):
        given[signature.agency_id].append(signature)
    agencies = signing_agencies(member, plan.case)
    named = {group.agency.pk for group in who_can_see(plan.case)}
    left = {each.agency_id: each.agency for each in rows if each.withdrawn_at is None}
    here = {agency.pk for agency in agencies}
    agencies += [agency for key, agency in left.items() if key not in here]
    return tuple(
        SignOff(
            agency=agency,
            is_lead=agency.pk == plan.case.lead_agency_id,
            can_sign=agency.pk in named,
            signature=next((each for each in given[agency.pk] if each.withdrawn_at is None), None),
            withdrawn=tuple(each for each in given[agency.pk] if each.withdrawn_at is not None),
        )
        for agency in agencies
    )


def live_signatures(member: Member, plan: Plan) -> list[Signature]:
    """The signatures in force, with their agencies, by agency."""
    rows = Signature.objects.visible_to(member).select_related("case", "agency").filter(plan=plan, withdrawn_at=None)
    return list(rows.order_by("agency__name"))


def earlier_wordings(member: Member, plan: Plan) -> list[PlanRevision]:
    """What the plan said before, newest first, of what the reader may read."""
    rows = PlanRevision.objects.visible_to(member).select_related("case").filter(plan=plan)
    return list(rows.order_by("-version", "pk"))


def interviewers_for(case: Case) -> list[Member]:
    """Who can lead an interview: interviewers, social workers and investigators who are named on the case, by name."""
    people = [person.member for group in who_can_see(case) for person in group.people if person.has_standing]
    return sorted((each for each in people if each.has_role(*SEALS)), key=lambda each: each.name)
