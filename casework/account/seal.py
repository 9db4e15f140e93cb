"""The seal of a telling: one keyed digest over everything that was told, and over the log of that occasion."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from casework.vault.keys import data_key

FORMAT = 3  # of new seals; older ones are checked by their own format for as long as the record is kept
KIND = "casework/seal/"
SAID = ("question", "answer", "question_speaker", "answer_speaker", "time_code", "phase", "question_type")
LOG = (
    "kind", "told_on", "started_at", "ended_at", "protocol", "told_to", "place", "present", "language", "circumstances",
    "demeanour", "breaks", "recording_reference",
)  # fmt: skip
SESSION = (
    *LOG, "told_when", "interviewer_id", "people_rows", "questions_asked", "drawings", "pause_rows",
    "recording_custodian", "note_reference", "new_topics", "protection", "salient_points",
)  # fmt: skip
BY_WHOM = ("signed_by_id", "signed_by_label", "sealed_by_id", "sealed_by_label")


def digest_of(telling: Any, passages: Iterable[Any], seal_format: int = FORMAT) -> str:
    """HMAC-SHA-256, in hex, over the number of the telling, its log and its passages in order.

    Keyed by a key derived from the data key of the case: it proves the text to whoever can read it, and lets nobody
    else try texts against it. `seal_format` is part of what is signed, so that no seal passes for one of another
    format. Raises: NoOpenReading; CannotOpen; KeyError for a format that there is not.
    """
    content = CONTENTS[seal_format](telling, passages)
    canonical = json.dumps(
        [f"{KIND}{seal_format}", telling.number, *content], ensure_ascii=False, separators=(",", ":"), default=str
    )
    return hmac.new(_seal_key(telling.case_id, seal_format), canonical.encode(), hashlib.sha256).hexdigest()


def seal_holds(telling: Any, passages: Iterable[Any]) -> bool:
    """True when log and passages are, to the letter, what was sealed. Raises: NoOpenReading; CannotOpen."""
    if telling.seal_format not in CONTENTS:
        return False
    return hmac.compare_digest(telling.digest, digest_of(telling, passages, telling.seal_format))


def _passages_with_one_topic(telling: Any, passages: Iterable[Any]) -> list[Any]:
    """Format 1: the passages alone, each with one topic or none."""
    return [[[each.number, *_said(each), (each.topics or [""])[0]] for each in passages]]


def _log_and_passages(telling: Any, passages: Iterable[Any]) -> list[Any]:
    """Format 2: the log, and the passages with all their topics."""
    return [
        [[name, getattr(telling, name)] for name in LOG],
        [[each.number, *_said(each), list(each.topics)] for each in passages],
    ]


def _session_and_passages(telling: Any, passages: Iterable[Any]) -> list[Any]:
    """Format 3: as format 2, with the rows of the session, and who the two people were who sealed it."""
    return [
        [[name, getattr(telling, name)] for name in (*SESSION, *BY_WHOM)],
        [[each.number, *_said(each), list(each.topics)] for each in passages],
    ]


def _said(passage: Any) -> list[str]:
    return [getattr(passage, name) for name in SAID]


def _seal_key(case_id: int, seal_format: int) -> bytes:
    return HKDFExpand(SHA256(), 32, f"{KIND}{seal_format}".encode()).derive(data_key(case_id))


CONTENTS: dict[int, Callable[[Any, Iterable[Any]], list[Any]]] = {
    1: _passages_with_one_topic,
    2: _log_and_passages,
    3: _session_and_passages,
}
