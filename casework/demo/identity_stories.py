"""Requests for the identity in the invented stories: asked, given for some days or declined, or still waiting."""

import datetime
from typing import TYPE_CHECKING

from casework.access.database import database_now
from casework.access.task import acting_as
from casework.cases.days import end_of_day
from casework.cases.models import Case
from casework.custody.actions import Given, WantedIdentity, ask_identity, decline_identity, give_identity
from casework.custody.models import IdentityRequest
from casework.custody.selectors import RELATED
from casework.demo.chronology import Chronology
from casework.demo.stories import CaseStory
from casework.demo.stories.protection import IdentityRequestStory

if TYPE_CHECKING:
    from casework.demo.load import House


def add_identity_request(
    chronology: Chronology, house: "House", story: CaseStory, request: IdentityRequestStory
) -> None:
    """Asked in the morning; decided an hour later, or not yet. Its days are counted from today, as shares' are."""
    made: list[int] = []

    def ask() -> None:
        by = house.members[request.by]
        with acting_as(by.pk, route="custody:ask"):
            case = Case.objects.visible_to(by).select_related("lead_agency").get(pk=house.cases[story.key])
            wanted = WantedIdentity(request.parts, request.reason, request.words, _end(request.days))
            made.append(ask_identity(case=case, by=by, wanted=wanted).pk)

    def decide() -> None:
        by = house.members[request.decided_by]
        with acting_as(by.pk, route="custody:decide"):
            rows = IdentityRequest.objects.visible_to(by).select_related(*RELATED, "member__agency")
            row = rows.get(pk=made[0])
            if request.given_days:
                given = Given(request.given_parts, _end(request.given_days), request.decision_reason)
                give_identity(request=row, by=by, version=row.version, given=given)
            else:
                decline_identity(request=row, by=by, version=row.version, reason=request.decision_reason)

    chronology.add(request.days_ago, ask, minute=5 * 60)
    if request.decided_by:
        chronology.add(request.days_ago, decide, minute=6 * 60)


def _end(days: int) -> datetime.datetime:
    return end_of_day((database_now() + datetime.timedelta(days=days)).date())
