"""Judges of runs: words of strange shape in a row or strewn over a text, numbers in a row, short pieces in a row."""

import re
import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, pairwise
from math import log2

from casework.guard.naming import name_of
from casework.guard.refusal import Found
from casework.guard.shapes import MIXED, NUMBER, SHORT, SIGNS, STRANGE, codes_of

# A signature in base64 has up to 128 characters, 96 bytes; a thumbnail has 1,000 bytes.
MOST_IN_A_ROW = 192  # bytes: two signatures side by side, six SHA-256 in hex
MOST_IN_A_TEXT = 400  # bytes strewn over one text: four signatures, twelve SHA-256
FEWEST_FOR_SIGNATURE = 32  # characters
MOST_LOOKS = 40  # rows of one text that are decoded; with more, their bytes are too many anyway

WORD = re.compile(rb"[^ \t\r\n\v\f]+")
OUTSIDE_HEX = re.compile(rb"[^0-9a-fA-F]")
ROW = re.compile(rb"x(?:[snr]{0,2}x)*")
LOOSE_ROW = re.compile(rb"x(?:[wmsnr]{0,2}x)*")
HEX_ROW = re.compile(rb"(?<![^\s\"'([{,;:|])(?:[0-9A-Fa-f]{2,16}[\s,;:|/\"'-]{1,4}){24,}")
HEX_PAIR = re.compile(rb"(?<![^\s\"'([{,;:|])[0-9A-Fa-f]{2}(?![^\s\"')\]},;:|])")
RARE_SIGNS, WHITE, WINDOW = b"$%&#*<>{}|\\`^~=+@_!;[]", b" \t\r\n\v\f", 600
SHORT_ROW = re.compile(rb"[snr]{60,}")
NUMBER_ROW = re.compile(rb"[nr]{48,}")
MOST_DIFFERENT_SHORT = 240  # words of up to three characters; languages have up to 130, also in 80 KB
MANY = 280  # numbers
MANY_MIXED = 100  # different words of digits and letters that each could be a house number or a mark
MOST_KINDS_OF_SIGNS, MANY_SIGNS = 40, 250  # words that are signs alone: rules, bullets, columns
CODE_POINTS = re.compile(rb"u\+[0-9a-f]{4}")


IS_STRANGE, IS_SHORT, IS_NUMBER, IS_MIXED, IS_SIGNS = (
    bytes(index == code for index in range(256)) for code in (STRANGE, SHORT, NUMBER, MIXED, SIGNS)
)


@dataclass(frozen=True)
class Text:
    """A text in words. `raw`: ASCII, with `?` for each other character; `codes`: one for each word, see `shapes`."""

    raw: bytes
    codes: bytes

    @cached_property
    def words(self) -> list[bytes]:
        return self.raw.split()

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        return [found.span() for found in WORD.finditer(self.raw)]

    @cached_property
    def strange(self) -> list[bytes]:
        return list(compress(self.words, self.codes.translate(IS_STRANGE)))

    def slice(self, first: int, last: int) -> tuple[int, int, bytes]:
        """Start, end and text from one word to before another."""
        start, end = self.spans[first][0], self.spans[last - 1][1]
        return start, end, self.raw[start:end]


def in_words(text: str) -> Text:
    raw = text.encode("ascii", "replace")
    return Text(raw, codes_of(raw))


def strange_row(text: Text) -> Found | None:
    """A row of strange words that holds a known file, or more bytes than any signature has."""
    if not text.codes.count(STRANGE) or sum(map(len, text.strange)) < FEWEST_FOR_SIGNATURE:
        return None
    looks = 0
    for row in ROW.finditer(text.codes):
        if looks == MOST_LOOKS:
            break
        if len(b"".join(text.words[row.start() : row.end()]).replace(b"?", b"")) < FEWEST_FOR_SIGNATURE:
            continue
        looks += 1
        start, end, run = text.slice(*row.span())
        kind, what = name_of(run)
        if what or bytes_in(b"".join(run.split())) > MOST_IN_A_ROW:
            return Found(kind, start, end, what)
    return _loose_row(text)


