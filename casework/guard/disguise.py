"""Takes off what is strewn into a run to hide it: characters that nobody sees, and letters that look like others."""

import re
import unicodedata
from collections import Counter

INVISIBLE_RANGES = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028\u2029\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e01ef\u0300-\u036f"
)
INVISIBLE = re.compile(f"[{INVISIBLE_RANGES}]+")
LONGEST_INVISIBLE = 24  # in a row; a family emoji has 6, a word of Persian one or two
# Before an invisible character that writing needs: letters of Arabic and India, and symbols put together.
JOINED = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff]")
SYMBOL = re.compile("[#*0-9\xa9\xae\u2010-\u3299\U0001f000-\U0001faff]")
JOINERS, OF_SYMBOLS = {"\u200c", "\u200d"}, {"\ufe0e", "\ufe0f", "\u200d", "\ufe0f\u200d"}
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e007a]{2,6}\U000e007f")
DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202c\u2066-\u2069]")
MARK = re.compile("[\u0300-\u036f]")
MOST_DIRECTION = 1_000  # signs of direction; a chat as telephones export it has three a line
MOST_OF_ONE_KIND = 1_000  # but for soft hyphens, of which a text from a web page may have one in each word
MOST_OF_OTHER_KINDS = 60
MOST_MARKS, MOST_KINDS_OF_MARKS = 120, 24  # accents apart from their letters; Vietnamese has nine kinds
RARE_SPACES = "\u1680\u2000-\u2008\u200a\u205f"
RARE_SPACE = re.compile(f"[{RARE_SPACES}]")
MOST_RARE_SPACES, MOST_KINDS_OF_SPACES = 60, 2
# Letters and digits of ASCII in other clothes: full width, mathematical, circled, raised and lowered.
DRESSED_RANGES = (
    "\uff01-\uff5e\U0001d400-\U0001d7ff\u2460-\u24ff\u2070-\u209c\u00b2\u00b3\u00b9\u1d2c-\u1d6a\u2100-\u214f"
    "\U0001f100-\U0001f1ff\U0001fbf0-\U0001fbf9"
)
DRESSED = re.compile(f"[{DRESSED_RANGES}]")
FEWEST_DRESSED = 40
# Greek and Cyrillic letters that look like Latin ones, within a word of Latin letters or digits.
MIXED = re.compile("[A-Za-z0-9][\u0370-\u052f]")
FEWEST_MIXED = 24
GREEK_AND_CYRILLIC = [bytes([lead]) for lead in range(0xCD, 0xD5)]  # first bytes in UTF-8
SPACES = "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
FEWEST_LATIN = 200  # letters and digits; with fewer, nothing of 1 KB can be mixed with anything
NOT_LATIN = bytes(code for code in range(256) if not chr(code).isascii() or not chr(code).isalnum())
# Digits of other scripts, but for those that DRESSED has.
ZEROS = [
    code for code in range(0x80, 0x1D000) if unicodedata.decimal(chr(code), None) == 0 and not 0xFF00 < code < 0x10000
]
DIGIT_RANGES = "".join(f"{chr(zero)}-{chr(zero + 9)}" for zero in ZEROS)
DIGIT = re.compile(f"[{DIGIT_RANGES}]")
DIGITS = {zero + digit: str(digit) for zero in ZEROS for digit in range(10)}
FEWEST_DIGITS = 200
ALIKE = str.maketrans(
    "АВЕКМНОРСТХІЈЅУԚԜаеорсухіјѕԛԝһΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρικαυχϲЗЬЁё",
    "ABEKMHOPCTXIJSYQWaeopcyxijsqwhABEZHIKMNOPTYXovpikauxc3bEe",
)


def undressed(text: str, odd: str) -> str:
    """The text as a decoder would want it. Shorter where something was hidden: `places` tells what stood where."""
    seen = text
    for sign in set("".join(INVISIBLE.findall(odd))):
        seen = seen.replace(sign, "")
    return DRESSED.sub(_undress, seen) if len(DRESSED.findall(odd)) >= FEWEST_DRESSED else seen


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


def digits(text: str, odd: str) -> str:
    """The text with the digits of every script as those of ASCII, where they are many. Of the same length."""
    return text.translate(DIGITS) if len(DIGIT.findall(odd)) >= FEWEST_DIGITS else text


def hidden(text: str, odd: str) -> tuple[int, int] | None:
    """Characters that nobody sees, or spaces of many kinds, so many that they can carry bytes of their own."""
    are_few = len("".join(INVISIBLE.findall(odd))) <= LONGEST_INVISIBLE
    runs = [] if are_few else list(INVISIBLE.finditer(text))
    for run in runs:
        if run.end() - run.start() > LONGEST_INVISIBLE:
            return run.span()
    invisible = "".join(run.group() for run in runs if not _is_of_writing(text, run))
    spaces = RARE_SPACE.findall(odd)
    many_spaces = len(spaces) > MOST_RARE_SPACES and len(set(spaces)) > MOST_KINDS_OF_SPACES
    if not many_spaces and not _is_strewn(invisible):
        return None
    places = [found.start() for found in re.finditer(f"[{INVISIBLE_RANGES}{RARE_SPACES}]", text)]
    return places[0], places[-1] + 1


def _is_of_writing(text: str, run: re.Match[str]) -> bool:
    """One joiner after a letter that is joined, a mark of a symbol, or the letters of a flag."""
    before, invisible = text[run.start() - 1 : run.start()], run.group()
    if invisible in JOINERS and JOINED.match(before):
        return True
    if invisible in OF_SYMBOLS and SYMBOL.match(before):
        return True
    return FLAG.fullmatch(before + invisible) is not None


def _is_strewn(invisible: str) -> bool:
    """`invisible`: all such characters of a text that stand where no writing needs them."""
    marks = MARK.findall(invisible)
    if len(marks) > MOST_MARKS and len(set(marks)) > MOST_KINDS_OF_MARKS:
        return True
    if len(DIRECTION.findall(invisible)) > MOST_DIRECTION:
        return True
    rest = Counter(MARK.sub("", DIRECTION.sub("", invisible))).most_common()
    if not rest:
        return False
    (first, most), *others = rest
    return sum(count for _sign, count in others) > MOST_OF_OTHER_KINDS or (most > MOST_OF_ONE_KIND and first != "\xad")


MOST_WHITE = 400  # characters of tabs and spaces in turns
MOST_LINE_ENDS, MOST_KINDS_OF_ENDS = 256, 5


def white_code(raw: bytes) -> bool:
    """Tabs and spaces in turns, or so many lengths of spaces at the ends of lines, that they can carry bytes.

    A table has one or two tabs between its columns; lines filled up with spaces are all of one length.
    """
    if raw.count(b"\t ") + raw.count(b" \t") > 64:
        runs = [run for run in re.findall(rb"[ \t]{8,}", raw) if run.count(b"\t ") + run.count(b" \t") > 3]
        if sum(map(len, runs)) > MOST_WHITE:
            return True
    if raw.count(b" \n") + raw.count(b"\t\n") <= MOST_LINE_ENDS:
        return False
    filled = [line for line in raw.split(b"\n") if line[-1:] in b" \t" and line]
    ends = {len(line) - len(line.rstrip(b" \t")) for line in filled}
    return len(ends) > MOST_KINDS_OF_ENDS and len(set(map(len, filled))) > MOST_KINDS_OF_ENDS


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
