"""Summaries of the invented stories: chosen, asked for, approved or returned, and their copies."""

from typing import TYPE_CHECKING

from agencies.models import Member
from casework.access.task import acting_as
from casework.account.models import Passage
from casework.cases.models import Case
from casework.demo.chronology import Chronology
from casework.demo.stories import CaseStory, SummaryStory
from casework.summaries import actions
from casework.summaries.copies import ask_copy
from casework.summaries.kinds import SummaryState
from casework.summaries.left_out import stamp_now
from casework.summaries.models import Summary
from casework.summaries.tasks import build_copy

if TYPE_CHECKING:
    from casework.demo.load import House


class CopyNotBuilt(Exception):
    """A copy of the stories could not be built: the demonstration would be without it."""


def add_summary(chronology: Chronology, house: "House", story: CaseStory, number: int, summary: SummaryStory) -> None:
    """Add everything that happens to one summary, in its order."""
    case_id, maker = house.cases, house.members[summary.made_by]

    def make() -> None:
        details = actions.SummaryDetails(
            summary.title, summary.recipient, summary.court_reference, summary.purpose, summary.legal_basis
        )
        with acting_as(maker.pk, route="summaries:new"):
            case = Case.objects.visible_to(maker).select_related("lead_agency").get(pk=case_id[story.key])
            made = actions.start_summary(case=case, by=maker, number=number, details=details)
            chosen = [_passage(maker, case, place) for place in summary.passages]
            actions.choose_items(summary=made, by=maker, version=made.version, passages=chosen, entries=[])

    def ask() -> None:
        with acting_as(maker.pk, route="summaries:ask"):
            found = _summary(maker, case_id[story.key], number)
            actions.ask_approval(summary=found, by=maker, version=found.version)

    def decide() -> None:
        by = house.members[summary.decided_by]
        with acting_as(by.pk, route="summaries:decide"):
            found = _summary(by, case_id[story.key], number)
            if summary.state == SummaryState.RETURNED:
                actions.return_for_changes(summary=found, by=by, version=found.version, reason=summary.reason)
            else:
                actions.approve(summary=found, by=by, version=found.version, seen=stamp_now(by, found))

    def copy() -> None:
        with acting_as(maker.pk, route="summaries:new_copy"):
            asked = ask_copy(summary=_summary(maker, case_id[story.key], number), by=maker, number=1)
        ended = build_copy(asked.pk, maker.pk)
        if ended != "ready":
            raise CopyNotBuilt(ended)

    chronology.add(summary.made_days_ago, make, minute=10 * 60 + 30)
    if summary.state != SummaryState.DRAFT:
        chronology.add(summary.made_days_ago, ask, minute=11 * 60)
    if summary.decided_by and summary.decided_days_ago is not None:
        chronology.add(summary.decided_days_ago, decide, minute=12 * 60)
    if summary.is_copied:
        chronology.add_today(copy)


def _passage(by: Member, case: Case, place: str) -> int:
    """The key of a passage by its place, such as `T2 ¶14`."""
    telling, number = place.removeprefix("T").split(" ¶")
    found: int = Passage.objects.visible_to(by).get(case=case, telling__number=telling, number=number).pk
    return found


def _summary(by: Member, case_id: int, number: int) -> Summary:
    found: Summary = (
        Summary.objects.visible_to(by).select_related("case", "case__lead_agency").get(case_id=case_id, number=number)
    )
    return found
