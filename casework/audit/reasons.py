"""A stated reason: the one text of a person that an entry may hold, and only encrypted.

The record stands on the ground floor and knows no key: the vault registers how a reason is sealed.
"""

import json
from collections.abc import Callable
from typing import Any

LONGEST_REASON = 500  # characters

Sealer = Callable[[str, bytes], bytes]
_sealers: list[Sealer] = []


def seal_reasons_by(sealer: Sealer) -> None:
    """Register who seals: `sealer(text, place)` returns the ciphertext. The last one registered seals."""
    _sealers[:] = [sealer]


def sealed_reason(entry: Any, text: str) -> bytes | None:
    """The ciphertext of a stated reason for this entry; None without a reason.

    Raises: RuntimeError when nobody seals, since a reason is never kept as it was typed; ValidationError for a text
    that may not be kept.
    """
    if not text:
        return None
    if not _sealers:
        raise RuntimeError("Nobody seals stated reasons: an entry holds none in plain.")
    return _sealers[0](text, place_of_reason(entry))


def place_of_reason(entry: Any) -> bytes:
    """Binds a reason to its entry: the correlation id, the member and the case. Moved elsewhere it does not open."""
    return json.dumps(["reason", entry.cid, entry.actor_id, entry.case_id], separators=(",", ":")).encode()
