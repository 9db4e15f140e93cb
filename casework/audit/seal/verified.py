"""How far this machine has verified the record: a small file outside of the database, where an increment starts."""

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path

from casework.audit.seal.store import SealProblem

VERIFIED = "verified.json"


@dataclass(frozen=True)
class Verified:
    """A head up to which all was well. `horizon`: the entries of transactions before it were in the tree."""

    origin: str
    epoch: int
    size: int
    root: bytes
    horizon: int
    last_entry: int = 0


def read_verified(folder: Path) -> Verified | None:
    """None when nothing has been verified here yet. Raises: SealProblem when the file is something else."""
    path = folder / VERIFIED
    try:
        content = json.loads(path.read_bytes())
        return Verified(**{**content, "root": base64.b64decode(content["root"], validate=True)})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise SealProblem(f"{path} can't be read. Remove it and verify the whole record.") from None


def write_verified(folder: Path, verified: Verified) -> None:
    """Keep it, at once or not at all."""
    path = folder / VERIFIED
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps({**vars(verified), "root": base64.b64encode(verified.root).decode()}))
    draft.replace(path)
