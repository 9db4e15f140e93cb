"""The only writers of copies: asked for, built step by step, ready or failed, taken out."""

import datetime
import time
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.access.errors import NotVisible, StalePage
from casework.access.task import bound_to
from casework.audit.kinds import Verb
from casework.summaries.actions import lock_summary
from casework.summaries.kinds import CopyState
from casework.summaries.models import Summary, SummaryCopy
from casework.summaries.rules import (
    check_can_make_copy,
    check_can_take_out,
    check_can_try_again,
    check_reads_everything,
)
from casework.summaries.selectors import changed_since_approval, last_copy_number, readable_of_copy, unreadable_parts
from casework.summaries.sending import send_when_committed
from casework.summaries.signing import sha256_of
from casework.summaries.states import STALLED_SECONDS, copy_allows, summary_allows
from casework.vault.reading import current_reading


@dataclass(frozen=True)
class Built:
    """A signed document and what stands in it. `version`: of the summary that was read for it."""

    document: bytes
    pages: int
    passage_keys: list[int]
    entry_keys: list[int]
    version: int


STEP_SECONDS = 0.2  # between two writes of progress: a person sees no more of it


@transaction.atomic
def ask_copy(*, summary: Summary, by: Any, number: int) -> SummaryCopy:
    """Ask for a copy of an approved summary: the row first, the message to the worker once it is committed.

    `number`: the one that the page announced. Raises: AccessDenied; StalePage.
    """
    check_can_make_copy(by, summary)
    summary = lock_summary(summary, by)
    check_may_be_copied(summary, by)
    last = last_copy_number(by, summary)
    if number != last + 1:
        raise StalePage(_("Copy %(number)d was asked for meanwhile.") % {"number": last})
    copy = SummaryCopy(case=summary.case, summary=summary, number=number, asked_by=by, asked_by_label=by.in_full)
    copy.save(force_insert=True)
    send_when_committed(copy)
    return copy


@transaction.atomic
def try_again(*, copy: SummaryCopy, by: Any) -> SummaryCopy:
    """Queue a copy again that failed or stalled, in the name of who asks now. Raises: AccessDenied; StalePage."""
    check_can_try_again(by, copy)
    locked = _locked(copy, by)
    if not copy_allows(locked.state, "try_again") or (locked.state == CopyState.BUILDING and not is_stalled(locked)):
        raise StalePage(_("This copy is now: %(state)s.") % {"state": locked.get_state_display()})
    locked.state, locked.progress, locked.problem = CopyState.QUEUED, 0, ""
    locked.asked_by, locked.asked_by_label, locked.touched_at = by, by.in_full, timezone.now()
    locked.save(update_fields=["state", "progress", "problem_sealed", "asked_by", "asked_by_label", "touched_at"])
    send_when_committed(locked)
    return locked


@transaction.atomic
def begin(*, copy_id: int, by: Any) -> SummaryCopy | None:
    """Take the job, if it is still to be done: None when it is ready, another worker is at it, or another person asks.

    A message may be old, or sent by nobody of ours: only the row says for whom a copy is built.
    """
    rows = _rows(by).select_for_update(of=("self",), skip_locked=True)
    found = rows.filter(pk=copy_id, asked_by=by).first()
    if found is None or not (copy_allows(found.state, "begin") or is_stalled(found)):
        return None
    found.state, found.progress, found.touched_at = CopyState.BUILDING, 5, timezone.now()
    found.save(update_fields=["state", "progress", "touched_at"])
    return found  # type: ignore[no-any-return]


@transaction.atomic
def finish(*, copy: SummaryCopy, by: Any, built: Built) -> SummaryCopy:
    """Keep the signed document. Asks once more whether it may be made: grants may have ended while it was built.

    Raises: AccessDenied; StalePage, also when the summary was opened again meanwhile; NotVisible.
    """
    locked = _locked(copy, by)
    if not copy_allows(locked.state, "finish"):
        raise StalePage(_("This copy is now: %(state)s.") % {"state": locked.get_state_display()})
    summary = lock_summary(locked.summary, by)
    check_can_make_copy(by, summary)
    check_may_be_copied(summary, by)
    if summary.version != built.version:
        raise StalePage(_("%(label)s was changed while the copy was made.") % {"label": summary.label})
    locked.state, locked.progress = CopyState.READY, 100
    locked.document, locked.pages = built.document, built.pages
    locked.passage_keys, locked.entry_keys = built.passage_keys, built.entry_keys
    locked.sha256, locked.built_at = sha256_of(built.document), timezone.now()
    fields = ["document_sealed", "pages", "passage_keys", "entry_keys", "sha256", "built_at"]
    locked.save(update_fields=["state", "progress", *fields])
    return locked


