"""The shape of every word: lower and upper case, digits, signs. Encoded binary has shapes that no language has.

One pass: each character becomes one of seven letters, and each word is looked up by the letters that it became. A
language has few such shapes, so that nearly all of the work is done in C.
"""

import re
import string

_SHAPE_OF = bytearray(b"p" * 256)  # p: any sign that neither joins nor encloses
for _characters, _letter in (
    (string.ascii_lowercase, b"l"),
    (string.ascii_uppercase, b"U"),
    (string.digits, b"d"),
    (" \t\r\n\v\f", b" "),
    ("-_/.,:'@+", b"j"),  # joins words and numbers
    ("=%&#\\", b"e"),  # stands before an escaped byte
    ('"()[]!;', b"q"),  # encloses or ends them
    ("?", b"o"),  # also stands for each character outside ASCII
):
    for _character in _characters.encode():
        _SHAPE_OF[_character] = _letter[0]
SHAPE_OF = bytes(_SHAPE_OF)

# What a word can be.
ORDINARY, MIXED, STRANGE, NUMBER, SHORT, SIGNS = b"w"[0], b"m"[0], b"x"[0], b"n"[0], b"s"[0], b"r"[0]

LONGEST_SHORT = 3  # characters: too few to have a shape to speak of
PART = re.compile(
    rb"U?l{1,40}|U{1,20}l{0,3}|d{1,24}"  # house, House, HOUSE, PDFs, 2026
    rb"|U?l{2,20}d{1,4}|d{1,4}l{1,3}|d{1,4}U{1,3}|U{1,4}d{1,9}"  # page4, 10am, 12B, AB1234
    rb"|d{1,2}Ud{1,2}|lUl{2,12}|UlUl{2,12}|(?:Ul{2,12}){2,3}"  # 27T10, iPhone, McDonald, YouTube
)
ALNUM = re.compile(rb"[lUd]+")


class Codes(dict[bytes, int]):
    """What words of a shape are. Remembers short shapes; they are not the words."""

    LONGEST, MOST = 48, 50_000

    def __missing__(self, shape: bytes) -> int:
        code = code_of(shape)
        if len(shape) <= self.LONGEST and len(self) < self.MOST:
            self[shape] = code
        return code


CODES = Codes()


def codes_of(raw: bytes) -> bytes:
    """One code for each word of the text."""
    return bytes(map(CODES.__getitem__, raw.translate(SHAPE_OF).split()))


def code_of(shape: bytes) -> int:
    """ORDINARY, MIXED of letters and digits as a mark has them, STRANGE, NUMBER, SHORT, or SIGNS.

    SIGNS: no letter or digit of ASCII at all.
    """
    if len(shape) <= LONGEST_SHORT:
        return SHORT if b"l" in shape or b"U" in shape else NUMBER if b"d" in shape else _signs(shape)
    core = shape.strip(b"jqpeo")
    parts = ALNUM.findall(core)
    if not parts:
        return _signs(shape)
    size = sum(map(len, parts))
    if b"ee" in shape or (shape.count(b"e") > 1 and size < 3 * len(parts)):
        return STRANGE if size > 1 else SHORT
    if _is_choppy(core, size, len(parts)) or not all(map(PART.fullmatch, parts)):
        return STRANGE if size > LONGEST_SHORT else SHORT
    if b"l" not in core and b"U" not in core:
        return NUMBER if b"o" not in core else ORDINARY
    if size <= LONGEST_SHORT:
        return SHORT
    return MIXED if b"d" in core and len(parts) == 1 else ORDINARY


def _signs(shape: bytes) -> int:
    """A word of another script is a word; what is left is signs."""
    return ORDINARY if b"o" in shape else SIGNS


def _is_choppy(core: bytes, size: int, parts: int) -> bool:
    """Many pieces of one or two characters between signs, or a long chain with numbers in it."""
    if b"p" in core and (core.count(b"p") * 4 > len(core) or size < 3 * parts):
        return True
    if size > 160 and (b"d" in core or size > 400):
        return True
    return size > 24 and size * 5 > len(core) * 2 and size < 3 * parts
