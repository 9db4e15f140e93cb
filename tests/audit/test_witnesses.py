"""Witnesses: what they accept, and what is noticed when one is down, lies or forks."""

import base64
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework.audit.seal import head_file, witness_server
from casework.audit.seal.checkpoint import Checkpoint, VerifierKey, cosigned_at, parse_checkpoint, sign_checkpoint
from casework.audit.seal.findings import Kind
from casework.audit.seal.head_file import HeadFileProblem, append_head, last_head
from casework.audit.seal.keys import learn_key
from casework.audit.seal.store import SealProblem, sealer_connection
from casework.audit.seal.telling import Answer, tell_witnesses
from casework.audit.seal.tree import Frontier, hash_leaf, prove_consistency
from casework.audit.seal.witness_server import WitnessStore, make_server
from casework.audit.seal.witnesses import FileWitness, HttpWitness, Witness, WitnessProblem, parse_witnesses
from tests.audit.conftest import Record, of_kind

KEY, OTHER = Ed25519PrivateKey.from_private_bytes(b"k" * 32), Ed25519PrivateKey.from_private_bytes(b"o" * 32)
ORIGIN = "casework-3f9ac2d1/1"


def head_over(size: int, salt: bytes = b"", key: Ed25519PrivateKey = KEY, origin: str = ORIGIN) -> Checkpoint:
    frontier = Frontier()
    for number in range(size):
        frontier.add(hash_leaf(salt + b"%d" % number))
    return parse_checkpoint(sign_checkpoint(Checkpoint(origin, size, frontier.root()), key))


def prove(old: int, new: int, salt: bytes = b"") -> list[bytes]:
    def node(height: int, index: int) -> bytes:
        frontier = Frontier()
        for number in range(index << height, (index + 1) << height):
            frontier.add(hash_leaf(salt + b"%d" % number))
        return frontier.root()

    return prove_consistency(node, old, new)


def request(old: int, head: Checkpoint, proof: list[bytes]) -> bytes:
    lines = [f"old {old}", *(base64.b64encode(step).decode() for step in proof)]
    return ("\n".join(lines) + "\n\n" + head.note).encode()


@pytest.fixture
def witness(tmp_path: Path) -> WitnessStore:
    store = WitnessStore(tmp_path / "witness", "witness.example")
    learn_key(store.folder, VerifierKey.of(ORIGIN, KEY))
    return store


@pytest.fixture
def serving(witness: WitnessStore) -> Iterator[HttpWitness]:
    server = make_server(witness, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield HttpWitness(f"http://127.0.0.1:{server.server_address[1]}", witness.verifier_key)
    server.shutdown()
    server.server_close()
    thread.join()


# What a witness accepts ---------------------------------------------------------------------------


def test_a_witness_keeps_what_extends_its_last_and_signs_it(witness: WitnessStore) -> None:
    for old, new in ((0, 3), (3, 3), (3, 9)):
        head = head_over(new)
        status, line = witness.add(request(old, head, prove(old, new) if 0 < old < new else []))
        assert status == 200
        assert cosigned_at(head, line, witness.verifier_key) > 1_700_000_000
    again = WitnessStore(witness.folder, "witness.example")
    assert again.verifier_key == witness.verifier_key
    assert again.add(request(0, head_over(10), []))[:2] == (409, "9\n"), "what it has kept is there after a restart"


def test_two_witnesses_on_one_folder_keep_one_line_of_heads(witness: WitnessStore) -> None:
    """Whatever their threads do, of two heads that both extend the last only one is kept and signed for."""
    twin = WitnessStore(witness.folder, "witness.example")
    assert witness.add(request(0, head_over(3), []))[0] == 200
    forks = [(store, head_over(size), prove(3, size)) for size in range(4, 24) for store in (witness, twin)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda fork: fork[0].add(request(3, fork[1], fork[2]))[0], forks))
    assert answers.count(200) == 1
    assert answers.count(409) == len(forks) - 1
    assert len(head_file.all_heads(witness.path_of(ORIGIN), ORIGIN)) == 2


