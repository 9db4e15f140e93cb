"""Ways of writing a file as text that is made to look like something else: words, other scripts, nothing at all."""

import base64
import binascii
import itertools
import random
import string
from collections.abc import Callable, Iterator
from operator import xor

Way = Callable[[bytes], str]
TALK = (
    "the worker met the family on Tuesday and spoke with the school about a plan for next week before the meeting in"
    " the town hall afterwards her aunt brought the child home and stayed until the evening"
).split()
BASE_58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE_91 = string.ascii_letters + string.digits + '!#$%&()*+,./:;<=>?@[]^_`{|}~"'
BECH_32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
SPACES = " \xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
CONSONANTS, VOWELS = "bdfghjklmnprstvz", "aiou"
LISTED = [f"{a}{b}{c}{d}{e}" for a in CONSONANTS for b in VOWELS for c in "lmnr" for d in "aeio" for e in "nt"]
CALLED = ("Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa").split()
DIGITS = "zero one two three four five six seven eight nine".split()
MORSE = "----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. .- -... -.-. -.. . ..-.".split()


def bits(data: bytes, size: int) -> Iterator[int]:
    """The bits of the data, so many at a time."""
    written = f"{int.from_bytes(data, 'big'):0{len(data) * 8}b}"
    return (int(written[at : at + size], 2) for at in range(0, len(written), size))


def in_base(data: bytes, alphabet: str, at_once: int = 8) -> str:
    """As base58 and others do it, eight bytes at a time."""
    out = []
    for at in range(0, len(data), at_once):
        number = int.from_bytes(data[at : at + at_once], "big")
        while number:
            number, digit = divmod(number, len(alphabet))
            out.append(alphabet[digit])
    return "".join(out)


