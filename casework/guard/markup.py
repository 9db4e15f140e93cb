"""Pictures that are written as markup, and addresses that lead to one."""

import html
import re
from urllib.parse import unquote

from casework.guard.refusal import Found

# Over the text in lower-case ASCII, in which each character stands where it stood.
DATA = re.compile(rb"data\s{0,3}:\s{0,3}(?:image|video|audio|application|font)\s{0,3}/")
TAG = re.compile(
    rb"<\s{0,3}/?\s{0,3}(?:svg|img|image|video|picture|object|embed|iframe|canvas|source|polygon|polyline)\b"
    rb"|<\s{0,3}path\s[^>]{0,200}\bd\s{0,3}=|<\s{0,3}(?:rect|circle|ellipse)\s[^>]{0,80}="
)
RTF = re.compile(rb"\{\\rtf|\\pict\b|\\objdata\b|\\(?:png|jpeg|emf|wmet)blip\b")
MAIL = re.compile(rb"content-t(?:ype\s{0,3}:\s{0,3}(?:image|video)/|ransfer-encoding\s{0,3}:\s{0,3}base64)")
BEGIN = re.compile(rb"begin(?: [0-7]{3} |-base64 [0-7]{3} | line=\d)")
ENDINGS = (
    "jpe?g|jpe|jfif|png|gif|webp|avif|heic|heif|jxl|bmp|tiff?|svgz?|psd|ico|jp2|tga|dng|cr2|nef"
    "|mp4|m4v|webm|mov|avi|mkv|3gp|3g2|flv|wmv|mpe?g|ogv|m2?ts|vob"
)
ADDRESS = re.compile(r"\b(?:(?:https?|hxxps?|ftps?|sftp|file|ipfs|ed2k|blob)://|www\.)[^\s<>\"]*", re.IGNORECASE)
PICTURE_ENDING = re.compile(rf"\.(?:{ENDINGS})(?=[?#&;:,.)\]'\s/=]|$)".encode())
HOST = re.compile(
    r"\b(?:[a-z0-9-]+\.)+[a-z]{2,24}/\S|\b(?:\d{1,3}\.){3}\d{1,3}\b|\b[a-z2-7]{16,56}\.onion\b|\bmagnet:\?",
    re.IGNORECASE,
)


def picture_markup(text: str, low: bytes) -> Found | None:
    """A data address, a tag of a picture, a picture part of RTF or of a mail. `low`: the text in lower-case ASCII."""
    for needles, pattern, kind in SIGNS:
        if any(needle in low for needle in needles) and (found := pattern.search(low)):
            return Found(kind, *found.span())
    if any(needle in low for needle in ESCAPED):
        for found in ESCAPED_TAG.finditer(low):
            written = low[found.start() : found.start() + LONGEST_ESCAPED].decode()
            if any(TAG.match(read.encode("ascii", "replace")) for read in (html.unescape(written), unquote(written))):
                return Found("markup", found.start(), found.end())
    return None


def picture_address(text: str, low: bytes) -> Found | None:
    """An address whose path or query ends in a type of picture or film."""
    if b"/" not in low:
        return None
    for ending in PICTURE_ENDING.finditer(low.replace(b"%2e", b"  .")):
        start = max(text.rfind(mark, 0, ending.start()) for mark in (" ", "\n", "\t", "<", '"')) + 1
        before = text[start : ending.start()]
        if ADDRESS.search(before) or BARE.search(before):
            return Found("picture_address", start, ending.end())
    return None


SIGNS = (
    ((b"data",), DATA, "data_address"),
    ((b"<",), TAG, "markup"),
    ((b"\\",), RTF, "markup"),
    ((b"content-t",), MAIL, "markup"),
    ((b"begin",), BEGIN, "markup"),
)
ESCAPED = (b"&lt", b"%3c", b"&#")
ESCAPED_TAG = re.compile(rb"&lt|%3c|&#0*60\b|&#x0*3c\b")
LONGEST_ESCAPED = 160  # characters
BARE = re.compile(r"(?:^|[^\w.-])(?:[\w-]+\.)+[a-z]{2,24}/|(?:\d{1,3}\.){3}\d{1,3}[:/]|\.onion/", re.IGNORECASE)


def any_address(text: str) -> Found | None:
    """Any address at all, for a field that takes a reference."""
    found = ADDRESS.search(text) or HOST.search(text)
    return Found("address", *found.span()) if found else None
