"""The rows under the edits of passages: kept, saved, renumbered, retired. Called by edits alone, under their locks."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone

from casework.account.actions import BATCH, next_version, seal_is_final
from casework.account.edits import ENCRYPTED, PARTS, PassageText, put_parts
from casework.account.kinds import EditAct
from casework.account.models import Passage, PassageEdit, PassageRevision, Telling
from casework.audit.kinds import Verb
from casework.audit.record import record

RENUMBERED = "the edit that renumbers is itself on the record"
ASIDE = 10_000_000  # numbers are moved through here, since two passages never bear one number
TAGS = ["phase", "question_type", "topics", "changed_in"]


def start_edit(telling: Telling, by: Any, act: EditAct, place: int, upto: int | None = None) -> PassageEdit:
    """Begin an act on passages: the next version of the telling, without its first signature, and the act on it."""
    next_version(telling)
    edit = PassageEdit(
        case=telling.case,
        telling=telling,
        act=act,
        place=place,
        upto=upto or place,
        version=telling.version,
        made_by=by,
        made_by_label=by.in_full,
    )
    edit.save(force_insert=True)
    return edit


def keep(edit: PassageEdit, passages: Sequence[Passage]) -> None:
    """Keep what these passages say, so that nothing is lost and the act can be undone."""
    PassageRevision.everything.bulk_create(
        [revision_of(each, edit.made_by, edit) for each in passages], batch_size=BATCH
    )


def revision_of(passage: Passage, by: Any, edit: PassageEdit | None = None) -> PassageRevision:
    """What the passage says now, before `by` replaces it. Without an edit it is kept, and never brought back."""
    row = PassageRevision(case=passage.case, passage=passage, edit=edit, replaced_by=by, replaced_by_label=by.in_full)
    put_parts(row, {name: getattr(passage, name) for name in PARTS})
    return row


def part_row(passage: Passage, number: int, part: PassageText) -> Passage:
    """A new passage behind this one, about the same; not saved yet."""
    row = Passage(
        case=passage.case,
        telling=passage.telling,
        number=number,
        phase=passage.phase,
        question_type="",
        topics=list(passage.topics),
        changed_in=passage.telling.version,
    )
    put_parts(row, vars(part))
    return row


def retire(passage: Passage) -> None:
    """Empty, and no passage any more; what it held is in its revision."""
    put_parts(passage, {name: [] if name == "topics" else False if name == "uncertain" else "" for name in PARTS})
    passage.retired_at = timezone.now()


def save(telling: Telling, passages: Sequence[Passage]) -> None:
    """Save these passages as changed in the present version of their telling."""
    columns = [f"{name}_sealed" if name in ENCRYPTED else name for name in PARTS]
    with seal_is_final(telling):
        for passage in passages:
            passage.changed_in = telling.version
            passage.save(update_fields=[*columns, "number", "changed_in", "retired_at"])


def save_tags(telling: Telling, passages: Sequence[Passage]) -> None:
    """Save phase, type of question and topics of these passages, in one statement and with one entry."""
    for passage in passages:
        passage.changed_in = telling.version
    with seal_is_final(telling):
        told = {"subject": telling, "details": {"passages_tagged": len(passages)}}
        Passage.everything.bulk_update(passages, TAGS, batch_size=BATCH, told=told)


def shift(telling: Telling, first: int, by_how_much: int) -> None:
    """Renumber the passages from `first` on, in two steps: two never bear one number."""
    rows = Passage.everything.filter(telling=telling, retired_at=None)
    with seal_is_final(telling):
        rows.filter(number__gte=first, number__lt=ASIDE).update_unrecorded(RENUMBERED, number=F("number") + ASIDE)
        rows.filter(number__gte=ASIDE).update_unrecorded(RENUMBERED, number=F("number") - ASIDE + by_how_much)


def move(telling: Telling, number: int, to: int) -> None:
    """Give the passage `number` the number `to`; those between move by one."""
    rows = Passage.everything.filter(telling=telling, retired_at=None)
    between = (
        rows.filter(number__gt=number, number__lte=to)
        if to > number
        else rows.filter(number__gte=to, number__lt=number)
    )
    step = -1 if to > number else 1
    with seal_is_final(telling):
        rows.filter(number=number).update_unrecorded(RENUMBERED, number=2 * ASIDE)
        between.update_unrecorded(RENUMBERED, number=F("number") + ASIDE)
        rows.filter(number__gte=ASIDE, number__lt=2 * ASIDE).update_unrecorded(
            RENUMBERED, number=F("number") - ASIDE + step
        )
        rows.filter(number=2 * ASIDE).update_unrecorded(RENUMBERED, number=to, changed_in=telling.version)


def record_edit(edit: PassageEdit, passages: Sequence[Passage]) -> None:
    """Put the act on the record, with the passages whose text it touched."""
    record(
        Verb.CHANGED,
        subject=edit.telling,
        compartments=[edit.compartment],
        details={"edit": str(edit.act), "place": edit.place, "upto": edit.upto},
        shown={"casework_account.passage": [each.pk for each in passages]} if passages else {},
    )
