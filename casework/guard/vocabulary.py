"""Judges of words: made up, of a list of code words, or so few that each stands for a digit."""

import re
import zlib
from collections import Counter
from itertools import pairwise
from typing import Any

from casework.guard.refusal import Found
from casework.guard.wide import unevenness

WINDOW, STEP = 256, 192  # words
MOST_DIFFERENT = 0.86  # of a window; languages have 0.8 and less
MOST_OFTEN = 3  # times, of the most frequent word; languages have one that stands there five times or more
LONGEST = 10  # characters of a word on average; Thai and Chinese have no spaces between words
FEWEST_KINDS = 36  # different words of a window; a language has 100 and more
MOST_CARRIED = 480  # bytes that words so few can carry: 1,600 answers from one to five have as many
LEAST_CARRIED = 16  # words to a byte; each of two words by chance carries an eighth of one
LISTED, MOST_LISTED = 512, 240  # words, and different ones among them
MOST_UNEVEN = 1.2  # variance over mean; 256 words by chance have 0.6 to 1.1, languages 1.4 and more
FEWER_KINDS = 72  # different ones of a window; sixty by chance stand close enough to be seen in it
AHEAD, SAMPLE = 3, 256  # the most frequent words, by a sample
MOST_AHEAD = 24  # times that they stand among so many; of seventy words by chance, three stand 21 times
ORDERED = 0.85  # of the pairs that chance makes; tables have fewer
WORD = re.compile(r"\S+")


def code_words(text: str, words: list[bytes]) -> Found | None:
    """Many words of which hardly one comes twice, or a few that come again and again in no order.

    `words`: those of the text in ASCII, with `?` for other characters; enough where most of it is ASCII.
    """
    if len(words) < WINDOW:
        return None
    written: list[Any] = words if _is_mostly_ascii(words) else text.split()
    ahead = [word for word, _count in Counter(written[:: 1 + len(written) // SAMPLE]).most_common(AHEAD)]
    few: list[Any] = []
    first = 0
    for at in range(0, len(written) - WINDOW + 1, STEP):
        window = written[at : at + WINDOW]
        kinds = len(set(window))
        if kinds <= FEWEST_KINDS:
            first = first if few else at
            few.extend(window[:STEP])
        elif kinds > MOST_DIFFERENT * WINDOW:
            if _are_made_up(window):
                return _found(text, at, at + WINDOW)
        elif kinds < FEWER_KINDS and _are_listed(window):
            return _found(text, at, at + WINDOW)
    for at in range(0, len(written) - LISTED + 1, LISTED):
        window = written[at : at + LISTED]
        if sum(map(window.count, ahead)) <= MOST_AHEAD and _are_listed(window):
            return _found(text, at, at + LISTED)
    return _found(text, first, first + len(few)) if few and _carry(few) else None


def _is_mostly_ascii(words: list[bytes]) -> bool:
    some = b"".join(words[::8])
    return some.count(b"?") * 5 < 2 * len(some)


def _are_made_up(window: list[Any]) -> bool:
    """Hardly one comes twice, and they are words: not names, and not references, which count as strange words."""
    if sum(map(len, window)) > LONGEST * WINDOW or not _begin_small(window):
        return False
    return Counter(window).most_common(1)[0][1] <= MOST_OFTEN


def _begin_small(window: list[Any]) -> bool:
    """As words of a sentence do. Names begin with a capital, and what a table has often with a digit."""
    small = sum(word[:1].islower() or word[:1] == b"?" for word in window)
    return small * 4 > 3 * len(window)


def _carry(few: list[Any]) -> bool:
    """So few words, in such an order, that each is a digit: a table or a list has next to none."""
    number = {word: place % 256 for place, word in enumerate(dict.fromkeys(few))}
    carried = len(zlib.compress(bytes(map(number.__getitem__, few)), 9))
    return carried > MOST_CARRIED and carried * LEAST_CARRIED > len(few)


def _are_listed(window: list[Any]) -> bool:
    """Words of a list of up to some hundred, each about as frequent as another, in no order."""
    counts = [*Counter(window).values()]
    kinds = len(counts)
    if kinds > MOST_LISTED or unevenness(counts) > MOST_UNEVEN:
        return False
    pairs = kinds * kinds
    by_chance = pairs * (1 - (1 - 1 / pairs) ** (len(window) - 1))
    return len(set(pairwise(window))) > ORDERED * by_chance and _begin_small(window)


def _found(text: str, first: int, last: int) -> Found:
    spans = [found.span() for found in WORD.finditer(text)]
    return Found("words", spans[first][0], spans[last - 1][1])
