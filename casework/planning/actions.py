"""The only writers of plans, signatures and steps; questions have a module of their own. Lock, check, change, record.

Whoever signs or asks may not change the plan's row: all writers of one case's planning wait for each other instead.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.access.rules import allowed
from casework.account.rules import check_can_read_account, check_can_record_telling
from casework.cases.models import Case
from casework.planning.blinding_actions import keep_interviewers_from_record
from casework.planning.contents import BY_NAME, PEOPLE, TEXTS, PlanContent, concerns, in_words, said, wanted
from casework.planning.models import Plan, PlanKnown, PlanRevision, Signature
from casework.planning.pool import open_questions
from casework.planning.rules import (
    check_can_change_plan,
    check_can_plan,
    check_can_sign_plan,
)
from casework.planning.selectors import (
    interviewers_for,
    known_of,
    last_plan_number,
    live_signatures,
    open_plan_of,
)


class WithdrawsSignatures(Exception):
    """This change withdraws signatures, and that was not confirmed. `affected`: signature and changed fields."""

    def __init__(self, affected: list[tuple[Signature, list[str]]]) -> None:
        super().__init__()
        self.affected = affected


@transaction.atomic
def prepare_plan(*, case: Case, by: Any, number: int, content: PlanContent) -> Plan:
    """Begin the plan of the next interview. `number`: the one that the page announced, so that none is made twice.

    Raises: AccessDenied; StalePage when a plan is open already.
    """
    lock_planning(case)
    case.refresh_from_db(fields=["stage"])
    check_can_plan(by, case)
    if number != last_plan_number(by, case) + 1 or open_plan_of(by, case) is not None:
        raise StalePage(_("Another plan was begun meanwhile. Look at it before you send yours."))
    _check_interviewers(case, content)
    if content.known:
        check_can_record_telling(by, case)
    plan = Plan(case=case, number=number, prepared_by=by, prepared_by_label=by.in_full)
    _write(plan, content)
    plan.save(force_insert=True)
    if content.known:
        _write_known(plan, content.known)
    keep_interviewers_from_record(plan=plan, by=by)
    return plan


@transaction.atomic
def change_plan(
    *, plan: Plan, by: Any, version: int, content: PlanContent, withdrawing: Collection[int] = ()
) -> list[str]:
    """Change a plan, keep what it said, and withdraw the signatures of those whom the change concerns.

    `withdrawing`: keys of the signatures that the page announced it would withdraw. Returns the changed fields.
    Raises: AccessDenied; StalePage; WithdrawsSignatures when others are affected than were announced.
    """
    plan = lock_open_plan(plan, by, version)
    check_can_change_plan(by, plan)
    _check_interviewers(plan.case, content)
    row = known_of(by, plan)
    known = row.text if row else ""
    changed = [name for name in content.names() if _differs(plan, known, content, name)]
    if not changed:
        return []
    if "known" in changed:
        check_can_record_telling(by, plan.case)  # it stands in the account: only who writes there changes it
    affected = signatures_affected(by, plan, changed)
    if {signature.pk for signature, _fields in affected} != set(withdrawing):
        raise WithdrawsSignatures(affected)
    _keep_revisions(plan, by, known, changed)
    for signature, fields in affected:
        withdraw(signature, by, fields)
    _write(plan, content)
    if "known" in changed:
        _write_known(plan, content.known or "", row)
    plan.version += 1
    columns = [f"{name}_sealed" if name in TEXTS else name for name in content.names() if name != "known"]
    plan.save(update_fields=[*columns, *(f"{name}_label" for name in PEOPLE), "version"])
    keep_interviewers_from_record(plan=plan, by=by)
    return changed


def signatures_affected(by: Any, plan: Plan, changed: list[str]) -> list[tuple[Signature, list[str]]]:
    """The signatures that a change of these fields withdraws, each with the fields that concern its agency."""
    pairs = [
        (signature, concerns(changed, signature.agency, plan.case.lead_agency_id))
        for signature in live_signatures(by, plan)
    ]
    return [(signature, fields) for signature, fields in pairs if fields]


@transaction.atomic
def sign_plan(*, plan: Plan, by: Any, version: int) -> Signature:
    """Agree to a plan for one's agency, as it reads now. Signed already, it stays as it is.

    `version`: of the plan as it was read. Raises: AccessDenied; StalePage.
    """
    plan = lock_open_plan(plan, by, version)
    check_can_sign_plan(by, plan)
    for signature in live_signatures(by, plan):
        if signature.agency_id == by.agency_id:
            return signature
    signature = Signature(
        case=plan.case,
        plan=plan,
        agency_id=by.agency_id,
        signed_by=by,
        signed_by_name=by.name,
        signed_by_roles=by.roles_in_words[:200],
        signed_by_agency=by.agency.name,
        plan_version=plan.version,
    )
    signature.save(force_insert=True)
    return signature


@transaction.atomic
def close_plan(*, plan: Plan, by: Any, version: int) -> Plan:
    """Close a plan for good. Raises: AccessDenied; StalePage, also while a question has no outcome."""
    plan = lock_open_plan(plan, by, version)
    check_can_change_plan(by, plan)
    check_no_question_is_open(by, plan)
    plan.closed_at, plan.closed_by, plan.closed_by_label = timezone.now(), by, by.in_full
    plan.version += 1
    plan.save(update_fields=["closed_at", "closed_by", "closed_by_label", "version"])
    keep_interviewers_from_record(plan=plan, by=by)
    return plan


def check_no_question_is_open(by: Any, plan: Plan) -> None:
    """Neither a plan nor its telling is closed with a question left open. Raises: StalePage that says which."""
    left = open_questions(by, plan)
    if left:
        numbers = ", ".join(str(question.number) for question in left)
        raise StalePage(
            ngettext(
                "Question %(numbers)s of plan %(plan)d has no outcome yet.",
                "%(count)d questions of plan %(plan)d have no outcome yet: %(numbers)s.",
                len(left),
            )
            % {"count": len(left), "numbers": numbers, "plan": plan.number}
            + " "
            + _("Say first what became of each: answered, answered from the record, not asked, or declined.")
        )


def lock_planning(case: Case) -> None:
    """One writer of a case's planning at a time."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('casework/planning', %s))", [case.pk])


