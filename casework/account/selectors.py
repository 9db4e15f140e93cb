"""The only readers of the account. The number of queries never depends on the number of tellings or passages."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Exists, F, Func, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from agencies.models import Agency, Member
from casework.access.kinds import Compartment, permission_codename
from casework.access.rules import allowed
from casework.access.scopes import granted_case_ids
from casework.account.kinds import PriorAnswer, TellingKind
from casework.account.models import Correction, Passage, PassageEdit, PassageRevision, Telling, ToldBefore
from casework.account.rules import SEALS, SIDES, check_can_read_account, side_of
from casework.account.seal import seal_holds
from casework.account.tally import Tally, tally_of
from casework.cases.kinds import Stage
from casework.cases.models import Case
from casework.cases.selectors import participants_of
from casework.vault.reading import note_list

WRITE_ACCOUNT = permission_codename(Compartment.ACCOUNT, write=True)
OF_TELLING = ("case", "recorded_by", "sealed_by", "signed_by__agency", "interviewer")

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
    def tally(self) -> Tally:
        """The types of its questions, counted."""
        return tally_of(each.passage for each in self.passages)

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
    return rows.select_related(*OF_TELLING).order_by("number")


def passages_of(member: Member, telling: Telling) -> Any:
    """The passages of one telling, in order."""
    return Passage.objects.visible_to(member).filter(telling=telling).order_by("number")


def passage_with_key(member: Member, passage: Passage, key: int) -> Passage | None:
    """The passage with this key, as it is now, when it is one of the same telling; else None."""
    rows = Passage.objects.visible_to(member).filter(pk=key, telling=passage.telling)
    found: Passage | None = rows.select_related("case", "case__lead_agency", "telling", "telling__sealed_by").first()
    return found


def kept_rows(telling: Telling) -> str:
    """SHA-256 in hex over what the database keeps of a telling and its passages, sealed texts as they lie there."""
    with connection.cursor() as cursor:
        cursor.execute("select casework_kept_rows(%s)", [telling.pk])
        return str(cursor.fetchone()[0])


def last_passage_number(member: Member, telling: Telling) -> int:
    """The number of the last passage of a telling; 0 without one."""
    found = Passage.objects.visible_to(member).filter(telling=telling).aggregate(last=Max("number"))
    return found["last"] or 0


def last_telling_number(member: Member, case: Case) -> int:
    """The number of the last telling of a case, also of those that the reader may not see; 0 without one.

    Tellings are numbered on and never removed, so that their count is the last number.
    """
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(formal + informal), 0) from casework_account_counts(%s)", [[case.pk]])
        return int(cursor.fetchone()[0])


def earlier_wordings(member: Member, passage: Passage) -> list[PassageRevision]:
    """What a passage said before it was put right, the oldest first; not where its marks and tags alone changed."""
    rows = PassageRevision.objects.visible_to(member).select_related("case").filter(passage=passage)
    kept = list(rows.order_by("replaced_at", "pk"))
    return [one for one, then in pairwise([*kept, passage]) if _wording(one) != _wording(then)]


def _wording(row: Any) -> tuple[str, str]:
    return row.question, row.answer


def last_edit(member: Member, telling: Telling) -> PassageEdit | None:
    """The last act on the passages of a telling that has not been undone; None when there is none."""
    edits = PassageEdit.objects.visible_to(member).filter(telling=telling, undone_at=None)
    found: PassageEdit | None = edits.select_related("case").order_by("-version").first()
    return found


def last_answer(member: Member, case: Case) -> ToldBefore | None:
    """The last answer to whether the child had told anybody already; None when nobody was asked."""
    answers = ToldBefore.objects.visible_to(member).filter(case=case)
    found: ToldBefore | None = answers.select_related("case").order_by("-answered_at", "-pk").first()
    return found


def agencies_of(member: Member, case: Case) -> list[int]:
    """The ids of the agencies on a case: the one that leads it, then those that take part."""
    return [case.lead_agency_id, *(each.agency_id for each in participants_of(member, case))]


def agencies_on(member: Member, case: Case) -> list[Agency]:
    """The agencies on a case: the one that leads it, then those that take part, by name."""
    return [case.lead_agency, *(each.agency for each in participants_of(member, case))]


def people_to_name(case: Case) -> QuerySet[Member]:
    """Members who can see this case, by name: any of them may have interviewed the child."""
    with connection.cursor() as cursor:
        cursor.execute("select casework_people_of(%s)", [case.pk])
        ids = [row[0] for row in cursor.fetchall()]
    return Member.objects.select_related("agency").filter(pk__in=ids).order_by("name", "pk")


def corrections_of(member: Member, passage: Passage) -> list[Correction]:
    """The corrections of one passage, oldest first."""
    return list(Correction.objects.visible_to(member).filter(passage=passage).order_by("made_at", "pk"))


def cases_to_ask(member: Member) -> list[Case]:
    """Open cases of the own agency in whose account this member writes, where nobody knows yet whether the child had
    told before: not answered, or answered as not known; oldest first. A recorded prior account is an answer.
    """
    answers = ToldBefore.objects.visible_to(member).filter(case_id=OuterRef("pk")).order_by("-answered_at", "-pk")
    prior = Telling.objects.visible_to(member).filter(case_id=OuterRef("pk"), kind=TellingKind.PRIOR)
    cases = Case.objects.visible_to(member).filter(lead_agency_id=member.agency_id).exclude(stage=Stage.CLOSED)
    note_list()
    cases = cases.filter(pk__in=granted_case_ids(member, WRITE_ACCOUNT)).annotate(
        told=Subquery(answers.values("answer")[:1])
    )
    unanswered = Q(told=None) | Q(told=PriorAnswer.UNKNOWN)
    return list(cases.filter(unanswered & ~Exists(prior)).order_by("opened_at", "pk"))


def tellings_to_seal(member: Member) -> list[Telling]:
    """Tellings that somebody of the other side has signed and this member could seal, the longest waiting first."""
    sides = [kind for kind, side in SIDES.items() if side != side_of(member)]
    if side_of(member) is None or not member.has_role(*SEALS):
        return []
    rows = Telling.objects.visible_to(member).filter(sealed_at=None, signed_by__agency__kind__in=sides)
    rows = rows.filter(case_id__in=granted_case_ids(member, WRITE_ACCOUNT)).exclude(case__stage=Stage.CLOSED)
    return list(rows.select_related("case", "signed_by").order_by("signed_at", "pk"))
