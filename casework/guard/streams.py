"""Judges of letters: text whose letters are spread as in no language, whatever words they are made to look like."""

import re
from collections import Counter
from itertools import pairwise

from casework.guard.refusal import Found

LETTERS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz")
NO_LETTERS = bytes(set(range(256)) - set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
WINDOW = 800  # letters
EACH = [bytes([letter]) for letter in b"abcdefghijklmnopqrstuvwxyz"]
VOWELS = b"eaiou"
MOST_WITHOUT_VOWELS = 29  # of 100 letters; languages have 33 and more, where their vowels are letters of ASCII
FAR_AHEAD = 9  # of 100 letters: the most frequent vowel of nearly every text; of 16 letters by chance each has 6
MOST_UNEVEN = 4  # variance over mean of 800 letters; 1 for chance, 9 and more for any language


def letter_stream(raw: bytes) -> Found | None:
    """Letters alone: an encoding in base 26 or 16, in groups or not. None where a language is written."""
    letters = raw.translate(LETTERS, NO_LETTERS)
    for at in range(0, len(letters) - WINDOW // 2, WINDOW):
        window = letters[at : at + WINDOW]
        total = len(window)
        are_few = (total - len(window.translate(None, VOWELS))) * 100 < MOST_WITHOUT_VOWELS * total
        if not are_few and any(window.count(vowel) * 100 >= FAR_AHEAD * total for vowel in VOWELS):
            continue
        if _spread_as_in_no_language(window, are_few):
            return _found_window(raw, at, total)
    return None


def _spread_as_in_no_language(window: bytes, are_few: bool) -> bool:
    """Each letter as often as another; or, where the vowels are few, each pair as often as its letters make it."""
    counts = [count for each in EACH if (count := window.count(each))]
    total = len(window)
    mean = total / len(counts)
    if sum((count - mean) ** 2 for count in counts) < MOST_UNEVEN * total:
        return True
    if not are_few:
        return False
    same = sum(count * count for count in counts) / (total * total)
    if same > 0.05 and len(counts) > 16:
        return False
    pairs = Counter(pairwise(window))
    return sum(count * (count - 1) for count in pairs.values()) / (total * total) < 1.35 * same * same


def _found_window(raw: bytes, at: int, size: int) -> Found:
    spans = [found.start() for found in re.finditer(rb"[A-Za-z]", raw)]
    return Found("letters", spans[at], spans[at + size - 1] + 1)
