"""The only writers of cases and children; entries and people have modules of their own. Lock, check, change, record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from casework.access.actions import GrantTerms, grant_compartments
from casework.access.checker import forget_permissions
from casework.access.errors import NotVisible, StalePage
from casework.access.kinds import Compartment, LegalBasis, Purpose
from casework.access.roles import OWN_COMPARTMENTS, readable, writable
from casework.audit.kinds import Verb
from casework.audit.record import record
from casework.cases.closing import run_closing_steps
from casework.cases.identity_parts import check_can_see_parts
from casework.cases.kinds import IdentityPart, IdentityReason, Stage
from casework.cases.models import Case, Child
from casework.cases.rules import (
    check_can_change_case,
    check_can_change_identity,
    check_can_close_case,
    check_can_open_case,
    check_can_read_identity,
    check_can_reopen_case,
)
from casework.cases.stage_checks import check_may_leave
from casework.cases.states import may_follow
from casework.cases.submission import AlreadySaved
from casework.vault.ids import new_id
from casework.vault.keys import new_case_key, store_case_key


@dataclass(frozen=True)
class ChildIdentity:
    """Who the child is. Texts; `birth_date` as YYYY-MM-DD or empty when not known."""

    given_names: str = ""
    family_names: str = ""
    birth_date: str = ""
    address: str = ""
    school: str = ""
    carers: str = ""
    language: str = ""


@dataclass(frozen=True)
class CaseDetails:
    """What may change on an open case. Codes for stage, risk and age band; texts for the rest."""

    stage: str
    risk: str
    age_band: str
    concern: str
    cautions: str = ""


@transaction.atomic
def open_case(
    *,
    by: Any,
    pseudonym: str,
    concern: str,
    risk: str,
    age_band: str,
    child: ChildIdentity,
    cautions: str = "",
    case_id: int | None = None,
) -> Case:
    """Open a case led by the agency of `by`, who is given what the own roles allow of it.

    `case_id`: the key that the form carried, so that the same form can't be saved twice.
    Raises: AccessDenied; AlreadySaved; GuardRefusal for a text that may not be kept.
    """
    check_can_open_case(by)
    case_id = case_id or new_id()
    if Case.objects.visible_to(by).filter(pk=case_id).exists():
        raise AlreadySaved(case_id)
    case = Case(
        id=case_id, pseudonym=pseudonym, risk=risk, age_band=age_band, lead_agency_id=by.agency_id, opened_by=by
    )
    new_case_key(case.pk)
    case.concern, case.cautions = concern, cautions
    case.save(force_insert=True)
    store_case_key(case.pk)
    grant_compartments(
        case=case,
        member=by,
        by=by,
        read=opener_reads(by),
        write=[each for each in opener_reads(by) if each in writable(by.roles)],
        terms=GrantTerms(purpose=Purpose.PROTECT, legal_basis=LegalBasis.PUBLIC_TASK),
    )
    forget_permissions(by, case)
    identity = Child(case=case)
    _write_identity(identity, child)
    identity.save(force_insert=True)
    case.refresh_from_db(fields=["review_due"])  # by the database's clock, and seen from the first grant on
    return case


def opener_reads(member: Any) -> list[str]:
    """The compartments that this member would be given to read on opening a case: what the own agency writes itself.

    As far as the roles allow; the rest is named by a supervisor. Source: DESIGN.md, promise 2.
    """
    own = {Compartment.OVERVIEW, Compartment.IDENTITY, Compartment.ACCOUNT, *OWN_COMPARTMENTS[member.agency.kind]}
    return [each for each in Compartment.values if each in own & readable(member.roles)]


@transaction.atomic
def change_case(*, case: Case, by: Any, version: int, details: CaseDetails) -> Case:
    """Change stage, risk, age band, concern and cautions of an open case.

    `version`: of the page that was changed. Raises: AccessDenied, also by what must be done before the stage is left;
    StalePage; ValueError for a stage that can't follow.
    """
    case = lock_case(case, by)
    check_can_change_case(by, case)
    check_not_stale(case, version)
    if details.stage == Stage.CLOSED or not may_follow(case.stage, details.stage):
        raise ValueError(f"No way from {case.stage} to {details.stage}.")
    if details.stage != case.stage:
        check_may_leave(by, case)
    case.stage, case.risk, case.age_band = details.stage, details.risk, details.age_band
    case.concern, case.cautions = details.concern, details.cautions
    _save(case, by, "stage", "risk", "age_band", "concern_sealed", "cautions_sealed")
    return case


@transaction.atomic
def close_case(*, case: Case, by: Any, version: int, reason: str) -> Case:
    """Close the case and end every open share. `reason`: 1 to 500 characters, kept for good.

    Members of other agencies lose their access with the shares; those named by the lead agency go on reading.
    Raises: AccessDenied; StalePage.
    """
    case = lock_case(case, by)
    check_can_close_case(by, case)
    check_not_stale(case, version)
    check_may_leave(by, case)
    run_closing_steps(case=case, by=by)
    case.stage, case.closed_at, case.closed_by = Stage.CLOSED, timezone.now(), by
    case.closing_reason = reason
    _save(case, by, "stage", "closed_at", "closed_by", "closing_reason_sealed")
    return case


@transaction.atomic
def reopen_case(*, case: Case, by: Any, version: int) -> Case:
    """Open a closed case again, in the stage of support. What was shared stays ended; the closing reason is kept.

    Raises: AccessDenied; StalePage.
    """
    case = lock_case(case, by)
    check_can_reopen_case(by, case)
    check_not_stale(case, version)
    case.stage, case.closed_at, case.closed_by = Stage.SUPPORT, None, None
    _save(case, by, "stage", "closed_at", "closed_by")
    return case


@transaction.atomic
def show_identity(*, case: Case, by: Any, parts: Sequence[str], reason: str) -> Child:
    """The child's identity, with an entry that names the parts shown and the reason: codes of the two enumerations.

    Raises: AccessDenied; NotVisible; ValueError for an unknown reason or part.
    """
    check_can_read_identity(by, case)
    check_can_see_parts(by, case, [IdentityPart(each).value for each in parts])
    child = Child.objects.visible_to(by).select_related("case").filter(case=case).first()
    if child is None:
        raise NotVisible
    details = {"reason": IdentityReason(reason).value, "parts": [IdentityPart(each).value for each in parts]}
    record(Verb.LOOKED, subject=child, compartments=[Compartment.IDENTITY], details=details)
    return child  # type: ignore[no-any-return]


@transaction.atomic
def change_identity(*, case: Case, by: Any, version: int, identity: ChildIdentity) -> Child:
    """Correct who the child is. Raises: AccessDenied; StalePage; NotVisible."""
    check_can_change_identity(by, case)
    rows = Child.objects.visible_to(by).select_related("case").select_for_update(of=("self",))
    child: Child | None = rows.filter(case=case).first()
    if child is None:
        raise NotVisible
    check_not_stale(child, version)
    _write_identity(child, identity)
    child.version += 1
    child.save(update_fields=[*(f"{name}_sealed" for name in vars(identity)), "version"])
    return child


def lock_case(case: Case, by: Any) -> Case:
    """The case as it is now, locked until the end of the transaction. Raises: NotVisible."""
    rows = Case.objects.visible_to(by).select_related("lead_agency").select_for_update(of=("self",))
    locked: Case | None = rows.filter(pk=case.pk).first()
    if locked is None:
        raise NotVisible
    return locked


def check_not_stale(row: Any, version: int) -> None:
    """Raises: StalePage when the row has changed since the version that the page showed."""
    if row.version != version:
        raise StalePage


def _save(case: Case, by: Any, *names: str) -> None:
    """The next version, with who made it: whoever was writing meanwhile is told."""
    case.changed_by_label, case.changed_at = by.in_full, timezone.now()
    case.version += 1
    case.save(update_fields=[*names, "changed_by_label", "changed_at", "version"])


def _write_identity(child: Child, identity: ChildIdentity) -> None:
    for name, value in vars(identity).items():
        setattr(child, name, value)