def base_91(data: bytes) -> str:
    return "".join(BASE_91[each // 91] + BASE_91[each % 91] for each in bits(data, 13))


def grouped(text: str, size: int, between: str = " ") -> str:
    return between.join(text[at : at + size] for at in range(0, len(text), size))


def behind_words(hidden: list[str]) -> str:
    """Each of them behind a word of talk."""
    return " ".join(map("".join, zip(itertools.cycle(TALK), hidden, strict=False)))


def selector(byte: int) -> str:
    return chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16)


def proquint(word: int) -> str:
    parts = CONSONANTS[word >> 12], VOWELS[word >> 10 & 3], CONSONANTS[word >> 6 & 15], VOWELS[word >> 4 & 3]
    return "".join(parts) + CONSONANTS[word & 15]


def masked(data: bytes) -> bytes:
    """As whoever hides a file would have it before: every byte as frequent as another, and no signature."""
    mask = random.Random(len(data)).randbytes(len(data))  # noqa: S311 - the same mask at each run
    return bytes(map(xor, data, mask))


def signs(data: bytes, size: int, first: int, step: int = 1) -> str:
    """Masked, then so many bits as one sign of a script."""
    return "".join(chr(first + each * step) for each in bits(masked(data), size))


def listed_words(data: bytes, size: int, words: list[str]) -> str:
    return " ".join(words[each] for each in bits(masked(data), size))


def standard(data: bytes) -> str:
    return base64.b64encode(data).decode()


DISGUISES: dict[str, Way] = {
    "base58": lambda data: in_base(data, BASE_58),
    "base36": lambda data: in_base(data, string.digits + string.ascii_lowercase),
    "base62": lambda data: in_base(data, string.digits + string.ascii_letters),
    "base91": base_91,
    "bech32": lambda data: "card1" + "".join(BECH_32[each] for each in bits(data, 5)),
    "letters alone, as hashtags": lambda data: grouped(in_base(data, string.ascii_lowercase), 8, " #"),
    "letters alone, as names": lambda data: grouped(in_base(data, string.ascii_lowercase), 7).title(),
    "percent-u": lambda data: "".join(f"%u00{byte:02x}" for byte in data),
    "JSON escapes": lambda data: "".join(f"\\u00{byte:02x}" for byte in data),
    "code points": lambda data: " ".join(f"U+00{byte:02X}" for byte in data),
    "mail words": lambda data: "\n ".join(
        f"=?utf-8?B?{standard(data[at : at + 40])}?=" for at in range(0, len(data), 40)
    ),
    "UTF-7": lambda data: data.decode("latin-1").encode("utf-7").decode("ascii"),
    "uuencode backwards": lambda data: "".join(
        binascii.b2a_uu(data[at : at + 45]).decode() for at in range(0, len(data), 45)
    )[::-1],
    "network numbers": lambda data: "\n".join(f"{data[at : at + 16].hex(':', 2)}" for at in range(0, len(data), 16)),
    "a path of SVG": lambda data: (
        "M10,10" + "".join(f"l{a - 128},{b - 128}" for a, b in zip(data[::2], data[1::2], strict=False))
    ),
    "numbers between words": lambda data: " ".join(f"On page {byte} she wrote." for byte in masked(data)),
    "hex in Cyrillic letters": lambda data: data.hex().upper().translate(str.maketrans("ABCDEF", "АВСДЕФ")),
    "hex in Greek letters": lambda data: grouped(
        "".join("αβγδεζηθικλμνξοπ"[each] for each in bits(masked(data), 4)), 6
    ),
    "digits of Arabic": lambda data: " ".join("".join(chr(0x660 + int(digit)) for digit in str(byte)) for byte in data),
    "digits of India": lambda data: grouped(
        "".join(chr(0x966 + int(digit)) for byte in data for digit in f"{byte:03}"), 6
    ),
    "base32 in Cyrillic words": lambda data: grouped(signs(data, 5, 0x430), 6),
    "base64 in hiragana": lambda data: signs(data, 6, 0x3042),
    "base256 in Chinese": lambda data: signs(data, 8, 0x4E00, 37),
    "base2048 in Chinese": lambda data: signs(data, 11, 0x4E00),
    "base2048 in Korean": lambda data: signs(data, 11, 0xAC00, 5),
    "base65536": lambda data: signs(data, 16, 0x20000),
    "emoji, 64 kinds": lambda data: signs(data, 6, 0x1F600),
    "emoji, 16 kinds": lambda data: signs(data, 4, 0x1F600),
    "emoji between words": lambda data: behind_words([f" {sign}" for sign in signs(data, 6, 0x1F600)]),
    "words of a list of 2,048": lambda data: listed_words(data, 11, LISTED),
    "words of a list of 256": lambda data: listed_words(data, 8, LISTED[::8]),
    "made-up words": lambda data: " ".join(map(proquint, bits(masked(data), 16))),
    "words for letters": lambda data: listed_words(data, 4, CALLED),
    "words for digits": lambda data: " ".join(DIGITS[int(digit)] for byte in data for digit in str(byte)),
    "yes and no": lambda data: listed_words(data, 1, ["no", "yes"]),
    "long and short": lambda data: listed_words(data, 4, MORSE),
    "tags that nobody sees": lambda data: behind_words(
        ["".join(chr(0xE0000 + ord(each)) for each in piece) for piece in grouped(standard(data), 10).split()]
    ),
    "selectors that nobody sees": lambda data: behind_words([selector(byte) for byte in data]),
    "zero-width between words": lambda data: behind_words(["\u200b\u200c\u200d\u2060"[each] for each in bits(data, 2)]),
    "accents apart": lambda data: behind_words([chr(0x300 + each) for each in bits(data, 6)]),
    "kinds of spaces": lambda data: "".join(
        word + SPACES[each] for word, each in zip(itertools.cycle(TALK), bits(data, 4), strict=False)
    ),
    "tabs and spaces": lambda data: "Hello" + "".join(" \t"[each] for each in bits(data, 1)) + "and goodbye",
    "spaces at the ends of lines": lambda data: "\n".join(
        word + " " * each for word, each in zip(itertools.cycle(TALK), bits(data, 4), strict=False)
    ),
}
