"""The only writers of passages before the seal: put right, tag, split, join, move. Lock, check, change, record.

Each act is one edit of its own (`PassageEdit`), keeps what the passages said before (`PassageRevision`), and takes back
the first signature. Nothing is deleted: a passage that was joined to another is retired, empty.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from casework.access.errors import NotVisible, StalePage
from casework.account.actions import BATCH, changed_meanwhile, lock_open_telling, lock_unsealed_telling, seal_is_final
from casework.account.edits import PassageTags, PassageText, check_has_words, joined, put_parts, text_of
from casework.account.kinds import EditAct, topics_in_order
from casework.account.models import Passage, Telling
from casework.account.row_actions import (
    keep,
    move,
    part_row,
    record_edit,
    retire,
    save,
    save_tags,
    shift,
    start_edit,
)
from casework.account.selectors import last_passage_number, passages_of


@transaction.atomic
def change_passage(
    *,
    passage: Passage,
    by: Any,
    version: int,
    question: str,
    answer: str,
    marks: Mapping[str, str] | None = None,
    tags: PassageTags | None = None,
) -> Passage:
    """Put a passage right before its telling is sealed; what it said is kept.

    `version`: of the telling, as the page showed it; another passage may have been changed since, this one not.
    `marks`: `question_speaker`, `answer_speaker`, `time_code`; they and `tags` stay as they are when not given.
    Raises: AccessDenied; NotVisible; StalePage; GuardRefusal; ValueError for a topic that is none.
    """
    telling = lock_unsealed_telling(passage.telling, by)
    passage = _unchanged(telling, passage, by, version)
    wanted = {"question": question, "answer": answer, **(marks or {}), **(_tags_of(tags) if tags else {})}
    check_has_words(question, answer)
    if not passage.uncertain and all(getattr(passage, name) == value for name, value in wanted.items()):
        return passage
    edit = start_edit(telling, by, EditAct.CHANGE, passage.number)
    keep(edit, [passage])
    put_parts(passage, {**wanted, "uncertain": False})
    save(telling, [passage])
    record_edit(edit, [passage])
    return passage


@transaction.atomic
def tag_passages(*, telling: Telling, by: Any, version: int, tags: Mapping[int, PassageTags]) -> int:
    """Set phase, type of question and topics. `tags`: by number of the passage; others stay. Returns how many changed.

    Raises: AccessDenied; StalePage; ValueError for a topic that is none.
    """
    telling = lock_open_telling(telling, by, version)
    rows = [(passage, _tags_of(tags[passage.number])) for passage in passages_of(by, telling).filter(number__in=tags)]
    changed = [row for row in rows if any(getattr(row[0], name) != value for name, value in row[1].items())]
    if not changed:
        return 0
    passages = [passage for passage, _wanted in changed]
    edit = start_edit(telling, by, EditAct.TAG, passages[0].number, passages[-1].number)
    keep(edit, passages)
    for passage, wanted in changed:
        put_parts(passage, wanted)
    save_tags(telling, passages)
    return len(passages)


@transaction.atomic
def split_passage(*, passage: Passage, by: Any, version: int, parts: Sequence[PassageText]) -> int:
    """Make several passages out of one, in this order; tags are those of the first. Returns how many.

    `parts`: at least two, as typed. Raises: AccessDenied; NotVisible; StalePage; GuardRefusal; ValueError.
    """
    if len(parts) < 2:
        raise ValueError("A passage is split into two or more.")
    telling = lock_unsealed_telling(passage.telling, by)
    passage = _unchanged(telling, passage, by, version)
    for part in parts:
        check_has_words(part.question, part.answer)
    number, more = passage.number, len(parts) - 1
    edit = start_edit(telling, by, EditAct.SPLIT, number, number + more)
    keep(edit, [passage])
    shift(telling, number + 1, more)
    put_parts(passage, {**vars(parts[0]), "uncertain": False})
    save(telling, [passage])
    made = [part_row(passage, number + place, part) for place, part in enumerate(parts[1:], start=1)]
    with seal_is_final(telling):
        Passage.everything.bulk_create(made, batch_size=BATCH)
    record_edit(edit, [passage, *made])
    return len(parts)


@transaction.atomic
def join_with_previous(*, telling: Telling, by: Any, version: int, number: int) -> Passage:
    """Join a passage to the one before, in the order in which it was said. Returns the one that holds both.

    Raises: AccessDenied; NotVisible when there are no two such passages; StalePage.
    """
    telling = lock_open_telling(telling, by, version)
    pair = list(passages_of(by, telling).filter(number__in=(number - 1, number)))
    if len(pair) != 2:
        raise NotVisible
    first, second = pair
    edit = start_edit(telling, by, EditAct.JOIN, number)
    keep(edit, pair)
    put_parts(first, {**vars(joined(text_of(first), text_of(second))), "uncertain": False})
    first.topics = topics_in_order([*first.topics, *second.topics])
    first.phase, first.question_type = first.phase or second.phase, first.question_type or second.question_type
    retire(second)
    save(telling, pair)
    shift(telling, number + 1, -1)
    record_edit(edit, pair)
    return first


@transaction.atomic
def move_passage(*, telling: Telling, by: Any, version: int, number: int, to: int) -> int:
    """Give a passage another number; those between move up or down. Returns the number that it has now.

    Raises: AccessDenied; NotVisible when there is no such passage; StalePage.
    """
    telling = lock_open_telling(telling, by, version)
    last = last_passage_number(by, telling)
    to = max(1, min(to, last))
    if not 1 <= number <= last:
        raise NotVisible
    if to == number:
        return number
    edit = start_edit(telling, by, EditAct.MOVE, number, to)
    move(telling, number, to)
    record_edit(edit, [])
    return to


def _unchanged(telling: Telling, passage: Passage, by: Any, version: int) -> Passage:
    """The passage as it is now, when it is what the page showed. Raises: NotVisible; StalePage."""
    rows = Passage.objects.visible_to(by).select_related("case").filter(pk=passage.pk, telling=telling)
    now: Passage | None = rows.first()
    if now is None:
        raise StalePage(
            _("This passage of %(label)s was joined to another meanwhile. What you typed is below.")
            % {"label": telling.label}
        )
    if telling.version != version and (now.changed_in > version or version > telling.version):
        raise StalePage(changed_meanwhile(telling))
    now.telling = telling
    return now


def _tags_of(tags: PassageTags) -> dict[str, Any]:
    return {**vars(tags), "topics": topics_in_order(tags.topics)}
