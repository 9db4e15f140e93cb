"""Which characters our fonts can print, which way a line reads, and where a long word may break."""

import functools
import unicodedata
from importlib.resources import files
from pathlib import Path

FONT_PACKAGES = ("fontpkg_noto_sans", "fontpkg_heebo", "fontpkg_amiri")
LONGEST_WORD = 30  # characters; as capitals they just fill the column of a passage
STRETCH = 8  # characters between two places where a longer word may break
RIGHT_TO_LEFT = {"R", "AL"}
LINE_ENDS = {"\n", "\r", "\t", "\u2028", "\u2029", "\ufeff"}  # laid out as lines or spaces, or dropped, before printing
# An override shows letters in another order than they are read out; PDF/A forbids the rest whatever the fonts hold.
FORBIDDEN = {"\u202d", "\u202e", "\ufffc"}
FORBIDDEN_KINDS = {"Cc", "Cs", "Co", "Cn"}
ISOLATE, END_ISOLATE = "\u2068", "\u2069"


def font_folders() -> list[Path]:
    """The folders of the fonts that come with the packages; the system's fonts are never used."""
    return [Path(str(files(package).joinpath("files"))) for package in FONT_PACKAGES]


@functools.cache
def printable() -> frozenset[str]:
    """Characters that at least one upright font has a shape for. Read once a process."""
    from fontTools.ttLib import TTFont  # not needed by the process that typesets

    found: set[str] = set()
    for folder in font_folders():
        for path in sorted(folder.glob("*.ttf")):
            if "Italic" not in path.name and "Bold" not in path.name:
                found |= {chr(point) for point in TTFont(path, lazy=True).getBestCmap()}
    kept = {each for each in found if unicodedata.category(each) not in FORBIDDEN_KINDS}
    return frozenset((kept | LINE_ENDS) - FORBIDDEN)


def check_glyphs(text: str) -> str | None:
    """The first character that can't be printed, as `U+1F600 (GRINNING FACE)`; None when all can."""
    missing = set(text) - printable()
    if not missing:
        return None
    return named(next(character for character in text if character in missing))


def named(character: str) -> str:
    """`U+1F600 (GRINNING FACE)`: a character that may not be shown itself."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} ({name})" if name else f"U+{ord(character):04X}"


def direction_of(text: str) -> str:
    """`ltr` or `rtl`, by the first letter of the text; empty when it holds no letter (Unicode UAX 9, P2 and P3)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            return "ltr"
        if kind in RIGHT_TO_LEFT:
            return "rtl"
    return ""


def isolated(text: str) -> str:
    """A sentence of ours with names in it: each stretch that reads right to left is set apart from its neighbours."""
    found = [place for place, each in enumerate(text) if unicodedata.bidirectional(each) in RIGHT_TO_LEFT]
    if not found:
        return text
    parts, start, end = [], found[0], found[0]
    done = 0
    for place in [*found[1:], len(text)]:
        if place < len(text) and not any(unicodedata.bidirectional(each) == "L" for each in text[end:place]):
            end = place
            continue
        while end + 1 < len(text) and unicodedata.category(text[end + 1])[0] == "M":
            end += 1
        parts += [text[done:start], ISOLATE, text[start : end + 1], END_ISOLATE]
        done, start, end = end + 1, place, place
    return "".join(parts) + text[done:]


def lines_of(text: str) -> list[str]:
    """Lines as they stand on paper: every kind of line end is one, a tab is a space, a byte order mark is nothing."""
    text = text.replace("\r\n", "\n").replace("\ufeff", "").replace("\t", " ")
    for end in "\r\u2028\u2029":
        text = text.replace(end, "\n")
    return text.split("\n")


def breakable(text: str) -> str | list[str]:
    """The text itself, or in pieces between which a line may break, where a word is longer than LONGEST_WORD.

    The template puts no character between the pieces, so that a search in the finished file finds the whole word.
    """
    if len(text) <= LONGEST_WORD or all(len(word) <= LONGEST_WORD for word in text.split()):
        return text
    pieces = [""]
    for word in _words_and_spaces(text):
        if len(word) <= LONGEST_WORD:
            pieces[-1] += word
        else:
            first, *rest = _pieces(word)
            pieces[-1] += first
            pieces += rest
    return pieces


def _words_and_spaces(text: str) -> list[str]:
    parts: list[str] = []
    for part in text.split(" "):
        parts += [part, " "]
    return parts[:-1]


def _pieces(word: str) -> list[str]:
    """A mark stays with the letter that it stands on."""
    pieces = [""]
    for character in word:
        if len(pieces[-1]) >= STRETCH and unicodedata.category(character)[0] != "M":
            pieces.append("")
        pieces[-1] += character
    return pieces
