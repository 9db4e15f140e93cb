"""The only writers of tellings, passages and corrections. Lock, check, change, record."""

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from casework.access.errors import NotVisible, StalePage
from casework.account.hooks import check_recording
from casework.account.models import Correction, Passage, Telling
from casework.account.rules import (
    check_can_change_telling,
    check_can_correct_passage,
    check_can_record_telling,
)
from casework.account.selectors import last_passage_number, last_telling_number
from casework.account.session import Pause, PersonPresent, keys_of_hearers, pauses_to_text, people_to_text
from casework.account.transcript import SplitPassage
from casework.audit.kinds import Verb
from casework.audit.record import record
from casework.cases.models import Case

SIGNATURE = ("signed_by", "signed_by_label", "signed_at")
SEAL_IS_FINAL = "telling_sealed_is_final"  # the constraint name that the trigger of the table raises
BATCH = 500


@dataclass(frozen=True)
class TellingLog:
    """The log of one occasion. `kind`, `protocol`: codes; times: local, as on the recording; the rest: text.

    `told_on`: None only for a prior account of which the day is not known. `people`, `pauses`: rows in their order.
    """

    kind: str
    told_on: datetime.date | None
    started_at: datetime.time | None = None
    ended_at: datetime.time | None = None
    protocol: str = "none"
    told_to: str = ""
    place: str = ""
    present: str = ""
    language: str = ""
    circumstances: str = ""
    demeanour: str = ""
    breaks: str = ""
    recording_reference: str = ""
    told_when: str = ""
    interviewer_id: int | None = None
    people: tuple[PersonPresent, ...] = ()
    questions_asked: str = ""
    drawings: str = ""
    pauses: tuple[Pause, ...] = ()
    recording_custodian: str = ""
    note_reference: str = ""
    new_topics: str = ""
    protection: str = ""
    salient_points: str = ""


PLAIN = ("kind", "told_on", "started_at", "ended_at", "protocol", "interviewer_id")
SEALED_TEXTS = (
    "told_to", "place", "present", "language", "circumstances", "demeanour", "breaks", "recording_reference",
    "told_when", "questions_asked", "drawings", "recording_custodian", "note_reference", "new_topics", "protection",
    "salient_points",
)  # fmt: skip
ROWS = ("people_rows_sealed", "pause_rows_sealed", "heard_keys")


@transaction.atomic
def record_telling(*, case: Case, by: Any, number: int, log: TellingLog) -> Telling:
    """Record an occasion on which the child told. `number`: the one that the page announced, such as 2 for T2.

    Raises: AccessDenied; StalePage when another telling was recorded meanwhile, so that none is recorded twice;
    either also by a check of an upper part (casework/account/hooks.py).
    """
    _lock_account(case)
    check_can_record_telling(by, case)
    if number != last_telling_number(by, case) + 1:
        raise StalePage(
            _("T%(number)d was recorded meanwhile. Check that yours is not the same, then save again.")
            % {"number": last_telling_number(by, case)}
        )
    telling = Telling(case=case, number=number, recorded_by=by)
    _write_log(telling, log)
    check_recording(telling=telling, by=by)
    telling.save(force_insert=True)
    return telling


@transaction.atomic
def change_log(*, telling: Telling, by: Any, version: int, log: TellingLog) -> Telling:
    """Change the log of a telling that is not sealed. Raises: AccessDenied; StalePage; GuardRefusal."""
    telling = lock_open_telling(telling, by, version)
    _write_log(telling, log)
    next_version(telling, *PLAIN, *(f"{name}_sealed" for name in SEALED_TEXTS), *ROWS)
    return telling


@transaction.atomic
def add_passages(*, telling: Telling, by: Any, version: int, passages: Sequence[SplitPassage]) -> int:
    """Add passages behind those that the telling has, numbered on. Returns how many.

    `version`: of the page; it goes up, so that the same page sent twice adds nothing twice.
    Raises: AccessDenied; StalePage; GuardRefusal for a text that may not be kept.
    """
    telling = lock_open_telling(telling, by, version)
    first = last_passage_number(by, telling) + 1
    next_version(telling)
    rows = [_passage_row(telling, number, each) for number, each in enumerate(passages, start=first)]
    told = {"passages": len(rows), "first": first, "last": first + len(rows) - 1}
    with seal_is_final(telling):
        Passage.everything.bulk_create(rows, batch_size=BATCH, told={"subject": telling, "details": told})
    return len(rows)


