"""Attacks on a used database, as its superuser with every trigger off: each is found, and the entries are named."""

import shutil

import pytest
from django.core.management import call_command

from casework.audit.leaf import columns_sql, leaf_hash
from casework.audit.seal import store
from casework.audit.seal.checkpoint import Checkpoint, sign_checkpoint
from casework.audit.seal.findings import Kind, ranges
from casework.audit.seal.health import seal_state
from casework.audit.seal.keys import read_key, signing_key
from casework.audit.seal.running import seal_now
from casework.audit.seal.store import LAST_ENTRY, SealProblem, copy_lines
from casework.audit.seal.tree import Frontier
from casework.key_file import new_ed25519_key
from casework.provision import create_database, drop_database
from tests.audit.conftest import Record, of_kind
from tests.conftest import superuser, use_database

COLUMNS = {
    "actor_name": "'Somebody Else'",
    "timestamp": "\"timestamp\" - interval '1 microsecond'",
    "outcome": "'refused'",
    "case_id": "coalesce(case_id, 0) + 1",
    "shown": "'{\"cases.case\": [999]}'",
    "compartments": "compartments || 'police'::varchar",
    "remote_addr": "'203.0.113.9'",
    "cid": "'x'",
    "emergency_id": "7",
}


def rebuild(record: Record, key: object, keep: str = "true") -> None:
    """Make a whole new tree over the rows as they are now, and sign it: what somebody with the database can do."""
    with superuser(record.database) as admin:
        lines = list(
            copy_lines(admin, f"select {columns_sql()} from audit_auditentry e where {keep} order by e.xid, e.id")
        )
        old = admin.execute("select origin from audit_seal_log").fetchone()
        horizon = admin.execute("select max(horizon)::text::bigint from audit_seal_head").fetchone()
        admin.execute("truncate audit_seal_head, audit_seal_leaf, audit_seal_node")
        leaves = [(int(line.split(b"\t")[0]), leaf_hash(line)) for line in lines]
        frontier = Frontier()
        store.write_nodes(admin, 1, frontier.extend([leaf for _entry, leaf in leaves], store.TILE))
        store.write_leaves(admin, 1, 0, leaves)
        last = max(entry for entry, _leaf in leaves)
        head = Checkpoint(old[0], frontier.size, frontier.root(), (f"{LAST_ENTRY}{last}",))
        note = sign_checkpoint(head, key)  # type: ignore[arg-type]
        store.write_head(admin, store.Head(1, frontier.size, horizon[0], head.root, frontier.packed(), last, note))


def test_nothing_is_found_where_nothing_was_done(sealed: Record) -> None:
    report = sealed.verify()
    assert report.is_well
    assert report.entries == report.leaves == len(sealed.ids())


@pytest.mark.parametrize("column", COLUMNS)
def test_an_altered_column_is_found(sealed: Record, column: str) -> None:
    victim = sealed.ids()[17]
    sealed.attack(f'update audit_auditentry set "{column}" = {COLUMNS[column]} where id = {victim}')
    report = sealed.verify()
    assert [(finding.kind, finding.entries) for finding in report.findings] == [(Kind.ALTERED, ((victim, victim),))]


def test_an_altered_entry_with_its_leaf_is_found_by_the_signed_root(sealed: Record) -> None:
    """The leaf is made to fit: then the root does not, and the entries under that head are named."""
    victim = sealed.ids()[17]
    sealed.attack(f"update audit_auditentry set actor_name = 'Somebody Else' where id = {victim}")
    with superuser(sealed.database) as admin:
        line = list(copy_lines(admin, f"select {columns_sql()} from audit_auditentry e where id = {victim}")).pop()
        admin.execute("update audit_seal_leaf set hash = %s where entry_id = %s", [leaf_hash(line), victim])
    report = sealed.verify()
    assert {finding.kind for finding in report.findings} == {Kind.TREE}
    own = [finding for finding in report.findings if "one of these was altered" in finding.text]
    assert len(own) == 1, "the heads after it still fit, so that a later change would be told apart"
    assert own[0].entries[0][0] <= victim <= own[0].entries[0][1]
    assert own[0].entries[0][1] - own[0].entries[0][0] < 60


def test_a_deleted_entry_is_found(sealed: Record) -> None:
    victim = sealed.ids()[40]
    sealed.attack(f"delete from audit_auditentry where id = {victim}")
    report = sealed.verify()
    assert [(finding.kind, finding.entries) for finding in report.findings] == [(Kind.REMOVED, ((victim, victim),))]


