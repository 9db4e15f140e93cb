"""Marks of an address: enough to tell whether two are the same place, and nothing to read one from.

Each part of an address, a word or a number, becomes a keyed digest. The address itself is kept nowhere; whoever has the
database without the key file can't try addresses out.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Collection

from django.conf import settings

SHORTEST_WORD = 3  # letters; shorter words are abbreviations and sides of a staircase
DIGITS_OF_MARK = 16  # 64 bits: far more than a register of streets needs
NUMBER, WORD = "n", "w"


def address_marks(text: str) -> list[str]:
    """The marks of an address in any order of its parts, sorted; none for an empty one. Same text, same marks."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    parts = "".join(each if each.isalnum() else " " for each in plain.casefold()).split()
    key = settings.CASEWORK_KEYS.derive("addresses")
    marks = {
        _kind(part) + hmac.new(key, part.encode(), hashlib.sha256).hexdigest()[:DIGITS_OF_MARK]
        for part in parts
        if part[0].isdecimal() or len(part) >= SHORTEST_WORD
    }
    return sorted(marks)


def same_address(one: Collection[str], other: Collection[str]) -> bool:
    """True when all parts of the shorter address stand in the longer: a country or a floor more makes no other place.

    One number and two words at least, or a whole town would be one place.
    """
    shorter, longer = sorted((set(one), set(other)), key=len)
    kinds = [mark[:1] for mark in shorter]
    return shorter <= longer and kinds.count(NUMBER) >= 1 and kinds.count(WORD) >= 2


def _kind(part: str) -> str:
    return NUMBER if part[0].isdecimal() else WORD
