"""What was signed here last: a small file outside of the database, so that no key of ours signs two histories.

A database that was set back, or whose tree was thrown away, looks like any other to the sealer that reads it. This file
does not: what is sealed next has to extend the head that it names.
"""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path

from casework.audit.seal.checkpoint import Checkpoint
from casework.audit.seal.store import SealProblem

SIGNED = "signed.json"


def keep_signed(folder: Path, head: Checkpoint) -> None:
    """Remember this head as the last of its log. After the commit: a head that was rolled back binds nobody."""
    heads = {**_read(folder), head.origin: (head.size, base64.b64encode(head.root).decode())}
    draft = folder / f".{SIGNED}.{os.getpid()}"
    draft.write_text(json.dumps(heads))
    draft.replace(folder / SIGNED)


def is_extended(folder: Path, origin: str, root_at: Callable[[int], bytes | None]) -> bool:
    """Whether the log still has the head that was signed here last; true where none was. `root_at`: of a size.

    Raises: SealProblem when the file is something else.
    """
    kept = _read(folder).get(origin)
    return kept is None or root_at(kept[0]) == base64.b64decode(kept[1])


def _read(folder: Path) -> dict[str, tuple[int, str]]:
    path = folder / SIGNED
    try:
        content = json.loads(path.read_text())
        return {str(origin): (int(size), str(root)) for origin, (size, root) in content.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError):
        raise SealProblem(f"{path} can't be read. Verify the record, then remove this file.") from None