def test_the_newest_entries_deleted_are_found(sealed: Record) -> None:
    newest = sealed.ids()[-50:]
    sealed.attack(f"delete from audit_auditentry where id = any('{{{','.join(map(str, newest))}}}')")
    report = sealed.verify()
    assert [(finding.kind, finding.entries) for finding in report.findings] == [(Kind.REMOVED, ranges(newest))]


def test_the_newest_entries_deleted_with_their_seals_are_found_by_what_is_kept_elsewhere(sealed: Record) -> None:
    """Rows, leaves, nodes and heads go back to an earlier head together: inside the database everything fits."""
    heads = sealed.heads_kept()
    earlier, size = heads[-4], heads[-4].size
    kept = sealed.ids()[:size]
    gone = sealed.ids()[size:]
    sealed.attack(
        f"delete from audit_auditentry where id not in (select entry_id from audit_seal_leaf where index < {size})",
        f"delete from audit_seal_leaf where index >= {size}",
        f"delete from audit_seal_node where (index + 1) << height > {size}",
        f"delete from audit_seal_head where size > {size}",
        f"delete from audit_witness_answer where size > {size}",
    )
    report = sealed.verify()
    set_back = of_kind(report, Kind.SET_BACK)
    assert len(set_back) == 2, "by the witness and by this machine"
    for finding in set_back:
        first, last = finding.entries[0]
        assert first == (earlier.last_entry or 0) + 1 and last == max(gone)
        assert all(first <= entry <= last for entry in gone if entry > max(kept))
    (sealed.folder / "verified.json").unlink()
    assert {finding.kind for finding in sealed.verify(among=[]).findings} == set(), (
        "without anybody else, nothing shows"
    )


def test_a_truncated_record_is_found(sealed: Record) -> None:
    entries = sealed.ids()
    sealed.attack("truncate audit_auditentry")
    report = sealed.verify()
    assert [(finding.kind, finding.entries) for finding in report.findings] == [(Kind.REMOVED, ranges(entries))]


def test_truncated_seals_are_found(sealed: Record) -> None:
    sealed.attack("truncate audit_seal_log, audit_seal_head, audit_seal_leaf, audit_seal_node, audit_witness_answer")
    report = sealed.verify()
    assert any("is not in the database" in finding.text for finding in of_kind(report, Kind.TREE))


def insert_copy(of: int, changes: str, into: str) -> str:
    """A row like another one, but for some columns."""
    return (
        f"insert into audit_auditentry select (jsonb_populate_record(e, '{changes}')).* from audit_auditentry e"
        f" where id = {of} returning {into}"
    )


def test_an_entry_inserted_in_the_past_is_found(sealed: Record) -> None:
    """Back-dated: an old transaction, below the horizon, so that no seal would ever come to it."""
    ids = sealed.ids()
    sealed.attack(insert_copy(ids[30], '{"id": 900001, "actor_name": "Invented"}', "id"))
    report = sealed.verify()
    assert [(finding.kind, finding.entries) for finding in report.findings] == [(Kind.BACKDATED, ((900001, 900001),))]
    assert sealed.seal() == 0, "and it is never sealed"


def test_an_entry_of_a_transaction_to_come_is_found(sealed: Record) -> None:
    sealed.attack(insert_copy(sealed.ids()[30], '{"id": 900002, "xid": "900000000000"}', "id"))
    report = sealed.verify()
    assert [(finding.kind, finding.entries) for finding in report.findings] == [(Kind.BACKDATED, ((900002, 900002),))]


def test_an_entry_that_stands_twice_is_found(sealed: Record) -> None:
    victim = sealed.ids()[30]
    sealed.attack(
        "alter table audit_auditentry drop constraint audit_auditentry_pkey",
        insert_copy(victim, '{"actor_name": "Invented"}', "id"),
    )
    report = sealed.verify()
    named = {
        entry for finding in report.findings for first, last in finding.entries for entry in range(first, last + 1)
    }
    assert named == {victim}
    assert not report.is_well


def test_two_entries_that_changed_places_are_found(sealed: Record) -> None:
    one, other = sealed.ids()[20], sealed.ids()[33]
    sealed.attack(
        f"update audit_auditentry set id = -1 where id = {one}",
        f"update audit_auditentry set id = {one} where id = {other}",
        f"update audit_auditentry set id = {other} where id = -1",
    )
    report = sealed.verify()
    assert [(finding.kind, finding.entries) for finding in report.findings] == [(Kind.EXCHANGED, ranges([one, other]))]


