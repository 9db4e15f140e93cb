"""What a run holds: its encoding, and the type of the bytes behind it, however often they were wrapped."""

import re

from casework.guard.decoders import decoded, unpacked
from casework.guard.signatures import type_of

DEEPEST = 4  # wrappings inside each other
TEXT_LIKE = re.compile(rb"[\t\n\r\x20-\x7e]{24,}")
PICTURE_TEXT = re.compile(
    rb"<\s*(?:svg|img|image|picture|video|object|embed)\b|data\s{0,3}:\s{0,3}(?:image|video)|\\pict\b"
    rb"|^/\* XPM|_bits\[\]",
    re.IGNORECASE,
)
ALPHABETS = (
    ("bits", re.compile(rb"[01\s,;|/-]+")),
    ("numbers", re.compile(rb"[\d\s,;:|./()\[\]{}+-]+")),
    ("hex", re.compile(rb"(?:0x|\\x|\\u00|[0-9A-Fa-f\s,;:|/\"'-])+")),
    ("percent", re.compile(rb"(?:%[0-9A-Fa-f]{2}|[\w\s.~+-]){3,}")),
    ("base32", re.compile(rb"[A-Z2-7=\s]+")),
    ("base64", re.compile(rb"[A-Za-z0-9+/=_\s,;:|\"'>.-]+")),
)


def name_of(run: bytes, depth: int = 0) -> tuple[str, str]:
    """The encoding of a run and the type of what it holds; the type is empty where no signature tells it."""
    for name, data in decoded(run):
        what = type_within(data, depth)
        if what:
            return name, what
    return encoding_of(run), ""


def encoding_of(run: bytes) -> str:
    """By its alphabet alone."""
    return next((name for name, alphabet in ALPHABETS if alphabet.fullmatch(run)), "encoded")


def type_within(data: bytes, depth: int = 0) -> str:
    """The type of these bytes, or of what they unpack to, or of what they spell as text; empty where there is none."""
    what = type_of(data)
    for name, inside in unpacked(data):
        return (depth < DEEPEST and type_within(inside, depth + 1)) or what or f"application/{name}"
    if what or depth >= DEEPEST:
        return what
    head = data[:6_000]
    if TEXT_LIKE.match(head) is None or len(re.sub(rb"[\t\n\r\x20-\x7e]", b"", head)) * 20 > len(head):
        return ""
    if PICTURE_TEXT.search(head):
        return "text/picture"
    return name_of(head, depth + 1)[1]
