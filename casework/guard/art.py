"""Pictures drawn with characters: braille, blocks, squares, and the old art of the typewriter."""

import re

from casework.guard.refusal import Found

DRAWN_RANGES = (
    "\u2580-\u259f\u25a0-\u25a3\u25aa\u25ab\u25e2-\u25e5\u25fc-\u25fe\u2800-\u28ff\u2b1b\u2b1c"
    "\U0001f532\U0001f533\U0001f7e5-\U0001f7eb\U0001fb00-\U0001fb9f"
)
DRAWN = re.compile(f"[{DRAWN_RANGES}]")
MOST_DRAWN = 120  # signs in one text: three long progress bars; a picture of a face needs twice as many
TYPED = rb"@%#*+=:.-$&8BMWNXOox|\/()1{}[]?_~<>i!lI;,\"^`' \t"
SHORTEST_LINE, FEWEST_LINES = 16, 8
TYPED_AS_ONE = bytes.maketrans(TYPED, b"@" * len(TYPED))
FULL_LINE = b"@" * SHORTEST_LINE + b"\n"
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
    if raw.translate(TYPED_AS_ONE).count(FULL_LINE) < FEWEST_LINES - 1:  # the last line may have no end
        return None
    start = end = lines = 0
    for line in [*raw.splitlines(keepends=True), b""]:
        if len(line) > SHORTEST_LINE and not line.translate(None, TYPED).strip():
            lines += 1
        elif lines < FEWEST_LINES or not _is_shaded(raw[start:end]):
            start, lines = end + len(line), 0
        else:
            return Found("drawn", start, end)
        end += len(line)
    return None


def _is_shaded(lines: bytes) -> bool:
    ramp = RAMP.findall(lines)
    return len(ramp) >= 100 and len(set(ramp)) >= 4