def test_two_leaves_that_changed_places_are_found(sealed: Record) -> None:
    one, other = sealed.ids()[20], sealed.ids()[33]
    sealed.attack(
        "create temp table kept as select * from audit_seal_leaf where entry_id in"
        f" ({one}, {other}); update audit_seal_leaf l set entry_id = k.entry_id, hash = k.hash from kept k"
        f" where l.entry_id in ({one}, {other}) and k.entry_id <> l.entry_id"
    )
    report = sealed.verify()
    assert [finding.entries for finding in of_kind(report, Kind.REORDERED)] == [ranges([one, other])]
    assert of_kind(report, Kind.TREE)


def test_a_tree_that_was_replaced_and_signed_with_another_key_is_found(sealed: Record) -> None:
    victim = sealed.ids()[70]
    sealed.attack(f"delete from audit_auditentry where id = {victim}")
    key = sealed.folder / "other.pem"
    key.write_bytes(new_ed25519_key())
    key.chmod(0o600)
    rebuild(sealed, read_key(key))
    report = sealed.verify()
    assert of_kind(report, Kind.SIGNATURE)
    rewritten = [finding for finding in of_kind(report, Kind.TREE) if "file:" in finding.text]
    assert len(rewritten) == 1
    first, last = rewritten[0].entries[0]
    assert first <= victim <= last, "between the last kept head that fits and the first that does not"
    assert last - first < 60


def test_a_tree_that_was_replaced_with_the_stolen_key_is_found_by_the_witness_alone(sealed: Record) -> None:
    victim = sealed.ids()[70]
    sealed.attack(f"update audit_auditentry set actor_name = 'Somebody Else' where id = {victim}")
    rebuild(sealed, signing_key())
    (sealed.folder / "verified.json").unlink()
    report = sealed.verify()
    assert {finding.kind for finding in report.findings} == {Kind.TREE}
    (finding,) = report.findings
    assert finding.entries[0][0] <= victim <= finding.entries[0][1]
    assert sealed.verify(among=[]).is_well, "without a witness, a stolen key signs anything"


def test_yesterdays_backup_is_found_and_what_is_missing_is_named(sealed: Record, own_database: str) -> None:
    """A copy of the database, then more entries, then the copy in its place."""
    backup = f"{own_database}_backup"
    use_database(own_database)
    with superuser() as admin:
        drop_database(admin, backup)
        create_database(admin, backup, template=own_database)
    try:
        before = set(sealed.ids())
        sealed.write(3)
        assert sealed.seal() >= 3
        lost = set(sealed.ids()) - before
        assert sealed.verify().is_well
        use_database(backup)
        report = sealed.verify()
        assert {finding.kind for finding in report.findings} == {Kind.SET_BACK}
        for finding in of_kind(report, Kind.SET_BACK):
            # Numbers that no entry ever had, of transactions rolled back in between, can't be told from lost ones.
            assert finding.entries == ((max(before) + 1, max(lost)),)
        sealed.write(1)
        with pytest.raises(SealProblem, match="set back"):
            seal_now()
        assert any("set back" in each for each in seal_state().findings), "the pages say so, and nothing is signed"
        call_command("seal_audit", new_log="Restored from a copy")
        assert seal_now().answers[-1].problem == "", "but of the next, which begins with its last head"
        kinds = {finding.kind for finding in sealed.verify().findings}
        assert kinds == {Kind.SET_BACK}, "what is gone stays said"
    finally:
        use_database(own_database)
        with superuser() as admin:
            drop_database(admin, backup)


def test_a_signed_head_that_was_edited_is_found(sealed: Record) -> None:
    sealed.attack("update audit_seal_head set note = replace(note, 'last entry', 'last_entry') where size > 40")
    assert of_kind(sealed.verify(), Kind.SIGNATURE)


def test_a_hole_in_the_tree_is_found(sealed: Record) -> None:
    sealed.attack("delete from audit_seal_leaf where index between 30 and 35")
    report = sealed.verify()
    assert any("leaf 30" in finding.text for finding in of_kind(report, Kind.TREE))


def test_the_witness_file_cut_short_is_found(sealed: Record) -> None:
    lines = sealed.heads.read_text().splitlines(keepends=True)
    sealed.heads.write_text("".join(lines[:3]))
    assert any("has lost some" in finding.text for finding in of_kind(sealed.verify(), Kind.WITNESS))
    sealed.heads.write_text("something else\n")
    assert any("no head" in finding.text for finding in of_kind(sealed.verify(), Kind.WITNESS))
    shutil.rmtree(sealed.heads.parent)
    assert of_kind(sealed.verify(), Kind.WITNESS)
