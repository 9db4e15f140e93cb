"""What the guard finds in a text and what it lets pass, without a database."""

import base64
import random
import re
import string
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.bench._guard_pictures import THUMBNAIL, make
from casework.bench._guard_prose import FORMS, languages, passages
from casework.bench._guard_ways import TALK, WAYS, base_64, in_talk, pieces
from casework.guard import markup, runs
from casework.guard.art import MOST_DRAWN
from casework.guard.decoders import DECODERS, LARGEST, unpacked
from casework.guard.naming import ALPHABETS
from casework.guard.refusal import GuardRefusal
from casework.guard.runs import MOST_IN_A_ROW
from casework.guard.scan import look_at
from casework.guard.submission import FREE, MOST_AT_ONCE, MOST_OVER_TIME, Submission, submission
from casework.guard.text import check_text
from casework.guard.words import KINDS

CARD = make("jpeg", THUMBNAIL, 7)
NOISE = random.Random(7).randbytes(1_024)
CODE = random.Random(8)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_picture_is_found_in_every_way_of_writing_it(way: str) -> None:
    assert look_at(WAYS[way](CARD)).found is not None


@pytest.mark.parametrize("way", [way for way in WAYS if way != "data address"], ids=str)
def test_a_part_without_its_beginning_is_found_too(way: str) -> None:
    found = look_at(f"She wrote this:\n{WAYS[way](NOISE)}\nand nothing else.").found
    assert found is not None


def test_the_place_the_kind_and_the_type_are_told_and_nothing_of_the_text() -> None:
    text = f"First line.\nSecond line with {base_64(CARD)} in it."
    with pytest.raises(GuardRefusal) as refusal:
        check_text(text)
    found = refusal.value.found
    assert (found.kind, found.what) == ("base64", "image/jpeg")
    assert text[found.start : found.end] == base_64(CARD)
    assert "line 2, character 18" in refusal.value.message
    assert "exhibit or hotline reference" in refusal.value.message
    assert base_64(CARD)[:12] not in repr(refusal.value) + str(refusal.value)


def test_the_place_is_that_of_the_text_as_typed_when_something_was_hidden_in_it() -> None:
    text = "Zoë: " + "\u200b".join(pieces(base_64(CARD), 3)) + " end"
    found = look_at(text).found
    assert found is not None
    assert text[found.start : found.start + 4] == base_64(CARD)[:3] + "\u200b"
    assert text[found.end :] == " end"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("see https://files.example/a/b.jpg?x=1 there", "picture_address"),
        ("see hxxps://files.example/a/b.MP4", "picture_address"),
        ("see files.example/clip.webm.", "picture_address"),
        ("see https://files.example/get?name=beach%2Epng&size=2", "picture_address"),
        ("<p>text</p><img src=x>", "markup"),
        ("&lt;svg onload=1&gt;", "markup"),
        ("<svg viewBox='0 0 9 9'><path d='M1 1'/></svg>", "markup"),
        (r"{\rtf1\ansi{\pict\pngblip 89504e47}}", "markup"),
        ("Content-Type: image/png\nContent-Transfer-Encoding: base64\n", "markup"),
        ("data : image / png;base64,AAAA", "data_address"),
        ("begin 644 beach.png\n", "markup"),
        ("⣿" * (MOST_DRAWN + 1), "drawn"),
        ("\n".join(["🟥🟧🟨🟩🟦🟪⬛⬜" * 2] * 9), "drawn"),
        ("\n".join(["@@##%%**++==--::..  " * 2] * 12), "drawn"),
        ("😀" + "\U000e0101\U000e0155" * 40, "hidden"),
        ("a\x00b", "control_character"),
        ("a\u202eb", "control_character"),
        ("a\ud800b", "control_character"),
    ],
)
def test_other_ways_in_are_refused(text: str, kind: str) -> None:
    found = look_at(text).found
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Han sagde: „Det var om torsdagen.“ – ikke før.",
        "WhatsApp, YouTube, iPhone 15, McDonald's, PhD, K7QF-2M9D, COVID19, AB12345/26",
        "Progress ████████░░ 80 %; rating ★★★☆☆; -----\n=====\n| a | b |\n|---|---|",
        "می‌خواهم با او صحبت کنم",  # zero-width joiners are part of Persian
        "👨‍👩‍👧‍👦 family emoji, 👍🏽",
        "file IMG_2031.jpg on his telephone, exhibit 14",  # a name is not an address
        "https://www.town.example/children/help?lang=da&page=2",
        "SHA-256 " + " ".join(random.Random(n).randbytes(32).hex() for n in range(6)),
        "Sent\n-- \n" + base64.b64encode(random.Random(1).randbytes(96)).decode(),
        "1. a\n" * 400,
        "\n".join(f"{n}. passage {n}" for n in range(1, 400)),
        "\n".join(f"{CODE.choice(DAYS)} {day}.3. {CODE.choice(['present', 'absent'])}" for day in range(1, 366)),
        "\n".join(f"Item {number}: {CODE.randint(1, 5)}" for number in range(1, 200)),
        "\n".join(f"I: Did you see her?\nC: {CODE.choice(['Yes.', 'No.'])}" for _each in range(2_000)),
        "\n".join(" ".join((TALK * 2)[line % 35 : line % 35 + 9]).ljust(78) for line in range(400)),
        "\n".join(f"\u200e[{n}/03/26] \u2068+45 20 10 {n}\u2069: yes 👍🏽 ❤️" for n in range(10, 99)),
        unicodedata.normalize("NFD", "Chị ấy nói rằng em đã kể hết mọi chuyện với cô giáo. " * 80),
        " ".join("Ge\xadspräch mit der Groß\xadmutter" for _each in range(400)),
        "\n".join(f"{CODE.choice(TALK).title()} {CODE.choice(TALK).title()}" for _each in range(400)),
    ],
    ids=range(20),
)
def test_ordinary_text_passes(text: str) -> None:
    assert check_text(text) == text