def _loose_row(text: Text) -> Found | None:
    """Strange words with a few that look ordinary between them, as short pieces of an encoding do by chance."""
    if sum(map(len, text.strange)) < MOST_IN_A_ROW:
        return None
    for row in LOOSE_ROW.finditer(text.codes):
        first, last = row.span()
        if last - first < 20:
            continue
        strange = sum(map(len, compress(text.words[first:last], text.codes[first:last].translate(IS_STRANGE))))
        if strange <= MOST_IN_A_ROW:
            continue
        start, end, run = text.slice(first, last)
        if strange * 5 > 2 * (end - start):
            kind, what = name_of(run)
            return Found(kind, start, end, what)
    return None


def strewn(text: Text) -> Found | None:
    """Different strange words among ordinary ones, which together hold more than references and signatures do."""
    held = sum(pieces_of(text).values())
    if held > MOST_IN_A_TEXT:
        return Found("pieces", *whole_of(text))
    if text.codes.count(MIXED) >= MANY_MIXED:
        mixed = set(compress(text.words, text.codes.translate(IS_MIXED)))
        if len(mixed) >= MANY_MIXED and held + sum(map(bytes_in, mixed)) > MOST_IN_A_TEXT:
            return Found("pieces", *text.spans[text.codes.index(MIXED)])
    return None


def sign_words(text: Text) -> Found | None:
    """Words of signs alone, such as long and short strokes, of more kinds than rules and columns have."""
    if text.codes.count(SIGNS) < MANY_SIGNS:
        return None
    signs = set(compress(text.words, text.codes.translate(IS_SIGNS)))
    return Found("words", *text.spans[text.codes.index(SIGNS)]) if len(signs) > MOST_KINDS_OF_SIGNS else None


def pieces_of(text: Text) -> dict[bytes, float]:
    """The strange words of a text with the bytes that each can carry, once however often it stands there."""
    return {word: bytes_in(word) for word in text.strange} if text.codes.count(STRANGE) else {}


def whole_of(text: Text) -> tuple[int, int]:
    """From the first strange word to the last."""
    return text.spans[text.codes.index(STRANGE)][0], text.spans[text.codes.rindex(STRANGE)][1]


def number_row(text: Text) -> Found | None:
    """Numbers that are bytes, and too many and too varied for a table."""
    for row in NUMBER_ROW.finditer(text.codes):
        start, end, run = text.slice(*row.span())
        kind, what = name_of(run)
        if what or _are_bytes(run):
            return Found(kind, start, end, what)
    return _numbers_between(text)


