"""Named topics of the account are searched, and nothing beside them; the hint names the topics that stay closed."""

import html

import pytest
from django.db import connection

from casework.access.task import acting_as
from casework.search.models import IndexPage, TellingIndex
from casework.search.selectors import already_told
from casework.search.tasks import make_vectors
from tests.sharing.test_topics import WORDS, told

__all__ = ["told"]


@pytest.fixture
def prepared(cast, told, give):
    """The vectors of every telling are made; the therapist reads the topic home."""
    with acting_as(cast.investigator.pk, route="test"):
        jobs = list(TellingIndex.objects.visible_to(cast.investigator).filter(case=cast.case))
        jobs = [(job.pk, job.asked_by_id) for job in jobs]
    assert [make_vectors(*job) for job in jobs] == ["ready"] * len(jobs)
    give("bluebell_therapy", ["therapist"], compartments=("account",), topics=("home",))
    return cast


def test_only_passages_about_shared_topics_are_found(prepared, client_of):
    client = client_of(prepared.therapist)
    url = f"/cases/{prepared.case.reference}/account/already-told/"
    page = html.unescape(client.post(url, {"question": "What about the lantern?", "purpose": "treat"}).content.decode())
    assert "Answer lantern-one" in page
    assert not [word for word in WORDS[1:] if word in page]


def test_hint_leaves_out_what_the_reader_may_read(prepared):
    member = prepared.therapist
    with acting_as(member.pk, route="test"):
        case = type(prepared.case).objects.visible_to(member).select_related("lead_agency").get(pk=prepared.case.pk)
        answer = already_told(member, case, "Who lives in the household, and how is school?")
        assert answer.may_read and not answer.reads_all
        assert [hit.passage.number for hit in answer.hits] == [1]
        assert "school" in {topic.value for topic in answer.elsewhere}


@pytest.mark.parametrize("by_sql", [False, True])
def test_pages_of_other_topics_are_closed(prepared, by_sql):
    member = prepared.therapist
    with acting_as(member.pk, route="test"), connection.cursor() as cursor:
        if by_sql:
            cursor.execute("select topics from search_indexpage")
            assert cursor.fetchall() == [(["home"],)]
        else:
            assert [page.topics for page in IndexPage.objects.visible_to(member)] == [["home"]]
