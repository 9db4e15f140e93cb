"""Ways of writing a file as text: encodings as programs make them, and disguises as people do."""

import base64
import binascii
import bz2
import gzip
import json
import lzma
import quopri
import random
import zlib
from collections.abc import Callable, Iterator

from casework.bench._guard_disguises import DISGUISES, Way

TALK = (
    "The worker met the family on Tuesday and spoke with the school about the plan for next week, before the meeting"
    " in the town hall; afterwards the aunt brought the child home and stayed until the evening"
).split()
LOOK_ALIKE = str.maketrans("ABEKMHOPCTXaeopcyxis", "АВЕКМНОРСТХаеорсухіѕ")
Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
B85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
XX = "+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+"


def pieces(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(0, len(text), size))


def base_64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def lines_of(data: bytes, encode: Callable[[bytes], str]) -> str:
    """As uuencode does it: 45 bytes a line."""
    return "".join(encode(data[at : at + 45]) for at in range(0, len(data), 45))


def xx_line(data: bytes) -> str:
    return XX[len(data)] + base_64(data).translate(str.maketrans(B64, XX)) + "\n"


def in_talk(text: str, size: int) -> str:
    """Each piece with two words of ordinary talk before it."""
    talk = random.Random(size)  # noqa: S311 - the same talk at each run
    return " ".join(f"{talk.choice(TALK)} {talk.choice(TALK)} {piece}" for piece in pieces(text, size))


def bits_as_signs(data: bytes, bits: int, first: int) -> str:
    """So many bits each as one character, from `first` on."""
    text = f"{int.from_bytes(data, 'big'):0{len(data) * 8}b}"
    return "".join(chr(first + int(piece, 2)) for piece in pieces(text, bits))


def full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text)


WAYS: dict[str, Way] = {
    "base64": base_64,
    "base64 in lines": lambda data: base64.encodebytes(data).decode(),
    "base64 for addresses, no padding": lambda data: base64.urlsafe_b64encode(data).decode().rstrip("="),
    "data address": lambda data: f"Look: data:application/octet-stream;base64,{base_64(data)}",
    "hex": lambda data: data.hex(),
    "hex, pairs and spaces": lambda data: data.hex(" ").upper(),
    "hex, colons": lambda data: data.hex(":"),
    "hex as in C": lambda data: ", ".join(f"0x{byte:02X}" for byte in data),
    "hex as in a string": lambda data: "".join(f"\\x{byte:02x}" for byte in data),
    "hex dump": lambda data: "\n".join(f"{at:08x}  {data[at : at + 16].hex(' ')}" for at in range(0, len(data), 16)),
    "base32": lambda data: base64.b32encode(data).decode(),
    "base32 in small letters": lambda data: base64.b32encode(data).decode().lower(),
    "base85": lambda data: base64.b85encode(data).decode(),
    "ascii85": lambda data: base64.a85encode(data, adobe=True, wrapcol=72).decode(),
    "z85": lambda data: base64.b85encode(data).decode().translate(str.maketrans(B85, Z85)),
    "quoted-printable": lambda data: quopri.encodestring(data, quotetabs=True).decode("latin-1"),
    "uuencode": lambda data: lines_of(data, lambda line: binascii.b2a_uu(line).decode()),
    "xxencode": lambda data: lines_of(data, xx_line),
    "percent": lambda data: "".join(f"%{byte:02X}" for byte in data),
    "HTML entities": lambda data: "".join(f"&#{byte};" for byte in data),
    "JSON array": lambda data: json.dumps(list(data)),
    "numbers in lines": lambda data: "\n".join(map(str, data)),
    "octal": lambda data: "".join(f"\\{byte:03o}" for byte in data),
    "bits": lambda data: " ".join(f"{byte:08b}" for byte in data),
    "one sign for a byte, as yEnc": lambda data: bits_as_signs(data, 8, 0x100),
    "one sign for fifteen bits": lambda data: bits_as_signs(data, 15, 0x4E00),
    "gzip, base64": lambda data: base_64(gzip.compress(data)),
    "zlib, base85": lambda data: base64.b85encode(zlib.compress(data)).decode(),
    "bz2, hex": lambda data: bz2.compress(data).hex(),
    "xz, base64": lambda data: base_64(lzma.compress(data)),
    "base64 twice": lambda data: base_64(base_64(data).encode()),
    "hex, base64": lambda data: base_64(data.hex().encode()),
    "base64, percent": lambda data: "".join(f"%{ord(character):02X}" for character in base_64(data)),
    "base64 backwards": lambda data: base_64(data)[::-1],
    "base64, spaces": lambda data: " ".join(pieces(base_64(data), 8)),
    "base64, pairs": lambda data: " ".join(pieces(base_64(data), 2)),
    "base64, every character apart": lambda data: " ".join(base_64(data)),
    "base64, zero-width": lambda data: "\u200b".join(pieces(base_64(data), 3)),
    "base64, soft hyphens": lambda data: "\u00ad".join(pieces(base_64(data), 5)),
    "base64, quoted as mail": lambda data: "\n".join(f"> {line}" for line in pieces(base_64(data), 60)),
    "base64, strings in code": lambda data: " +\n".join(f'"{line}"' for line in pieces(base_64(data), 40)),
    "base64, dashes": lambda data: "-".join(pieces(base_64(data), 5)),
    "base64, full width": lambda data: full_width(base_64(data)),
    "base64, Cyrillic look-alikes": lambda data: base_64(data).translate(LOOK_ALIKE),
    "base64, table": lambda data: "\n".join(
        f"| {number} | {piece} | open |" for number, piece in enumerate(pieces(base_64(data), 16))
    ),
    "base64, strewn in talk": lambda data: in_talk(base_64(data), 24),
    "hex, strewn in talk": lambda data: in_talk(data.hex(), 32),
    "base32, groups of eight in talk": lambda data: in_talk(base64.b32encode(data).decode(), 8),
    "base85, groups": lambda data: " ".join(pieces(base64.b85encode(data).decode(), 10)),
    **DISGUISES,
}
