"""Checks a proof from a Casework record on any machine: Python 3.9 or later and `cryptography`, nothing else.

    python check_proof.py FILE KEY

FILE: an entry's proof, or the proof that one signed head extends another. KEY: the log's verifier key,
name+hash+key, from somebody you trust: a witness, a letter, the court's file. Not from the file itself.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def opened(note: str, key: str) -> tuple[int, bytes]:
    """Size and root of a head that this key has signed. Raises ValueError or InvalidSignature otherwise."""
    name, key_hash, packed = key.split("+", 2)
    raw = base64.b64decode(packed)
    key_id = sha256(name.encode() + b"\n" + raw)[:4]
    if raw[0] != 1 or key_id.hex() != key_hash:
        raise ValueError("this is no verifier key of a log")
    body, _, signatures = note.partition("\n\n")
    for line in signatures.splitlines():
        dash, signer, packed = line.split(" ")
        signature = base64.b64decode(packed)
        if dash == "\u2014" and signer == name == body.split("\n")[0] and signature[:4] == key_id:
            Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature[4:], (body + "\n").encode())
            return int(body.split("\n")[1]), base64.b64decode(body.split("\n")[2])
    raise ValueError("the head is not signed by this key")


def walk(at: int, last: int, path: list[bytes], first: bytes, second: bytes) -> tuple[bytes, bytes]:
    """RFC 9162, 2.1.3.2 and 2.1.4.2: the roots that this path leads to from two nodes at one place."""
    for step in path:
        if last == 0:
            raise ValueError("the path is too long")
        if at & 1 or at == last:
            first, second = sha256(b"\1" + step + first), sha256(b"\1" + step + second)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            second = sha256(b"\1" + second + step)
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return first, second


def check(proof: dict[str, Any], key: str) -> str:
    """What the proof proves, in words. Raises an exception when it proves nothing."""
    size, root = opened(proof["checkpoint"], key)
    path = [base64.b64decode(step) for step in proof["path"]]
    if "entry" in proof:
        leaf, index = sha256(b"\0" + proof["entry"].encode()), proof["index"]
        if not 0 <= index < size or walk(index, size - 1, path, leaf, leaf)[1] != root:
            raise ValueError("the entry is not in the tree")
        return f"This entry is leaf {index} of the record of {size} that was signed:\n{proof['entry']}"
    old_size, old_root = opened(proof["old"], key)
    if not 0 < old_size <= size:
        raise ValueError("the later head is not the larger one")
    if old_size == size:
        found = root, old_root
    else:
        steps = path if old_size & (old_size - 1) else [old_root, *path]
        at, last = old_size - 1, size - 1
        while at & 1:
            at, last = at >> 1, last >> 1
        found = walk(at, last, steps[1:], steps[0], steps[0])
    if found != (old_root, root):
        raise ValueError("the later head does not extend the earlier one")
    return f"The record of {size} begins with the record of {old_size}: nothing of it was changed."


if __name__ == "__main__":
    try:
        sys.stdout.write(check(json.loads(Path(sys.argv[1]).read_text("utf-8")), sys.argv[2]) + "\n")
    except Exception as problem:
        sys.exit(f"NOT PROVEN: {problem or type(problem).__name__}")
