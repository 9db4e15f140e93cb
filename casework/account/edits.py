"""What a passage is made of, and what edits do to it: plain functions, no query."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from casework.access.errors import StalePage
from casework.account.transcript import SplitPassage, Why, join_passages

PARTS = (
    "question", "answer", "question_speaker", "answer_speaker", "time_code", "phase", "question_type", "topics",
    "uncertain",
)  # fmt: skip
ENCRYPTED = {"question", "answer", "question_speaker", "answer_speaker"}


@dataclass(frozen=True)
class PassageText:
    """What was said, by whom, and when on the recording."""

    question: str = ""
    answer: str = ""
    question_speaker: str = ""
    answer_speaker: str = ""
    time_code: str = ""


@dataclass(frozen=True)
class PassageTags:
    """Phase, type of question and topics of one passage, as codes; empty for not set."""

    phase: str = ""
    question_type: str = ""
    topics: tuple[str, ...] = ()


def text_of(passage: Any) -> PassageText:
    """The text of a passage as it stands."""
    return PassageText(**{name: getattr(passage, name) for name in PassageText.__dataclass_fields__})


def put_parts(row: Any, parts: Mapping[str, Any]) -> None:
    """Set these parts of a passage or of a revision."""
    for name, value in parts.items():
        setattr(row, name, list(value) if name == "topics" else value)


def restore(passage: Any, revision: Any) -> None:
    """Bring a passage back to what a revision kept."""
    put_parts(passage, {name: getattr(revision, name) for name in PARTS})


def check_has_words(question: str, answer: str) -> None:
    """A passage says something. Raises: StalePage."""
    if not question.strip() and not answer.strip():
        raise StalePage(_("A passage holds a question or an answer. What the child told is not deleted."))


def joined(first: PassageText, second: PassageText) -> PassageText:
    """The two as one, in the order in which they were said; where the speaker changes inside, the label is kept."""
    both = join_passages(_as_split(first), _as_split(second))
    return PassageText(
        both.question, both.answer, both.question_speaker, both.answer_speaker or second.answer_speaker, both.time_code
    )


def at_blank_lines(text: PassageText) -> list[PassageText]:
    """The parts of a passage, divided at its blank lines: what stands behind one in the question or in the answer is a
    passage of its own. One part when there is no blank line; no word is lost, and none added.
    """
    questions, answers = _blocks(text.question), _blocks(text.answer)
    parts = [PassageText(question=each, question_speaker=text.question_speaker) for each in questions[:-1]]
    parts.append(
        PassageText(questions[-1], answers[0], text.question_speaker if questions[-1] else "", text.answer_speaker)
    )
    parts += [PassageText(answer=each, answer_speaker=text.answer_speaker) for each in answers[1:]]
    first = parts[0]
    parts[0] = PassageText(first.question, first.answer, first.question_speaker, first.answer_speaker, text.time_code)
    return parts


def _blocks(text: str) -> list[str]:
    """The blocks of lines between blank lines; one empty block for an empty text."""
    blocks: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return ["\n".join(block) for block in blocks if block] or [""]


def _as_split(text: PassageText) -> SplitPassage:
    is_unmarked = not (text.question or text.question_speaker or text.answer_speaker)
    return SplitPassage(number=1, **vars(text), uncertain=False, why=Why.NO_SPEAKER.value if is_unmarked else "")
