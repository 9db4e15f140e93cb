"""The tellings of the stories: recorded with their log, signed by one, sealed by another, corrected beside."""

import datetime
from typing import Any

from django.utils import timezone

from casework.access.task import acting_as
from casework.account.actions import SEALED_TEXTS, TellingLog, add_passages, correct_passage, record_telling
from casework.account.edit_actions import tag_passages
from casework.account.edits import PassageTags
from casework.account.models import Passage, Telling
from casework.account.seal_actions import seal_telling, sign_telling
from casework.account.session import Pause, PersonPresent
from casework.account.transcript import SplitPassage
from casework.cases.models import Case
from casework.demo.chronology import Chronology
from casework.demo.stories import CaseStory, TellingStory


def add_telling(chronology: Chronology, house: Any, story: CaseStory, number: int, telling: TellingStory) -> None:
    """Recorded, signed, sealed and corrected, each on its day and by its people."""
    recorded = telling.recorded_days_ago
    chronology.add(recorded, lambda: _record(house, story, number, telling), minute=17 * 60 + number)
    if telling.sealed_days_ago is not None:
        day = telling.sealed_days_ago
        chronology.add(day, lambda: _sign(house, story, number, telling), minute=17 * 60 + 20)
        chronology.add(day, lambda: _seal(house, story, number, telling), minute=17 * 60 + 30)
    for correction in telling.corrections:

        def correct(correction: Any = correction) -> None:
            by = house.members[correction.by]
            with acting_as(by.pk, route="account:passage"):
                rows = Passage.objects.visible_to(by).select_related("case", "telling", "case__lead_agency")
                passage = rows.get(case_id=house.cases[story.key], telling__number=number, number=correction.passage)
                passage.telling.case = passage.case
                correct_passage(passage=passage, by=by, text=correction.text, reason=correction.reason)

        chronology.add(correction.days_ago, correct, minute=17 * 60 + 45)


def _record(house: Any, story: CaseStory, number: int, telling: TellingStory) -> None:
    by = house.members[telling.recorded_by]
    log = TellingLog(
        kind=telling.kind,
        told_on=timezone.now().date() - datetime.timedelta(days=telling.told_days_ago),
        started_at=_time(telling.started_at),
        ended_at=_time(telling.ended_at),
        protocol=telling.protocol,
        interviewer_id=house.members[telling.interviewer].pk if telling.interviewer else None,
        people=tuple(_person(house, *each) for each in telling.people),
        pauses=tuple(_pause(*each) for each in telling.pauses),
        **{name: getattr(telling, name) for name in SEALED_TEXTS},
    )
    asks = telling.told_to.split(",")[0][:120] or "I"
    passages = [
        SplitPassage(each.number, each.question, each.answer, asks, story.pseudonym, each.time_code, False, "")
        for each in telling.passages
    ]
    tags = {each.number: PassageTags(each.phase, each.question_type, each.topics) for each in telling.passages}
    with acting_as(by.pk, route="account:telling_new"):
        row = record_telling(case=case_of(house, story, by), by=by, number=number, log=log)
        add_passages(telling=row, by=by, version=_telling(house, story, number, by).version, passages=passages)
        tag_passages(telling=row, by=by, version=_telling(house, story, number, by).version, tags=tags)


def _telling(house: Any, story: CaseStory, number: int, by: Any) -> Telling:
    rows = Telling.objects.visible_to(by).select_related("case", "case__lead_agency")
    telling: Telling = rows.get(case_id=house.cases[story.key], number=number)
    return telling


def _person(house: Any, name: str, function: str, agency: str, seat: str) -> PersonPresent:
    at = house.agencies.get(agency)
    return PersonPresent(name, function, at.pk if at else None, at.name if at else agency, seat)


def _pause(start: str, end: str, reason: str) -> Pause:
    return Pause(datetime.time.fromisoformat(start), _time(end), reason)


def _sign(house: Any, story: CaseStory, number: int, telling: TellingStory) -> None:
    by = house.members[telling.signed_by]
    with acting_as(by.pk, route="account:seal"):
        row = _telling(house, story, number, by)
        sign_telling(telling=row, by=by, version=row.version)


def _seal(house: Any, story: CaseStory, number: int, telling: TellingStory) -> None:
    by = house.members[telling.sealed_by]
    with acting_as(by.pk, route="account:seal"):
        row = _telling(house, story, number, by)
        seal_telling(telling=row, by=by, version=row.version)


def _time(text: str) -> datetime.time | None:
    return datetime.time.fromisoformat(text) if text else None


def case_of(house: Any, story: CaseStory, by: Any) -> Case:
    """The case of a story as this member sees it."""
    case: Case = Case.objects.visible_to(by).select_related("lead_agency").get(pk=house.cases[story.key])
    return case