@transaction.atomic
def fail(*, copy_id: int, by: Any, problem: str) -> None:
    """Say why it could not be built. `problem`: words for the person who asked, at most 1,000 characters."""
    locked = _rows(by).select_for_update(of=("self",)).filter(pk=copy_id).first()
    if locked is None or not copy_allows(locked.state, "fail"):
        return
    locked.state, locked.problem, locked.touched_at = CopyState.FAILED, problem[:1_000], timezone.now()
    locked.save(update_fields=["state", "problem_sealed", "touched_at"])


@transaction.atomic
def take_out(*, copy: SummaryCopy, by: Any) -> bytes:
    """The document, for download; each part that stands in it is recorded as taken out.

    What counts is what stands in the copy, not what its summary holds by now.
    Raises: AccessDenied; StalePage when it is not ready.
    """
    check_can_take_out(by, copy)
    if not copy_allows(copy.state, "take_out"):
        raise StalePage(_("This copy is not ready yet."))
    parts = len(copy.passage_keys) + len(copy.entry_keys)
    check_reads_everything(parts - readable_of_copy(by, copy))
    current_reading().verb = Verb.EXPORTED
    if copy.first_downloaded_at is None:
        copy.first_downloaded_at = timezone.now()
        copy.save(update_fields=["first_downloaded_at"])
    document: bytes = copy.document
    return document


def check_may_be_copied(summary: Summary, by: Any) -> None:
    """Approved, readable to the last part, and nothing changed since. Raises: AccessDenied; StalePage."""
    if not summary_allows(summary.state, "ask_copy"):
        raise StalePage(_("%(label)s is not approved.") % {"label": summary.label})
    check_reads_everything(unreadable_parts(by, summary))
    changed = changed_since_approval(by, summary)
    if changed:
        raise StalePage(
            _("Changed since the approval: %(what)s. Open the summary again and ask for approval of it as it is now.")
            % {"what": ", ".join(changed)}
        )


def is_overdue(copy: SummaryCopy) -> bool:
    """True for a copy that has waited for a worker for two minutes; until then one only has to wait."""
    return copy.state == CopyState.QUEUED and _stands_still(copy.touched_at or copy.asked_at)


def is_stalled(copy: SummaryCopy) -> bool:
    """True for a copy that is being built and has not moved for two minutes."""
    return copy.state == CopyState.BUILDING and copy.touched_at is not None and _stands_still(copy.touched_at)


def _stands_still(since: datetime.datetime) -> bool:
    return (timezone.now() - since).total_seconds() > STALLED_SECONDS


class Progress:
    """Writes how far a job is, in percent, in short transactions of its own; no entry tells of it."""

    def __init__(self, copy_id: int, member_id: int) -> None:
        self.copy_id, self.member_id = copy_id, member_id
        self.written_at = 0.0

    def __call__(self, percent: int) -> None:
        if time.monotonic() - self.written_at < STEP_SECONDS:
            return
        self.written_at = time.monotonic()
        with bound_to(self.member_id):
            rows = SummaryCopy.everything.filter(pk=self.copy_id, state=CopyState.BUILDING)
            done = max(0, min(99, percent))
            rows.update_unrecorded("how far a job is", progress=done, touched_at=timezone.now())


def copy_for(by: Any, copy_id: int) -> SummaryCopy:
    """The copy with its summary and case. Raises: NotVisible."""
    found: SummaryCopy | None = _rows(by).filter(pk=copy_id).first()
    if found is None:
        raise NotVisible
    return found


def _rows(by: Any) -> Any:
    rows = SummaryCopy.objects.visible_to(by).defer("document_sealed")
    return rows.select_related("case", "case__lead_agency", "summary", "summary__case")


def _locked(copy: SummaryCopy, by: Any) -> SummaryCopy:
    locked: SummaryCopy | None = _rows(by).select_for_update(of=("self",)).filter(pk=copy.pk).first()
    if locked is None:
        raise NotVisible
    return locked
