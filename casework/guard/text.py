"""The one place through which every text that will be stored goes: no encoded picture, no hidden character.

Forms call `check_text` for the message beside the field; encrypted fields call it again as the last line.
"""

import base64
import binascii
import re
import unicodedata

import filetype
from django.utils.translation import gettext as _

from casework.guard.refusal import Found, GuardRefusal
from casework.guard.submission import current_submission

# A signature in base64 of up to 128 characters is ordinary text; a thumbnail of 1 KB is ten times that.
LONGEST_ENCODED_RUN = 200
OVERRIDES = {"\u202d", "\u202e"}
ZERO_WIDTH = dict.fromkeys([0x200B, 0x2060, 0xFEFF, 0x00AD])
DATA_ADDRESS = re.compile(r"data\s*:\s*(image|video|audio|application|font)\s*/", re.IGNORECASE)
MARKUP_PICTURE = re.compile(r"<\s*(img|svg|video|object|embed|picture)\b|\{\\rtf|\\pict\b", re.IGNORECASE)
BASE64_RUN = re.compile(r"[A-Za-z0-9+/_=-]{40,}(?:[\s\"'>,|]{1,4}[A-Za-z0-9+/_=-]{16,})*")
HEX_RUN = re.compile(r"(?:(?:0x|\\x|%)?[0-9A-Fa-f]{2}[\s,;:]{0,2}){120,}")
NUMBER_RUN = re.compile(r"(?:\d{1,3}\s{0,2},\s{0,2}){120,}")
ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
PICTURE_NAME = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|heic|bmp|tiff?|svg|mp4|webm|mov|avi|mkv|3gp|flv)\b", re.IGNORECASE
)
BLOCK_ART = re.compile(r"[\u2580-\u259f\u2800-\u28ff]{12,}")
SEPARATORS = re.compile(r"[\s\"'>,|]")


def check_text(text: str, limit: int = 1_000_000) -> str:
    """Return the text unchanged, or raise GuardRefusal saying what was found and where.

    `limit`: characters. Refused: NUL and other control characters, direction overrides, encoded binary, picture
    markup, addresses of pictures, block art.
    """
    found = _too_long(text, limit) or _control_character(text) or _picture(text)
    if found is None:
        return text
    refusal = GuardRefusal(in_words(found, text, limit), found)
    sent = current_submission()
    if sent is not None:
        sent.refuse(refusal)
    raise refusal


def _too_long(text: str, limit: int) -> Found | None:
    return Found("too_long", 0, len(text)) if len(text) > limit else None


def _control_character(text: str) -> Found | None:
    if text.isascii() and text.isprintable():
        return None
    for position, character in enumerate(text):
        if character not in "\n\r\t" and (character in OVERRIDES or unicodedata.category(character) in ("Cc", "Cs")):
            return Found("control_character", position, position + 1)
    return None


def _picture(text: str) -> Found | None:
    visible = text.translate(ZERO_WIDTH)
    return next((Found(kind, found.start(), found.end()) for kind, found in _encoded_runs(visible)), None)


def _encoded_runs(text: str) -> list[tuple[str, re.Match[str]]]:
    """Suspicious places, each with its kind: found in one pass over the text per pattern."""
    runs: list[tuple[str, re.Match[str]]] = []
    for kind, pattern in (
        ("data_address", DATA_ADDRESS),
        ("picture_markup", MARKUP_PICTURE),
        ("block_art", BLOCK_ART),
        ("hex", HEX_RUN),
        ("numbers", NUMBER_RUN),
    ):
        runs.extend((kind, found) for found in pattern.finditer(text))
    addresses = (found for found in ADDRESS.finditer(text) if PICTURE_NAME.search(found.group()))
    runs.extend(("picture_address", found) for found in addresses)
    runs.extend(("base64", found) for found in BASE64_RUN.finditer(text) if _is_encoded_binary(found.group()))
    return runs


def _is_encoded_binary(run: str) -> bool:
    packed = SEPARATORS.sub("", run)
    if len(packed) < 40 or len(set(packed)) < 12:
        return False
    words = [word for word in SEPARATORS.split(run) if word]
    if _looks_like_prose(words):
        return False
    decoded = _decode(packed)
    if decoded is not None and filetype.guess(decoded) is not None:
        return True
    return len(packed) > LONGEST_ENCODED_RUN


def _looks_like_prose(words: list[str]) -> bool:
    """True for ordinary long words strung together: no digits, and capitals only at the start of words."""
    letters = [word.strip("-_=/+") for word in words]
    return all(word.isalpha() and (word.islower() or word.istitle() or word.isupper()) for word in letters if word)


def _decode(packed: str) -> bytes | None:
    standard = packed.rstrip("=").replace("-", "+").replace("_", "/")
    standard = standard[: len(standard) - (len(standard) % 4 == 1)]
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4))
    except (binascii.Error, ValueError):
        return None


def in_words(found: Found, text: str, limit: int) -> str:
    """Where it is, what it is, and what to do instead."""
    line, column = place_of(text, found.start)
    if found.kind == "too_long":
        words = _("This text has %(length)d characters; at most %(limit)d can be kept here. Nothing was cut off.")
        return words % {"length": len(text), "limit": limit}
    if found.kind == "control_character":
        words = _("Line %(line)d, character %(column)d is a hidden control character (U+%(code)s). Please remove it.")
        return words % {"line": line, "column": column, "code": f"{ord(text[found.start]):04X}"}
    return _(
        "Line %(line)d, character %(column)d looks like a picture or a file turned into text (%(size)d characters)."
        " Casework keeps no pictures. Give the exhibit or hotline reference instead."
    ) % {"line": line, "column": column, "size": found.size}


def place_of(text: str, position: int) -> tuple[int, int]:
    """Line and character of a position, both from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
