"""The only writers of the assessment. Lock, check, add a version: what was written before stays as it was."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from casework.access.errors import StalePage
from casework.assessment.models import Distribution, Harms, ScreeningAnswer
from casework.assessment.rules import check_can_assess_harms, check_can_caution, check_can_screen
from casework.assessment.selectors import distribution_of, harms_of, screening_of
from casework.cases.models import Case

REFERENCE = re.compile(r"[\w#][\w #./-]{0,59}")
ADDRESS = re.compile(r"://|www\.|@|\w\.[a-z]{2,}|\.onion", re.IGNORECASE)


@dataclass(frozen=True)
class Answered:
    """One answer. `version`: of the answer that the page showed, 0 without one; `finding`: a code; the rest texts."""

    version: int
    finding: str
    note: str = ""
    reference: str = ""


def check_is_reference(text: str) -> None:
    """A reference is a number or a file mark; an address of a page is none. Raises: ValidationError."""
    if text and (not REFERENCE.fullmatch(text) or ADDRESS.search(text)):
        raise ValidationError(_("Give the reference number alone. Casework keeps no address of where pictures are."))


@transaction.atomic
def answer_screening(*, case: Case, by: Any, answers: Mapping[str, Answered]) -> int:
    """Record answers, by code of the question; one that says what stands there already is left. Returns how many.

    Raises: AccessDenied; StalePage when somebody else answered one of them meanwhile; ValidationError for an address
    in place of a reference; GuardRefusal.
    """
    _lock(case)
    check_can_screen(by, case)
    added = 0
    for each in screening_of(by, case):
        wanted = answers.get(each.question.value)
        if wanted is None or _says_the_same(each.newest, wanted):
            continue
        _check_version(each.version, wanted.version)
        check_is_reference(wanted.reference)
        row = ScreeningAnswer(case=case, question=each.question, version=each.version + 1, finding=wanted.finding)
        row.note, row.reference = wanted.note, wanted.reference
        row.answered_by, row.answered_by_label = by, by.in_full
        row.save(force_insert=True)
        added += 1
    return added


@transaction.atomic
def record_distribution(
    *, case: Case, by: Any, version: int, child_knows: str, who_may_speak: str, must_not_say: str
) -> Distribution:
    """Record what the child knows of pictures. `version`: the one that the page showed, 0 without one.

    Raises: AccessDenied; StalePage; GuardRefusal.
    """
    _lock(case)
    check_can_caution(by, case)
    now = distribution_of(by, case)
    _check_version(now[0].version if now else 0, version)
    row = Distribution(case=case, version=version + 1, child_knows=child_knows, written_by=by)
    row.who_may_speak, row.must_not_say, row.written_by_label = who_may_speak, must_not_say, by.in_full
    row.save(force_insert=True)
    return row


@transaction.atomic
def assess_harms(*, case: Case, by: Any, version: int, abuse: str, filmed: str, circulating: str) -> Harms:
    """Record the three harms, each apart. `version`: the one that the page showed, 0 without one.

    Raises: AccessDenied; StalePage; GuardRefusal.
    """
    _lock(case)
    check_can_assess_harms(by, case)
    now = harms_of(by, case)
    _check_version(now[0].version if now else 0, version)
    row = Harms(case=case, version=version + 1, written_by=by, written_by_label=by.in_full)
    row.abuse, row.filmed, row.circulating = abuse, filmed, circulating
    row.save(force_insert=True)
    return row


def _says_the_same(newest: ScreeningAnswer | None, wanted: Answered) -> bool:
    said = (newest.finding, newest.note, newest.reference) if newest is not None else ("not_yet", "", "")
    return said == (wanted.finding, wanted.note, wanted.reference)


def _check_version(now: int, shown: int) -> None:
    if now != shown:
        raise StalePage(_("Somebody else recorded this meanwhile. It stands below; what you typed is kept."))


def _lock(case: Case) -> None:
    """One writer at a time for a case; the case's stage as it is now."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [1717, case.pk % 2**31])
    case.refresh_from_db(fields=["stage"])
