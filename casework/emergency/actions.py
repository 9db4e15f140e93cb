"""The only writers of emergency access. Lock, check, change, record."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction

from agencies.models import Member
from casework.access.actions import GrantTerms, end_grants, grant_compartments
from casework.access.checker import forget_permissions
from casework.access.errors import NotVisible, StalePage
from casework.access.kinds import Compartment, LegalBasis, Purpose
from casework.access.models import CaseGrant
from casework.cases.models import Case
from casework.emergency.kinds import Outcome
from casework.emergency.models import EmergencyAccess
from casework.emergency.rules import check_can_break_glass, check_can_explain, check_can_review, check_fits_role
from casework.emergency.selectors import RELATED, database_now


class NothingOpened(Exception):
    """No case was opened: there is none of this reference, or it may not be opened. The two are one answer."""


@dataclass(frozen=True)
class Emergency:
    """What is to be opened and why. `compartments`, `ground`: codes; `reason`: 1 to 1,000 characters, kept for good."""

    reference: str
    compartments: Sequence[str]
    ground: str
    reason: str


@transaction.atomic
def break_glass(*, by: Member, wanted: Emergency) -> EmergencyAccess:
    """Open one case for three hours, to read chosen compartments. Ownership and sharing stay as they are.

    The database decides whether there is such a case for this member: not behind a wall, not closed, not while an
    earlier one waits for its review, and never who the child is where anybody is behind a wall.
    Raises: AccessDenied for what the roles can't be given; NothingOpened for all the rest.
    """
    check_can_break_glass(by)
    compartments = [each for each in Compartment.values if each in {Compartment.OVERVIEW, *wanted.compartments}]
    check_fits_role(by, compartments)
    case_id = _case_to_open(wanted.reference, compartments)
    if case_id is None:
        raise NothingOpened
    emergency = EmergencyAccess(
        case_id=case_id,
        member=by,
        member_label=by.in_full,
        agency_id=by.agency_id,
        compartments=compartments,
        ground=wanted.ground,
    )
    try:
        with transaction.atomic():
            emergency.save(force_insert=True)
    except IntegrityError as problem:  # sent twice at once: the other one is open
        raise NothingOpened from problem
    emergency.refresh_from_db(fields=["ends_at", "started_at"])
    emergency.reason = wanted.reason  # the key is to be had once the row is there, the grants once the reason is
    emergency.save(update_fields=["reason_sealed"])
    case = Case(pk=case_id)
    terms = GrantTerms(Purpose.PROTECT, LegalBasis.VITAL_INTERESTS, emergency.ends_at, emergency=emergency)
    grant_compartments(case=case, member=by, by=by, read=compartments, write=[], terms=terms)
    forget_permissions(by, case)
    return emergency


@transaction.atomic
def end_emergency(*, emergency: EmergencyAccess, by: Member) -> int:
    """End it now: by the member, or by a supervisor of the lead agency. Returns how many permissions ended.

    What other grants give the member stays. Ending what is over already changes nothing.
    Raises: NotVisible.
    """
    emergency = _lock(emergency, by)
    now = database_now()
    grants = CaseGrant.objects.live().filter(emergency=emergency).select_related("content_object")
    ended = end_grants(grants=grants, by=by)
    if emergency.ended_at is None and emergency.ends_at > now:
        emergency.ended_at, emergency.ended_by = now, by
        _save(emergency, "ended_at", "ended_by")
    forget_permissions(by, Case(pk=emergency.case_id))
    return ended


@transaction.atomic
def explain(*, emergency: EmergencyAccess, by: Member, version: int, text: str) -> EmergencyAccess:
    """Say afterwards what was needed and done. `text`: 1 to 2,000 characters, kept as written.

    Raises: AccessDenied; NotVisible; StalePage.
    """
    emergency = _lock(emergency, by)
    check_can_explain(by, emergency)
    _check_version(emergency, version)
    emergency.explanation, emergency.explained_at = text, database_now()
    _save(emergency, "explanation_sealed", "explained_at")
    return emergency


@transaction.atomic
def review(*, emergency: EmergencyAccess, by: Member, version: int, outcome: str, note: str) -> EmergencyAccess:
    """Close the review. `outcome`: a code of Outcome; `note`: 1 to 2,000 characters, kept for good.

    Raises: AccessDenied; NotVisible; StalePage when it was reviewed or explained meanwhile.
    """
    emergency = _lock(emergency, by)
    now = database_now()
    check_can_review(by, emergency, now)
    _check_version(emergency, version)
    emergency.outcome, emergency.review_note = Outcome(outcome), note
    emergency.reviewed_by, emergency.reviewed_by_label, emergency.reviewed_at = by, by.in_full, now
    _save(emergency, "outcome", "review_note_sealed", "reviewed_by", "reviewed_by_label", "reviewed_at")
    return emergency


def end_emergencies_on_close(*, case: Case, by: Any) -> None:
    """When a case closes, what was opened in an emergency ends with it."""
    now: datetime.datetime = database_now()
    running = EmergencyAccess.objects.overseen_by(by).filter(case=case, ended_at=None, ends_at__gt=now)
    for emergency in running.select_related(*RELATED).order_by("pk"):
        end_emergency(emergency=emergency, by=by)


def _case_to_open(reference: str, compartments: list[str]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute("select casework_emergency_case(%s, %s)", [reference, compartments])
        row = cursor.fetchone()
    return None if row[0] is None else int(row[0])


def _lock(emergency: EmergencyAccess, by: Member) -> EmergencyAccess:
    """The row as it is now, locked until the end of the transaction. Raises: NotVisible; StalePage."""
    if emergency.member_id == by.pk:
        rows = EmergencyAccess.objects.own_of(by).select_related("agency").filter(pk=emergency.pk)
    else:
        rows = EmergencyAccess.objects.overseen_by(by).select_related(*RELATED).filter(pk=emergency.pk)
    locked: EmergencyAccess | None = rows.select_for_update(of=("self",)).first()
    if locked is not None:
        return locked
    if rows.first() is None:
        raise NotVisible
    raise StalePage


def _check_version(emergency: EmergencyAccess, version: int) -> None:
    if emergency.version != version:
        raise StalePage


def _save(emergency: EmergencyAccess, *fields: str) -> None:
    emergency.version += 1
    emergency.save(update_fields=[*fields, "version"])
