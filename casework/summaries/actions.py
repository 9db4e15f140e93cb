"""The only writers of summaries and of what is chosen for them. Lock, check, change, record."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from casework.access.errors import NotVisible, StalePage
from casework.audit.kinds import Verb
from casework.audit.record import record
from casework.cases.models import Case
from casework.summaries.kinds import SummaryState
from casework.summaries.left_out import kept, left_out_of, stamp_of
from casework.summaries.models import Summary, SummaryItem
from casework.summaries.rules import (
    check_can_change_summary,
    check_can_decide_summary,
    check_can_make_summary,
    check_reads_everything,
)
from casework.summaries.selectors import choices_for, items_of, last_number, unreadable_parts, versions_now
from casework.summaries.states import summary_allows

TEXTS = ("title", "recipient", "court_reference")
CODES = ("purpose", "legal_basis")
BATCH = 500


@dataclass(frozen=True)
class SummaryDetails:
    """For whom and why. `purpose`, `legal_basis`: codes; the rest: text."""

    title: str
    recipient: str
    court_reference: str
    purpose: str
    legal_basis: str


@transaction.atomic
def start_summary(*, case: Case, by: Any, number: int, details: SummaryDetails) -> Summary:
    """Start a summary. `number`: the one that the page announced, such as 2 for S2.

    Raises: AccessDenied; StalePage when another was started meanwhile, so that none is started twice.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [case.pk])
    check_can_make_summary(by, case)
    last = last_number(by, case)
    if number != last + 1:
        raise StalePage(
            _("S%(number)d was started meanwhile. Check that yours is not the same, then save again.")
            % {"number": last}
        )
    summary = Summary(case=case, number=number, made_by=by, made_by_label=by.in_full)
    _write_details(summary, details)
    summary.save(force_insert=True)
    return summary


@transaction.atomic
def change_details(*, summary: Summary, by: Any, version: int, details: SummaryDetails) -> Summary:
    """Change recipient, title, reference, purpose or basis of a draft. Raises: AccessDenied; StalePage."""
    summary = _locked(summary, by, version, "change_details", check_can_change_summary)
    _write_details(summary, details)
    return _save(summary, *CODES, *(f"{name}_sealed" for name in TEXTS))


@transaction.atomic
def choose_items(
    *, summary: Summary, by: Any, version: int, passages: Iterable[int], entries: Iterable[int]
) -> tuple[int, int]:
    """Choose what is in a summary, by keys of passages and entries. Returns how many were added and dropped.

    What the member may not read can't be chosen, and stays in if it was in.
    Raises: AccessDenied; NotVisible for a key that is no passage or entry to choose from; StalePage.
    """
    summary = _locked(summary, by, version, "choose_items", check_can_change_summary)
    choices = choices_for(by, summary)
    open_passages = {each.passage.pk for part in choices.tellings for each in part.passages}
    open_entries = {entry.pk for part in choices.compartments for entry in part.entries}
    wanted_passages, wanted_entries = set(passages), set(entries)
    if not (wanted_passages <= open_passages and wanted_entries <= open_entries):
        raise NotVisible
    items = items_of(by, summary)
    dropped = [
        item
        for item in items
        if item.passage_id in open_passages - wanted_passages or item.entry_id in open_entries - wanted_entries
    ]
    there = {item.passage_id or item.entry_id for item in items}
    added = [SummaryItem(case=summary.case, summary=summary, passage_id=key) for key in wanted_passages - there]
    added += [SummaryItem(case=summary.case, summary=summary, entry_id=key) for key in wanted_entries - there]
    if added or dropped:
        _write_choice(summary, added, dropped)
    return len(added), len(dropped)


def _write_choice(summary: Summary, added: list[SummaryItem], dropped: list[SummaryItem]) -> None:
    now = timezone.now()
    for item in dropped:
        item.dropped_at = now
    SummaryItem.everything.bulk_update(dropped, ["dropped_at"], batch_size=BATCH)
    SummaryItem.everything.bulk_create(added, batch_size=BATCH)
    _save(summary)
    record(
        Verb.CHANGED,
        subject=summary,
        compartments=[summary.compartment],
        details={
            "added": {
                "passages": sorted(item.passage_id for item in added if item.passage_id),
                "entries": sorted(item.entry_id for item in added if item.entry_id),
            },
            "dropped": {
                "passages": sorted(item.passage_id for item in dropped if item.passage_id),
                "entries": sorted(item.entry_id for item in dropped if item.entry_id),
            },
        },
    )