def _numbers_between(text: Text) -> Found | None:
    """Numbers with words between them that are bytes all the same: of all values, in no order."""
    if text.codes.count(NUMBER) < MANY:
        return None
    words = b" ".join(compress(text.words, text.codes.translate(IS_NUMBER)))
    numbers = [int(number) for number in re.findall(rb"\d+", words) if len(number) < 4]
    values = [number for number in numbers if number < 256]
    if not any(_in_no_order(values[at : at + MANY]) for at in range(0, len(values) - MANY + 1, MANY // 2)):
        return None
    return Found("numbers", *text.spans[text.codes.index(NUMBER)])


def _in_no_order(values: list[int]) -> bool:
    """Of nearly all values, up as often as down."""
    down = sum(later < former for former, later in pairwise(values))
    return len(set(values)) >= 150 and 4 * len(values) <= down * 10 <= 6 * len(values)


def _are_bytes(run: bytes) -> bool:
    numbers = re.findall(rb"\d+", run)
    digits = b"".join(numbers)
    if not digits.strip(b"01"):
        return len(digits) >= 8 * MOST_IN_A_ROW
    if len(numbers) >= 256 and len(set(numbers)) >= 160:
        if all(len(number) < 4 and int(number) < 256 for number in numbers):
            return True
        if all(len(number) == 3 and not number.strip(b"01234567") for number in numbers):
            return True
    if len(digits) >= 1_000 and all(int(digits[at : at + 3]) < 256 for at in range(0, len(digits) - 2, 3)):
        return True
    return len(digits) >= 1_000 and looks_random(digits)


def short_row(text: Text) -> Found | None:
    """Pairs of hex digits, or an encoding pulled apart into pieces of one to three characters."""
    for row in SHORT_ROW.finditer(text.codes):
        start, end, run = text.slice(*row.span())
        packed = re.sub(rb"[^A-Za-z0-9+/]", b"", run)
        if packed.isdigit() or len(packed) < 100:
            continue
        kind, what = name_of(run)
        is_dense = _is_hex(packed) if not OUTSIDE_HEX.search(packed) else looks_random(packed)
        if what or (bytes_in(packed) > MOST_IN_A_ROW and is_dense):
            return Found(kind, start, end, what)
    return _many_short(text)


def hex_row(text: Text) -> Found | None:
    """Groups of hex digits in a row, such as a dump has them, or pairs of them strewn over a text."""
    if len(text.raw) - len(text.raw.translate(None, b"0123456789")) < 200:
        return None
    if len(CODE_POINTS.findall(text.raw.lower())) > MOST_IN_A_ROW:
        return Found("hex", *text.spans[0])
    for row in HEX_ROW.finditer(text.raw):
        kind, what = name_of(row.group())
        packed = re.sub(rb"[^0-9A-Fa-f]", b"", row.group())
        if what or (_is_hex(packed) and bytes_in(packed) > MOST_IN_A_ROW):
            return Found(kind, *row.span(), what)
    pairs = HEX_PAIR.findall(text.raw)
    if len(pairs) >= 280 and len(set(pairs)) >= 140:
        return Found("hex", *text.spans[0])
    return None


def _is_hex(digits: bytes) -> bool:
    """Nearly every digit of sixteen, letters among them: a list of like things has few."""
    return not digits.isdigit() and len(set(digits.lower())) >= 12


def dense_window(text: Text) -> Found | None:
    """A stretch whose signs, digits and letters are mixed evenly, wherever the spaces are."""
    raw = text.raw
    if len(raw) - len(raw.translate(None, RARE_SIGNS)) < 60:
        return None
    packed = raw.translate(None, WHITE)
    for at in range(0, len(packed) - WINDOW // 2, WINDOW):
        window = packed[at : at + WINDOW]
        if len(window) - len(window.translate(None, RARE_SIGNS)) >= WINDOW // 14 and looks_random(window, 1.5):
            places = [found.start() for found in re.finditer(rb"\S", raw)]
            return Found("base85", places[at], places[at + len(window) - 1] + 1)
    return None


def _many_short(text: Text) -> Found | None:
    """Pieces of up to three characters between words: a language has few words so short, and uses them again."""
    if text.codes.count(SHORT) < 300:
        return None
    short = list(compress(text.words, text.codes.translate(IS_SHORT)))
    different = set(short)
    if len(different) < 26:
        return None
    if _are_different(different, len(short)) or _are_single_characters(short, different):
        return Found("pieces", *text.spans[text.codes.index(SHORT)])
    return None


def _are_different(different: set[bytes], total: int) -> bool:
    if len(different) <= MOST_DIFFERENT_SHORT:
        return False
    kinds = {word.strip(b".,;:!()\"'-") for word in different if b"?" not in word}
    return len(kinds) > MOST_DIFFERENT_SHORT and len(kinds) * 6 > total


def _are_single_characters(short: list[bytes], different: set[bytes]) -> bool:
    if sum(len(word) == 1 for word in different) < 26:
        return False
    single = b"".join(word for word in short if len(word) == 1)
    return len(single) >= 260 and looks_random(single)


def bytes_in(word: bytes) -> float:
    """How many bytes a word can carry, by its alphabet."""
    if not OUTSIDE_HEX.search(word):
        return len(word) * (3.32 if word.isdigit() else 4) / 8
    return len(word) * (6 if word.upper() != word and word.lower() != word else 5) / 8


def looks_random(run: bytes, most_uneven: float = 1.9) -> bool:
    """Nearly as dense as its alphabet allows, as neither a language nor a list of like things is."""
    counts = Counter(run).values()
    total = len(run)
    evenness = sum(count * count for count in counts) * len(counts) / (total * total)
    bits = -sum(count / total * log2(count / total) for count in counts)
    return evenness < most_uneven and len(zlib.compress(run, 9)) * 8 > 0.9 * total * bits
