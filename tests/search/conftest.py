"""A case whose child has told something short, under topics; a worker writes, a colleague may not read it."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from casework.access.task import acting_as
from casework.account.actions import TellingLog, add_passages, record_telling
from casework.account.edit_actions import tag_passages
from casework.account.edits import PassageTags
from casework.account.models import Telling
from casework.account.transcript import SplitPassage
from casework.cases.actions import ChildIdentity, open_case
from casework.cases.models import Case
from casework.search.embedders import embedder
from casework.search.models import IndexPage, TellingIndex
from casework.search.tasks import make_vectors
from casework.search.topics import topics_asked_for
from tests.cast import OWN_TERMS

SAID = (
    ("Tell me who lives with you.", "Mum, my little brother Sami and the cat.", "home"),
    ("Who was the first person that you told?", "Granny, while she was plaiting my hair.", "told_whom"),
    ("What colour is the shed?", "Blue, all the others are green.", "place"),
    ("When was the first time?", "In the summer when the carnival was cancelled.", "time"),
    ("Where did the camera go?", "Denny took it away in a silver case.", "device"),
    ("How do you sleep?", "I dream and put the lamp on.", "feelings"),
)


@pytest.fixture
def told(cast) -> SimpleNamespace:
    """`case`, `telling` (T1), `worker` (lead_worker), `colleague` (overview only), `prepare()` makes the vectors."""
    worker, supervisor = cast.lead_worker, cast.lead_supervisor
    with acting_as(worker.pk, route="test"):
        child = ChildIdentity(given_names="A", family_names="B")
        case = open_case(
            by=worker, pseudonym="Quiet Gull", concern="Invented.", risk="low", age_band="10-12", child=child
        )
        telling = record_telling(case=case, by=worker, number=1, log=TellingLog("joint", "2026-03-01"))
        add_passages(telling=telling, by=worker, version=1, passages=passages(SAID))
    tag(worker, telling, SAID)
    name_colleague(cast, case, supervisor)

    def prepare() -> str:
        with acting_as(worker.pk, route="test"):
            index = TellingIndex.objects.visible_to(worker).get(telling_id=telling.pk)
            key, asked_by = index.pk, index.asked_by_id
        return make_vectors(key, asked_by)

    return SimpleNamespace(case=case, telling=telling, worker=worker, colleague=cast.lead_colleague, prepare=prepare)


def passages(said) -> list[SplitPassage]:
    return [
        SplitPassage(number, question, answer, "Maja Lind", "Child", "", uncertain=False, why="")
        for number, (question, answer, _topic) in enumerate(said, start=1)
    ]


def tag(worker, telling, said) -> None:
    tags = {number: PassageTags(topics=(topic,)) for number, (_q, _a, topic) in enumerate(said, start=1)}
    with acting_as(worker.pk, route="test"):
        now = Telling.objects.visible_to(worker).select_related("case", "case__lead_agency").get(pk=telling.pk)
        tag_passages(telling=now, by=worker, version=now.version, tags=tags)


def name_colleague(cast, case, supervisor) -> None:
    from casework.cases.people_actions import name_member

    with acting_as(supervisor.pk, route="test"):
        led = Case.objects.overseen_by(supervisor).select_related("lead_agency").get(pk=case.pk)
        name_member(case=led, member=cast.lead_colleague, by=supervisor, read=["overview"], write=[], terms=OWN_TERMS)


@pytest.fixture
def index_of(told) -> Callable[[], Any]:
    """The job of T1 as it is now, and the topics of its pages."""

    def look() -> SimpleNamespace:
        with acting_as(told.worker.pk, route="test"):
            index = TellingIndex.objects.visible_to(told.worker).get(telling_id=told.telling.pk)
            pages = list(IndexPage.objects.visible_to(told.worker).filter(index=index).order_by("topics"))
            return SimpleNamespace(
                wanted=index.wanted, ready=index.ready, asked_by=index.asked_by_id, key=index.pk, pages=pages
            )

    return look


@pytest.fixture(scope="session", autouse=True)
def _loaded_model() -> None:
    """Loaded once and outside of any transaction: the first question of a process takes a second."""
    topics_asked_for(embedder(), embedder().questions(["Who?"])[0])
