"""Attacks on what verification and sealer go by: columns beside the tree, peaks, heads, archives."""

import gzip
import io
import json

import pytest
from django.core.management import CommandError, call_command

from casework.audit.seal import store
from casework.audit.seal.archive import SUFFIX, Archives
from casework.audit.seal.findings import Kind, ranges
from casework.audit.seal.keys import read_key, seal_folder, signing_key
from casework.audit.seal.signed import SIGNED
from casework.audit.seal.store import SealProblem
from casework.key_file import new_ed25519_key
from tests.audit.conftest import Record, of_kind
from tests.audit.test_attacks import insert_copy, rebuild
from tests.conftest import superuser


def twice_sealed(record: Record) -> int:
    """How many entries have more than one leaf."""
    with superuser(record.database) as admin:
        found = admin.execute("select count(entry_id) - count(distinct entry_id) from audit_seal_leaf").fetchone()
    return int(found[0]) if found else 0


def test_a_leaf_that_no_longer_says_whose_it_is_hides_no_deleted_entry(sealed: Record) -> None:
    """The number beside a leaf is under no hash: emptied, no row would have to fit this leaf."""
    before, victim, after = sealed.ids()[39:42]
    sealed.attack(
        f"update audit_seal_leaf set entry_id = null where entry_id = {victim}",
        f"delete from audit_auditentry where id = {victim}",
    )
    report = sealed.verify()
    assert [(finding.kind, finding.entries) for finding in report.findings] == [
        (Kind.TREE, ranges(range(before + 1, after)))
    ]


def test_an_entry_without_a_transaction_is_found(sealed: Record) -> None:
    """No comparison with a horizon is ever true of nothing at all."""
    sealed.attack(
        "alter table audit_auditentry alter xid drop not null",
        insert_copy(sealed.ids()[30], '{"id": 900003, "xid": null}', "id"),
    )
    for whole in (True, False):
        found = [(finding.kind, finding.entries) for finding in sealed.verify(whole=whole).findings]
        assert found == [(Kind.BACKDATED, ((900003, 900003),))]


def test_a_horizon_that_was_set_back_hides_nothing_and_seals_nothing_twice(sealed: Record) -> None:
    """The horizon stands under the head's signature. A back-dated row would pass for one that waits."""
    sealed.attack(
        "update audit_seal_head set horizon = '3' where size = (select max(size) from audit_seal_head)",
        insert_copy(sealed.ids()[30], '{"id": 900004}', "id"),
        "update audit_auditentry set timestamp = now() where id = 900004",
    )
    report = sealed.verify()
    assert of_kind(report, Kind.SIGNATURE)
    assert [finding.entries for finding in of_kind(report, Kind.BACKDATED)] == [((900004, 900004),)]
    sealed.write(1)
    with pytest.raises(SealProblem, match="not as it was signed"):
        sealed.seal()
    assert twice_sealed(sealed) == 0


@pytest.mark.parametrize(
    "column", ["peaks = peaks || peaks", "last_entry = 1", "note = replace(note, 'horizon ', 'horizon 9')"]
)
def test_the_sealer_goes_on_from_no_head_that_was_edited(sealed: Record, column: str) -> None:
    sealed.attack(f"update audit_seal_head set {column}")
    assert of_kind(sealed.verify(), Kind.SIGNATURE)
    sealed.write(1)
    with pytest.raises(SealProblem, match="not as it was signed"):
        sealed.seal()


def test_the_sealer_signs_nothing_on_top_of_a_past_that_was_rewritten(sealed: Record) -> None:
    """Otherwise the next head would give a rewritten tree a true signature, and no key need be stolen for it."""
    victim = sealed.ids()[40]
    key = sealed.folder / "other.pem"
    key.write_bytes(new_ed25519_key())
    key.chmod(0o600)
    sealed.attack(f"delete from audit_auditentry where id = {victim}")
    rebuild(sealed, read_key(key))
    sealed.write(3)
    with pytest.raises(SealProblem, match="not as it was signed"):
        sealed.seal()


