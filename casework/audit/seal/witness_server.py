"""The witness that another agency runs: keeps the heads of logs it was asked to watch, and signs what it has kept.

In the form of c2sp.org/tlog-witness: `POST /add-checkpoint` with the size it had last, a proof of consistency and the
new head. It needs its own folder and nothing else, learns nothing of any case, and can say nothing but what it saw.
"""

import base64
import binascii
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from casework.audit.seal import head_file
from casework.audit.seal.checkpoint import COSIGNATURE, Checkpoint, NoteProblem, VerifierKey, cosign, parse_checkpoint
from casework.audit.seal.head_file import HeadFileProblem
from casework.audit.seal.keys import known_keys, open_known, read_key
from casework.audit.seal.store import SealProblem
from casework.audit.seal.tree import proves_consistency
from casework.key_file import new_ed25519_key, read_or_create

MOST_STEPS = 63  # of a proof, c2sp.org/tlog-witness
LARGEST_BODY = 64 * 1024
SECONDS = 10  # for a whole request, however slowly it comes
Answer = tuple[int, str]


class WitnessStore:
    """One witness's folder: its key, the keys of the logs that it watches, and a file of heads for each of them."""

    def __init__(self, folder: Path, name: str) -> None:
        """Makes the folder and the witness's key when they are missing. Raises: SealProblem."""
        self.folder, self.name = folder, name
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            read_or_create(folder / "witness.pem", new_ed25519_key)
            (folder / "known-keys.txt").touch()
        except OSError as error:
            raise SealProblem(f"{folder} can't be used ({error.strerror}).") from None
        self.key = read_key(folder / "witness.pem")

    @property
    def verifier_key(self) -> VerifierKey:
        return VerifierKey.of(self.name, self.key, COSIGNATURE)

    def add(self, body: bytes) -> Answer:
        """Status and text for one request to add a head. The keys are read anew each time: a new one counts at once."""
        try:
            old, proof, head = _parse(body)
        except (NoteProblem, ValueError):
            return 400, "This is no request to add a checkpoint.\n"
        keys = known_keys(self.folder)
        if all(known.key.name != head.origin for known in keys):
            return 404, "This witness does not watch that log.\n"
        try:
            open_known(head.note, keys)
        except NoteProblem as problem:
            return 403, f"{problem}\n"
        with head_file.alone_with(self.path_of(head.origin)):  # other threads, and another process on this folder
            return self._kept(head, old, proof)

    def _kept(self, head: Checkpoint, old: int, proof: list[bytes]) -> Answer:
        path = self.path_of(head.origin)
        last = head_file.last_head(path, head.origin)
        size = last.size if last else 0
        if old > head.size:
            return 400, "The old size is larger than the new one.\n"
        if old != size:
            return 409, f"{size}\n"
        if last is not None and last.size == head.size:
            if proof or last.root != head.root:
                return 409, f"{size}\n"
        else:
            if last is not None and not proves_consistency(last.size, head.size, proof, last.root, head.root):
                return 422, "This head does not extend the last one.\n"
            head_file.append_head(path, head.note)  # before it is signed for
        return 200, cosign(head, self.name, self.key, int(time.time()))

    def heads(self, origin: str) -> Answer:
        """Everything that was kept of one log, as lines of JSON."""
        path = self.path_of(origin)
        return (200, path.read_text()) if path.exists() else (404, "This witness has no head of that log.\n")

    def path_of(self, origin: str) -> Path:
        """The file of a log: named by a digest, since an origin comes from outside."""
        return self.folder / f"{sha256(origin.encode()).hexdigest()[:32]}.heads"


def _parse(body: bytes) -> tuple[int, list[bytes], Checkpoint]:
    first, blank, note = body.decode().partition("\n\n")
    old, *steps = first.split("\n")
    number = old.removeprefix("old ")
    if not blank or number == old or not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise ValueError("no old size")
    if len(steps) > MOST_STEPS:
        raise ValueError("too many steps")
    try:
        proof = [base64.b64decode(step, validate=True) for step in steps]
    except binascii.Error:
        raise ValueError("no proof") from None
    if any(len(step) != 32 for step in proof):
        raise ValueError("no proof")
    return int(number), proof, parse_checkpoint(note)


class _HandlerInTime(BaseHTTPRequestHandler):
    """Hangs up when a request takes too long as a whole; a limit for each read would never end."""

    def handle(self) -> None:
        end = threading.Timer(SECONDS, self._hang_up)
        end.daemon = True
        end.start()
        try:
            super().handle()
        except OSError:
            self.close_connection = True
        finally:
            end.cancel()

    def _hang_up(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


def make_server(store: WitnessStore, host: str, port: int) -> ThreadingHTTPServer:
    """A server that is bound and not yet running. Port 0 takes a free one. Raises: OSError."""

    class Handler(_HandlerInTime):
        server_version, sys_version = "casework-witness", ""

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if urllib.parse.urlsplit(self.path).path != "/add-checkpoint":
                self._answer(404, "Only /add-checkpoint takes heads.\n")
            elif not (length.isascii() and length.isdigit()) or int(length) > LARGEST_BODY:
                self._answer(413, "A request to add a checkpoint is shorter.\n")
            else:
                self._answer(*self._safely(lambda: store.add(self.rfile.read(int(length)))))

        def do_GET(self) -> None:
            parts = urllib.parse.urlsplit(self.path)
            if parts.path == "/key":
                self._answer(200, f"{store.verifier_key}\n")
            elif parts.path == "/heads":
                origin = urllib.parse.parse_qs(parts.query).get("origin", [""])[0]
                self._answer(*self._safely(lambda: store.heads(origin)))
            else:
                self._answer(404, "This is a witness: /key and /heads?origin=... can be read.\n")

        def _safely(self, work: Callable[[], Answer]) -> Answer:
            try:
                return work()
            except (HeadFileProblem, SealProblem, OSError) as problem:
                self.log_error("%s", problem)
                return 500, "This witness can't read or write its folder.\n"

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            kind = "text/x.tlog.size" if status == 409 else "text/plain; charset=utf-8"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return ThreadingHTTPServer((host, port), Handler)
