"""Migrations that change rows do so on a database that holds some: what was told does not stand in their way."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connections, transaction

from casework.audit.management.commands.lock_audit import set_lock
from tests.conftest import admin_of, superuser

# What fills the rows that the sentences change, in a database that is past them.
SHARES_WAIT = """
alter table sharing_share drop constraint share_sent_after_four_eyes;
drop trigger share_moves on sharing_share;
set session_replication_role = replica;
update sharing_share set state = 'offered', second_by_id = null, second_at = null, decided_at = null,
  until = now() + interval '1 year' where 'account' = any(compartments);
"""
NOTHING_IS_INDEXED = """
truncate search_indexpage, search_tellingindex;
alter table search_tellingindex no force row level security;
"""
CASES = [
    (
        "casework.sharing.migrations.0004_topics_consent_and_a_second_person",
        "WAITING",
        SHARES_WAIT,
        "alter table sharing_share add column later integer",
        "select count(*) from sharing_share where state = 'proposed' and until < now() + interval '91 days'",
    ),
    (
        "casework.search.migrations.0002_walls_and_jobs",
        "SO_FAR",
        NOTHING_IS_INDEXED,
        "alter table search_tellingindex add column later integer",
        "select count(*) from search_tellingindex",
    ),
]


@pytest.mark.parametrize(("module", "sentences", "before", "after", "count"), CASES)
def test_rows_are_changed_and_tables_altered_in_one_transaction(
    module: str, sentences: str, before: str, after: str, count: str, own_database: str, seeded: Any
) -> None:
    """PostgreSQL alters no table while keys of changed rows wait to be checked: an upgrade stopped there."""
    set_lock(admin_of(own_database), locked=False)
    with superuser(own_database) as admin:
        admin.execute(before)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(getattr(import_module(module), sentences))
        cursor.execute(after)
    with superuser(own_database) as admin:
        changed = admin.execute(count).fetchone()
    assert changed is not None and changed[0] > 1
