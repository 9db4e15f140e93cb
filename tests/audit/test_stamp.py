"""What the database itself puts into an entry, and which words it takes."""

import re
from typing import Any

import psycopg
import pytest
from django.db import connections

from casework.audit.kinds import Outcome, Verb
from casework.provision import connection_parameters
from tests.audit.conftest import Record
from tests.audit.test_stream import WRITE
from tests.conftest import superuser


def test_the_words_of_the_stamp_are_those_of_the_code(record: Record) -> None:
    with superuser(record.database) as admin:
        found: Any = admin.execute("select prosrc from pg_proc where proname = 'audit_entry_stamp'").fetchone()
    for column, words in (("verb", Verb.values), ("outcome", Outcome.values)):
        listed = re.search(rf"new\.{column} not in \(([^)]+)\)", found[0])
        assert listed is not None
        assert set(re.findall(r"'(\w+)'", listed[1])) == set(words)


@pytest.mark.parametrize(("word", "other"), [("'entered'", "'peeked'"), ("'allowed'", "'perhaps'"), (" 3,", " -1,")])
def test_an_entry_in_other_words_is_refused(record: Record, word: str, other: str) -> None:
    assert WRITE.count(word) == 1
    with psycopg.connect(**connection_parameters(connections["default"].settings_dict)) as application:
        with pytest.raises(psycopg.errors.CheckViolation, match="words that are known"):
            application.execute(WRITE.replace(word, other))
        application.rollback()
        assert application.execute(WRITE).fetchone()


def test_no_check_is_parsed_for_each_entry(record: Record) -> None:
    """Measured: two check constraints cost as much as the rest of the insert."""
    with superuser(record.database) as admin:
        checks = admin.execute(
            "select conrelid::regclass::text, conname from pg_constraint where contype = 'c'"
            " and conrelid::regclass::text like 'audit\\_auditentry%'"
        ).fetchall()
    assert checks == []
