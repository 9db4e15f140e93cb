"""A sealed telling that was changed from outside, with every trigger off, shows when the record is verified."""

import pytest

from casework.audit.seal.findings import Kind
from tests.audit.conftest import Record, of_kind
from tests.conftest import superuser

OFF = tuple(
    f"alter table casework_account_{table} disable trigger all" for table in ("telling", "passage", "correction")
)
SEALED = "(select id from casework_account_telling where sealed_at is not null order by id limit 1)"
ATTACKS = {
    "a text": "update casework_account_passage set answer_sealed = question_sealed where telling_id = {sealed}",
    "a topic": "update casework_account_passage set topics = '{{home}}' where telling_id = {sealed}",
    "a number": "update casework_account_passage set number = number + 9 where telling_id = {sealed}",
    "a passage gone": "delete from casework_account_correction; delete from casework_account_passage where"
    " telling_id = {sealed}",
    "the log": "update casework_account_telling set told_on = '2020-01-01' where id = {sealed}",
    "the digest": "update casework_account_telling set digest = repeat('a', 64) where id = {sealed}",
    "who sealed it": "update casework_account_telling set sealed_by_label = 'Somebody' where id = {sealed}",
}


def entries_of_seals(record: Record) -> list[int]:
    with superuser(record.database) as admin:
        rows = admin.execute(
            f"select id from audit_auditentry where additional_data ? 'sealed' and object_id = {SEALED} order by id"
        )
        return [row[0] for row in rows.fetchall()]


@pytest.mark.parametrize("what", ATTACKS)
def test_an_altered_telling_is_found_without_a_key_and_its_entry_named(sealed: Record, what: str) -> None:
    [entry] = entries_of_seals(sealed)
    sealed.attack(*OFF, ATTACKS[what].format(sealed=SEALED))
    found = of_kind(sealed.verify(), Kind.TELLING)
    assert [finding.entries for finding in found] == [((entry, entry),)]
    assert "not what was sealed" in found[0].text
    assert of_kind(sealed.verify(whole=False), Kind.TELLING), "every verification looks, not only a whole one"


def test_a_seal_that_no_entry_tells_of_is_found(sealed: Record) -> None:
    sealed.attack(
        *OFF,
        "update casework_account_telling set sealed_at = now(), sealed_by_id = recorded_by_id, seal_format = 2,"
        " digest = repeat('a', 64) where sealed_at is null",
    )
    [found] = of_kind(sealed.verify(), Kind.TELLING)
    assert "of which the record says nothing" in found.text and found.entries


def test_what_the_sealer_may_ask_is_closed_to_the_application(sealed: Record) -> None:
    with superuser(sealed.database) as admin:
        for function in ("casework_tellings_not_as_sealed()", "account_kept_rows(bigint)"):
            may = admin.execute("select has_function_privilege('casework_app', %s, 'execute')", [function]).fetchone()
            assert may == (False,), function
