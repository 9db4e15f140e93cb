"""Passages that people really write, none of which may be refused.

Prose: the translations that come with the installed packages, in some hundred languages and scripts, and the invented
stories. Around it what case files hold: quoted mail with signatures, tables, reference numbers, accounts, coordinates.
"""

import ast
import base64
import importlib.util
import random
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

MESSAGE = re.compile(r'^msgstr(?:\[\d\])? ((?:".*"\n)+)', re.MULTILINE)
SHORTEST = 25  # characters
ABC, LETTERS, DIGITS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHJKMNPQRSTVWXYZ", "0123456789"
CODE = LETTERS + DIGITS
Chance = random.Random


def passages(count: int, seed: int) -> Iterator[str]:
    """So many passages: mostly prose alone, one in four with something that looks like code in it."""
    chance, prose = Chance(seed), list(languages().values())
    for number in range(count):
        language = prose[number % len(prose)]
        text = " ".join(chance.choices(language, k=chance.randint(1, 8)))
        yield text if number % 4 else chance.choice(FORMS)(chance, text)


def languages() -> dict[str, list[str]]:
    """Sentences by language code, from the catalogues of Django, django-allauth and django-auditlog."""
    found: dict[str, list[str]] = {}
    for package in ("django", "allauth", "auditlog", "guardian"):
        spec = importlib.util.find_spec(package)
        for folder in spec.submodule_search_locations or [] if spec else []:
            for catalogue in sorted(Path(folder).rglob("locale/*/LC_MESSAGES/django.po")):
                found.setdefault(catalogue.parts[-3], []).extend(_sentences(catalogue))
    return {language: sentences for language, sentences in found.items() if len(sentences) > 20}


def note(language: list[str], size: int) -> str:
    """One long text of at most so many bytes in UTF-8."""
    text = "\n".join(language)
    while len(text.encode()) < size:
        text += "\n" + text
    return text.encode()[:size].decode(errors="ignore")


def _sentences(catalogue: Path) -> Iterator[str]:
    for found in MESSAGE.finditer(catalogue.read_text(encoding="utf-8")):
        text = "".join(ast.literal_eval(line) for line in found.group(1).splitlines())
        if len(text) >= SHORTEST and "<" not in text and "Content-Type" not in text:
            yield text


def _code(chance: Chance, letters: str, size: int) -> str:
    return "".join(chance.choices(letters, k=size))


def _mail(chance: Chance, text: str) -> str:
    signature = base64.b64encode(chance.randbytes(chance.randint(24, 96))).decode()
    quoted = "\n".join(f"> {line}" for line in re.findall(r".{1,70}(?:\s|$)", text))
    return (
        f"On Tue, 3 Mar 2026 at 10:05, A. Berg <a.berg@agency.example> wrote:\n{quoted}\n\n{text}\n-- \n{signature}\n"
    )


def _table(chance: Chance, text: str) -> str:
    words = text.split() or ["open"]
    rows = (
        f"| {number} | {_code(chance, CODE, 4)}-{_code(chance, CODE, 4)} | {chance.choice(words)}"
        f" | {chance.randint(1, 31)}.{chance.randint(1, 12)}.2026 | {chance.randint(10, 99_999)},00 |"
        for number in range(1, chance.randint(4, 30))
    )
    return text + "\n" + "\n".join(rows)


def _references(chance: Chance, text: str) -> str:
    made = (f"{_code(chance, LETTERS, 3)}{_code(chance, DIGITS, 12)}/{chance.randint(20, 26)}" for _each in range(8))
    number = uuid.UUID(int=chance.getrandbits(128))
    return f"{text} Ref. {', '.join(made)}; file 2026/{_code(chance, DIGITS, 22)}; {number}"


def _accounts(chance: Chance, text: str) -> str:
    groups = (
        f"{_code(chance, LETTERS, 2)}{_code(chance, DIGITS, 2)} {_code(chance, LETTERS, 4)} "
        + " ".join(_code(chance, DIGITS, 4) for _group in range(4))
        for _each in range(chance.randint(1, 12))
    )
    return f"{text}\nIBAN\n" + "\n".join(groups)


def _places(chance: Chance, text: str) -> str:
    points = (
        f"{chance.uniform(-90, 90):.5f}, {chance.uniform(-180, 180):.5f}" for _each in range(chance.randint(1, 25))
    )
    return f"{text}\nHavnegade 12B, 2. tv., DK-8000 Aarhus C\n" + "\n".join(points)


def _hashes(chance: Chance, text: str) -> str:
    lines = (f"Exhibit {number}: {chance.randbytes(32).hex()}" for number in range(1, chance.randint(2, 5)))
    return f"{text}\n" + "\n".join(lines)


def _addresses(chance: Chance, text: str) -> str:
    page = "/".join(_code(chance, ABC, chance.randint(3, 9)) for _part in range(3))
    return (
        f"{text} https://www.{_code(chance, ABC, 8)}.example/{page}?id={chance.randint(1, 99_999)}&lang=da see there."
    )


def _times(chance: Chance, text: str) -> str:
    lines = (
        f"[{chance.randint(10, 28)}/03/2026, {chance.randint(10, 23)}:{chance.randint(10, 59)}:07]"
        f" anna_{chance.randint(1, 99)}: {word} +45 {_code(chance, DIGITS, 2)} {_code(chance, DIGITS, 2)}"
        for word in text.split()[:30]
    )
    return "\n".join(lines)


FORMS: tuple[Callable[[Chance, str], str], ...] = (
    _mail, _table, _references, _accounts, _places, _hashes, _addresses, _times,
)  # fmt: skip
