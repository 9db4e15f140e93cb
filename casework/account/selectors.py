"""The only readers of the account. The number of queries never depends on the number of tellings or passages."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, F, Func, Max
from django.db.models.functions import Coalesce

from agencies.models import Member
from casework.access.rules import allowed
from casework.account.models import Correction, Passage, PassageRevision, Telling
from casework.account.rules import check_can_read_account
from casework.account.seal import seal_holds
from casework.cases.models import Case

# The database tells a reader of named topics how many passages there are, and nothing else of the closed ones.
LAST_PASSAGE = Func(F("pk"), F("case_id"), function="casework_last_passage", output_field=BigIntegerField())


@dataclass(frozen=True)
class Closed:
    """Passages that the reader was not given: from number `first` to number `last`, both inclusive."""

    first: int
    last: int


@dataclass(frozen=True)
class PassageReading:
    """A passage with its corrections, oldest first. `label`: `T1 ¶14`; `anchor`: `t1p14`.

    `closed_before`: what stands between it and the passage before, for whoever reads named topics.
    """

    passage: Passage
    label: str
    anchor: str
    corrections: tuple[Correction, ...]
    closed_before: Closed | None = None


@dataclass(frozen=True)
class TellingReading:
    """A telling with its passages, in order. `is_whole`: False for whoever reads named topics of it.

    `closed_after`: what stands behind the last passage that such a reader was given.
    """

    telling: Telling
    passages: tuple[PassageReading, ...]
    is_whole: bool = True
    closed_after: Closed | None = None

    @property
    def is_altered(self) -> bool:
        """True when the telling is sealed and is not, to the letter, what was sealed; asked of whole ones alone."""
        passages = (each.passage for each in self.passages)
        return self.is_whole and self.telling.is_sealed and not seal_holds(self.telling, passages)


def label_of(telling_number: int, passage_number: int) -> str:
    """`T1 ¶14`: how a passage is cited."""
    return f"T{telling_number} ¶{passage_number}"


def anchor_of(telling_number: int, passage_number: int) -> str:
    """`t1p14`: where a passage stands on the page of the account."""
    return f"t{telling_number}p{passage_number}"


def account_of(member: Member, case: Case) -> tuple[TellingReading, ...]:
    """What was told in this case, as far as the member may read it, in the order of recording, corrections folded in.

    The numbering stays unbroken: what a reader of named topics was not given stands as closed. Three queries.
    """
    is_whole = allowed(check_can_read_account, member, case)
    rows = tellings_of_case(member, case)
    tellings = list(rows if is_whole else rows.annotate(last=Coalesce(LAST_PASSAGE, 0)))
    passages = list(Passage.objects.visible_to(member).filter(case=case).order_by("telling_id", "number"))
    corrections: dict[int, list[Correction]] = defaultdict(list)
    for correction in Correction.objects.visible_to(member).filter(case=case).order_by("made_at", "pk"):
        corrections[correction.passage_id].append(correction)
    told: dict[int, list[Passage]] = defaultdict(list)
    for passage in passages:
        told[passage.telling_id].append(passage)
    return tuple(_reading(telling, told[telling.pk], corrections, is_whole=is_whole) for telling in tellings)


def _reading(
    telling: Any, passages: list[Passage], corrections: Mapping[int, list[Correction]], *, is_whole: bool
) -> TellingReading:
    read, before = [], 0
    for passage in passages:
        passage.case, passage.telling = telling.case, telling
        number = (telling.number, passage.number)
        beside = tuple(corrections.get(passage.pk, ()))
        closed = None if is_whole else _closed(before, passage.number)
        read.append(PassageReading(passage, label_of(*number), anchor_of(*number), beside, closed))
        before = passage.number
    return TellingReading(telling, tuple(read), is_whole, None if is_whole else _closed(before, telling.last + 1))


def _closed(before: int, after: int) -> Closed | None:
    """What stands between two numbers, both exclusive."""
    return Closed(before + 1, after - 1) if after - before > 1 else None


def tellings_of_case(member: Member, case: Case) -> Any:
    """The tellings of a case with who recorded and sealed them, in the order of recording."""
    rows = Telling.objects.visible_to(member).filter(case=case)
    return rows.select_related("case", "recorded_by", "sealed_by").order_by("number")


def passages_of(member: Member, telling: Telling) -> Any:
    """The passages of one telling, in order."""
    return Passage.objects.visible_to(member).filter(telling=telling).order_by("number")


def last_passage_number(member: Member, telling: Telling) -> int:
    """The number of the last passage of a telling; 0 without one."""
    found = Passage.objects.visible_to(member).filter(telling=telling).aggregate(last=Max("number"))
    return found["last"] or 0


def last_telling_number(member: Member, case: Case) -> int:
    """The number of the last telling of a case; 0 without one."""
    return Telling.objects.visible_to(member).filter(case=case).aggregate(last=Max("number"))["last"] or 0


def earlier_wordings(member: Member, passage: Passage) -> list[PassageRevision]:
    """What a passage said before it was put right, the oldest first."""
    rows = PassageRevision.objects.visible_to(member).select_related("case").filter(passage=passage)
    return list(rows.order_by("replaced_at", "pk"))


def corrections_of(member: Member, passage: Passage) -> list[Correction]:
    """The corrections of one passage, oldest first."""
    return list(Correction.objects.visible_to(member).filter(passage=passage).order_by("made_at", "pk"))
