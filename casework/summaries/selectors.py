"""The only readers of summaries, of what stands in them, and of the register of copies."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max

from agencies.models import Member
from casework.access.errors import NotVisible
from casework.access.kinds import Compartment
from casework.account.models import Correction, Passage, Telling
from casework.account.selectors import PassageReading, anchor_of, label_of
from casework.cases.models import Case, Entry
from casework.summaries.kinds import CopyState
from casework.summaries.models import Summary, SummaryCopy, SummaryItem


@dataclass(frozen=True)
class Part:
    """Passages or entries from one place. `total`: how many the reader may read; `chosen`: keys of those chosen."""

    total: int
    chosen: frozenset[int]


@dataclass(frozen=True)
class TellingPart(Part):
    """Passages of one telling, in order."""

    telling: Telling
    passages: tuple[PassageReading, ...]


@dataclass(frozen=True)
class CompartmentPart(Part):
    """Entries of one compartment, by date. `code`, `label`: the compartment, as a code and as people say it."""

    code: str
    label: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Contents:
    """Passages and entries by where they are from. `unreadable`: chosen, but closed to the reader."""

    tellings: tuple[TellingPart, ...]
    compartments: tuple[CompartmentPart, ...]
    unreadable: int

    @property
    def parts(self) -> tuple[Part, ...]:
        """Tellings first, then compartments."""
        return (*self.tellings, *self.compartments)

    @property
    def chosen_passages(self) -> list[int]:
        """Keys of the chosen passages that the reader may read, in order of the keys."""
        return sorted(key for part in self.tellings for key in part.chosen)

    @property
    def chosen_entries(self) -> list[int]:
        """Keys of the chosen entries that the reader may read, in order of the keys."""
        return sorted(key for part in self.compartments for key in part.chosen)

    @property
    def size(self) -> int:
        """How many passages and entries are chosen, those that the reader may not read included."""
        return sum(len(part.chosen) for part in self.parts) + self.unreadable


@dataclass(frozen=True)
class RegisterRow:
    """A summary with its copies, the newest first."""

    summary: Summary
    copies: tuple[SummaryCopy, ...]


@dataclass(frozen=True)
class CopyProgress:
    """How far a copy is. `state`: a code; `percent`: 0 to 100."""

    state: str
    percent: int

    @property
    def in_work(self) -> bool:
        """True until it is ready or has failed."""
        return self.state in (CopyState.QUEUED, CopyState.BUILDING)

    @property
    def state_words(self) -> str:
        """The state as people say it."""
        return str(CopyState(self.state).label)


def register_of(member: Member, case: Case) -> list[RegisterRow]:
    """The summaries of a case, the newest first, each with its copies. Two queries."""
    copies: dict[int, list[SummaryCopy]] = defaultdict(list)
    # Without the documents: they are read one at a time, when one is taken out.
    rows = SummaryCopy.objects.visible_to(member).filter(case=case).defer("document_sealed")
    for copy in rows.select_related("case").order_by("-number"):
        copies[copy.summary_id].append(copy)
    summaries = Summary.objects.visible_to(member).select_related("case").filter(case=case).order_by("-number")
    return [RegisterRow(summary, tuple(copies[summary.pk])) for summary in summaries]


def copies_of(member: Member, summary: Summary) -> list[SummaryCopy]:
    """The copies of one summary, the newest first, without their documents."""
    rows = SummaryCopy.objects.visible_to(member).filter(summary=summary).defer("document_sealed")
    return list(rows.select_related("case").order_by("-number"))


def progress_of(member: Member, reference: str, number: int, copy: int) -> CopyProgress:
    """How far a copy is, without opening it. Raises: NotVisible."""
    rows = SummaryCopy.objects.visible_to(member).filter(case__reference=reference, summary__number=number, number=copy)
    rows = rows.unnoted("asked for every second by a page that has left its entry")
    found = rows.values_list("state", "progress").first()
    if found is None:
        raise NotVisible
    return CopyProgress(*found)


def last_number(member: Member, case: Case) -> int:
    """The number of the last summary of a case; 0 without one."""
    return Summary.objects.visible_to(member).filter(case=case).aggregate(last=Max("number"))["last"] or 0


def last_copy_number(member: Member, summary: Summary) -> int:
    """The number of the last copy of a summary; 0 without one."""
    found = SummaryCopy.objects.visible_to(member).filter(summary=summary).aggregate(last=Max("number"))
    return found["last"] or 0


def items_of(member: Member, summary: Summary) -> list[SummaryItem]:
    """What is chosen for a summary now."""
    rows = SummaryItem.objects.visible_to(member).filter(summary=summary, dropped_at=None)
    return list(rows.order_by("pk"))


def contents_of(member: Member, summary: Summary) -> Contents:
    """What is in a summary, as this member may read it now. Eight queries, however long it is."""
    return _contents(member, summary, only_chosen=True)


def choices_for(member: Member, summary: Summary) -> Contents:
    """Everything that this member may choose from: sealed tellings and entries of readable compartments."""
    return _contents(member, summary, only_chosen=False)


def _contents(member: Member, summary: Summary, *, only_chosen: bool) -> Contents:
    items = items_of(member, summary)
    passage_ids = {item.passage_id for item in items if item.passage_id}
    entry_ids = {item.entry_id for item in items if item.entry_id}
    tellings = _telling_parts(member, summary.case, passage_ids, only_chosen=only_chosen)
    compartments = _compartment_parts(member, summary.case, entry_ids, only_chosen=only_chosen)
    readable = Contents(tellings, compartments, unreadable=0).size
    return Contents(tellings, compartments, unreadable=len(passage_ids) + len(entry_ids) - readable)


def _telling_parts(member: Member, case: Case, chosen: set[Any], *, only_chosen: bool) -> tuple[TellingPart, ...]:
    passages = Passage.objects.visible_to(member).filter(case=case)
    totals = dict(passages.order_by().values_list("telling_id").annotate(Count("pk")))
    corrections: dict[int, list[Correction]] = defaultdict(list)
    rows = Correction.objects.visible_to(member).filter(case=case)
    if only_chosen:
        passages, rows = passages.filter(pk__in=chosen), rows.filter(passage_id__in=chosen)
    for correction in rows.order_by("made_at", "pk"):
        corrections[correction.passage_id].append(correction)
    told: dict[int, list[Passage]] = defaultdict(list)
    for passage in passages.filter(telling__sealed_at__isnull=False).order_by("telling_id", "number"):
        told[passage.telling_id].append(passage)
    tellings = Telling.objects.visible_to(member).filter(case=case, sealed_at__isnull=False)
    related = tellings.select_related("case", "sealed_by", "recorded_by")
    return tuple(
        _telling_part(telling, told[telling.pk], corrections, totals.get(telling.pk, 0), chosen)
        for telling in related.order_by("number")
    )


def _telling_part(
    telling: Telling, passages: list[Passage], corrections: Any, total: int, chosen: set[Any]
) -> TellingPart:
    readings = []
    for passage in passages:
        passage.case, passage.telling = telling.case, telling
        number = (telling.number, passage.number)
        beside = tuple(corrections.get(passage.pk, ()))
        readings.append(PassageReading(passage, label_of(*number), anchor_of(*number), beside))
    keys = frozenset(passage.pk for passage in passages if passage.pk in chosen)
    return TellingPart(total, keys, telling, tuple(readings))


def _compartment_parts(
    member: Member, case: Case, chosen: set[Any], *, only_chosen: bool
) -> tuple[CompartmentPart, ...]:
    entries = Entry.objects.visible_to(member).filter(case=case)
    totals = dict(entries.order_by().values_list("compartment").annotate(Count("pk")))
    if only_chosen:
        entries = entries.filter(pk__in=chosen)
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries.order_by("happened_on", "written_at", "pk"):
        entry.case = case
        found[entry.compartment].append(entry)
    return tuple(
        CompartmentPart(
            total=totals[code],
            chosen=frozenset(entry.pk for entry in found[code] if entry.pk in chosen),
            code=code,
            label=str(Compartment(code).label),
            entries=tuple(found[code]),
        )
        for code in Compartment.values
        if code in totals
    )


def unreadable_parts(member: Member, summary: Summary) -> int:
    """How many parts of a summary this member may not read now. Counts only: nothing is opened."""
    passages, entries = _chosen_keys(member, summary)
    readable = Passage.objects.visible_to(member).filter(pk__in=passages).count()
    readable += Entry.objects.visible_to(member).filter(pk__in=entries).count()
    return len(passages) + len(entries) - int(readable)


def versions_now(member: Member, summary: Summary) -> dict[int, int]:
    """What is chosen, by key of the item: a passage by its number of corrections, an entry by its version.

    A sealed passage never changes itself, so both only go up. Three queries.
    """
    items = items_of(member, summary)
    rows = Correction.objects.visible_to(member).filter(passage_id__in=[item.passage_id for item in items])
    corrections = dict(rows.order_by().values_list("passage_id").annotate(Count("pk")))
    entries = Entry.objects.visible_to(member).filter(pk__in=[item.entry_id for item in items if item.entry_id])
    versions = dict(entries.order_by().values_list("pk", "version"))
    return {
        item.pk: corrections.get(item.passage_id, 0) if item.passage_id else versions.get(item.entry_id, 0)
        for item in items
    }


def changed_since_approval(member: Member, summary: Summary) -> list[str]:
    """Labels of passages that were corrected, and titles of entries that were changed, since they were approved."""
    if summary.decided_at is None:
        return []
    now = versions_now(member, summary)
    changed = [item for item in items_of(member, summary) if item.approved_version != now[item.pk]]
    passages = Passage.objects.visible_to(member).filter(pk__in=[item.passage_id for item in changed])
    numbers = [(passage.telling.number, passage.number) for passage in passages.select_related("telling")]
    entries = Entry.objects.visible_to(member).filter(pk__in=[item.entry_id for item in changed])
    titles = [entry.title for entry in entries.select_related("case").order_by("happened_on", "pk")]
    return [label_of(*number) for number in sorted(numbers)] + titles


def readable_of_copy(member: Member, copy: SummaryCopy) -> int:
    """How many of the passages and entries in a copy this member may read now; each is noted as shown."""
    passages = Passage.objects.visible_to(member).filter(pk__in=copy.passage_keys).only("pk", "case_id")
    entries = Entry.objects.visible_to(member).filter(pk__in=copy.entry_keys).only("pk", "case_id", "compartment")
    return len(passages) + len(entries)


def _chosen_keys(member: Member, summary: Summary) -> tuple[set[int], set[int]]:
    items = items_of(member, summary)
    return {item.passage_id for item in items if item.passage_id}, {item.entry_id for item in items if item.entry_id}
