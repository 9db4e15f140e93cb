"""Stated reasons of audit entries: sealed under a key of their own, opened where the look is recorded.

Not under the key of the case: whoever audits opens no text of a case, yet reads why somebody looked; and when the key
of a case is destroyed, the record of who looked, and why, stays whole.
"""

from typing import Any

from django.conf import settings

from casework.audit.reasons import LONGEST_REASON, place_of_reason
from casework.guard.text import check_text
from casework.vault import crypto
from casework.vault.reading import current_reading


def seal_reason(text: str, place: bytes) -> bytes:
    """The ciphertext of a reason. Raises: GuardRefusal for a text that is too long or may not be kept."""
    return crypto.seal(_key(), check_text(text, LONGEST_REASON).encode(), place)


def reason_of(entry: Any) -> str:
    """The stated reason of an entry, empty when none was stated; the entry is noted as shown.

    Raises: NoOpenReading; CannotOpen when it was moved from another entry or altered.
    """
    if not entry.reason_sealed:
        return ""
    reading = current_reading()
    opened = crypto.unseal(_key(), bytes(entry.reason_sealed), place_of_reason(entry))
    if entry.case_id is not None:
        reading.note(case_id=entry.case_id, label=entry._meta.label_lower, pk=entry.pk, compartment="overview")
    return opened.decode()


def _key() -> bytes:
    return bytes(settings.CASEWORK_KEYS.derive("stated reasons"))
