"""Readers of walls, for supervisors of the lead agency: who is behind one, and who perhaps should be."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _

from agencies.kinds import Role
from agencies.models import Member
from casework.access.kinds import Compartment
from casework.access.models import Wall
from casework.access.rules import allowed
from casework.audit.kinds import Verb
from casework.audit.record import record
from casework.cases.models import Case, Child
from casework.cases.people import members_to_name, who_can_see
from casework.cases.rules import check_can_read_identity
from casework.cases.work import TOLD_FOR, WorkItem
from casework.vault.ids import id_of
from casework.vault.marks import address_marks, same_address
from casework.vault.reading import note_rows

SHORTEST = 3  # letters; shorter parts of names are particles


@dataclass(frozen=True)
class WallRow:
    """A wall with what its supervisors may know of it. `note`, `lifting_reason`: empty when there is none."""

    wall: Wall
    note: str
    lifting_reason: str


@dataclass(frozen=True)
class Likeness:
    """A member who shares a name or an address with a person in the case: perhaps a conflict, perhaps chance.

    `is_family`: the child's family name; `is_near`: a name among the people near the child; `lives_there`: the child's
    address.
    """

    member: Member
    is_family: bool
    is_near: bool
    lives_there: bool


@dataclass(frozen=True)
class Comparison:
    """`found`: the child's family name first, then by name. `without_address`: of `compared` people, so many."""

    found: list[Likeness]
    compared: int
    without_address: int


def walls_of(case: Case) -> list[WallRow]:
    """Every wall of the case, those that stand first, newest first. Row security shows them to overseers alone."""
    rows = Wall.objects.filter(case=case).select_related("member__agency", "raised_by", "lifted_by")
    found = sorted(rows.order_by("-raised_at", "pk"), key=lambda wall: wall.lifted_at is not None)
    note_rows(list(found))
    return [WallRow(wall, wall.note, wall.lifting_reason) for wall in found]


def standing_wall(case: Case, number: str) -> Wall | None:
    """The wall of this case that the form or address names, if it stands."""
    found = Wall.objects.filter(case=case, pk=id_of(number), lifted_at=None).select_related("member__agency").first()
    note_rows([found] if found is not None else [])
    return found


def likenesses(member: Any, case: Case) -> Comparison | None:
    """Who bears a name, or lives, as a person in the case does, of those who can see it or could be named.

    None when the supervisor may not read who the child is: then nothing is compared. Else comparing is a look at the
    identity, on the record as such, although no part of it is shown. Nothing is stored.
    """
    if not allowed(check_can_read_identity, member, case):
        return None
    child = Child.objects.visible_to(member).select_related("case").filter(case=case).first()
    if child is None:
        return None
    family, near = name_parts(child.family_names), name_parts(child.carers)
    lives = address_marks(child.address)
    record(Verb.LOOKED, subject=child, compartments=[Compartment.IDENTITY], details={"reason": "conflict", "shown": 0})
    walled = set(Wall.objects.filter(case=case, lifted_at=None).values_list("member_id", flat=True))
    people = {each.pk: each for each in _people(member, case) if each.pk not in walled}
    likely = [_likeness(each, family, near, lives) for each in people.values()]
    found = [each for each in likely if each.is_family or each.is_near or each.lives_there]
    found.sort(key=lambda likeness: (not likeness.is_family, likeness.member.name))
    return Comparison(found, len(people), sum(not each.address_marks for each in people.values()))


def _likeness(member: Member, family: set[str], near: set[str], lives: list[str]) -> Likeness:
    names = surname_parts(member.name)
    return Likeness(
        member,
        is_family=bool(family & names),
        is_near=bool(near & names),
        lives_there=same_address(member.address_marks, lives),
    )


def name_parts(text: str) -> set[str]:
    """The words of a text that could be parts of a name: without accents and case, SHORTEST letters or more."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    words = "".join(each if each.isalpha() else " " for each in plain.casefold()).split()
    return {word for word in words if len(word) >= SHORTEST}


def surname_parts(name: str) -> set[str]:
    """All parts of a member's name but the first: given names are shared by too many."""
    _first, _space, rest = name.strip().partition(" ")
    return name_parts(rest)


def _people(member: Any, case: Case) -> Iterable[Member]:
    yield from (person.member for group in who_can_see(case) for person in group.people)
    yield from members_to_name(member).select_related("agency")


def walls_to_know(member: Any) -> Iterable[WorkItem]:
    """Walls that others raised in the last seven days, for supervisors of the agencies that lead. One query."""
    if not member.has_role(Role.SUPERVISOR):
        return
    rows = Wall.objects.filter(lifted_at=None, raised_at__gt=Now() - TOLD_FOR, raised_by=F("member"))
    led = rows.filter(case__in=Case.objects.overseen_by(member)).exclude(member=member)
    found = list(led.select_related("case", "member").order_by("raised_at", "pk"))
    note_rows(found)
    for wall in found:
        yield WorkItem(
            pseudonym=wall.case.pseudonym,
            reference=wall.case.reference,
            url=reverse("cases:walls", args=[wall.case.reference]),
            what=_("%(name)s declared a conflict of interest: who takes over?") % {"name": wall.member.name},
        )
