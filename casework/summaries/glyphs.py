"""Which characters our fonts can print, and long words that need places to break."""

import functools
import unicodedata
from importlib.resources import files
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

FONT_PACKAGES = ("fontpkg_noto_sans", "fontpkg_heebo", "fontpkg_amiri")
LONGEST_WORD = 60  # characters; a line of the document holds some 90
INVISIBLE = {"\n", "\r", "\t", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff"}


def font_folders() -> list[Path]:
    """The folders of the fonts that come with the packages; the system's fonts are never used."""
    return [Path(str(files(package).joinpath("files"))) for package in FONT_PACKAGES]


@functools.cache
def printable() -> frozenset[int]:
    """Code points that at least one regular font has a shape for."""
    points: set[int] = set()
    for folder in font_folders():
        for path in sorted(folder.glob("*.ttf")):
            if "Italic" not in path.name:
                points |= set(TTFont(path, lazy=True).getBestCmap())
    return frozenset(points)


def check_glyphs(text: str) -> str | None:
    """The first character that can't be printed, as `U+1F600 (GRINNING FACE)`; None when all can."""
    shapes = printable()
    for character in text:
        if character not in INVISIBLE and ord(character) not in shapes:
            return f"U+{ord(character):04X} ({unicodedata.name(character, 'without a name')})"
    return None


def shortest_breakable(value: Any) -> Any:
    """The same data, with zero-width spaces inside words longer than LONGEST_WORD so that lines can break.

    Joining controls that fonts lack are dropped; nothing that can be seen changes.
    """
    if isinstance(value, str):
        return " ".join(_breakable(word) for word in value.replace("\ufeff", "").split(" "))
    if isinstance(value, dict):
        return {name: shortest_breakable(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [shortest_breakable(part) for part in value]
    return value


def _breakable(word: str) -> str:
    if len(word) <= LONGEST_WORD:
        return word
    return "\u200b".join(word[start : start + LONGEST_WORD] for start in range(0, len(word), LONGEST_WORD))