@pytest.mark.slow
def test_no_passage_of_a_hundred_languages_is_refused() -> None:
    assert len(languages()) > 80
    assert len(FORMS) == 8
    refused = [text for text in passages(800, seed=5) if look_at(text).found is not None]
    assert refused == []


def test_an_address_of_any_kind_is_refused_where_a_reference_belongs() -> None:
    for text in ("https://forum.example/t/12", "www.forum.example", "forum.example/t/12", "10.0.0.7", "magnet:?xt=1"):
        assert check_text(text) == text
        with pytest.raises(GuardRefusal) as refusal:
            check_text(f"Exhibit 3, {text}", addresses=False)
        assert refusal.value.found.kind == "address"
    assert check_text("INHOPE 2026/1234, exhibit 3.1", addresses=False)


def test_nothing_unpacks_beyond_its_limit() -> None:
    import bz2
    import gzip
    import lzma

    for pack in (gzip.compress, bz2.compress, lzma.compress):
        (_name, inside), *_others = unpacked(pack(b"\0" * 3_000_000))
        assert len(inside) <= LARGEST


def test_pieces_over_several_texts_of_one_submission_are_refused() -> None:
    words = list(pieces(base_64(NOISE), 40))
    with submission() as sent, pytest.raises(GuardRefusal) as refusal:
        for number, word in enumerate(words):
            check_text(f"Answer {number}: {word} and that was all.")
    assert refusal.value.found.kind == "pieces"
    assert sum(sent.pieces.values()) <= MOST_AT_ONCE
    assert sent.for_the_record() == [{"kind": "pieces", "size": refusal.value.found.size, "what": ""}]
    with submission():
        for _again in range(50):
            check_text(f"The same text looked at again: {words[0]}")


class Remembered:
    """A ledger of a test: what was kept before."""

    def __init__(self, kept: float) -> None:
        self.kept, self.asked = kept, 0

    def kept_lately(self) -> float:
        self.asked += 1
        return self.kept


def test_pieces_of_successive_submissions_are_refused_together_and_few_bytes_never_ask() -> None:
    few, more = Remembered(MOST_OVER_TIME), Remembered(MOST_OVER_TIME - 60)
    with submission(few):
        check_text("Case K7QF-2M9D, IBAN GB29NWBK60161331926819")
    assert few.asked == 0
    with submission(more), pytest.raises(GuardRefusal) as refusal:
        check_text(f"Look at {base_64(NOISE[:90])}")
    assert (refusal.value.found.kind, more.asked) == ("pieces_over_time", 1)
    assert Submission().held() == 0
    assert FREE < MOST_IN_A_ROW < MOST_AT_ONCE < MOST_OVER_TIME < len(NOISE)


ENCODINGS: tuple[Callable[[bytes], str], ...] = tuple(
    WAYS[name]
    for name in ("base64", "hex", "base32", "base85", "z85", "ascii85", "uuencode", "percent", "gzip, base64")
)


@settings(max_examples=25, deadline=None)
@given(
    encode=st.sampled_from(ENCODINGS),
    start=st.integers(0, 200),
    sizes=st.lists(st.integers(8, 120), min_size=1, max_size=6),
    between=st.sampled_from([" ", "\n", "\n> ", " and ", ", ", "\u200b", " | ", "\nShe said that "]),
)
def test_no_split_interleaved_or_encoded_picture_of_1_kb_gets_in(
    encode: Callable[[bytes], str], start: int, sizes: list[int], between: str
) -> None:
    """Any 1 KB of a picture, cut into pieces of any sizes, each in a text of its own or all in one."""
    text, cut, at = encode(CARD[start:] + NOISE[: 1_024 - len(CARD) + start]), [], 0
    while at < len(text):
        size = sizes[len(cut) % len(sizes)]
        cut.append(text[at : at + size])
        at += size
    assert look_at(between.join(cut)).found is not None
    with submission(), pytest.raises(GuardRefusal):
        for piece in cut:
            check_text(f"She said: {piece} on the way.")


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=400))
def test_any_text_is_passed_or_refused_and_nothing_else(text: str) -> None:
    found = look_at(text).found
    if found is None:
        assert check_text(text) == text
    else:
        assert 0 <= found.start < found.end <= len(text)


@settings(max_examples=40, deadline=None)
@given(words=st.lists(st.text(string.ascii_lowercase + "äöéß", min_size=1, max_size=12), max_size=60))
def test_random_words_never_raise(words: list[str]) -> None:
    text = " ".join(word.capitalize() if number % 7 == 0 else word for number, word in enumerate(words))
    assert check_text(text) == text


def test_strewn_pieces_are_found_among_long_talk() -> None:
    assert look_at(in_talk(base_64(NOISE), 16)).found is not None


def test_every_kind_that_a_judge_can_find_has_its_words() -> None:
    """A kind without words would end in a crash at the very moment of a refusal."""
    sources = "".join(path.read_text() for path in Path(runs.__file__).parent.glob("*.py"))
    kinds = set(re.findall(r'Found\("(\w+)"', sources)) | {kind for _needles, _pattern, kind in markup.SIGNS}
    kinds |= {name for name, _decode in DECODERS} | {name for name, _alphabet in ALPHABETS}
    assert len(kinds) > 20
    assert kinds - set(KINDS) == {"too_long", "control_character"}, "these two have sentences of their own"
