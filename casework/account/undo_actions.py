"""Undoing the edits of passages, the last one first. Lock, check, change, record."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.access.errors import StalePage
from casework.account.actions import BATCH, lock_open_telling, next_version, seal_is_final
from casework.account.edits import restore
from casework.account.kinds import EditAct
from casework.account.models import Passage, PassageEdit, PassageRevision, Telling
from casework.account.row_actions import move, retire, revision_of, save, shift
from casework.account.selectors import passages_of
from casework.audit.kinds import Verb
from casework.audit.record import record


@transaction.atomic
def undo_last_edit(*, telling: Telling, by: Any, version: int) -> PassageEdit:
    """Undo the last act on the passages that has not been undone. Raises: AccessDenied; StalePage."""
    telling = lock_open_telling(telling, by, version)
    edits = PassageEdit.objects.visible_to(by).filter(telling=telling, undone_at=None)
    edit = edits.select_related("case").order_by("-version").first()
    if edit is None:
        raise StalePage(_("There is nothing to undo in %(label)s.") % {"label": telling.label})
    next_version(telling)
    with seal_is_final(telling):
        _undo(telling, edit, by)
        edit.undone_by, edit.undone_at = by, timezone.now()
        edit.save(update_fields=["undone_by", "undone_at"])
    record(
        Verb.CHANGED,
        subject=telling,
        compartments=[telling.compartment],
        details={"edit_undone": edit.act, "place": edit.place},
    )
    return edit


def _undo(telling: Telling, edit: PassageEdit, by: Any) -> None:
    """Bring back what stood before this act: acts are undone last first, so the numbers are those of that time."""
    if edit.act == EditAct.MOVE:
        move(telling, edit.upto, edit.place)
        return
    if edit.act == EditAct.SPLIT:
        made = list(passages_of(by, telling).filter(number__gt=edit.place, number__lte=edit.upto))
        _keep_for_good(made, by)
        for each in made:
            retire(each)
        save(telling, made)
        shift(telling, edit.upto + 1, edit.place - edit.upto)
    before = PassageRevision.objects.visible_to(by).select_related("case", "passage", "passage__case")
    revisions = list(before.filter(edit=edit))
    if edit.act == EditAct.JOIN:
        shift(telling, edit.place, 1)
    rows = [revision.passage for revision in revisions]
    _keep_for_good([row for row in rows if row.retired_at is None], by)
    for row, revision in zip(rows, revisions, strict=True):
        if row.retired_at is not None:
            row.retired_at, row.number = None, edit.place
        restore(row, revision)
    save(telling, rows)


def _keep_for_good(passages: Sequence[Passage], by: Any) -> None:
    """What is undone was written by somebody: it is kept as well, though nothing brings it back."""
    PassageRevision.everything.bulk_create([revision_of(each, by) for each in passages], batch_size=BATCH)
