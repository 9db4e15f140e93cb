"""The sealer: nothing in flight is skipped, nothing is sealed twice, whoever runs, stops, or is restored elsewhere."""

import dataclasses
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from casework.audit import tasks
from casework.audit.months import add_months
from casework.audit.seal import health, store
from casework.audit.seal.checkpoint import NoteProblem
from casework.audit.seal.findings import Kind
from casework.audit.seal.keys import known_keys, open_known, read_key, signing_key
from casework.audit.seal.running import seal_now, verify_now
from casework.audit.seal.sealer import seal_once
from casework.audit.seal.store import SealProblem, sealer_connection
from casework.provision import connection_parameters
from tests.audit.conftest import Record, of_kind
from tests.conftest import superuser

ENTRY = (
    "insert into audit_auditentry (verb, outcome, action, rule, object_pk, object_repr, cid, actor_name, actor_roles,"
    " actor_agency, listed_case_ids, compartments, shown, purpose, legal_basis, session, route, method)"
    " select 'entered', 'allowed', 3, '', '', '', '', '', '{}', '', '{}', '{}', '{}', '', '', '', '', ''"
    " from generate_series(1, %s) returning id"
)


def as_application() -> "psycopg.Connection[Any]":
    return psycopg.connect(**connection_parameters(connections["default"].settings_dict))


def write(connection: "psycopg.Connection[Any]", entries: int = 1) -> list[int]:
    return [row[0] for row in connection.execute(ENTRY, [entries]).fetchall()]


def sealed_ids(record: Record) -> list[int]:
    with superuser(record.database) as admin:
        rows = admin.execute("select entry_id from audit_seal_leaf order by epoch, index").fetchall()
    return [row[0] for row in rows if row[0] is not None]


def test_an_entry_of_a_slow_transaction_is_waited_for_and_then_sealed(record: Record) -> None:
    record.seal()
    before = sealed_ids(record)
    with as_application() as slow:
        first = write(slow)
        with as_application() as fast:
            second = write(fast)
        assert record.seal() == 0, "both wait: the slow one might have an entry"
        report = record.verify()
        assert report.is_well and report.waiting == 1, "the fast one is seen, and is no fault"
    assert record.seal() == 2
    assert sealed_ids(record) == [*before, *first, *second]
    assert record.verify().is_well


def test_rolled_back_entries_leave_gaps_and_nothing_else(record: Record) -> None:
    with as_application() as connection:
        write(connection, 3)
        connection.rollback()
        kept = write(connection)
    record.seal()
    assert sealed_ids(record)[-1:] == kept
    assert record.verify().is_well


def test_many_sealers_at_once_seal_everything_once(record: Record) -> None:
    key, stop, problems = signing_key(), threading.Event(), []

    def keep_sealing() -> None:
        try:
            with sealer_connection() as connection:
                while not stop.is_set():
                    seal_once(connection, key, batch=7)
        except Exception as problem:
            problems.append(problem)

    sealers = [threading.Thread(target=keep_sealing) for _number in range(3)]
    for sealer in sealers:
        sealer.start()
    with as_application() as connection:
        for number in range(60):
            write(connection, 1 + number % 3)
            connection.rollback() if number % 5 == 0 else connection.commit()
    stop.set()
    for sealer in sealers:
        sealer.join()
    record.seal()
    assert problems == []
    ids = sealed_ids(record)
    assert len(ids) == len(set(ids))
    assert sorted(ids) == sorted(record.ids())
    assert record.verify().is_well


def test_one_transaction_larger_than_a_batch_is_sealed_whole(record: Record) -> None:
    record.seal()
    with as_application() as connection:
        many = write(connection, 25)
    with sealer_connection() as connection:
        sealed = seal_once(connection, signing_key(), batch=10)
    assert sealed is not None and sealed.entries == 25
    assert sealed_ids(record)[-25:] == many


def test_a_clock_that_jumps_back_and_two_entries_of_one_microsecond(record: Record) -> None:
    """The order is that of transactions and keys; time decides about nothing but the month."""
    record.seal()
    with superuser(record.database) as admin:
        admin.execute("set event_triggers = off")
        for number, hours in enumerate((0, 0, 1, 1)):
            admin.execute(
                "insert into audit_auditentry (id, timestamp, verb, outcome, action, rule, object_pk, object_repr, cid,"
                " actor_name, actor_roles, actor_agency, listed_case_ids, compartments, shown, purpose, legal_basis,"
                " session, route, method) select 700000 + %s, date_trunc('hour', now()) - %s * interval '1 hour',"
                " 'entered', 'allowed', 3, '', '', '', '', '', '{}', '', '{}', '{}', '{}', '', '', '', '', ''",
                [number, hours],
            )
    assert record.seal() == 4
    assert sealed_ids(record)[-4:] == [700000, 700001, 700002, 700003]
    assert not [finding for finding in record.verify().findings if finding.kind != Kind.WAITING]


