"""The labelled set of the search, read from tests/search/already_told; how it was made stands beside it."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from casework.search.ranking import Said
from casework.search.words import content_stems

FOLDER = Path("tests") / "search" / "already_told"


@dataclass(frozen=True)
class Question:
    """`answers`: places, from 0, of the passages that answer. `language`: of the question."""

    text: str
    answers: frozenset[int]
    language: str

    @property
    def is_held_out(self) -> bool:
        """True for the half that nothing was tuned on: an odd first digit of the SHA-256 of its text."""
        return int(sha256(self.text.encode()).hexdigest()[0], 16) % 2 == 1


@dataclass(frozen=True)
class Account:
    """`topics`: of each passage. `language`: a code."""

    name: str
    language: str
    said: tuple[Said, ...]
    topics: tuple[tuple[str, ...], ...]
    questions: tuple[Question, ...]

    def shares_a_word(self, question: Question) -> bool:
        """True when the question has a stem in common with a passage that answers it."""
        asked = set(content_stems(question.text, question.language))
        return any(asked & set(content_stems(self.said[place].whole, self.language)) for place in question.answers)


def labelled_accounts() -> list[Account]:
    """Every account of the set, by the name of its file."""
    return [_read(path) for path in sorted((settings.BASE_DIR / FOLDER).glob("*.txt"))]


def _read(path: Path) -> Account:
    said: list[tuple[str, str]] = []
    topics: list[tuple[str, ...]] = []
    questions: list[Question] = []
    language = path.stem.split("_")[0]
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("¶"):
            said.append(("", ""))
            topics.append(tuple(line[1:].partition(" ")[2].split(",")) if " " in line else ())
        elif line.startswith("Q "):
            said[-1] = (line[2:], "")
        elif line.startswith("A "):
            said[-1] = (said[-1][0], line[2:])
        elif line.startswith("?"):
            questions.append(_question(line, language))
    return Account(path.stem, language, tuple(Said(*each) for each in said), tuple(topics), tuple(questions))


def _question(line: str, language: str) -> Question:
    """`? 3,4 | text`, or `?en 3 | text` where the question is in English and the account is not."""
    head, _bar, text = line[1:].partition("|")
    *asked_in, numbers = head.split()
    places = frozenset(int(number) - 1 for number in numbers.split(","))
    return Question(text.strip(), places, asked_in[0] if asked_in else language)
