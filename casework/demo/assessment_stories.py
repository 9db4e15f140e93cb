"""The assessments of the invented stories: the screening, the caution about pictures, the three harms."""

from typing import TYPE_CHECKING, Any

from agencies.models import Member
from casework.access.task import acting_as
from casework.assessment.actions import Answered, answer_screening, assess_harms, record_distribution
from casework.assessment.selectors import distribution_of, harms_of, screening_of
from casework.cases.models import Case
from casework.demo.chronology import Chronology
from casework.demo.stories import CaseStory
from casework.demo.stories.protection import HarmsStory, KnownStory, ScreeningStory

if TYPE_CHECKING:
    from casework.demo.load import House


def add_assessment(chronology: Chronology, house: "House", story: CaseStory) -> None:
    """Add what was assessed in one case, in its order."""
    for answer in story.screening:
        chronology.add(answer.days_ago, lambda each=answer: _screen(house, story, each), minute=11 * 60)  # type: ignore[misc]
    for known in story.known:
        chronology.add(known.days_ago, lambda each=known: _caution(house, story, each), minute=11 * 60 + 30)  # type: ignore[misc]
    for harms in story.harms:
        chronology.add(harms.days_ago, lambda each=harms: _harms(house, story, each), minute=12 * 60)  # type: ignore[misc]


def _case(house: "House", story: CaseStory, by: Member) -> Case:
    rows = Case.objects.visible_to(by).select_related("lead_agency")
    case: Case = rows.get(pk=house.cases[story.key])
    return case


def _screen(house: "House", story: CaseStory, each: ScreeningStory) -> None:
    by = house.members[each.by]
    with acting_as(by.pk, route="assessment:screening"):
        case = _case(house, story, by)
        version = {row.question.value: row.version for row in screening_of(by, case)}[each.question]
        answer = Answered(version, each.finding, each.note, each.reference)
        answer_screening(case=case, by=by, answers={each.question: answer})


def _caution(house: "House", story: CaseStory, each: KnownStory) -> None:
    by = house.members[each.by]
    with acting_as(by.pk, route="assessment:distribution"):
        case = _case(house, story, by)
        record_distribution(
            case=case,
            by=by,
            version=_version(distribution_of(by, case)),
            child_knows=each.child_knows,
            who_may_speak=each.who_may_speak,
            must_not_say=each.must_not_say,
        )


def _harms(house: "House", story: CaseStory, each: HarmsStory) -> None:
    by = house.members[each.by]
    with acting_as(by.pk, route="assessment:harms"):
        case = _case(house, story, by)
        version = _version(harms_of(by, case))
        assess_harms(
            case=case, by=by, version=version, abuse=each.abuse, filmed=each.filmed, circulating=each.circulating
        )


def _version(rows: list[Any]) -> int:
    return int(rows[0].version) if rows else 0
