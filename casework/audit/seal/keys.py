"""The key that heads are signed with, and the keys that a verifier trusts: files, never in the database.

`known-keys.txt` holds one verifier key a line, as for a letter to a witness. A key that was replaced keeps its line,
with ` until SIZE` behind it: it vouches for heads up to that size and for none beyond, so that a key that leaks after
its time signs nothing that counts.
"""

import fcntl
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from casework.audit.seal.checkpoint import Checkpoint, NoteProblem, VerifierKey, open_checkpoint
from casework.audit.seal.store import SealProblem
from casework.key_file import new_ed25519_key, read_or_create

KNOWN_KEYS = "known-keys.txt"


@dataclass(frozen=True)
class KnownKey:
    """A key that is trusted for heads of up to `until` leaves, or for all."""

    key: VerifierKey
    until: int | None = None


def seal_folder() -> Path:
    """Where this machine keeps what it knows of the seals outside of the database. Raises: SealProblem."""
    folder: Path | None = settings.ENVIRONMENT.seal_folder
    if folder is None:
        raise SealProblem("Set SEAL_FOLDER to a folder outside of the database, for known keys and verified heads.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def signing_key() -> Ed25519PrivateKey:
    """The private key of this machine. The embedded default makes one; a server names a file. Raises: SealProblem."""
    path: Path | None = settings.ENVIRONMENT.seal_key_file
    if path is None:
        raise SealProblem("Set SEAL_KEY_FILE to an Ed25519 key in PEM: `manage.py prepare` makes one.")
    if settings.ENVIRONMENT.embedded:
        read_or_create(path, new_ed25519_key)
    return read_key(path)


def read_key(path: Path) -> Ed25519PrivateKey:
    """A private key from its file, which nobody else may read. Raises: SealProblem."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SealProblem(f"SEAL_KEY_FILE: others can open {path}. Run `chmod 600 {path}`.")
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise SealProblem(f"SEAL_KEY_FILE: {path} can't be read ({error.strerror}).") from None
    except (ValueError, TypeError):
        raise SealProblem(f"SEAL_KEY_FILE: {path} is no private key in PEM without a passphrase.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SealProblem(f"SEAL_KEY_FILE: {path} is a key of another kind; heads are signed with Ed25519.")
    return key


# Keys that are trusted ----------------------------------------------------------------------------


def known_keys(folder: Path) -> list[KnownKey]:
    """The keys in `known-keys.txt`; none when there is no file. Raises: SealProblem for a malformed line."""
    path, found = folder / KNOWN_KEYS, []
    text = path.read_text() if path.exists() else ""
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#")[0].split()
        if not words:
            continue
        try:
            until = int(words[2]) if len(words) == 3 and words[1] == "until" else None
            if len(words) != 1 and until is None:
                raise NoteProblem("It has more words than a key and ` until SIZE`.")
            found.append(KnownKey(VerifierKey.parse(words[0]), until))
        except (NoteProblem, ValueError) as problem:
            raise SealProblem(f"{path}, line {number}: {problem}") from None
    return found


def learn_key(folder: Path, key: VerifierKey, replacing_at: int | None = None) -> None:
    """Trust a key from now on. `replacing_at`: the other keys of this log vouch for heads up to this size only."""
    path = folder / KNOWN_KEYS
    with (folder / ".known-keys.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = known_keys(folder)
        if replacing_at is not None:
            kept = [
                KnownKey(known.key, replacing_at)
                if known.key.name == key.name and known.key != key and known.until is None
                else known
                for known in kept
            ]
        if all(known.key != key for known in kept):
            kept.append(KnownKey(key))
        lines = [f"{known.key}{'' if known.until is None else f' until {known.until}'}\n" for known in kept]
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_text(
            "# Keys whose signature on a head of the record counts. Kept by hand on a verifier's machine.\n"
            + "".join(lines)
        )
        draft.replace(path)


def open_known(note: str, keys: list[KnownKey]) -> Checkpoint:
    """The head of a note that a trusted key has signed within its time. Raises: NoteProblem."""
    head, _key = open_checkpoint(note, [known.key for known in keys])
    in_time = [known.key for known in keys if known.until is None or head.size <= known.until]
    with suppress(NoteProblem):
        return open_checkpoint(note, in_time)[0]
    raise NoteProblem("Only a key that had been replaced by then has signed this head.")
