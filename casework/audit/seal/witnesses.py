"""Witnesses: who keeps our heads where nobody of this house can change them, and what each of them says.

A witness accepts a head only with a proof that it extends its last, so that whoever rewrites the record must either
show two trees or leave the witness behind. One that is down, lies or forks is noticed and shown; none is waited for.
"""

import base64
import ipaddress
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from django.conf import settings

from casework.audit.seal import head_file
from casework.audit.seal.checkpoint import Checkpoint, NoteProblem, VerifierKey, cosigned_at
from casework.audit.seal.head_file import HeadFileProblem
from casework.audit.seal.store import SealProblem
from casework.audit.seal.tree import Hash, proves_consistency

TIMEOUT = 5.0  # seconds
LARGEST_ANSWER = 64 * 1024 * 1024  # bytes, of a history of heads
Prove = Callable[[int, int], list[Hash]]  # (old size, new size) to a proof of consistency


class WitnessProblem(Exception):
    """What is wrong with a witness, or with us in its eyes. One line."""


class Witness(Protocol):
    """Somebody who keeps heads. `name`: for pages and reports."""

    @property
    def name(self) -> str: ...

    def tell(self, head: Checkpoint, known: int, prove: Prove) -> str:
        """Have this head kept. `known`: the size that the witness had last. Returns its signature, or nothing.

        Raises: WitnessProblem.
        """

    def heads(self, origin: str) -> list[Checkpoint]:
        """All heads of this log that it has kept. Raises: WitnessProblem."""


@dataclass(frozen=True)
class FileWitness:
    """A file elsewhere: another machine's disk, mounted so that it can only be appended to, or a write-once medium."""

    path: Path

    @property
    def name(self) -> str:
        return f"file:{self.path}"

    def tell(self, head: Checkpoint, known: int, prove: Prove) -> str:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with head_file.alone_with(self.path):
                last = head_file.last_head(self.path, head.origin)
                if last is not None and self._is_kept(last, head, prove):
                    return ""
                head_file.append_head(self.path, head.note)
        except OSError as error:
            raise WitnessProblem(f"{self.path} can't be used ({error.strerror}).") from None
        except HeadFileProblem as problem:
            raise WitnessProblem(str(problem)) from None
        return ""

    def _is_kept(self, last: Checkpoint, head: Checkpoint, prove: Prove) -> bool:
        """True when there is nothing to add. Raises: WitnessProblem when this head does not extend the last."""
        if last.size == head.size and last.root == head.root:
            return True
        if last.size >= head.size:
            raise WitnessProblem(_is_longer(last.size, head.size))
        if not proves_consistency(last.size, head.size, prove(last.size, head.size), last.root, head.root):
            raise WitnessProblem(FORKED)
        return False

    def heads(self, origin: str) -> list[Checkpoint]:
        try:
            return head_file.all_heads(self.path, origin)
        except HeadFileProblem as problem:
            raise WitnessProblem(str(problem)) from None


FORKED = "It refuses our head, since it does not extend the one that it has: the record was rewritten, or it lies."


def _is_longer(theirs: int, ours: int) -> str:
    return f"It has a head over {theirs:,} leaves, ours is over {ours:,}: the record was set back, or it lies."


@dataclass(frozen=True)
class HttpWitness:
    """A witness of another agency: `manage.py witness` there. `key`: what its signatures are checked with."""

    url: str
    key: VerifierKey | None = None

    @property
    def name(self) -> str:
        return self.url

    def tell(self, head: Checkpoint, known: int, prove: Prove) -> str:
        status, answer = self._add(head, known, prove)
        if status == 409 and answer.strip().isdigit():
            theirs = int(answer)
            if theirs > head.size:
                raise WitnessProblem(_is_longer(theirs, head.size))
            status, answer = self._add(head, theirs, prove)
        if status == 200:
            return self._signed(head, answer)
        raise WitnessProblem(REFUSALS.get(status, f"It answered with status {status}."))

    def _signed(self, head: Checkpoint, answer: str) -> str:
        if self.key is None:
            return ""
        for line in answer.splitlines():
            try:
                cosigned_at(head, line + "\n", self.key)
            except NoteProblem:
                continue
            return line
        raise WitnessProblem("It says that it has kept our head, but its signature is missing or wrong.")

    def _add(self, head: Checkpoint, known: int, prove: Prove) -> tuple[int, str]:
        proof = prove(known, head.size) if 0 < known < head.size else []
        lines = [f"old {known}", *(base64.b64encode(step).decode() for step in proof)]
        body = "\n".join(lines) + "\n\n" + head.note
        request = urllib.request.Request(f"{self.url}/add-checkpoint", data=body.encode(), method="POST")  # noqa: S310
        request.add_header("Content-Type", "text/plain; charset=utf-8")
        return self._ask(request, 64 * 1024)

    def heads(self, origin: str) -> list[Checkpoint]:
        query = urllib.parse.urlencode({"origin": origin})
        status, answer = self._ask(urllib.request.Request(f"{self.url}/heads?{query}"), LARGEST_ANSWER)  # noqa: S310
        if status == 404:
            return []
        if status != 200:
            raise WitnessProblem(f"It answered with status {status}.")
        try:
            return head_file.heads_in(answer.encode().split(b"\n"), origin, "Its answer")
        except HeadFileProblem as problem:
            raise WitnessProblem(str(problem)) from None

    def _ask(self, request: urllib.request.Request, largest: int) -> tuple[int, str]:
        try:
            with OPENER.open(request, timeout=TIMEOUT) as response:
                return response.status, _text(response, largest)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _text(error, 1_000)
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise WitnessProblem(f"It does not answer ({str(reason) or type(error).__name__}).") from None
        except Exception as error:  # http.client's own, for a server that speaks something else
            raise WitnessProblem(f"It does not answer ({type(error).__name__}).") from None


REFUSALS = {
    400: "It does not understand our head.",
    403: "It does not know the key that signed our head: give it the new one.",
    404: "It does not know this log: give it the log's key.",
    409: FORKED,
    422: FORKED,
}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any, **options: Any) -> None:
        return None


OPENER = urllib.request.build_opener(_NoRedirects)


def _text(response: IO[bytes], largest: int) -> str:
    body = response.read(largest + 1)
    if len(body) > largest:
        raise WitnessProblem("Its answer is longer than any answer that it should give.")
    return body.decode(errors="replace")


# The list -----------------------------------------------------------------------------------------


def witnesses() -> list[Witness]:
    """Those of the setting. Raises: SealProblem for a malformed one."""
    return parse_witnesses(settings.ENVIRONMENT.seal_witnesses)


def parse_witnesses(text: str) -> list[Witness]:
    """`SEAL_WITNESSES`: `file:/path` or `https://host KEY`, commas between them. Raises: SealProblem."""
    found: list[Witness] = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        address, _space, key = item.partition(" ")
        if address.startswith("file:/"):
            found.append(FileWitness(Path(address.removeprefix("file:"))))
        elif _is_safe(address):
            try:
                found.append(HttpWitness(address.rstrip("/"), VerifierKey.parse(key) if key.strip() else None))
            except NoteProblem as problem:
                raise SealProblem(f"SEAL_WITNESSES: {address}: {problem}") from None
        else:
            raise SealProblem(
                f"SEAL_WITNESSES: {address} must be file:/path or https://host, http:// on this machine only."
            )
    return found


def _is_safe(address: str) -> bool:
    parts = urllib.parse.urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "http":
        return parts.scheme == "https" and bool(host)
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
