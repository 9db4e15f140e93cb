"""Weeks of ordinary reading, so that the record of looks of the demonstration looks like one."""

import random
from typing import TYPE_CHECKING

from casework.access.checker import live_permissions, note_right, purposes_held
from casework.access.kinds import Compartment, permission_codename
from casework.access.task import acting_as
from casework.account.models import Passage, Telling
from casework.audit.kinds import Outcome, Verb
from casework.audit.record import record
from casework.cases.models import Case, Entry
from casework.demo.chronology import Chronology
from casework.demo.stories import CaseStory

if TYPE_CHECKING:
    from casework.demo.load import House

LOOKS_A_WEEK = 3


def add_looks(chronology: Chronology, house: "House", story: CaseStory) -> None:
    """A few looks a week by those named on the case, from its opening until today or its closing.

    The same every time: the random numbers are seeded by the name of the story.
    """
    chance = random.Random(story.key)  # noqa: S311 - invented history, not a secret
    readers = sorted({*story.team, story.opened_by, *(key for share in story.shares for key in share.members)})
    last = story.closed_days_ago or 0
    for _look in range(min(40, (story.opened_days_ago - last) // 7 * LOOKS_A_WEEK + 4)):
        days_ago = chance.randint(last + 1, max(story.opened_days_ago - 1, last + 1))
        reader, minute = chance.choice(readers), chance.randint(8 * 60, 18 * 60)
        chronology.add(days_ago, lambda reader=reader: read_case(house, story, reader), minute=minute)  # type: ignore[misc]
    stranger = chance.choice([key for key, member in house.stories.members.items() if key not in readers])
    chronology.add(
        max(last + 1, story.opened_days_ago // 2), lambda: turned_away(house, story, stranger), minute=11 * 60
    )


def read_case(house: "House", story: CaseStory, reader: str) -> None:
    """Open the case page as this member: overview, what else is readable, and the account where it is."""
    member = house.members[reader]
    with acting_as(member.pk, route="cases:case"):
        case = Case.objects.visible_to(member).filter(pk=house.cases[story.key]).first()
        if case is None:
            return
        permissions = live_permissions(member, case)
        note_right(member, case, permission_codename(Compartment.OVERVIEW))
        list(Entry.objects.visible_to(member).filter(case=case))
        if permission_codename(Compartment.ACCOUNT) in permissions:
            purposes = purposes_held(member, case, permission_codename(Compartment.ACCOUNT))
            note_right(member, case, permission_codename(Compartment.ACCOUNT), purposes[0])
            list(Telling.objects.visible_to(member).filter(case=case))
            list(Passage.objects.visible_to(member).filter(case=case))


def turned_away(house: "House", story: CaseStory, stranger: str) -> None:
    """Somebody without a grant asks for the case, and is refused."""
    member = house.members[stranger]
    with acting_as(member.pk, route="cases:case"):
        record(
            Verb.REFUSED,
            outcome=Outcome.REFUSED,
            rule="404",
            details={"status": 404, "asked_for": {}},
        )