def test_the_sealer_begins_no_second_tree_under_the_name_of_one_that_it_has_signed(sealed: Record) -> None:
    """Heads and leaves thrown away, the log kept: the sealer would build a true tree over rewritten rows."""
    victim = sealed.ids()[40]
    sealed.attack(
        f"delete from audit_auditentry where id = {victim}",
        "truncate audit_seal_head, audit_seal_leaf, audit_seal_node, audit_witness_answer",
    )
    with pytest.raises(SealProblem, match="set back"):
        sealed.seal()
    with pytest.raises(CommandError, match="set back"):
        call_command("seal_audit")
    assert not sealed.verify().is_well
    call_command("seal_audit", new_log="After an attack", stdout=io.StringIO())
    assert not sealed.verify().is_well, "what is gone stays said"


def test_the_sealer_goes_on_from_no_earlier_head_that_is_truly_signed(sealed: Record) -> None:
    """Set back to an hour ago, with a head that was genuine then; no witness and no verification needed to notice."""
    size = sealed.heads_kept()[-3].size
    sealed.attack(
        f"delete from audit_auditentry where id in (select entry_id from audit_seal_leaf where index >= {size})",
        f"delete from audit_seal_leaf where index >= {size}",
        f"delete from audit_seal_node where (index + 1) << height > {size}",
        f"delete from audit_seal_head where size > {size}",
    )
    sealed.write(1)
    with pytest.raises(SealProblem, match="set back"):
        sealed.seal()


def test_the_stolen_key_that_signs_a_rewritten_past_is_found_by_the_sealer_too(sealed: Record) -> None:
    sealed.attack(f"update audit_auditentry set actor_name = 'Somebody Else' where id = {sealed.ids()[70]}")
    rebuild(sealed, signing_key())
    sealed.write(1)
    with pytest.raises(SealProblem, match="rewritten"):
        sealed.seal()


def test_what_was_signed_here_is_kept_and_a_file_that_is_none_is_one_line(sealed: Record) -> None:
    kept = json.loads((seal_folder() / SIGNED).read_text())
    head = sealed.heads_kept()[-1]
    assert [size for size, _root in kept.values()] == [head.size]
    (seal_folder() / SIGNED).write_text("[]")
    sealed.write(1)
    with pytest.raises(SealProblem, match="can't be read"):
        sealed.seal()


def test_an_increment_on_a_tree_that_is_gone_is_a_finding(sealed: Record) -> None:
    sealed.attack("truncate audit_seal_leaf, audit_seal_node, audit_seal_head")
    report = sealed.verify(whole=False)
    assert any("is no longer there" in finding.text for finding in of_kind(report, Kind.TREE))


@pytest.mark.parametrize("at", [5, 40, 200])
def test_an_archive_with_a_flipped_byte_is_a_finding(sealed: Record, at: int) -> None:
    """In the header, in the compressed data, near the end: gzip complains in three ways."""
    folder = seal_folder() / "archives"
    folder.mkdir()
    content = bytearray(gzip.compress(b"".join(b"1\t%d\t%d\tline\n" % (n, n * 7919) for n in range(60)), mtime=0))
    content[at] ^= 0xFF
    (folder / f"2025-01{SUFFIX}").write_bytes(bytes(content))
    archives = Archives(folder)
    while archives.following is not None:
        archives.take()
    assert at == 5 or any("damaged or changed" in finding.text for finding in archives.findings())


def test_a_first_seal_that_was_rolled_back_leaves_no_log_behind_that_nobody_has(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, in the middle of the first head: the next pass begins anew, and all is well without a repair."""

    def full(*_arguments: object) -> None:
        raise SealProblem("No space left on device.")

    with monkeypatch.context() as patch, pytest.raises(SealProblem, match="No space"):
        patch.setattr(store, "write_head", full)
        record.seal()
    assert record.seal() > 0
    assert record.verify().is_well
