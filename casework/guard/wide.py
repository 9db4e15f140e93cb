"""Judges of characters outside ASCII: signs that each stand for some bits, from whatever script they are taken."""

import re
from collections import Counter

from casework.guard.naming import PICTURE_TEXT
from casework.guard.refusal import Found
from casework.guard.signatures import type_of

ASCII = bytes(range(128))
WINDOW = 512  # characters
SMALL_STEP = 320  # in scripts of thousands of signs, where 1 KB may be as few as 512
OF_MANY_LEADS = bytes(range(0xE3, 0xF5))  # in UTF-8: from here on stand Chinese, Korean, and signs of all kinds
WRITTEN = (b"%!PS-Adobe", b"%PDF-", b"P1", b"P2", b"P3")  # pictures whose bytes are letters and digits
CONTIGUOUS = 64  # characters: what yEnc writes has no spaces
FEWEST = 200  # characters
MOST_DIFFERENT = 0.7  # of 512 characters; Chinese has 0.45; 1,024 signs by chance have 0.79
MOST_UNEVEN = 1.8  # variance over mean of 512 characters; 1 for chance, from 3 (Chinese) to 40 (Greek) for languages
AHEAD, SAMPLE = 5, 512  # the most frequent signs, by a sample
MOST_UNEVEN_OF_FEW = 3  # of signs that are up to sixty; Thai has 3.8, and of other scripts none has less than 5
FAR_AHEAD = 0.38  # their share of a window; five of sixteen signs by chance have 0.31
STRAY = 6  # signs of the text around a code
FEWEST_KINDS = 8  # with fewer, such as quotation marks, 1 KB takes 3,000 signs and more
MOST_IN_BLOCK = 130  # different signs out of 256 neighbours; Amharic, which has most, needs fewer
# Accents and quotation marks of a Latin text would hide what is strewn into it, and are looked at for themselves.
LATIN = re.compile("[\x80-\u024f\u1e00-\u1eff\u2000-\u206f]+")
LATIN_LEADS = bytes(range(0xC3, 0xCA))  # first bytes in UTF-8
FEWEST_LATIN = 40  # one of so many bytes; fewer disturb nothing
CHINESE, BEHIND = re.compile("[\u4e00-\u9fff]"), re.compile("[\ua000-\ua95f\ua980-\uabff]")  # not Korean letters
BEHIND_BYTES = re.compile(b"\xea[\x80-\xaf]")
MOST_MIXED = 20  # characters


def wide_stream(text: str) -> Found | None:
    """Bytes written as one of 256 signs, 4 or 6 bits as one of 16 or 64, 11 or 15 as one of thousands."""
    if text.isascii():
        return None
    raw = text.encode().translate(None, ASCII)
    if len(raw) < 2 * FEWEST:
        return None
    wide = raw.decode()
    latin = ""
    if (len(raw) - len(raw.translate(None, LATIN_LEADS)) + raw.count(b"\xe2\x80")) * FEWEST_LATIN > len(raw):
        latin, wide = "".join(LATIN.findall(wide)), LATIN.sub("", wide)
    for stream in (wide, latin):
        first = _first_code(stream, text, raw)
        if first is not None:
            return _place_of(text, stream, first)
    return None


def _place_of(text: str, stream: str, first: int) -> Found:
    """Where the signs stand in the text: from `first` of the stream, as many as two windows have."""
    signs, places = set(stream), []
    for place, character in enumerate(text):
        if character in signs:
            places.append(place)
    return Found("signs", places[first], places[min(first + 2 * WINDOW, len(places)) - 1] + 1)


def _first_code(stream: str, text: str, raw: bytes) -> int | None:
    """Where a stretch begins that no script would write, or None."""
    if len(stream) < FEWEST:
        return None
    if stream[:CONTIGUOUS] in text and _are_bytes(stream[:WINDOW]):
        return 0
    if len(BEHIND_BYTES.findall(raw)) > MOST_MIXED and (at := _first_mixed(stream)) is not None:
        return at
    ahead = [sign for sign, _count in Counter(stream[:: 1 + len(stream) // SAMPLE]).most_common(AHEAD)]
    low = stream.encode("utf-32-le")[::4]  # of each sign its last byte, which is fast to count
    step = WINDOW if len(raw) == len(raw.translate(None, OF_MANY_LEADS)) else SMALL_STEP
    for at in range(0, len(stream) - FEWEST + 1, step):
        window = stream[at : at + WINDOW]
        often = sum(map(window.count, ahead))
        if often > FAR_AHEAD * len(window):
            continue
        # Were each sign as frequent as these are on average, there would be room for no more than so many others.
        some = low[at : at + WINDOW]
        kinds = set(some)
        if often * (len(kinds) - STRAY) > (1.8 if len(kinds) < 100 else 2.6) * AHEAD * len(window):
            continue
        if unevenness([*map(some.count, kinds)]) < 2 * MOST_UNEVEN and _is_code(window):
            return at
    return None


def _is_code(window: str) -> bool:
    """Hardly a sign twice, each about as frequent as another, or too many of one block: as no script has them."""
    counts = Counter(window)
    kinds = len(counts)
    if kinds > MOST_DIFFERENT * len(window):
        return True
    if kinds < FEWEST_KINDS or len(window) < WINDOW * 3 // 4:
        return False
    if kinds > MOST_IN_BLOCK and ord(max(counts)) - ord(min(counts)) < 0x100:
        return True
    seen = list(counts.values())
    if len(window) > 8 * kinds:  # a few signs of the text around it are no part of the code
        seen = [count for count in seen if count > 2]
        return unevenness(seen) < MOST_UNEVEN_OF_FEW
    return unevenness(seen) < MOST_UNEVEN


def unevenness(counts: list[int]) -> float:
    """Variance over mean."""
    mean = sum(counts) / len(counts)
    return sum([count * count for count in counts]) / (mean * len(counts)) - mean


def _first_mixed(stream: str) -> int | None:
    """Chinese characters among those of scripts that stand behind them in Unicode and in no text beside them."""
    for at in range(0, len(stream) - FEWEST + 1, SMALL_STEP):
        window = stream[at : at + WINDOW]
        if len(CHINESE.findall(window)) > MOST_MIXED and len(BEHIND.findall(window)) > MOST_MIXED:
            return at
    return None


def _are_bytes(first: str) -> bool:
    """One sign for each byte, from one block, as yEnc has it: the first bytes of a known file."""
    lowest, highest = ord(min(first)), ord(max(first))
    if highest - lowest >= 0x200:
        return False
    readings = [bytes((ord(sign) - start) % 256 for sign in first) for start in {lowest, lowest & ~0xFF}]
    if any(reading.startswith(WRITTEN) or PICTURE_TEXT.search(reading) for reading in readings):
        return True
    # Any other file has bytes from all over; an alphabet has its letters side by side.
    return highest - lowest >= 0x80 and any(map(type_of, readings))
