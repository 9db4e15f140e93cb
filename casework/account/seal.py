"""The seal of a telling: one keyed digest over everything that was told."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from casework.vault.keys import data_key

FORMAT = "casework/seal/1"
TEXTS = ("question", "answer", "question_speaker", "answer_speaker", "time_code", "phase", "question_type", "topic")


def digest_of(telling: Any, passages: Iterable[Any]) -> str:
    """HMAC-SHA-256, in hex, over the number of the telling and its passages in order.

    Keyed by a key derived from the data key of the case: it proves the text to whoever can read it, and lets nobody
    else try texts against it. Raises: NoOpenReading; CannotOpen.
    """
    rows = [[passage.number, *(getattr(passage, name) for name in TEXTS)] for passage in passages]
    canonical = json.dumps([FORMAT, telling.number, rows], ensure_ascii=False, separators=(",", ":"))
    return hmac.new(_seal_key(telling.case_id), canonical.encode(), hashlib.sha256).hexdigest()


def seal_holds(telling: Any, passages: Iterable[Any]) -> bool:
    """True when the passages are, to the letter, what was sealed. Raises: NoOpenReading; CannotOpen."""
    return hmac.compare_digest(telling.digest, digest_of(telling, passages))


def _seal_key(case_id: int) -> bytes:
    return HKDFExpand(SHA256(), 32, FORMAT.encode()).derive(data_key(case_id))
