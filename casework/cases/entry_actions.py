"""The only writers of entries. What an entry said before it was changed is kept as a revision."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from casework.access.errors import NotVisible
from casework.access.rules import check_can_write
from casework.cases.actions import check_not_stale
from casework.cases.models import Case, Entry, EntryRevision
from casework.cases.rules import check_can_change_entry
from casework.cases.submission import AlreadySaved
from casework.vault.ids import new_id


@dataclass(frozen=True)
class EntryContent:
    """What an entry says. `nature`: a code; `happened_on`: a date; title up to 200, text up to 100,000 characters."""

    nature: str
    happened_on: datetime.date
    title: str
    text: str


@transaction.atomic
def write_entry(*, case: Case, by: Any, compartment: str, content: EntryContent, entry_id: int | None = None) -> Entry:
    """Add an entry to a compartment; the author's name, roles and agency are kept as they are now.

    `entry_id`: the key that the form carried, so that the same form can't be saved twice. The case is read again but
    not locked: most authors may not change its row. Raises: AccessDenied; AlreadySaved; GuardRefusal.
    """
    case.refresh_from_db(fields=["stage"])
    check_can_write(by, case, compartment)
    entry_id = entry_id or new_id()
    if Entry.objects.visible_to(by).filter(pk=entry_id).exists():
        raise AlreadySaved(entry_id)
    entry = Entry(
        id=entry_id,
        case=case,
        compartment=compartment,
        nature=content.nature,
        happened_on=content.happened_on,
        agency_id=by.agency_id,
        author=by,
        author_name=by.name,
        author_roles=by.roles_in_words[:200],
        author_agency=by.agency.name,
    )
    entry.title, entry.text = content.title, content.text
    entry.save(force_insert=True)
    return entry


@transaction.atomic
def change_entry(*, entry: Entry, by: Any, version: int, content: EntryContent) -> Entry:
    """Change an entry and keep what it said. `version`: of the page that was changed.

    Raises: AccessDenied; NotVisible; StalePage; GuardRefusal.
    """
    rows = Entry.objects.visible_to(by).select_related("case", "case__lead_agency").select_for_update(of=("self",))
    locked: Entry | None = rows.filter(pk=entry.pk, case_id=entry.case_id).first()
    if locked is None:
        raise NotVisible
    check_can_change_entry(by, locked)
    check_not_stale(locked, version)
    _keep_revision(locked, by)
    locked.nature, locked.happened_on = content.nature, content.happened_on
    locked.title, locked.text = content.title, content.text
    locked.changed_by_label, locked.changed_at = by.in_full, timezone.now()
    locked.version += 1
    said = ["nature", "happened_on", "title_sealed", "text_sealed"]
    locked.save(update_fields=[*said, "changed_by_label", "changed_at", "version"])
    return locked


def _keep_revision(entry: Entry, by: Any) -> None:
    revision = EntryRevision(
        case=entry.case,
        compartment=entry.compartment,
        agency_id=entry.agency_id,
        entry=entry,
        version=entry.version,
        nature=entry.nature,
        happened_on=entry.happened_on,
        replaced_by=by,
    )
    revision.title, revision.text = entry.title, entry.text
    revision.save(force_insert=True)
