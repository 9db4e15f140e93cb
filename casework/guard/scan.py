"""All judges over one text, in one order. The first that finds something ends it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from casework.guard import art, disguise, markup, runs, streams, vocabulary, wide
from casework.guard.refusal import Found
from casework.guard.shapes import SIGNS

CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff"
ASCII_CONTROLS = bytes(code for code in range(128) if not chr(code).isprintable() and chr(code) not in "\t\n\r")
CONTROL = re.compile(f"[{CONTROLS}]")
# What no ordinary text holds; one look for all of it. With nothing of it, a text need not be looked at any closer.
ODD_RANGES = (
    f"{CONTROLS}{disguise.INVISIBLE_RANGES}{disguise.DRESSED_RANGES}{disguise.DIGIT_RANGES}{disguise.RARE_SPACES}"
    f"{art.DRAWN_RANGES}"
)
ODD = re.compile(f"[{ODD_RANGES}]")
BEYOND_16_BITS = "[\U00010000-\U0010ffff]"
ODD_IN_16_BITS = re.compile(f"[{re.sub(f'{BEYOND_16_BITS}(-{BEYOND_16_BITS})?', '', ODD_RANGES)}]")  # faster
FOUR_BYTES = re.compile(b"[\xf0-\xf4]")  # of a character beyond 16 bits in UTF-8


@dataclass(frozen=True)
class Looked:
    """What a look at a text found. `pieces`: for a text that is kept, its strange words and the bytes each can hold.

    `words`, `places`: for where the pieces stand, which is asked for only when they are refused.
    """

    found: Found | None
    pieces: dict[bytes, float] = field(default_factory=dict)
    words: runs.Text | None = field(default=None, repr=False)
    places: Callable[[], list[int]] | None = field(default=None, repr=False)

    def at(self) -> tuple[int, int]:
        """From the first piece to the last, in the characters of the text as typed."""
        start, end = runs.whole_of(self.words) if self.words is not None else (0, 0)
        if self.places is None:
            return start, end
        places = self.places()
        return places[start], places[end]


def look_at(text: str) -> Looked:
    """The first place that may not be kept, in the characters of the text as typed; else its pieces."""
    raw = text.encode(errors="surrogatepass")
    if len(raw) != len(raw.translate(None, ASCII_CONTROLS)):
        return Looked(_control(text))
    if disguise.white_code(raw):
        return Looked(Found("hidden", 0, len(text)))
    signs = raw.translate(None, wide.ASCII)
    if not signs:
        return _judged(text)
    pattern = ODD if FOUR_BYTES.search(signs) else ODD_IN_16_BITS
    odd = pattern.findall(signs.decode(errors="surrogatepass"))
    if not odd:
        return _judged(disguise.unmixed(disguise.spaced(text)))
    return _odd(text, "".join(odd))


def _odd(text: str, odd: str) -> Looked:
    """A text with such signs in it as no ordinary one has, and many ordinary ones have a few of. `odd`: all of them."""
    if CONTROL.search(odd):
        return Looked(_control(text))
    if hidden := disguise.hidden(text, odd):
        return Looked(Found("hidden", *hidden))
    if art.DRAWN.search(odd) and (drawing := art.drawn(text)):
        return Looked(drawing)
    return _undressed(disguise.digits(text, odd), odd)


def _control(text: str) -> Found | None:
    control = CONTROL.search(text)
    return Found("control_character", *control.span()) if control else None


def _undressed(text: str, odd: str) -> Looked:
    """Look at the text without what hides it, and tell the place in the text as typed."""
    seen = disguise.undressed(text, odd)
    looked = _judged(disguise.unmixed(disguise.spaced(seen)))
    if len(seen) == len(text):
        return looked
    found = looked.found
    if found is None:
        return Looked(None, looked.pieces, looked.words, partial(disguise.places, text, seen))
    places = disguise.places(text, seen)
    return Looked(Found(found.kind, places[found.start], places[found.end - 1] + 1, found.what))


def _judged(text: str) -> Looked:
    words = runs.in_words(text)
    found = _first(text, words)
    if found is not None or not (pieces := runs.pieces_of(words)):
        return Looked(found)
    return Looked(None, pieces, words)


def _first(text: str, words: runs.Text) -> Found | None:
    low = words.raw.lower()
    return (
        markup.picture_markup(text, low)
        or markup.picture_address(text, low)
        or runs.strange_row(words)
        or runs.number_row(words)
        or runs.short_row(words)
        or runs.hex_row(words)
        or runs.dense_window(words)
        or runs.sign_words(words)
        or art.typed_art(words.raw, words.codes.count(SIGNS))
        or streams.letter_stream(words.raw)
        or wide.wide_stream(text)
        or vocabulary.code_words(text, words.words)
        or runs.strewn(words)
    )
