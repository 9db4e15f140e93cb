"""The only readers of the account. The number of queries never depends on the number of tellings or passages."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from agencies.models import Member
from casework.account.models import Correction, Passage, PassageRevision, Telling
from casework.account.seal import seal_holds
from casework.cases.models import Case


@dataclass(frozen=True)
class PassageReading:
    """A passage with its corrections, oldest first. `label`: `T1 ¶14`; `anchor`: `t1p14`."""

    passage: Passage
    label: str
    anchor: str
    corrections: tuple[Correction, ...]


@dataclass(frozen=True)
class TellingReading:
    """A telling with its passages, in order."""

    telling: Telling
    passages: tuple[PassageReading, ...]

    @property
    def is_altered(self) -> bool:
        """True when the telling is sealed and is not, to the letter, what was sealed."""
        return self.telling.is_sealed and not seal_holds(self.telling, (each.passage for each in self.passages))


def label_of(telling_number: int, passage_number: int) -> str:
    """`T1 ¶14`: how a passage is cited."""
    return f"T{telling_number} ¶{passage_number}"


def anchor_of(telling_number: int, passage_number: int) -> str:
    """`t1p14`: where a passage stands on the page of the account."""
    return f"t{telling_number}p{passage_number}"


def account_of(member: Member, case: Case) -> tuple[TellingReading, ...]:
    """Everything that was told in this case, in the order of recording, corrections folded in. Three queries."""
    tellings = list(tellings_of_case(member, case))
    passages = list(Passage.objects.visible_to(member).filter(case=case).order_by("telling_id", "number"))
    corrections: dict[int, list[Correction]] = defaultdict(list)
    for correction in Correction.objects.visible_to(member).filter(case=case).order_by("made_at", "pk"):
        corrections[correction.passage_id].append(correction)
    told: dict[int, list[Passage]] = defaultdict(list)
    for passage in passages:
        told[passage.telling_id].append(passage)
    return tuple(_reading(telling, told[telling.pk], corrections) for telling in tellings)


def _reading(telling: Telling, passages: list[Passage], corrections: Mapping[int, list[Correction]]) -> TellingReading:
    read = []
    for passage in passages:
        passage.case, passage.telling = telling.case, telling
        number = (telling.number, passage.number)
        read.append(
            PassageReading(passage, label_of(*number), anchor_of(*number), tuple(corrections.get(passage.pk, ())))
        )
    return TellingReading(telling, tuple(read))


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
