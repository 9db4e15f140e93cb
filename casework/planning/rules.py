"""Who may plan, sign, ask and decide on an outcome, and why not."""

from typing import Any

from django.utils.translation import gettext as _

from agencies.kinds import Role
from casework.access.checker import is_kept_from_record
from casework.access.errors import AccessDenied
from casework.access.kinds import Compartment
from casework.access.rules import allowed, check_can_read, check_can_write, check_sees_case
from casework.cases.selectors import takes_part


def check_can_plan(member: Any, case: Any) -> None:
    """Whoever writes in the overview for the agency that leads the case prepares and changes the joint plan.

    Source: FIELD.md, "Planning one interview".  Raises: AccessDenied.
    """
    check_can_write(member, case, Compartment.OVERVIEW)
    if member.agency_id != case.lead_agency_id:
        raise AccessDenied(
            _("The agency that leads the case keeps the plan. Ask it for the change, or put it as a question."),
            rule="lead_agency_plans",
        )


def check_sees_plan(member: Any, plan: Any) -> None:
    """A plan and its questions are read by everybody who may read the overview of the case.

    Source: issue "Told once", "Plan".  Raises: AccessDenied.
    """
    check_sees_case(member, plan.case)


def check_can_change_plan(member: Any, plan: Any) -> None:
    """A plan is changed by whoever may make one; the signatures that the change concerns are withdrawn.

    Source: issue "Told once", "Plan".  Raises: AccessDenied.
    """
    check_can_plan(member, plan.case)


def check_takes_part(member: Any, case: Any) -> None:
    """Members of the agency that leads, and of those that take part, speak for their agency about the interview.

    Source: FIELD.md, "Planning one interview".  Raises: AccessDenied.
    """
    check_sees_case(member, case)
    if case.is_closed:
        raise AccessDenied(_("This case is closed. Nothing more can be recorded in it."), rule="case_closed")
    if member.agency_id != case.lead_agency_id and not takes_part(member, case):
        raise AccessDenied(_("Your agency does not take part in this case."), rule="takes_part")


def check_can_sign_plan(member: Any, plan: Any) -> None:
    """A plan is signed for an agency by a member of it who is named on the case.

    Source: issue "Told once", "Plan".  Raises: AccessDenied.
    """
    check_takes_part(member, plan.case)


def check_can_ask(member: Any, plan: Any) -> None:
    """Each agency puts in what it needs to know, by any member who is named on the case.

    Source: issue "Told once", "Question pool".  Raises: AccessDenied.
    """
    check_takes_part(member, plan.case)


def check_sees_question(member: Any, question: Any) -> None:
    """A pooled question is read by everybody who may read the overview of the case.

    Source: issue "Told once", "Question pool".  Raises: AccessDenied.
    """
    check_sees_case(member, question.case)


def check_can_set_outcome(member: Any, question: Any) -> None:
    """Who asked, who interviews, and the agency that leads say what became of a question.

    Source: issue "Told once", "Question pool".  Raises: AccessDenied.
    """
    check_takes_part(member, question.case)
    plan = question.plan
    if member.pk in (question.asked_by_id, plan.lead_interviewer_id, plan.second_interviewer_id):
        return
    if not allowed(check_can_plan, member, question.case):
        raise AccessDenied(
            _("Only who asked, the interviewers and the agency that leads the case say what became of a question."),
            rule="sets_outcome",
        )


def check_can_check_again(member: Any, question: Any) -> None:
    """The agency that leads holds a question against the record, where who asked it may not read the account.

    Source: issue "Told once", "Question pool".  Raises: AccessDenied.
    """
    check_can_plan(member, question.case)
    check_can_read(member, question.case, Compartment.ACCOUNT)
    if is_kept_from_record(member, question.case):
        raise AccessDenied(_("You are kept from the record until the interview is sealed."), rule="kept_from_record")


def check_can_do_step(member: Any, step: Any) -> None:
    """A step is marked as done by the agency that does it, or by the one that leads.

    Source: FIELD.md, "who does what and when".  Raises: AccessDenied.
    """
    check_takes_part(member, step.case)
    if member.agency_id not in (step.agency_id, step.case.lead_agency_id):
        raise AccessDenied(_("Only the agency that does this, or the one that leads, marks it as done."), rule="step")


def check_can_request(member: Any, case: Any) -> None:
    """A further telling is asked for by a member of an agency that takes part, who is named on the case.

    Source: issue "Told once", "The gate".  Raises: AccessDenied.
    """
    check_takes_part(member, case)


def check_sees_request(member: Any, request: Any) -> None:
    """A request is read by everybody who may read the overview of the case.

    Source: issue "Told once", "The gate".  Raises: AccessDenied.
    """
    check_sees_case(member, request.case)


def check_asked_it(member: Any, request: Any) -> None:
    """Only who asked withdraws a request, or takes the answer that the record holds.

    Source: issue "Told once", "The gate".  Raises: AccessDenied.
    """
    check_takes_part(member, request.case)
    if member.pk != request.requested_by_id:
        raise AccessDenied(_("Only who asked for it can withdraw this request."), rule="requester_withdraws")


def check_can_decide_request(member: Any, request: Any) -> None:
    """A supervisor of the lead agency decides on a further telling, never on the own request.

    Source: Directive 2011/93/EU, art. 20(3); issue "Told once", "The gate".  Raises: AccessDenied.
    """
    check_takes_part(member, request.case)
    if member.pk == request.requested_by_id:
        raise AccessDenied(
            _("Who asks for a further telling never decides on it. Another supervisor of the lead agency has to."),
            rule="second_person",
        )
    if not member.has_role(Role.SUPERVISOR) or member.agency_id != request.case.lead_agency_id:
        raise AccessDenied(
            _("A supervisor of the agency that leads the case decides on a further telling."), rule="lead_decides"
        )


def check_is_heard(member: Any, hearing: Any) -> None:
    """Only who is asked to be heard answers for the child.

    Source: issue "Told once", "The gate".  Raises: AccessDenied.
    """
    check_takes_part(member, hearing.case)
    if member.pk != hearing.member_id:
        raise AccessDenied(_("Only who is heard answers this."), rule="is_heard")
