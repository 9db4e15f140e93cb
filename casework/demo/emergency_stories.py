"""Emergency access and conflicts of interest of the invented stories."""

from typing import TYPE_CHECKING

from agencies.models import Member
from casework.access.actions import raise_wall_by_reference
from casework.access.task import acting_as
from casework.cases.models import Case
from casework.demo.chronology import Chronology
from casework.demo.looks import read_case
from casework.demo.stories import CaseStory
from casework.demo.stories.protection import EmergencyStory, WallStory
from casework.emergency.actions import Emergency, break_glass, end_emergency, explain, review
from casework.emergency.models import EmergencyAccess
from casework.emergency.selectors import RELATED

if TYPE_CHECKING:
    from casework.demo.load import House


def add_wall(chronology: Chronology, house: "House", story: CaseStory, wall: WallStory) -> None:
    """A member declares the conflict, by the reference that was read out in a meeting."""

    def declare() -> None:
        member = house.members[wall.by]
        reference = _reference(house, story)
        with acting_as(member.pk, route="cases:declare_wall_by_reference"):
            raise_wall_by_reference(reference=reference, member=member, by=member, kind=wall.kind)

    chronology.add(wall.days_ago, declare, minute=8 * 60 + 40)


def add_emergency(chronology: Chronology, house: "House", story: CaseStory, emergency: EmergencyStory) -> None:
    """Opened, looked at, ended and explained on one day; reviewed later, or not yet."""
    member = house.members[emergency.by]
    made: list[EmergencyAccess] = []

    def start() -> None:
        reference = _reference(house, story)
        with acting_as(member.pk, route="emergency:open"):
            wanted = Emergency(reference, emergency.compartments, emergency.ground, emergency.reason)
            made.append(break_glass(by=member, wanted=wanted))

    def end() -> None:
        with acting_as(member.pk, route="emergency:end"):
            end_emergency(emergency=made[0], by=member)
        with acting_as(member.pk, route="emergency:own"):
            row = EmergencyAccess.objects.own_of(member).get(pk=made[0].pk)
            explain(emergency=row, by=member, version=row.version, text=emergency.explanation)

    def close_review() -> None:
        by = house.members[emergency.reviewed_by]
        with acting_as(by.pk, route="emergency:review"):
            row = EmergencyAccess.objects.overseen_by(by).select_related(*RELATED).get(pk=made[0].pk)
            review(emergency=row, by=by, version=row.version, outcome=emergency.outcome, note=emergency.note)

    chronology.add(emergency.days_ago, start, minute=21 * 60 + 50)
    chronology.add(emergency.days_ago, lambda: read_case(house, story, emergency.by), minute=21 * 60 + 52)
    chronology.add(emergency.days_ago, end, minute=22 * 60 + 30)
    if emergency.reviewed_by and emergency.reviewed_days_ago is not None:
        chronology.add(emergency.reviewed_days_ago, close_review, minute=10 * 60)


def _reference(house: "House", story: CaseStory) -> str:
    supervisor: Member = house.supervisor_of(story.lead)
    with acting_as(supervisor.pk, route="cases:people"):
        return str(Case.objects.overseen_by(supervisor).get(pk=house.cases[story.key]).reference)