@transaction.atomic
def ask_approval(*, summary: Summary, by: Any, version: int) -> Summary:
    """Ask a second person to approve; the summary is locked from then on.

    Raises: AccessDenied; StalePage, also when nothing is chosen.
    """
    summary = _locked(summary, by, version, "ask_approval", check_can_change_summary)
    if not items_of(by, summary):
        raise StalePage(_("Nothing is chosen yet, so there is nothing to approve."))
    check_reads_everything(unreadable_parts(by, summary))
    summary.state, summary.asked_at = SummaryState.ASKED, timezone.now()
    summary.decided_at, summary.decided_by, summary.decided_by_label = None, None, ""
    return _save(summary, "state", "asked_at", "decided_at", "decided_by", "decided_by_label")


@transaction.atomic
def take_back(*, summary: Summary, by: Any, version: int) -> Summary:
    """Take the question back before it is decided. Raises: AccessDenied; StalePage."""
    summary = _locked(summary, by, version, "take_back", check_can_change_summary)
    summary.state, summary.asked_at = SummaryState.DRAFT, None
    return _save(summary, "state", "asked_at")


@transaction.atomic
def approve(*, summary: Summary, by: Any, version: int, seen: str) -> Summary:
    """Approve what was read. `seen`: the stamp of what the page showed (`left_out.stamp_of`).

    Each part is approved in its version: a correction that comes later, even one that was under way, is noticed.
    Raises: AccessDenied; StalePage, also when a part was corrected or changed, or the case grew, since the page
    was made.
    """
    summary = _locked(summary, by, version, "approve", check_can_decide_summary)
    check_reads_everything(unreadable_parts(by, summary))
    versions, left_out = versions_now(by, summary), left_out_of(summary)
    if stamp_of(versions, left_out) != seen:
        raise StalePage(_("While you were reading, a part was corrected or the case grew. Please read it again below."))
    summary.left_out = kept(left_out)
    items = items_of(by, summary)
    for item in items:
        item.approved_version = versions[item.pk]
    SummaryItem.everything.bulk_update(items, ["approved_version"], batch_size=BATCH)
    summary.reason = ""
    return _decide(summary, by, SummaryState.APPROVED, "left_out")


@transaction.atomic
def return_for_changes(*, summary: Summary, by: Any, version: int, reason: str) -> Summary:
    """Return it to who made it. `reason`: 1 to 1,000 characters. Raises: AccessDenied; StalePage."""
    summary = _locked(summary, by, version, "return_for_changes", check_can_decide_summary)
    summary.reason = reason
    return _decide(summary, by, SummaryState.RETURNED)


@transaction.atomic
def open_again(*, summary: Summary, by: Any, version: int) -> Summary:
    """Open an approved summary for changes: the approval ends, copies already issued stay in the register.

    Raises: AccessDenied; StalePage.
    """
    summary = _locked(summary, by, version, "open_again", check_can_change_summary)
    summary.state, summary.asked_at = SummaryState.DRAFT, None
    summary.decided_at, summary.decided_by, summary.decided_by_label = None, None, ""
    return _save(summary, "state", "asked_at", "decided_at", "decided_by", "decided_by_label")


def lock_summary(summary: Summary, by: Any) -> Summary:
    """The summary as it is now, locked until the end of the transaction. Raises: NotVisible."""
    rows = Summary.objects.visible_to(by).select_related("case", "case__lead_agency")
    locked: Summary | None = rows.select_for_update(of=("self",)).filter(pk=summary.pk).first()
    if locked is None:
        raise NotVisible
    return locked


def _locked(summary: Summary, by: Any, version: int, action: str, check: Any) -> Summary:
    """Locked, checked, and in a state and version in which this action may happen."""
    check(by, summary)
    locked = lock_summary(summary, by)
    if not summary_allows(locked.state, action):
        raise StalePage(
            _("%(label)s is now: %(state)s. Nothing was changed.")
            % {"label": locked.label, "state": locked.get_state_display()}
        )
    if locked.version != version:
        raise StalePage(
            _("%(label)s was changed meanwhile. Nothing of yours was saved; what you typed is below.")
            % {"label": locked.label}
        )
    return locked


def _decide(summary: Summary, by: Any, state: str, *fields: str) -> Summary:
    summary.state = state
    summary.decided_at, summary.decided_by = timezone.now(), by
    summary.decided_by_label = by.in_full
    return _save(summary, "state", "decided_at", "decided_by", "decided_by_label", "reason_sealed", *fields)


def _save(summary: Summary, *fields: str) -> Summary:
    summary.version += 1
    summary.save(update_fields=[*fields, "version"])
    return summary


def _write_details(summary: Summary, details: SummaryDetails) -> None:
    for name, value in vars(details).items():
        setattr(summary, name, value)