def test_a_request_that_trickles_in_is_cut_off(serving: HttpWitness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness_server, "SECONDS", 0.3)
    place = urlsplit(serving.url)
    with socket.create_connection((place.hostname, place.port), timeout=5) as slow:
        slow.sendall(b"POST /add-checkpoint HTTP/1.0\r\nContent-Length: 60000\r\n\r\n")
        with pytest.raises(OSError, match="."):
            for _byte in range(200):
                slow.sendall(b"o")
                time.sleep(0.05)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"old x\n\n", 400),
        (b"old 0\n\nnothing", 400),
        (b"\xff\xfe", 400),
        (request(0, head_over(3, origin="another/1"), []), 404),
        (request(0, head_over(3, key=OTHER), []), 403),
        (request(0, head_over(3), []).replace(b"\n3\n", b"\n4\n"), 403),
        (request(5, head_over(3), []), 400),
        (request(0, head_over(9), []), 409),
        (request(5, head_over(9), []), 422),
        (request(5, head_over(9), prove(5, 9)[:-1]), 422),
        (request(5, head_over(9, b"forked"), prove(5, 9, b"forked")), 422),
        (request(5, head_over(5, b"forked"), []), 409),
        (b"old 5\n" + b"AAAA\n" * 64 + b"\n" + head_over(9).note.encode(), 400),
        (b"old 5\n!!!!\n\n" + head_over(9).note.encode(), 400),
    ],
)
def test_a_witness_refuses_everything_else(witness: WitnessStore, body: bytes, status: int) -> None:
    assert witness.add(request(0, head_over(5), []))[0] == 200
    kept = witness.path_of(ORIGIN).read_bytes()
    assert witness.add(body)[0] == status
    assert witness.path_of(ORIGIN).read_bytes() == kept, "and nothing of it is kept"


def test_a_key_that_was_replaced_signs_no_later_head(witness: WitnessStore) -> None:
    assert witness.add(request(0, head_over(5), []))[0] == 200
    learn_key(witness.folder, VerifierKey.of(ORIGIN, OTHER), replacing_at=5)
    assert witness.add(request(5, head_over(9), prove(5, 9)))[0] == 403
    assert witness.add(request(5, head_over(9, key=OTHER), prove(5, 9)))[0] == 200


def test_over_http_a_witness_takes_shows_and_says_who_it_is(serving: HttpWitness) -> None:
    assert serving.heads(ORIGIN) == []
    assert "witness.example" in serving.tell(head_over(3), 0, prove)
    serving.tell(head_over(9), 0, prove)  # what we knew was old: it says so, and is given the proof it needs
    assert [head.size for head in serving.heads(ORIGIN)] == [3, 9]
    status, key = serving._ask(__import__("urllib.request").request.Request(f"{serving.url}/key"), 1_000)
    assert (status, key.strip()) == (200, str(serving.key))
    with pytest.raises(WitnessProblem, match="does not extend"):
        serving.tell(head_over(12, b"forked"), 9, lambda old, new: prove(old, new, b"forked"))
    with pytest.raises(WitnessProblem, match="set back"):
        serving.tell(head_over(5), 5, prove)
    with pytest.raises(WitnessProblem, match="key that signed"):
        serving.tell(head_over(12, key=OTHER), 9, prove)


# The file -----------------------------------------------------------------------------------------


def test_a_file_keeps_heads_in_order_and_refuses_a_fork(tmp_path: Path) -> None:
    file = FileWitness(tmp_path / "elsewhere" / "heads.txt")
    for size in (3, 3, 9):
        file.tell(head_over(size), 0, prove)
    assert [head.size for head in file.heads(ORIGIN)] == [3, 9]
    assert file.heads("another/1") == []
    with pytest.raises(WitnessProblem, match="does not extend"):
        file.tell(head_over(12, b"forked"), 9, lambda old, new: prove(old, new, b"forked"))
    with pytest.raises(WitnessProblem, match="set back"):
        file.tell(head_over(9, b"forked"), 9, prove)


def test_a_torn_line_is_noticed_and_nothing_is_written_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "heads.txt"
    append_head(path, head_over(3).note)
    with path.open("a") as file:
        file.write('{"at": "2026')
    with pytest.raises(HeadFileProblem, match="middle of a line"):
        append_head(path, head_over(9).note)
    with pytest.raises(HeadFileProblem, match="no head"):
        last_head(path, ORIGIN)


