"""The record as it flows to a SIEM: nothing passed over, nothing of a case in it, and at least once through a crash."""

import io
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from casework.access.task import acting_as
from casework.audit.kinds import Verb
from casework.audit.management.commands import stream_audit
from casework.audit.management.commands.stream_audit import deliver_all
from casework.audit.models import AuditEntry
from casework.audit.stream.deliver import Line, ToFile, ToSyslog, frame
from casework.audit.stream.fhir import KINDS, as_audit_event
from casework.audit.stream.follow import Place, StreamProblem, kept_place, next_entries
from casework.audit.stream.lines import COLUMNS, as_dict, as_line
from casework.provision import connection_parameters
from tests.cast import PHRASES, Cast
from tests.conftest import recorded, superuser
from tests.house.test_arrows import ROOT

WRITE = (
    "insert into audit_auditentry (verb, outcome, action, rule, object_pk, object_repr, cid, actor_name, actor_roles,"
    " actor_agency, listed_case_ids, compartments, shown, purpose, legal_basis, session, route, method)"
    " values ('entered', 'allowed', 3, '', '', '', '', '', '{}', '', '{}', '{}', '{}', '', '', '', '', '') returning id"
)


START = Place()


def everything(database: str, after: Place = START) -> list[dict[str, Any]]:
    with superuser(database) as admin:
        return next_entries(admin, after, limit=100_000)


def test_entry_of_a_slow_transaction_is_waited_for_and_not_passed_over(own_database: str, seeded: Cast) -> None:
    """The slow one took its number first and commits last; by number alone it would never be sent."""
    last = everything(own_database)[-1]
    place = Place(int(last["xid"]), last["id"])
    with psycopg.connect(**connection_parameters(connections["default"].settings_dict)) as slow:
        first = slow.execute(WRITE).fetchone()
        with psycopg.connect(**connection_parameters(connections["default"].settings_dict)) as quick:
            second = quick.execute(WRITE).fetchone()
        assert everything(own_database, place) == []
        slow.commit()
    assert first is not None and second is not None
    assert [row["id"] for row in everything(own_database, place)] == [first[0], second[0]]


def test_lines_tell_who_and_when_and_never_what(own_database: str, seeded: Cast) -> None:
    rows = everything(own_database)
    lines = [as_line(as_dict(row)) for row in rows] + [as_line(as_audit_event(row)) for row in rows]
    assert len(rows) > 100
    text = "\n".join(lines)
    assert not [phrase for phrase in PHRASES if phrase in text]
    assert text.isascii()
    assert text.count("\n") == len(lines) - 1
    line = json.loads(lines[-len(rows) - 1])
    assert {"sequence", "time", "actor", "case", "shown", "outcome", "correlation_id"} <= set(line)


def test_every_column_of_an_entry_is_sent_or_left_out_on_purpose() -> None:
    left_out = {"object_pk", "object_id", "action", "content_type_id"}  # all in `object_repr` and `verb`
    assert set(COLUMNS) | left_out == {field.column for field in AuditEntry._meta.concrete_fields}


def test_every_verb_has_a_shape_in_fhir_with_what_the_resource_requires(own_database: str, seeded: Cast) -> None:
    assert set(KINDS) == set(Verb.values)
    for row in everything(own_database):
        event = as_audit_event(row)
        assert event["resourceType"] == "AuditEvent"
        assert event["type"]["code"] and event["recorded"].endswith("+00:00") and event["source"]["observer"]
        assert [agent["requestor"] for agent in event["agent"]] == [True]
        assert event["action"] in "CRUDE"
        assert all(entity["what"]["identifier"]["value"] for entity in event["entity"])


def test_crash_between_delivery_and_keeping_the_place_repeats_and_skips_nothing(
    own_database: str, seeded: Cast, tmp_path: Path
) -> None:
    total, target = len(everything(own_database)), tmp_path / "audit.jsonl"

    class Dies(ToFile):
        def deliver(self, lines: Any) -> None:
            super().deliver(lines)
            raise KeyboardInterrupt

    with superuser(own_database) as admin, kept_place(tmp_path / "place") as kept:
        with pytest.raises(KeyboardInterrupt):
            deliver_all(admin, Dies(target), kept, kept.read(), "json")
        assert deliver_all(admin, ToFile(target), kept, kept.read(), "json") == total
        assert deliver_all(admin, ToFile(target), kept, kept.read(), "json") == 0
    sent = [json.loads(line)["sequence"] for line in target.read_text().splitlines()]
    assert len(sent) > total
    assert set(sent) == {row["id"] for row in everything(own_database)}


def test_line_that_a_crash_cut_short_does_not_spoil_the_next(tmp_path: Path) -> None:
    target = tmp_path / "audit.jsonl"
    target.write_text('{"sequence":1}\n{"sequen')
    ToFile(target).deliver([Line('{"sequence":2}', {})])
    assert target.read_text().splitlines() == ['{"sequence":1}', '{"sequen', '{"sequence":2}']


def test_place_belongs_to_one_stream_and_says_when_it_is_no_place(tmp_path: Path) -> None:
    with kept_place(tmp_path / "place"), pytest.raises(StreamProblem, match="Another stream"):
        with kept_place(tmp_path / "place"):
            pass
    (tmp_path / "place").write_text("nonsense")
    with kept_place(tmp_path / "place") as kept, pytest.raises(StreamProblem, match="no file of a stream"):
        kept.read()


