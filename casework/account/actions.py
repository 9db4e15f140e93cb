"""The only writers of tellings, passages and corrections. Lock, check, change, record."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.access.errors import NotVisible, StalePage
from casework.account.hooks import check_recording, check_sealing
from casework.account.kinds import topics_in_order
from casework.account.models import Correction, Passage, PassageRevision, Telling
from casework.account.rules import (
    check_can_change_telling,
    check_can_correct_passage,
    check_can_record_telling,
    check_can_seal_telling,
)
from casework.account.seal import FORMAT, digest_of
from casework.account.selectors import last_passage_number, last_telling_number
from casework.account.transcript import SplitPassage
from casework.audit.kinds import Verb
from casework.audit.record import record
from casework.cases.models import Case

SEAL_IS_FINAL = "telling_sealed_is_final"  # the constraint name that the trigger of the table raises
BATCH = 500


@dataclass(frozen=True)
class TellingLog:
    """The log of one occasion. `kind`, `protocol`: codes; times: local, as on the recording; the rest: text."""

    kind: str
    told_on: datetime.date
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


PLAIN = ("kind", "told_on", "started_at", "ended_at", "protocol")
SEALED_TEXTS = (
    "told_to", "place", "present", "language", "circumstances", "demeanour", "breaks", "recording_reference",
)  # fmt: skip


@dataclass(frozen=True)
class PassageTags:
    """Phase, type of question and topics of one passage, as codes; empty for not set."""

    phase: str = ""
    question_type: str = ""
    topics: tuple[str, ...] = ()


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
    """Change the log of a telling that is not sealed. Raises: AccessDenied; StalePage."""
    telling = _lock_open_telling(telling, by, version)
    _write_log(telling, log)
    telling.version += 1
    with _seal_is_final(telling):
        telling.save(update_fields=[*PLAIN, *(f"{name}_sealed" for name in SEALED_TEXTS), "version"])
    return telling


@transaction.atomic
def add_passages(*, telling: Telling, by: Any, version: int, passages: Sequence[SplitPassage]) -> int:
    """Add passages behind those that the telling has, numbered on. Returns how many.

    `version`: of the page; it goes up, so that the same page sent twice adds nothing twice.
    Raises: AccessDenied; StalePage; GuardRefusal for a text that may not be kept.
    """
    telling = _lock_open_telling(telling, by, version)
    first = last_passage_number(by, telling) + 1
    rows = [_passage_row(telling, number, each) for number, each in enumerate(passages, start=first)]
    telling.version += 1
    with _seal_is_final(telling):
        Passage.everything.bulk_create(rows, batch_size=BATCH)
        telling.save(update_fields=["version"])
    record(
        Verb.CREATED,
        subject=telling,
        compartments=[telling.compartment],
        details={"passages": len(rows), "first": first, "last": first + len(rows) - 1},
        shown={"casework_account.passage": [row.pk for row in rows]},
    )
    return len(rows)


@transaction.atomic
def tag_passages(*, telling: Telling, by: Any, version: int, tags: Mapping[int, PassageTags]) -> int:
    """Set phase, type of question and topics. `tags`: by number of the passage; others stay. Returns how many changed.

    Raises: AccessDenied; StalePage; ValueError for a topic that is none.
    """
    telling = _lock_open_telling(telling, by, version)
    changed = []
    for passage in Passage.objects.visible_to(by).filter(telling=telling, number__in=tags).order_by("number"):
        wanted = {**vars(tags[passage.number]), "topics": topics_in_order(tags[passage.number].topics)}
        if any(getattr(passage, name) != code for name, code in wanted.items()):
            for name, code in wanted.items():
                setattr(passage, name, code)
            changed.append(passage)
    if not changed:
        return 0
    telling.version += 1
    with _seal_is_final(telling):
        Passage.everything.bulk_update(changed, list(PassageTags.__dataclass_fields__), batch_size=BATCH)
        telling.save(update_fields=["version"])
    record(
        Verb.CHANGED,
        subject=telling,
        compartments=[telling.compartment],
        details={"passages_tagged": len(changed)},
        shown={"casework_account.passage": [passage.pk for passage in changed]},
    )
    return len(changed)


@transaction.atomic
def change_passage(*, passage: Passage, by: Any, version: int, question: str, answer: str) -> Passage:
    """Put a passage right before its telling is sealed; what it said is kept. `version`: of the telling.

    Raises: AccessDenied; StalePage; GuardRefusal.
    """
    telling = _lock_open_telling(passage.telling, by, version)
    if (question, answer) != (passage.question, passage.answer):
        earlier = PassageRevision(case=telling.case, passage=passage, replaced_by=by, replaced_by_label=by.in_full)
        earlier.question, earlier.answer = passage.question, passage.answer
        earlier.save(force_insert=True)
    passage.question, passage.answer, passage.uncertain = question, answer, False
    telling.version += 1
    with _seal_is_final(telling):
        passage.save(update_fields=["question_sealed", "answer_sealed", "uncertain"])
        telling.save(update_fields=["version"])
    return passage


@transaction.atomic
def seal_telling(*, telling: Telling, by: Any, version: int) -> Telling:
    """Seal a telling for good, with a digest over its log and passages that also goes into the record.

    Raises: AccessDenied; StalePage when it was sealed or changed meanwhile, or holds no passage; either also by a
    check of an upper part (casework/account/hooks.py).
    """
    check_can_seal_telling(by, telling)
    telling = _lock_open_telling(telling, by, version)
    passages = list(Passage.objects.visible_to(by).filter(telling=telling).order_by("number"))
    if not passages:
        raise StalePage(_("%(label)s holds no passage yet, so there is nothing to seal.") % {"label": telling.label})
    check_sealing(telling=telling, passages=passages, by=by)
    telling.digest, telling.seal_format = digest_of(telling, passages), FORMAT
    telling.sealed_by, telling.sealed_at = by, timezone.now()
    telling.version += 1
    with _seal_is_final(telling):
        telling.save(update_fields=["digest", "seal_format", "sealed_by", "sealed_at", "version"])
    record(
        Verb.CHANGED,
        subject=telling,
        compartments=[telling.compartment],
        details={"sealed": telling.label, "passages": len(passages), "digest": telling.digest},
    )
    return telling


@transaction.atomic
def correct_passage(*, passage: Passage, by: Any, text: str, reason: str) -> Correction:
    """Add a dated correction beside a passage of a sealed telling. The same correction twice is kept once.

    `text`: 1 to 10,000 characters; `reason`: 1 to 1,000. Raises: AccessDenied; StalePage; GuardRefusal.
    """
    check_can_correct_passage(by, passage)
    telling = _locked(passage.telling, by)
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


def _locked(telling: Telling, by: Any) -> Telling:
    rows = Telling.objects.visible_to(by).select_related("case", "case__lead_agency", "sealed_by")
    locked: Telling | None = rows.select_for_update(of=("self",)).filter(pk=telling.pk).first()
    if locked is None:
        raise NotVisible
    return locked


def _lock_open_telling(telling: Telling, by: Any, version: int) -> Telling:
    """The telling, locked, neither sealed nor changed since `version`. Raises: AccessDenied; NotVisible; StalePage."""
    check_can_change_telling(by, telling)
    locked = _locked(telling, by)
    if locked.is_sealed:
        raise StalePage(sealed_meanwhile(locked))
    if locked.version != version:
        raise StalePage(
            _("%(label)s was changed meanwhile. Nothing of yours was saved; what you typed is below.")
            % {"label": locked.label}
        )
    return locked


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
def _seal_is_final(telling: Telling) -> Iterator[None]:
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
    for name, value in vars(log).items():
        setattr(telling, name, value)


def _passage_row(telling: Telling, number: int, split: SplitPassage) -> Passage:
    row = Passage(
        case=telling.case, telling=telling, number=number, time_code=split.time_code, uncertain=split.uncertain
    )
    row.question, row.answer = split.question, split.answer
    row.question_speaker, row.answer_speaker = split.question_speaker, split.answer_speaker
    return row
