"""The only writers of who does what by when. Lock, check, change, record."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import Agency
from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.planning.actions import lock_open_plan, lock_planning, withdraw
from casework.planning.models import Plan, PlanStep
from casework.planning.rules import check_can_change_plan, check_can_do_step
from casework.planning.selectors import last_step_number, live_signatures, signing_agencies

STEP = "step"  # in `withdrawn_because`: a step was added, which is no field of the plan


@dataclass(frozen=True)
class StepContent:
    """Who does what by when. Texts; `agency`: leads or takes part."""

    what: str
    who: str
    agency: Agency
    due_on: datetime.date


@transaction.atomic
def add_step(*, plan: Plan, by: Any, number: int, step: StepContent) -> PlanStep:
    """Add who does what by when; the signature of the agency that has to do it is withdrawn, as the page says.

    `number`: the one that the page announced, so that none is added twice. Raises: AccessDenied; StalePage.
    """
    plan = lock_open_plan(plan, by, None)
    check_can_change_plan(by, plan)
    if number != last_step_number(by, plan) + 1:
        raise StalePage(_("Another step was added meanwhile. Check that yours is not the same, then save again."))
    if step.agency.pk not in {agency.pk for agency in signing_agencies(by, plan.case)}:
        raise AccessDenied(_("This agency does not take part in the case."), rule="takes_part")
    row = PlanStep(case=plan.case, plan=plan, number=number, agency=step.agency, due_on=step.due_on, added_by=by)
    row.what, row.who = step.what, step.who
    row.save(force_insert=True)
    for signature in live_signatures(by, plan):
        if signature.agency_id == step.agency.pk:
            withdraw(signature, by, [STEP])
    return row


@transaction.atomic
def finish_step(*, step: PlanStep, by: Any) -> PlanStep:
    """Mark a step as done. Done already, it stays as it is. Raises: AccessDenied; NotVisible."""
    lock_planning(step.case)
    check_can_do_step(by, step)
    row: PlanStep | None = PlanStep.objects.visible_to(by).select_related("case").filter(pk=step.pk).first()
    if row is None:
        raise NotVisible
    if row.done_at is None:
        row.done_at, row.done_by, row.done_by_label = timezone.now(), by, by.in_full
        row.save(update_fields=["done_at", "done_by", "done_by_label"])
    return row
