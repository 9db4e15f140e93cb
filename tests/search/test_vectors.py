"""Vectors: opened as a job by the database, made by a task as the member, kept encrypted, made anew after a change."""

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.utils import IntegrityError, ProgrammingError

from casework.access.task import acting_as, bound_to
from casework.account.edit_actions import change_passage
from casework.account.models import Passage
from casework.search import actions, sending
from casework.search.embedders import embedder, embedder_name
from casework.search.models import IndexPage
from casework.search.sending import handed_out
from casework.search.tasks import make_vectors
from casework.vault.crypto import CannotOpen
from casework.vault.vectors import VectorPage
from tests.search.conftest import SAID

pytestmark = pytest.mark.django_db


def unit_page(count: int = 2) -> VectorPage:
    vectors = np.zeros((count, 3, 4), np.float16)
    vectors[..., 0] = 1
    return VectorPage(
        np.arange(count),
        np.arange(count, dtype=np.uint64),
        np.zeros(count + 1, np.uint32),
        np.zeros(0, np.uint32),
        vectors,
    )


def test_job_is_a_row_written_by_the_database_for_whoever_changed_the_telling(told, index_of):
    index = index_of()
    assert (index.wanted, index.ready, index.asked_by) == (3, 0, told.worker.pk)  # recorded, passages, topics
    assert (index.key, told.worker.pk) in handed_out(embedder_name())


def test_handed_out_once_and_then_ever_later(told, index_of):
    key = index_of().key
    assert key in dict(handed_out(embedder_name()))
    assert key not in dict(handed_out(embedder_name()))


def test_vectors_are_made_a_page_for_each_set_of_topics(told, index_of):
    assert told.prepare() == "ready"
    index = index_of()
    assert index.ready == index.wanted
    assert sorted(tuple(page.topics) for page in index.pages) == sorted((topic,) for _q, _a, topic in SAID)
    assert told.prepare() == "nothing to do"
    assert index.key not in dict(handed_out(embedder_name()))


def test_vectors_of_another_model_are_wanted_again(told, index_of):
    told.prepare()
    assert index_of().key in dict(handed_out("another-model"))


def test_only_what_changed_is_made_anew(told, index_of, monkeypatch):
    told.prepare()
    with acting_as(told.worker.pk, route="test"):
        rows = Passage.objects.visible_to(told.worker).select_related("case__lead_agency", "telling__case__lead_agency")
        passage = rows.get(telling=told.telling, number=3)
        version, asked = passage.telling.version, passage.question
        change_passage(passage=passage, by=told.worker, version=version, question=asked, answer="Orange.")
    index = index_of()
    assert index.ready == index.wanted - 1
    made = []
    original = actions.vectors_of
    monkeypatch.setattr(actions, "vectors_of", lambda model, said: made.extend(said) or original(model, said))
    assert told.prepare() == "ready"
    assert [each.answer for each in made] == ["Orange."]


def test_work_for_a_telling_that_changed_meanwhile_is_not_stored(told, index_of):
    model = embedder()
    with acting_as(told.worker.pk, route="test") as acting:
        work = actions.begin(index_id=told.telling.pk, by=acting.member, embedder=model)
    vectors = actions.made_vectors(work, model)
    with acting_as(told.worker.pk, route="test"):
        rows = Passage.objects.visible_to(told.worker).select_related("case__lead_agency", "telling__case__lead_agency")
        passage = rows.get(telling=told.telling, number=1)
        change_passage(
            passage=passage, by=told.worker, version=passage.telling.version, question="Who?", answer="Nobody."
        )
    with acting_as(told.worker.pk, route="test") as acting:
        assert not actions.finish(work=work, by=acting.member, vectors=vectors, embedder=model)
    assert index_of().ready == 0


def test_task_as_somebody_who_may_not_write_does_nothing(told, index_of, cast):
    key = index_of().key
    assert make_vectors(key, told.colleague.pk) == "nothing to do"  # the account does not exist for them
    assert make_vectors(key, cast.stranger.pk) == "nothing to do"
    assert make_vectors(key, 2**40) == "nobody"
    assert index_of().ready == 0


def test_reader_who_may_not_write_is_refused_and_the_record_says_so(told, index_of, cast):
    key = cast.telling.pk
    assert make_vectors(key, cast.prosecutor.pk) == "refused"


def test_lost_broker_loses_nothing(told, index_of, monkeypatch, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    sending.sender.cache_clear()
    monkeypatch.setattr(sending, "CONNECT_SECONDS", 0.2)
    key = index_of().key
    assert not sending.send(key, told.worker.pk)
    sending.sender.cache_clear()
    assert key in dict(handed_out(embedder_name()))


def test_at_rest_a_page_is_ciphertext_and_opens_nowhere_else(told, index_of):
    told.prepare()
    first, second = index_of().pages[:2]
    with acting_as(told.worker.pk, route="test"):
        with connection.cursor() as cursor:
            cursor.execute("select vectors_sealed from search_indexpage where id = %s", [first.pk])
            stored = bytes(cursor.fetchone()[0])
            assert b"CWV1" not in stored
            cursor.execute("update search_indexpage set vectors_sealed = %s where id = %s", [stored, second.pk])
        moved = IndexPage.objects.visible_to(told.worker).get(pk=second.pk)
        with pytest.raises(CannotOpen):
            _ = moved.vectors


def test_jobs_and_pages_stand_behind_the_walls_of_the_account(told, cast):
    told.prepare()
    for member in (told.colleague, cast.stranger, cast.lead_admin):
        with bound_to(member.pk), connection.cursor() as cursor:
            cursor.execute("select count(*) from search_indexpage where case_id = %s", [told.case.pk])
            pages = cursor.fetchone()[0]
            cursor.execute("select count(*) from search_tellingindex where case_id = %s", [told.case.pk])
            assert (pages, cursor.fetchone()[0]) == (0, 0)


@pytest.mark.parametrize("column", ["wanted = 1", "asked_by_id = 1", "telling_id = 1", "sent = 0"])
def test_application_may_not_touch_the_job_itself(told, column):
    with pytest.raises(ProgrammingError), bound_to(told.worker.pk), connection.cursor() as cursor:
        cursor.execute(f"update search_tellingindex set {column} where case_id = %s", [told.case.pk])


def test_page_is_never_ahead_of_the_telling(told):
    with pytest.raises(IntegrityError), bound_to(told.worker.pk), connection.cursor() as cursor:
        cursor.execute("update search_tellingindex set ready = wanted + 1 where case_id = %s", [told.case.pk])


def test_page_survives_packing():
    page = VectorPage.unpacked(unit_page().packed())
    assert page.vectors.shape == (2, 3, 4)
    assert page.ids.tolist() == [0, 1]


@pytest.mark.parametrize(
    "value",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        "text",
        None,
        VectorPage(*(np.zeros(1) for _ in range(4)), np.zeros((1, 1, 8))),
    ],
)
def test_what_is_no_set_of_unit_vectors_is_not_kept(value):
    page = IndexPage()
    with pytest.raises(ValidationError):
        page.vectors = value
