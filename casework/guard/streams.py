"""Judges of letters: text whose letters are spread as in no language, whatever words they are made to look like."""

import re
from collections import Counter
from itertools import pairwise

from casework.guard.naming import PICTURE_TEXT
from casework.guard.refusal import Found
from casework.guard.signatures import type_of

LETTERS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz")
NO_LETTERS = bytes(set(range(256)) - set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
WINDOW = 800  # letters
EACH = [bytes([letter]) for letter in b"abcdefghijklmnopqrstuvwxyz"]
VOWELS = (b"a", b"e", b"i", b"o", b"u")
MOST_WITHOUT_VOWELS = 29  # of 100 letters; languages have 33 and more, where their vowels are letters of ASCII
WIDE_WINDOW, SAMPLE = 512, 128  # characters
MOST_IN_SAMPLE = 44  # different ones; alphabets have 30 to 40; Chinese and Korean have more, and are looked at closer
FEWEST_WIDE = 200  # characters
MOST_DIFFERENT = 0.86  # of 200 characters and more; Chinese has 0.75 where it is short
MOST_IN_BLOCK = 150  # different signs out of 256 neighbours
FEWEST_EVEN = 700  # characters
MOST_FREQUENT = 30  # times in 1,024 signs; 64 signs by chance have 16 each, and hardly ever one 30 times
MOST_UNEVEN = 1.5  # variance over mean; 1 for chance, 2 and more for any language
CHINESE, BEHIND = re.compile("[\u4e00-\u9fff]"), re.compile("[\ua000-\ua95f\ua980-\uabff]")  # not Korean letters
MOST_MIXED = 20  # characters
ASCII = bytes(range(128))


def letter_stream(raw: bytes) -> Found | None:
    """Letters alone: an encoding in base 26 or 16, in groups or not. None where a language is written."""
    letters = raw.translate(LETTERS, NO_LETTERS)
    for at in range(0, len(letters) - WINDOW // 2, WINDOW):
        window = letters[at : at + WINDOW]
        if sum(map(window.count, VOWELS)) * 100 < MOST_WITHOUT_VOWELS * len(window) and _spread_as_in_no_language(
            window
        ):
            return _found_window(raw, at, len(window))
    return None


def _spread_as_in_no_language(window: bytes) -> bool:
    counts = [window.count(each) for each in EACH]
    total = len(window)
    same = sum(count * count for count in counts) / (total * total)
    if same > 0.05 and sum(map(bool, counts)) > 16:
        return False
    pairs = Counter(pairwise(window))
    return sum(count * (count - 1) for count in pairs.values()) / (total * total) < 1.35 * same * same


def _found_window(raw: bytes, at: int, size: int) -> Found:
    spans = [found.start() for found in re.finditer(rb"[A-Za-z]", raw)]
    return Found("letters", spans[at], spans[at + size - 1] + 1)


def wide_stream(text: str) -> Found | None:
    """Characters outside ASCII: bytes written as one of 256 signs, 6 bits as one of 64, 15 as one of 32,768."""
    if text.isascii():
        return None
    wide = text.encode().translate(None, ASCII).decode()
    at = 0 if _are_bytes(wide[:WIDE_WINDOW]) else _first_even(wide)
    if at is None:
        return None
    places = [place for place, character in enumerate(text) if character > "\x7f"]
    return Found("signs", places[at], places[min(at + 2 * WIDE_WINDOW, len(places)) - 1] + 1)


def _first_even(wide: str) -> int | None:
    for at in range(0, len(wide) - FEWEST_WIDE, WIDE_WINDOW):
        window = wide[at : at + 2 * WIDE_WINDOW]
        if len(set(window[:SAMPLE])) > MOST_IN_SAMPLE and _is_no_script(window):
            return at
        if max(window[:SAMPLE]) >= "\ua000" and _mixes_scripts(window):
            return at
    return None


def _is_no_script(window: str) -> bool:
    """More different signs than a text has, too many of one block, or each about as frequent as the others."""
    seen = set(window)
    kinds = len(seen)
    if kinds * 2 > len(window):
        first = window[:WIDE_WINDOW]
        return len(set(first)) > MOST_DIFFERENT * len(first)
    if kinds > MOST_IN_BLOCK and ord(max(seen)) - ord(min(seen)) < 0x100:
        return True
    return len(window) >= FEWEST_EVEN and kinds * 3 <= len(window) and _is_even(window)


def _mixes_scripts(window: str) -> bool:
    """Chinese characters and those of scripts that stand behind them in Unicode and in no text beside them."""
    return len(CHINESE.findall(window)) > MOST_MIXED and len(BEHIND.findall(window)) > MOST_MIXED


def _is_even(window: str) -> bool:
    """Chance makes each sign about as frequent as another; a language has one that is far ahead, and seen at once."""
    frequent, _count = Counter(window[:SAMPLE]).most_common(1)[0]
    if window.count(frequent) > MOST_FREQUENT:
        return False
    counts = Counter(window).values()
    mean = len(window) / len(counts)
    return sum((count - mean) ** 2 for count in counts) < MOST_UNEVEN * mean * len(counts)


def _are_bytes(first: str) -> bool:
    """One sign for each byte, from one block, as yEnc has it: the first bytes of a known file."""
    if len(first) < FEWEST_WIDE or ord(max(first)) - ord(min(first)) >= 0x200:
        return False
    lowest = ord(min(first))
    readings = (bytes((ord(sign) - start) % 256 for sign in first) for start in {lowest, lowest & ~0xFF})
    return any(type_of(data) or PICTURE_TEXT.search(data) for data in readings)
