"""From a run of text to the bytes that it stands for, in every spelling that people and programs use."""

import base64
import binascii
import bz2
import html
import lzma
import quopri
import re
import zlib
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

LARGEST = 64 * 1024  # bytes that one step gives at most: nothing unpacks beyond it
HEAD = 6_000  # characters of a run that are decoded
FEWEST = 24  # bytes

_NOT_HEX = re.compile(rb"[^0-9A-Fa-f]")
_HEX_MARKS = re.compile(rb"0[xX]|\\[xX]|\\?[uU]00|&#[xX]|%|=|\\")
_NUMBER = re.compile(rb"-?\d+")


def decoded(run: bytes) -> Iterator[tuple[str, bytes]]:
    """Every reading of this run, with the name of its encoding; the ones with a sign of their own first."""
    head = run[:HEAD]
    for name, decode in DECODERS:
        try:
            out = decode(head)
        except (ValueError, binascii.Error, IndexError, OverflowError, AssertionError):
            continue
        if out is not None and len(out) >= FEWEST:
            yield name, out[:LARGEST]


def unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What compressed bytes hold, its first part."""
    for name, sign, unpack in UNPACKERS:
        if data.startswith(sign):
            try:
                out = unpack(data)
            except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError):
                continue
            if out:
                yield name, out[:LARGEST]


def _percent(run: bytes) -> bytes | None:
    return unquote_to_bytes(b"".join(run.split())) if len(re.findall(rb"%[0-9A-Fa-f]{2}", run)) >= 8 else None


def _quoted_printable(run: bytes) -> bytes | None:
    if len(re.findall(rb"=[0-9A-Fa-f]{2}", run)) < 8:
        return None
    return quopri.decodestring(re.sub(rb"=\s+|\s+", b"", run))


def _entities(run: bytes) -> bytes | None:
    if len(re.findall(rb"&#", run)) < 8:
        return None
    text = html.unescape(re.sub(rb"\s+", b"", run).decode("ascii"))
    # html.unescape reads 128 to 159 as Windows does, and drops what no page may hold
    numbers = re.findall(rb"&#(?:[xX]([0-9A-Fa-f]{1,4})|(\d{1,5}));?|(\S)", run)
    values = [int(a, 16) if a else int(b) if b else c[0] for a, b, c in numbers]
    return bytes(value for value in values if value < 256) or text.encode()


def _numbers(run: bytes) -> bytes | None:
    if re.search(rb"[A-Za-z]{3}", run) is not None and b"[" not in run[:40]:
        return None
    values = [int(number) for number in _NUMBER.findall(run) if len(number) <= 4]
    if len(values) < FEWEST or not all(-128 <= value <= 255 for value in values):
        return None
    return bytes(value % 256 for value in values)


def _octal(run: bytes) -> bytes | None:
    values = re.findall(rb"(?:\\|\b0?)([0-3][0-7]{2})(?![0-7])", run)
    return bytes(int(value, 8) for value in values) if len(values) >= FEWEST else None


def _bits(run: bytes) -> bytes | None:
    bits = re.sub(rb"[^01]", b"", run)
    if len(bits) < 8 * FEWEST or len(bits) * 3 < len(run) * 2:
        return None
    bits = bits[: len(bits) // 8 * 8]
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _hex(run: bytes) -> bytes | None:
    digits = _NOT_HEX.sub(b"", _HEX_MARKS.sub(b" ", run))
    if len(digits) * 4 < len(run) or len(re.sub(rb"[0-9A-Fa-fxX\\%=&#;:,.\s\"'|/_-]", b"", run)) * 20 > len(run):
        return None
    return bytes.fromhex(digits[: len(digits) // 2 * 2].decode())


_STANDARD = bytes.maketrans(b"-_", b"+/")
_OUTSIDE_64 = re.compile(rb"[^A-Za-z0-9+/]")


def _base64(run: bytes) -> bytes | None:
    if run.count(b"-") + run.count(b"_") and run.count(b"+") + run.count(b"/") == 0:
        run = run.translate(_STANDARD)
    packed = _OUTSIDE_64.sub(b"", run)
    if len(packed) * 3 < len(run):
        return None
    return base64.b64decode(packed[: len(packed) // 4 * 4])


def _base32(run: bytes) -> bytes | None:
    packed = re.sub(rb"[^A-Z2-7]", b"", run.upper())
    if len(packed) * 4 < len(run) * 3 or re.search(rb"[A-Z]", packed) is None:
        return None
    return base64.b32decode(packed[: len(packed) // 8 * 8])


def _base32_hex(run: bytes) -> bytes | None:
    packed = re.sub(rb"[^0-9A-V]", b"", run.upper())
    if len(packed) * 4 < len(run) * 3:
        return None
    return base64.b32hexdecode(packed[: len(packed) // 8 * 8])


def _ascii_85(run: bytes) -> bytes | None:
    packed = re.sub(rb"\s|[^!-uz]", b"", run.removeprefix(b"<~").split(b"~>")[0])
    whole = packed[: len(packed) // 5 * 5] if b"z" not in packed else packed
    try:
        return base64.a85decode(whole)
    except ValueError:
        return base64.a85decode(packed[:20])


def _base_85(run: bytes) -> bytes | None:
    packed = re.sub(rb"\s", b"", run)
    return base64.b85decode(packed[: len(packed) // 5 * 5])


_Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_B85 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_Z85_TO_B85 = bytes.maketrans(_Z85, _B85)


def _z_85(run: bytes) -> bytes | None:
    packed = re.sub(rb"\s", b"", run)
    if re.search(rb"[^0-9A-Za-z.\-:+=^!/*?&<>()\[\]{}@%$#]", packed):
        return None
    return base64.b85decode(packed[: len(packed) // 5 * 5].translate(_Z85_TO_B85))


def _uuencoded(run: bytes) -> bytes | None:
    out = []
    for line in run.split(b"\n"):
        if line.startswith(b"begin ") or not line:
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            if not out:
                return None
            break
    return b"".join(out)


_XX = b"+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_XX_TO_64 = bytes.maketrans(_XX, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def _xxencoded(run: bytes) -> bytes | None:
    lines = [line[1:] for line in run.split() if line[:1] == b"h"]
    packed = b"".join(lines).translate(_XX_TO_64)
    return base64.b64decode(packed[: len(packed) // 4 * 4]) if packed else None


def _backwards(decode: Callable[[bytes], bytes | None]) -> Callable[[bytes], bytes | None]:
    return lambda run: decode(run[::-1])


DECODERS: tuple[tuple[str, Callable[[bytes], bytes | None]], ...] = (
    ("percent", _percent),
    ("entities", _entities),
    ("quoted_printable", _quoted_printable),
    ("bits", _bits),
    ("octal", _octal),
    ("numbers", _numbers),
    ("hex", _hex),
    ("base32", _base32),
    ("base32", _base32_hex),
    ("base64", _base64),
    ("uuencoded", _uuencoded),
    ("xxencoded", _xxencoded),
    ("base85", _ascii_85),
    ("base85", _base_85),
    ("base85", _z_85),
    ("base64", _backwards(_base64)),
    ("hex", _backwards(_hex)),
)


def _gunzip(data: bytes) -> bytes:
    return zlib.decompressobj(31).decompress(data, LARGEST)


def _inflate(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, LARGEST)


def _bunzip(data: bytes) -> bytes:
    return bz2.BZ2Decompressor().decompress(data, LARGEST)


def _unxz(data: bytes) -> bytes:
    return lzma.LZMADecompressor(memlimit=64 * 1024 * 1024).decompress(data, LARGEST)


UNPACKERS: tuple[tuple[str, bytes, Callable[[bytes], bytes]], ...] = (
    ("gzip", b"\x1f\x8b", _gunzip),
    ("zlib", b"\x78", _inflate),
    ("bz2", b"BZh", _bunzip),
    ("xz", b"\xfd7zXZ", _unxz),
)
