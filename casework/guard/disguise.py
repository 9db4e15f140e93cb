"""Takes off what is strewn into a run to hide it: characters that nobody sees, and letters that look like others."""

import re
import unicodedata

INVISIBLE_RANGES = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028\u2029\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e01ef\u0300-\u036f"
)
INVISIBLE = re.compile(f"[{INVISIBLE_RANGES}]+")
LONGEST_INVISIBLE = 24  # in a row; a family emoji has 6, a word of Persian one or two
# Letters and digits of ASCII in other clothes: full width, mathematical, circled, raised and lowered.
DRESSED_RANGES = (
    "\uff01-\uff5e\U0001d400-\U0001d7ff\u2460-\u24ff\u2070-\u209c\u00b2\u00b3\u00b9\u1d2c-\u1d6a\u2100-\u214f"
    "\U0001f100-\U0001f1ff\U0001fbf0-\U0001fbf9"
)
DRESSED = re.compile(f"[{DRESSED_RANGES}]")
FEWEST_DRESSED = 40
# Greek and Cyrillic letters that look like Latin ones, within a word of Latin letters or digits.
MIXED = re.compile("[A-Za-z0-9][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][A-Za-z0-9]")
FEWEST_MIXED = 16
GREEK_AND_CYRILLIC = [bytes([lead]) for lead in range(0xCD, 0xD5)]  # first bytes in UTF-8
SPACES = "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
FEWEST_LATIN = 200  # letters and digits; with fewer, nothing of 1 KB can be mixed with anything
NOT_LATIN = bytes(code for code in range(256) if not chr(code).isascii() or not chr(code).isalnum())
ALIKE = str.maketrans(
    "АВЕКМНОРСТХІЈЅУԚԜаеорсухіјѕԛԝһΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρικαυχϲЗЬЁё",
    "ABEKMHOPCTXIJSYQWaeopcyxijsqwhABEZHIKMNOPTYXovpikauxc3bEe",
)


def undressed(text: str) -> str:
    """The text as a decoder would want it. Shorter where something was hidden: `places` tells what stood where."""
    seen = INVISIBLE.sub("", text)
    return DRESSED.sub(_undress, seen) if len(DRESSED.findall(seen)) >= FEWEST_DRESSED else seen


def spaced(text: str) -> str:
    """The text with every kind of space as a plain one. Of the same length."""
    for space in SPACES:
        text = text.replace(space, " ")
    return text


def unmixed(text: str) -> str:
    """The text with Greek and Cyrillic letters as the Latin ones they look like, where words are mixed of both."""
    raw = text.encode()
    if not any(lead in raw for lead in GREEK_AND_CYRILLIC) or len(raw.translate(None, NOT_LATIN)) < FEWEST_LATIN:
        return text
    return text.translate(ALIKE) if len(MIXED.findall(text)) >= FEWEST_MIXED else text


def hidden_run(text: str) -> tuple[int, int] | None:
    """A long row of characters that nobody sees: they can carry bytes of their own."""
    for found in INVISIBLE.finditer(text):
        if found.end() - found.start() > LONGEST_INVISIBLE:
            return found.span()
    return None


def places(text: str, seen: str) -> list[int]:
    """For each character of `undressed(text)`, and its end, the place in the text as typed."""
    if len(seen) == len(text):
        return list(range(len(text) + 1))
    kept: list[int] = []
    at = 0
    for hidden in INVISIBLE.finditer(text):
        kept.extend(range(at, hidden.start()))
        at = hidden.end()
    return [*kept, *range(at, len(text) + 1)]


def _undress(found: re.Match[str]) -> str:
    character = found.group()
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return chr(ord(character) - 0x1F1E6 + 65)
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else "?"