def test_restored_database_is_noticed(own_database: str, seeded: Cast) -> None:
    with pytest.raises(StreamProblem, match="restored"):
        everything(own_database, Place(2**62, 1))


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[tuple[int, Path, list[bytes]]]:
    """A syslog server over TLS: its port, its certificate, and the messages that it got."""
    names = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(names[0]), "-out", str(names[1])],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(names[1], names[0])
    got: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                plain, _address = listener.accept()
                with context.wrap_socket(plain, server_side=True) as peer:
                    while data := peer.recv(65_536):
                        got.append(data)
            except ssl.SSLError:
                continue
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=[listener], daemon=True).start()
        yield listener.getsockname()[1], names[1], got
        listener.shutdown(socket.SHUT_RDWR)


def test_syslog_gets_frames_with_their_length_over_tls(
    receiver: tuple[int, Path, list[bytes]], own_database: str, seeded: Cast, tmp_path: Path
) -> None:
    port, authority, got = receiver
    context = ssl.create_default_context(cafile=authority)
    with superuser(own_database) as admin, kept_place(tmp_path / "place") as kept:
        with ToSyslog("localhost", port, context) as syslog:
            sent = deliver_all(admin, syslog, kept, Place(), "json")
    frames = list(frames_of(b"".join(got)))
    assert len(frames) == sent > 100
    assert frames[0].startswith(b"<110>1 ")
    assert json.loads(frames[-1].split(b" - ", 2)[2])["sequence"] == everything(own_database)[-1]["id"]


def frames_of(stream: bytes) -> Iterator[bytes]:
    while stream:
        length, _blank, rest = stream.partition(b" ")
        yield rest[: int(length)]
        stream = rest[int(length) :]


def test_syslog_to_whoever_can_not_prove_the_name_is_refused(receiver: tuple[int, Path, list[bytes]]) -> None:
    port, _authority, got = receiver
    with pytest.raises(StreamProblem, match="certificate"), ToSyslog("localhost", port, ssl.create_default_context()):
        pass
    assert got == []


def test_refusals_and_failures_have_a_higher_severity(own_database: str, seeded: Cast) -> None:
    row = everything(own_database)[0]
    starts = [
        frame(Line("{}", {**row, "outcome": each})).split(b" ")[1][:5] for each in ("allowed", "refused", "failed")
    ]
    assert starts == [b"<110>", b"<108>", b"<107>"]


def test_command_says_in_a_line_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="HOST:PORT"):
        call_command("stream_audit", syslog="nowhere", state=tmp_path / "place")


KILLED = """
import os, sys, django
django.setup()
from pathlib import Path
from django.core.management import call_command
from django.db import connections
from casework.audit.management.commands import stream_audit
from casework.audit.stream.follow import PlaceFile

for alias in ("default", "owner"):
    connections[alias].settings_dict["NAME"] = "{database}"
keep, kill = PlaceFile.write, sys.argv[1]
stream_audit.next_entries.__defaults__ = (40,)

def write(self, place):
    if kill == "before":
        os.kill(os.getpid(), 9)
    keep(self, place)
    if kill == "behind":
        os.kill(os.getpid(), 9)

PlaceFile.write = write
call_command("stream_audit", file=Path("{target}"), state=Path("{state}"))
"""


def sequences(path: Path) -> list[int]:
    return [json.loads(line)["sequence"] for line in path.read_text().splitlines()]


def test_command_delivers_everything_once_and_goes_on_by_sequence(
    own_database: str, seeded: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole command: as the sealing role, into a file, on from where it was, and from where the SIEM says it is."""
    target, again, roles = tmp_path / "audit.jsonl", tmp_path / "again.jsonl", set[str]()

    def watched(database: Any, *arguments: Any, **options: Any) -> list[dict[str, Any]]:
        roles.add(database.execute("select current_user").fetchone()[0])
        return next_entries(database, *arguments, **options)

    monkeypatch.setattr(stream_audit, "next_entries", watched)
    options = {"file": target, "state": tmp_path / "place"}
    call_command("stream_audit", **options, stdout=io.StringIO())
    assert roles == {"casework_sealer"}
    sent = sequences(target)
    assert sent == [row["id"] for row in everything(own_database)]
    assert json.loads(target.read_text().splitlines()[-1])["details"]["command"] == "stream_audit", "itself on record"
    with acting_as(seeded.lead_worker.pk, route="test"):
        written = recorded(Verb.ENTERED).pk
    call_command("stream_audit", **options, stdout=io.StringIO())
    assert sequences(target)[: len(sent)] == sent
    assert sequences(target)[len(sent) :] == [written, written + 1], "what is new, and the command's own entry"
    at = sent[len(sent) // 2]
    call_command("stream_audit", file=again, state=tmp_path / "other", after=at, stdout=io.StringIO())
    assert sequences(again)[:-1] == sequences(target)[len(sent) // 2 + 1 :]
    with pytest.raises(CommandError, match="no entry 999999999"):
        call_command("stream_audit", file=again, state=tmp_path / "other", after=999999999)


@pytest.mark.slow
def test_command_killed_while_it_delivers_goes_on_and_leaves_nothing_out(
    own_database: str, seeded: Cast, tmp_path: Path
) -> None:
    """A process of its own, killed behind each of its first deliveries; then it ends by itself."""
    target, state = tmp_path / "audit.jsonl", tmp_path / "place"
    script = KILLED.format(database=own_database, target=str(target), state=str(state))
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "casework.settings"}
    ended = [
        subprocess.run([sys.executable, "-c", script, kill], cwd=ROOT, env=environment, check=False).returncode
        for kill in ("before", "behind", "before", "never")
    ]
    assert ended == [-9, -9, -9, 0]
    assert set(sequences(target)) == {row["id"] for row in everything(own_database)}
    assert len(sequences(target)) > len(set(sequences(target))), "what was delivered and not kept comes again"