def test_sealing_role_can_only_add(record: Record) -> None:
    record.seal()
    for sentence in (
        "update audit_auditentry set purpose = 'x'",
        "insert into audit_auditentry (verb) values ('entered')",
        "update audit_seal_leaf set entry_id = 1",
        "delete from audit_seal_head",
        "truncate audit_seal_node",
        "select * from cases_case",
        "select * from vault_casekey",
        "create table mine (id int)",
    ):
        with sealer_connection() as connection, pytest.raises(psycopg.Error, match="permission denied"):
            connection.execute(sentence)
    with superuser(record.database) as admin, pytest.raises(psycopg.Error, match="never changed"):
        admin.execute("update audit_seal_head set size = size + 1")


def test_the_application_and_the_owner_add_no_seal(record: Record) -> None:
    record.seal()
    with as_application() as connection, pytest.raises(psycopg.Error, match="permission denied"):
        connection.execute("insert into audit_seal_leaf (epoch, index, hash) values (1, 999999, sha256(''))")
    with connections["owner"].cursor() as cursor, pytest.raises(Exception, match="never changed"):
        cursor.execute("delete from audit_seal_leaf")


# Another cluster ----------------------------------------------------------------------------------


def as_if_restored_elsewhere(record: Record, waiting: list[int]) -> None:
    """What a restore into a new cluster looks like: another identifier, and transactions that it has not reached."""
    ids = ", ".join(map(str, waiting))
    record.attack(
        "update audit_seal_log set cluster = 'another'",
        f"update audit_auditentry set xid = '90000000000'::xid8 where id in ({ids})",
    )


def test_after_a_restore_into_another_cluster_a_new_log_begins_with_the_last_head(record: Record) -> None:
    record.seal(batch=30)
    waiting = record.write(3)
    as_if_restored_elsewhere(record, waiting)
    later = record.write(2)
    assert record.seal() == 5
    with sealer_connection() as connection:
        first, second = store.logs(connection)
        head = store.last_head(connection, 1)
    assert (second.epoch, second.origin) == (2, first.origin[:-1] + "2")
    assert head is not None and second.previous == head.note
    assert sealed_ids(record)[-5:] == [*waiting, *later]
    assert record.seal() == 0
    report = record.verify()
    assert report.is_well, report.findings
    assert report.entries == len(record.ids())
    assert record.verify(whole=False).is_well
    more = record.write(1)
    assert record.seal() == 1
    assert sealed_ids(record)[-1:] == more


def test_a_new_log_that_does_not_begin_with_the_last_head_is_found(record: Record) -> None:
    record.seal(batch=30)
    as_if_restored_elsewhere(record, record.write(1))
    record.seal()
    record.attack("update audit_seal_log set previous = replace(previous, 'last', 'lost') where epoch = 2")
    assert any("does not begin" in finding.text for finding in of_kind(record.verify(), Kind.TREE))


# Keys ---------------------------------------------------------------------------------------------


def test_a_new_key_signs_on_and_the_old_one_counts_for_what_it_has_signed(record: Record) -> None:
    record.seal()
    old = read_key(record.folder / "seal.pem")
    call_command("rotate_seal_key")
    assert (record.folder / "seal.pem.next").exists()
    record.write(1)
    assert record.seal() == 1, "the present key signs until --now"
    call_command("rotate_seal_key", now=True)
    record.write(1)
    assert record.seal() == 1
    assert len(known_keys(record.folder)) == 2
    assert record.verify().is_well
    head = record.heads_kept()[-1]
    open_known(head.note, known_keys(record.folder))
    with sealer_connection() as connection:
        record.write(1)
        seal_once(connection, old)
    with pytest.raises(NoteProblem, match="replaced by then"):
        open_known(record.heads_kept()[-1].note, known_keys(record.folder))
    assert of_kind(record.verify(), Kind.SIGNATURE)


def test_a_head_of_a_wrong_key_is_found(record: Record) -> None:
    record.seal()
    (record.folder / "known-keys.txt").write_text("# nobody\n")
    assert of_kind(record.verify(), Kind.SIGNATURE)


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [(b"no key", 0o600, "no private key"), (b"", 0o600, "no private key"), (None, 0o644, "others can open")],
)
def test_an_unusable_key_is_one_line(record: Record, content: bytes | None, mode: int, says: str) -> None:
    path = record.folder / "seal.pem"
    signing_key()
    if content is not None:
        path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(CommandError, match=says):
        call_command("seal_audit")


# Commands and tasks -------------------------------------------------------------------------------


