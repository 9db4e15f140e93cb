"""Seals of every format: each checked as it was made, none taken for another; and the migration that kept them."""

import hashlib
import hmac
import importlib
import json

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from casework.account.models import Passage
from casework.account.seal import CONTENTS, LOG, digest_of, seal_holds
from casework.vault.keys import data_key
from tests.conftest import superuser

pytestmark = pytest.mark.django_db


def passages_of(told):
    return list(Passage.objects.visible_to(told.worker).filter(telling=told.telling).order_by("number"))


def digest_as_it_was_first_made(telling, passages):
    """Written down from the first release, on its own: number, texts and one topic of each passage."""
    rows = [
        [
            each.number, each.question, each.answer, each.question_speaker, each.answer_speaker, each.time_code,
            each.phase, each.question_type, each.topics[0] if each.topics else "",
        ]
        for each in passages
    ]  # fmt: skip
    canonical = json.dumps(["casework/seal/1", telling.number, rows], ensure_ascii=False, separators=(",", ":"))
    key = HKDFExpand(SHA256(), 32, b"casework/seal/1").derive(data_key(telling.case_id))
    return hmac.new(key, canonical.encode(), hashlib.sha256).hexdigest()


def test_seal_of_the_first_format_still_holds_and_still_tells_of_a_change(told, acting):
    with acting(told.worker):
        telling, passages = told.telling, passages_of(told)
        passages[0].topics = ["home"]
        telling.seal_format, telling.digest = 1, digest_as_it_was_first_made(telling, passages)
        assert seal_holds(telling, passages)
        passages[0].answer = "To the sea."
        assert not seal_holds(telling, passages)


def test_no_seal_passes_for_one_of_another_format(told, acting):
    with acting(told.worker):
        telling, passages = told.telling, passages_of(told)
        digests = {each: digest_of(telling, passages, each) for each in CONTENTS}
        assert len(set(digests.values())) == len(CONTENTS) >= 2
        for made, digest in digests.items():
            for claimed in (*CONTENTS, 0, 99):
                telling.seal_format, telling.digest = claimed, digest
                assert seal_holds(telling, passages) == (claimed == made)


@pytest.mark.parametrize("name", LOG)
def test_new_seals_cover_every_field_of_the_log(told, acting, name):
    with acting(told.worker):
        passages = passages_of(told)
        before = digest_of(told.telling, passages)
        setattr(told.telling, name, "2020-01-01" if name == "told_on" else "other")
        assert digest_of(told.telling, passages) != before


def test_several_topics_are_sealed_in_their_order(told, acting):
    with acting(told.worker):
        passages = passages_of(told)
        passages[0].topics = ["home", "place"]
        both = digest_of(told.telling, passages)
        passages[0].topics = ["home"]
        assert digest_of(told.telling, passages) != both


def test_migration_moves_the_topic_and_marks_what_was_sealed(seeded):
    migration = importlib.import_module("casework.account.migrations.0006_several_topics_per_passage")
    with superuser() as admin, admin.transaction(force_rollback=True):
        admin.execute("create schema before; set local search_path = before")
        admin.execute("create table casework_account_passage (id int, topic varchar(12) not null)")
        admin.execute("insert into casework_account_passage values (1, ''), (2, 'home')")
        admin.execute("create table casework_account_telling (id int, sealed_at timestamptz)")
        admin.execute("insert into casework_account_telling values (1, null), (2, now())")
        admin.execute(
            "create function never() returns trigger language plpgsql as 'begin raise ''sealed''; end'; "
            "create trigger telling_seal_is_final before update on casework_account_telling"
            " for each row execute function never()"
        )
        admin.execute(migration.SEVERAL)
        admin.execute(migration.SEALED_SO_FAR)
        moved = admin.execute("select topics from casework_account_passage order by id").fetchall()
        formats = admin.execute("select seal_format from casework_account_telling order by id").fetchall()
        fires = admin.execute(
            "select tgenabled from pg_trigger where tgname = 'telling_seal_is_final'"
            " and tgrelid = 'before.casework_account_telling'::regclass"
        ).fetchone()
        assert moved == [([],), (["home"],)]
        assert formats == [(0,), (1,)]
        assert fires == ("A",)
        admin.execute(migration.ONE)
        assert admin.execute("select topic from casework_account_passage order by id").fetchall() == [("",), ("home",)]
