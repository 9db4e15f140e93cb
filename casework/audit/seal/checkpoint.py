"""Signed tree heads in the form of C2SP: a checkpoint is a signed note of origin, size and root.

Forms: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, and c2sp.org/tlog-cosignature for what a witness adds. A
verifier key, `name+hash+key`, is a log's or a witness's public key as one word that fits into a letter.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

DASH = "\N{EM DASH}"
ED25519, COSIGNATURE = 1, 4  # signature types of c2sp.org/signed-note
MAX_NOTE = 16 * 1024  # bytes; ours are some 300
NAME = re.compile(r"[^\s+]{1,200}")
SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


class NoteProblem(Exception):
    """A note is malformed, or is not signed by the key that it must be signed by."""


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name it signs under. `kind`: ED25519 of a log, or COSIGNATURE of a witness."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        packed = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{packed}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Raises: NoteProblem when it is none, or one of a kind unknown here."""
        name, _sign, rest = text.strip().partition("+")
        key_hash, _sign, packed = rest.partition("+")
        raw = _decoded(packed)
        if not NAME.fullmatch(name) or len(raw) != 33 or raw[0] not in (ED25519, COSIGNATURE):
            raise NoteProblem("This is no verifier key of the form name+hash+key.")
        key = cls(name, raw[1:], raw[0])
        if key.key_id.hex() != key_hash:
            raise NoteProblem("The hash inside this verifier key doesn't fit its key.")
        return key

    @classmethod
    def of(cls, name: str, key: Ed25519PrivateKey, kind: int = ED25519) -> "VerifierKey":
        return cls(name, key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), kind)

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Checkpoint:
    """A tree head. `extensions`: further signed lines. `note`: the whole text, signatures included."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    note: str = field(default="", compare=False)

    @property
    def body(self) -> str:
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions]
        return "\n".join(lines) + "\n"


def sign_checkpoint(head: Checkpoint, *keys: Ed25519PrivateKey) -> str:
    """The note: the head's body and one signature for each key, each under the origin's name."""
    return head.body + "\n" + "".join(_signature_line(head.origin, key, head.body) for key in keys)


def _signature_line(name: str, key: Ed25519PrivateKey, body: str) -> str:
    return signature_line(VerifierKey.of(name, key), key.sign(body.encode()))


def signature_line(key: VerifierKey, signature: bytes) -> str:
    """One line of signature as it stands at the end of a note."""
    return f"{DASH} {key.name} {base64.b64encode(key.key_id + signature).decode()}\n"


def parse_checkpoint(note: str) -> Checkpoint:
    """Read a note without checking any signature. Raises: NoteProblem."""
    if len(note) > MAX_NOTE or "\r" in note or "\0" in note:
        raise NoteProblem("This is too long or malformed for a checkpoint.")
    body, blank, _signatures = note.partition("\n\n")
    lines = body.split("\n")
    if not blank or len(lines) < 3 or not NAME.fullmatch(lines[0]) or not SIZE.fullmatch(lines[1]):
        raise NoteProblem("This is no checkpoint: it needs origin, size and root, a blank line, and signatures.")
    root = _decoded(lines[2])
    if len(root) != 32 or not all(lines[3:]):
        raise NoteProblem("The root of this checkpoint is malformed.")
    return Checkpoint(lines[0], int(lines[1]), root, tuple(lines[3:]), note)


def signatures_of(note: str) -> list[tuple[str, bytes, bytes]]:
    """Every signature of a note as (name, key id, signature). Raises: NoteProblem."""
    _body, _blank, block = note.partition("\n\n")
    lines = block.splitlines()
    if not 1 <= len(lines) <= 100:
        raise NoteProblem("A checkpoint carries between 1 and 100 signatures.")
    found = []
    for line in lines:
        dash, _space, rest = line.partition(" ")
        name, _space, packed = rest.partition(" ")
        raw = _decoded(packed)
        if dash != DASH or not NAME.fullmatch(name) or len(raw) < 5:
            raise NoteProblem("A signature of this checkpoint is malformed.")
        found.append((name, raw[:4], raw[4:]))
    return found


def open_checkpoint(note: str, keys: list[VerifierKey]) -> tuple[Checkpoint, VerifierKey]:
    """The head, and which of these keys has signed it.

    A signature of an unknown key is passed over; a wrong one of a known key refuses the note. Raises: NoteProblem.
    """
    head = parse_checkpoint(note)
    signed_by: VerifierKey | None = None
    for name, key_id, signature in signatures_of(note):
        for key in keys:
            if (key.kind, key.name, key.key_id) != (ED25519, name, key_id) or name != head.origin:
                continue
            if not key.has_signed(head.body.encode(), signature):
                raise NoteProblem("A signature of a known key is wrong: the checkpoint was changed after signing.")
            signed_by = signed_by or key
    if signed_by is None:
        raise NoteProblem("No known key has signed this checkpoint.")
    return head, signed_by


# Witnesses ----------------------------------------------------------------------------------------


def cosign(head: Checkpoint, name: str, key: Ed25519PrivateKey, at: int) -> str:
    """A witness's line for a head that it has seen at this time, in seconds since 1970."""
    signature = at.to_bytes(8, "big") + key.sign(_cosigned(head, at))
    return signature_line(VerifierKey.of(name, key, COSIGNATURE), signature)


def cosigned_at(head: Checkpoint, line: str, key: VerifierKey) -> int:
    """When this witness has seen this head. Raises: NoteProblem when the line doesn't say so."""
    for name, key_id, signature in signatures_of(f"\n\n{line}"):
        if (name, key_id) == (key.name, key.key_id) and len(signature) == 72:
            at = int.from_bytes(signature[:8], "big")
            if key.has_signed(_cosigned(head, at), signature[8:]):
                return at
    raise NoteProblem("The witness's signature is missing or wrong.")


def _cosigned(head: Checkpoint, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{head.body}".encode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteProblem("Something in this note is not base64.") from None
