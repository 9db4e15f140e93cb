"""Requests for topics of the account in the invented stories: asked, and waiting for the agency that leads."""

from typing import TYPE_CHECKING

from casework.access.task import acting_as
from casework.cases.models import Case
from casework.demo.chronology import Chronology
from casework.demo.stories import CaseStory
from casework.demo.stories.protection import TopicRequestStory
from casework.sharing.request_actions import WantedTopics, ask_topics

if TYPE_CHECKING:
    from casework.demo.load import House


def add_topic_request(chronology: Chronology, house: "House", story: CaseStory, request: TopicRequestStory) -> None:
    """Asked in the morning of its day."""

    def ask() -> None:
        by = house.members[request.by]
        with acting_as(by.pk, route="sharing:ask_topics"):
            case = Case.objects.visible_to(by).select_related("lead_agency").get(pk=house.cases[story.key])
            ask_topics(case=case, by=by, wanted=WantedTopics(request.topics, request.purpose, request.why))

    chronology.add(request.days_ago, ask, minute=5 * 60 + 30)
