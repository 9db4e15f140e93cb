"""AES-256-GCM for fields and for case keys. Bytes in, bytes out; no database here.

A field is bound to its table, column, row and case; a case key to its case and master key version. What is moved
elsewhere does not open. Source: SECURITY.md, section 4.
"""

import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D; random nonces stay far below 2**32 values per case key
FORMAT = b"\x01"


class CannotOpen(Exception):
    """A ciphertext does not belong to this row, column, case or key, or was altered."""


def new_data_key() -> bytes:
    """A fresh 256-bit key for one case."""
    return AESGCM.generate_key(KEY_BYTES * 8)


def place(table: str, column: str, row: int, case: int) -> bytes:
    """The additional data that binds a ciphertext to where it is stored."""
    return json.dumps(["f1", table, column, str(row), str(case)], separators=(",", ":")).encode()


def seal(key: bytes, plaintext: bytes, where: bytes) -> bytes:
    """Encrypt; 29 bytes longer than the plaintext (format 1, nonce 12, tag 16)."""
    nonce = os.urandom(NONCE_BYTES)
    return FORMAT + nonce + AESGCM(key).encrypt(nonce, plaintext, where)


def unseal(key: bytes, ciphertext: bytes, where: bytes) -> bytes:
    """Decrypt. Raises: CannotOpen when anything about the value or its place differs."""
    if ciphertext[:1] != FORMAT:
        raise CannotOpen("Unknown format of an encrypted value.")
    nonce, body = ciphertext[1 : 1 + NONCE_BYTES], ciphertext[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, where)
    except (InvalidTag, ValueError) as problem:
        raise CannotOpen("An encrypted value does not open here.") from problem


def wrap(master: bytes, version: int, data_key: bytes, case: int) -> bytes:
    """Encrypt a case key under one version of the master key: 60 bytes."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(master).encrypt(nonce, data_key, _wrapping(version, case))


def unwrap(master: bytes, version: int, wrapped: bytes, case: int) -> bytes:
    """Open a case key. Raises: CannotOpen for another case, version or master key."""
    try:
        return AESGCM(master).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _wrapping(version, case))
    except (InvalidTag, ValueError) as problem:
        raise CannotOpen("The key of this case does not open.") from problem


def _wrapping(version: int, case: int) -> bytes:
    return b"casework/dek/v%d/case:%d" % (version, case)
