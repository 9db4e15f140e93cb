"""Pictures drawn with characters: braille, blocks, squares, and the old art of the typewriter."""

import re

from casework.guard.refusal import Found

DRAWN_RANGES = (
    "\u2580-\u259f\u25a0-\u25a3\u25aa\u25ab\u25e2-\u25e5\u25fc-\u25fe\u2800-\u28ff\u2b1b\u2b1c"
    "\U0001f532\U0001f533\U0001f7e5-\U0001f7eb\U0001fb00-\U0001fb9f"
)
DRAWN = re.compile(f"[{DRAWN_RANGES}]")
MOST_DRAWN = 120  # signs in one text: three long progress bars; a picture of a face needs twice as many
TYPED = re.compile(rb"(?:^[ \t]*[@%#*+=:.\-$&8BMWNXOox|\\/()1{}\[\]?_~<>i!lI;,\"^`' ]{16,}$\n?){8,}", re.MULTILINE)
SHADES = b"@%#*+=:$&"
RAMP = re.compile(rb"[@%#*+=:$&]")


def drawn(text: str) -> Found | None:
    """More braille, block or square signs than a bar or a rating has."""
    places = [sign.start() for sign in DRAWN.finditer(text)]
    return Found("drawn", places[0], places[-1] + 1) if len(places) > MOST_DRAWN else None


def typed_art(raw: bytes, signs: int) -> Found | None:
    """Eight lines or more of the signs that shade a picture, five kinds of them, hardly a letter.

    `signs`: how many words of the text have no letter at all.
    """
    if signs < 8 or len(raw) - len(raw.translate(None, SHADES)) < 100:
        return None
    for found in TYPED.finditer(raw):
        ramp = RAMP.findall(found.group())
        if len(ramp) >= 100 and len(set(ramp)) >= 4:
            return Found("drawn", *found.span())
    return None
