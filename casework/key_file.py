"""The key file: the master keys of the vault and the keys that others are derived from."""

import base64
import binascii
import json
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from casework.problems import EnvironmentProblem

KEY_BYTES = 32


def read_or_create(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes of a secret file, made with mode 0600 if missing; concurrent makers agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        except FileExistsError:
            pass  # another command was first: its file counts
        finally:
            draft.unlink()
    return path.read_bytes()


@dataclass(frozen=True, repr=False)
class Keys:
    """The keys of the key file. `master`: 32 bytes a version; `current`: the one for new case keys."""

    master: dict[int, bytes]
    current: int
    member_token: bytes
    root: bytes

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose; rotation of the master key doesn't change them."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"casework/" + purpose.encode()).derive(self.root)

    def __repr__(self) -> str:
        return f"Keys(versions={sorted(self.master)}, current={self.current})"


def read_keys(path: Path) -> Keys:
    """The keys of a key file, which only its owner may be able to read. Raises: EnvironmentProblem."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise EnvironmentProblem(f"CASEWORK_KEYS: {path} is not a regular file. Name the key file.")
        if status.st_mode & 0o077:
            raise EnvironmentProblem(f"CASEWORK_KEYS: others can open {path}. Run `chmod 600 {path}`.")
        return _parse_keys(json.loads(path.read_bytes()))
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise EnvironmentProblem(f"CASEWORK_KEYS: {path} can't be read ({why}). Name a key file.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = str(error) if isinstance(error, _KeyFileError) else "it is not JSON of the form described in the README"
        raise EnvironmentProblem(f"CASEWORK_KEYS: {path} is not a key file: {why}. Restore it from a copy.") from None


class _KeyFileError(ValueError):
    """What is wrong inside a key file, without its content."""


def _parse_keys(content: Any) -> Keys:
    if content["format"] != 1:
        raise _KeyFileError("its format is not 1")
    master = {int(version): _key(text, f"master {int(version)}") for version, text in content["master"].items()}
    current = content["current"]
    if type(current) is not int or current not in master:
        raise _KeyFileError("its current version is not among the master keys")
    if not all(1 <= version <= 255 for version in master):
        raise _KeyFileError("a version is not between 1 and 255")  # one byte in front of each wrapped key
    return Keys(master, current, _key(content["member_token"], "member_token"), _key(content["root"], "root"))


def _key(text: str, name: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise _KeyFileError(f"{name} is not {KEY_BYTES} bytes in base64")
    return key


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def new_keys() -> bytes:
    keys = {
        "format": 1,
        "master": {"1": _new_key()},
        "current": 1,
        "member_token": _new_key(),
        "root": _new_key(),
    }
    return json.dumps(keys, indent=1).encode()


def new_ed25519_key() -> bytes:
    """A new private key for signing, in PEM: of the record's heads, or of a witness."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_new_keys(path: Path) -> None:
    """Make a key file of mode 0600, whole or not at all. Raises: FileExistsError; none is overwritten."""
    made: list[bytes] = []

    def make() -> bytes:
        made.append(new_keys())
        return made[0]

    if read_or_create(path, make) not in made:
        raise FileExistsError(f"{path} is there already.")


def add_master_key(path: Path) -> int:
    """Add the next version of the master key and make it current, at once. Returns the version.

    Older versions stay. Not for two commands at the same time. Raises: EnvironmentProblem.
    """
    version = max(read_keys(path).master) + 1
    if version > 255:
        raise EnvironmentProblem(f"CASEWORK_KEYS: {path} has its 255 versions. Remove old ones that wrap nothing.")
    target = path.resolve()
    content = json.loads(target.read_bytes())
    content["master"][str(version)], content["current"] = _new_key(), version
    status = target.stat()
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
            if os.geteuid() == 0:
                os.fchown(descriptor, status.st_uid, status.st_gid)
            file.write(json.dumps(content, indent=1).encode())
            file.flush()
            os.fsync(descriptor)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return version