@transaction.atomic
def correct_passage(*, passage: Passage, by: Any, text: str, reason: str) -> Correction:
    """Add a dated correction beside a passage of a sealed telling. The same correction twice is kept once.

    `text`: 1 to 10,000 characters; `reason`: 1 to 1,000. Raises: AccessDenied; StalePage; GuardRefusal.
    """
    check_can_correct_passage(by, passage)
    telling = locked(passage.telling, by)
    if not telling.is_sealed:
        raise StalePage(_("%(label)s is not sealed yet: put the passage itself right.") % {"label": telling.label})
    made: list[Correction] = list(Correction.objects.visible_to(by).filter(passage=passage, made_by=by))
    for earlier in made:
        if (earlier.text, earlier.reason) == (text, reason):
            return earlier
    correction = Correction(case=telling.case, passage=passage, made_by=by, made_by_label=by.in_full)
    correction.text, correction.reason = text, reason
    correction.save(force_insert=True)
    return correction


def _lock_account(case: Case) -> None:
    """One writer of a new telling at a time. Whoever writes here may not lock the case row itself."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [case.pk])


def locked(telling: Telling, by: Any) -> Telling:
    """The telling as it is now, locked until the end of the transaction. Raises: NotVisible."""
    rows = Telling.objects.visible_to(by).select_related(
        "case", "case__lead_agency", "sealed_by", "signed_by__agency", "interviewer__agency"
    )
    found: Telling | None = rows.select_for_update(of=("self",)).filter(pk=telling.pk).first()
    if found is None:
        raise NotVisible
    return found


def lock_unsealed_telling(telling: Telling, by: Any) -> Telling:
    """The telling, locked, and not sealed. Raises: AccessDenied; NotVisible; StalePage."""
    check_can_change_telling(by, telling)
    found = locked(telling, by)
    if found.is_sealed:
        raise StalePage(sealed_meanwhile(found))
    return found


def lock_open_telling(telling: Telling, by: Any, version: int) -> Telling:
    """The telling, locked, neither sealed nor changed since `version`. Raises: AccessDenied; NotVisible; StalePage."""
    found = lock_unsealed_telling(telling, by)
    if found.version != version:
        raise StalePage(changed_meanwhile(found))
    return found


def next_version(telling: Telling, *columns: str) -> None:
    """Save these columns under the next version. A change takes back the first signature, and that is on record."""
    signed = telling.is_signed
    telling.version += 1
    telling.signed_by, telling.signed_by_label, telling.signed_at = None, "", None
    with seal_is_final(telling):
        telling.save(update_fields=[*columns, *SIGNATURE, "version"])
    if signed:
        record(
            Verb.CHANGED,
            subject=telling,
            compartments=[telling.compartment],
            details={"signature_taken_back": telling.label},
        )


def changed_meanwhile(telling: Telling) -> str:
    """What is said to whoever acts on a page that is no longer how things stand."""
    return _("%(label)s was changed meanwhile. Nothing of yours was saved; what you typed is below.") % {
        "label": telling.label
    }


def sealed_meanwhile(telling: Telling) -> str:
    """What is said to whoever tries to change a telling that has been sealed."""
    if telling.sealed_by is None or telling.sealed_at is None:
        return _("%(label)s was sealed meanwhile and can't be changed.") % {"label": telling.label}
    return _("%(label)s was sealed by %(name)s on %(date)s and can't be changed. Add a correction to a passage.") % {
        "label": telling.label,
        "name": telling.sealed_by.name,
        "date": telling.sealed_at.date().isoformat(),
    }


@contextmanager
def seal_is_final(telling: Telling) -> Iterator[None]:
    """The database's own refusal, should ours have been passed by, becomes the same message."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as problem:
        diagnosis = getattr(problem.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", "") != SEAL_IS_FINAL:
            raise
        raise StalePage(sealed_meanwhile(telling)) from problem


def _write_log(telling: Telling, log: TellingLog) -> None:
    for name in (*PLAIN, *SEALED_TEXTS):
        setattr(telling, name, getattr(log, name))
    telling.people_rows, telling.pause_rows = people_to_text(log.people), pauses_to_text(log.pauses)
    telling.heard_keys = keys_of_hearers(telling.case_id, log.told_to, log.people)


def _passage_row(telling: Telling, number: int, split: SplitPassage) -> Passage:
    row = Passage(
        case=telling.case,
        telling=telling,
        number=number,
        time_code=split.time_code,
        uncertain=split.uncertain,
        changed_in=telling.version,
    )
    row.question, row.answer = split.question, split.answer
    row.question_speaker, row.answer_speaker = split.question_speaker, split.answer_speaker
    return row