def lock_open_plan(plan: Plan, by: Any, version: int | None) -> Plan:
    """The plan as it is now, with nobody else writing. `version`: of the page, or None where it does not matter.

    Raises: NotVisible; StalePage when it was closed or changed meanwhile.
    """
    lock_planning(plan.case)
    rows = Plan.objects.visible_to(by).select_related("case", "case__lead_agency")
    now: Plan | None = rows.filter(pk=plan.pk, case_id=plan.case_id).first()
    if now is None:
        raise NotVisible
    if now.is_closed:
        raise StalePage(_("This plan was closed meanwhile and can't be changed."))
    if version is not None and now.version != version:
        raise StalePage(_("The plan was changed meanwhile. Read what it says now; what you typed is below."))
    return now


def _check_interviewers(case: Case, content: PlanContent) -> None:
    """Interviewers are named on the case, with a role that interviews. Raises: AccessDenied."""
    chosen = {member.pk for member in (content.lead_interviewer, content.second_interviewer) if member is not None}
    if chosen and not chosen <= {member.pk for member in interviewers_for(case)}:
        raise AccessDenied(_("An interviewer is named on the case, and trained for it."), rule="interviewer")


def _differs(plan: Plan, known: str, content: PlanContent, name: str) -> bool:
    if name == "known" and content.known is None:
        return False
    return bool(said(plan, known, name) != wanted(content, name))


def _write(plan: Plan, content: PlanContent) -> None:
    for name in (*TEXTS, "interview_on", "medical", "blinds_interviewers", *PEOPLE):
        setattr(plan, name, getattr(content, name))
    for name in PEOPLE:
        member = getattr(content, name)
        setattr(plan, f"{name}_label", member.in_full if member is not None else "")


def _write_known(plan: Plan, text: str, row: PlanKnown | None = None) -> None:
    if row is None:
        row = PlanKnown(case=plan.case, plan=plan)
        row.text = text
        row.save(force_insert=True)
        return
    row.text = text
    row.save(update_fields=["text_sealed"])


def _keep_revisions(plan: Plan, by: Any, known: str, changed: list[str]) -> None:
    for name in changed:
        text = in_words(plan, known, name)
        if not text:
            continue
        row = PlanRevision(
            case=plan.case,
            compartment=BY_NAME[name].compartment,
            plan=plan,
            version=plan.version,
            field=name,
            replaced_by=by,
            replaced_by_label=by.in_full,
        )
        row.text = text
        row.save(force_insert=True)


def withdraw(signature: Signature, by: Any, because: list[str]) -> None:
    """End a signature, with the names of what changed."""
    signature.withdrawn_at, signature.withdrawn_by = timezone.now(), by
    signature.withdrawn_by_label, signature.withdrawn_because = by.in_full, because
    signature.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_by_label", "withdrawn_because"])


def may_write_known(by: Any, case: Case) -> bool:
    """True when this member may write down what is known already, which stands in the account."""
    return allowed(check_can_record_telling, by, case)


def may_read_known(by: Any, case: Case) -> bool:
    """True when this member may read what is known already."""
    return allowed(check_can_read_account, by, case)
