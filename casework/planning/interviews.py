"""What planning says before a telling is recorded, and before it is sealed."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from casework.access.errors import StalePage
from casework.account.kinds import TellingKind
from casework.account.models import Passage, Telling
from casework.audit.kinds import Verb
from casework.audit.record import record
from casework.planning.actions import check_no_question_is_open
from casework.planning.blinding_actions import kept_from_record
from casework.planning.models import Plan
from casework.planning.requests import gate_of
from casework.planning.selectors import open_plan_of

FORMAL = (TellingKind.JOINT, TellingKind.SUPPLEMENTARY)


def check_gate(*, telling: Telling, by: Any) -> None:
    """A further formal telling takes an authorised request; what a child says on its own never does.

    Source: Directive 2011/93/EU, art. 20(3); issue "Told once", "The gate".  Raises: StalePage.
    """
    if telling.kind not in FORMAL:
        return
    gate = gate_of(telling.case)
    if gate.last and not gate.authorised:
        raise StalePage(
            _(
                "The child has told in a formal interview already (T%(number)d). A further one takes an authorised"
                " request: ask for it under “Plan and questions”. What a child says on its own can be recorded at any"
                " time, as a prior disclosure."
            )
            % {"number": gate.last}
        )


def note_interview(*, telling: Telling, by: Any) -> None:
    """An interview that is recorded is the one of the open plan, and of the request that authorised it.

    Most who interview may change neither row, so the database writes both; these entries say so in the record.
    """
    if telling.kind not in FORMAL:
        return
    plan = open_plan_of(by, telling.case)
    if plan is not None and plan.telling_id is None:
        record(Verb.CHANGED, subject=plan, compartments=[plan.compartment], details={"held_as": telling.label})
    gate = gate_of(telling.case)
    if gate.last:
        details = {"request": gate.authorised, "used_by": telling.label}
        record(Verb.CHANGED, case_id=telling.case_id, compartments=["overview"], details=details)


def questions_have_outcomes(*, telling: Telling, passages: Sequence[Passage], by: Any) -> None:
    """A telling is not sealed with a question of its plan left open, or answered at a passage that is gone.

    Source: issue "Told once", "Question pool".  Raises: StalePage that says which.
    """
    plan = Plan.objects.visible_to(by).select_related("case", "case__lead_agency").filter(telling=telling).first()
    if plan is None:
        return
    check_no_question_is_open(by, plan)
    with connection.cursor() as cursor:
        cursor.execute("select casework_lost_answers(%s)", [plan.pk])
        lost = [str(number) for number in cursor.fetchone()[0]]
    if lost:
        raise StalePage(
            _("The passage that answers question %(numbers)s of plan %(plan)d is not there any more: say where it is.")
            % {"numbers": ", ".join(lost), "plan": plan.number}
        )
    if not telling.is_signed:
        return  # the first of the two who seal; the record opens with the second
    for blinding in kept_from_record(plan.case):
        details = {"record_open_again_by": telling.label}
        record(Verb.CHANGED, subject=blinding, compartments=["overview"], details=details)
