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
from casework.planning.models import Plan
from casework.planning.selectors import open_plan_of

FORMAL = (TellingKind.JOINT, TellingKind.SUPPLEMENTARY)


def note_interview(*, telling: Telling, by: Any) -> None:
    """An interview that is recorded is the one of the open plan; the database writes it on the plan.

    Most who interview may not change the plan's row, so a trigger does; this entry says so in the record.
    """
    if telling.kind not in FORMAL:
        return
    plan = open_plan_of(by, telling.case)
    if plan is not None and plan.telling_id is None:
        record(Verb.CHANGED, subject=plan, compartments=[plan.compartment], details={"held_as": telling.label})


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