# As we see them -----------------------------------------------------------------------------------


def answers(record: Record, witness: Witness) -> list[Answer]:
    with sealer_connection() as connection:
        return tell_witnesses(connection, [witness])


def stop_listening() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_witness_that_is_down_is_shown_and_nothing_waits_for_it(record: Record, serving: HttpWitness) -> None:
    down = HttpWitness(f"http://127.0.0.1:{stop_listening()}")
    record.seal()
    (answer,) = answers(record, down)
    assert "does not answer" in answer.problem
    assert any("does not answer" in finding.text for finding in of_kind(record.verify(among=[down]), Kind.WITNESS))
    with sealer_connection() as connection:
        said = [each.problem for each in tell_witnesses(connection, [down, FileWitness(record.heads)])]
    assert said[1] == "", "the others are told all the same"


def test_an_agency_elsewhere_keeps_our_heads_and_shows_them_again(
    record: Record, serving: HttpWitness, witness: WitnessStore
) -> None:
    record.seal(batch=40)
    assert answers(record, serving)[0].problem.startswith("It does not know this log")
    with sealer_connection() as connection:
        from casework.audit.seal.keys import signing_key
        from casework.audit.seal.store import logs

        origin = logs(connection)[0].origin
    learn_key(witness.folder, VerifierKey.of(origin, signing_key()))
    assert answers(record, serving)[0].problem == ""
    record.write(2)
    record.seal()
    assert answers(record, serving)[0].problem == ""
    assert record.verify(among=[serving]).is_well
    witness.path_of(origin).unlink()
    assert any("has lost some" in finding.text for finding in record.verify(among=[serving]).findings)


class Liar(BaseHTTPRequestHandler):
    """Says yes to everything, and shows what it likes."""

    shows = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"\xe2\x80\x94 witness.example AAAAAAAA\n")

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(type(self).shows)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def liar(witness: WitnessStore) -> Iterator[HttpWitness]:
    server = HTTPServer(("127.0.0.1", 0), Liar)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield HttpWitness(f"http://127.0.0.1:{server.server_address[1]}", witness.verifier_key)
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_witness_that_lies_is_noticed(record: Record, liar: HttpWitness, tmp_path: Path) -> None:
    record.seal()
    assert "signature is missing or wrong" in answers(record, liar)[0].problem
    origin = record.heads_kept()[-1].note.split("\n")[0]
    append_head(tmp_path / "made-up.txt", head_over(9_999, origin=origin).note)
    Liar.shows = (tmp_path / "made-up.txt").read_bytes()
    findings = record.verify(among=[liar]).findings
    assert [finding.kind for finding in findings] == [Kind.WITNESS], "it can't make us believe that we were set back"
    assert "it lies" in findings[0].text
    Liar.shows = b"<html>"
    assert "no head" in record.verify(among=[liar]).findings[0].text


def test_two_records_under_one_name_are_noticed(record: Record) -> None:
    """Two signed heads of one size: the key has signed a second record, shown to this witness alone."""
    from casework.audit.seal.keys import signing_key

    record.seal(batch=40)
    head = parse_checkpoint(record.heads_kept()[-1].note)
    second = Checkpoint(head.origin, head.size, hash_leaf(b"another record"), head.extensions)
    append_head(record.heads, sign_checkpoint(second, signing_key()))
    assert any("two records" in finding.text for finding in of_kind(record.verify(), Kind.TREE))


@pytest.mark.parametrize(
    "text", ["http://witness.example", "ftp://x", "file:relative", "/heads.txt", "https://", "https://x no-key", "x"]
)
def test_a_malformed_list_is_refused(text: str) -> None:
    with pytest.raises(SealProblem, match="SEAL_WITNESSES"):
        parse_witnesses(text)


def test_a_list_names_files_and_servers(witness: WitnessStore) -> None:
    found = parse_witnesses(f" file:/mnt/heads.txt, https://w.example/log/ {witness.verifier_key}, http://[::1]:8610,")
    assert [each.name for each in found] == ["file:/mnt/heads.txt", "https://w.example/log", "http://[::1]:8610"]
    assert parse_witnesses("") == []