def test_the_commands_say_how_it_went_and_end_as_it_went(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seal_audit")
    assert "Sealed" in capsys.readouterr().out
    call_command("verify_audit")
    assert "All is well." in capsys.readouterr().out
    record.write(1)
    seal_now()
    call_command("verify_audit", since_last=True)
    assert "1 entries" in capsys.readouterr().out
    call_command("verify_audit", json=True)
    assert '"well": true' in capsys.readouterr().out
    victim = record.ids()[5]
    record.attack(f"delete from audit_auditentry where id = {victim}")
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", json=True)
    assert ended.value.code == 1
    out = capsys.readouterr().out
    assert '"well": false' in out and f"[[{victim}, {victim}]]" in out


def test_an_increment_reads_what_is_new_and_says_so_when_the_old_tree_changed(record: Record) -> None:
    record.seal(batch=40)
    assert verify_now(whole=False).whole, "the first is the whole"
    record.write(4)
    record.seal()
    report = verify_now(whole=False)
    assert (report.whole, report.entries, report.is_well) == (False, 4, True)
    record.attack("update audit_seal_leaf set hash = sha256('x') where index = 2")
    record.write(1)
    record.seal()
    report = verify_now(whole=False)
    assert not report.is_well


def test_the_task_seals_and_alerts_when_an_entry_has_waited_for_a_minute(
    record: Record, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    record.write(1)
    assert tasks.seal() > 0
    assert not caplog.records
    with as_application() as slow:
        write(slow)
        with as_application() as fast:
            write(fast)
        monkeypatch.setattr(tasks, "LATE", 0.0)
        monkeypatch.setattr(tasks, "_last_alert", 0.0)
        assert tasks.seal() == 0
    assert "has not been sealed" in caplog.text
    assert tasks.seal() > 0
    assert health.lag_seconds() == 0.0


def test_a_server_without_a_sealer_says_so_and_serves(record: Record, settings: Any) -> None:

    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, database_sealer=None)
    assert tasks.seal() == 0
    assert tasks.verify_whole() is True
    with pytest.raises(SealProblem, match="DATABASE_SEALER_URL"):
        seal_now()


def test_months_are_added_ahead_while_the_record_is_locked(record: Record) -> None:
    assert len(add_months()) == 1, "two ahead were made by the migration, and the third is new"
    assert tasks.add_months_ahead() == []


# The proof, on somebody else's machine ------------------------------------------------------------


def check(*arguments: str) -> "subprocess.CompletedProcess[str]":
    script = Path(store.__file__).parent.parent / "check_proof.py"
    command = [sys.executable, "-I", str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=60, check=False)


def test_a_proof_is_checked_by_a_script_that_knows_nothing_of_us(record: Record, tmp_path: Path) -> None:

    from casework.access.task import acting_as
    from casework.audit.seal.proof import consistency_file, seal_of

    record.seal(batch=20)
    entry = record.cast.audit_entry.pk
    with acting_as(record.cast.lead_supervisor.pk, route="test"):
        seal = seal_of(entry)
    assert seal is not None and seal.is_intact
    key = str(known_keys(record.folder)[0].key)
    file = tmp_path / "proof.json"
    file.write_text(seal.file)
    ended = check(str(file), key)
    assert ended.returncode == 0, ended.stderr
    assert f"\t{record.cast.audit_entry.actor_name}\t" in ended.stdout
    proof = json.loads(seal.file)
    for changed in (
        {"entry": proof["entry"].replace("created", "looked", 1)},
        {"index": proof["index"] + 1},
        {"path": proof["path"][:-1]},
        {"path": [*proof["path"], proof["path"][0]]},
        {"checkpoint": proof["checkpoint"].replace("last entry", "last  entry")},
    ):
        file.write_text(json.dumps({**proof, **changed}))
        ended = check(str(file), key)
        assert ended.returncode == 1 and "NOT PROVEN" in ended.stderr, changed
    sizes = [head.size for head in record.heads_kept()]
    for old, new in ((sizes[0], sizes[-1]), (sizes[1], sizes[2]), (sizes[-1], sizes[-1])):
        file.write_text(consistency_file(1, old, new))
        assert f"begins with the record of {old}" in check(str(file), key).stdout
    wrong = json.loads(consistency_file(1, sizes[0], sizes[2]))
    wrong["old"] = json.loads(consistency_file(1, sizes[1], sizes[2]))["old"]
    file.write_text(json.dumps(wrong))
    assert check(str(file), key).returncode == 1


def test_the_deployment_check_asks_for_a_seal_and_for_a_witness_elsewhere(record: Record, settings: Any) -> None:

    from casework.audit.checks import check_the_record_is_sealed

    def found(**changes: Any) -> list[str | None]:
        settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, **changes)
        return [message.id for message in check_the_record_is_sealed()]

    assert found() == ["audit.W003"], "a file of this house is none"
    assert found(seal_witnesses="https://witness.example") == []
    assert found(seal_witnesses="nonsense") == ["audit.W002"]
    assert found(database_sealer=None) == ["audit.W001"]


def test_a_record_that_was_thrown_away_does_not_pass_for_the_one_that_was_verified(record: Record) -> None:
    """Another log in place of the one whose key is known here: said, and verified from its beginning."""
    record.seal()
    assert record.verify().is_well
    record.attack(
        "update audit_seal_log set origin = 'another-log/1'",
        "truncate audit_seal_head, audit_seal_leaf, audit_seal_node",
    )
    record.seal()
    report = record.verify(whole=False)
    assert report.whole
    assert any("is not in the database" in finding.text for finding in report.findings)
