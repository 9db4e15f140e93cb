"""Splits a pasted transcript into passages, and writes passages as text that people can edit. Nothing is dropped.

The editable form has one turn a line, and a blank line between passages: `I:` asks, `C:` answers, `S (name):` is
somebody else, `?:` could not be split. A name stands in brackets, as in `I (Maja Lind):`; a question mark after the
letter says that the part in the interview was guessed. A backslash keeps words that look like a label as words.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from casework.account.transcript_lines import Label, Role, label_of
from casework.account.transcript_speakers import INTERVIEW, cast_of
from casework.account.transcript_turns import ESCAPE, Cut, Turn, needs_escape, read_lines, read_turns


class Why(StrEnum):
    """Why a passage is as it is. Every one but `THIRD_SPEAKER` means that it is uncertain."""

    NO_SPEAKER = "no_speaker"
    ROLE_UNKNOWN = "role_unknown"
    ROLES_GUESSED = "roles_guessed"
    THIRD_SPEAKER = "third_speaker"


WORDS: dict[str, Promise] = {
    Why.NO_SPEAKER: _("It is not marked who says this."),
    Why.ROLE_UNKNOWN: _("Only one speaker is marked, so it is not certain who asks."),
    Why.ROLES_GUESSED: _("Who asks and who answers was taken from the question marks. Please check."),
    Why.THIRD_SPEAKER: _("Said by somebody who neither interviews nor is the child."),
}


@dataclass(frozen=True, slots=True)
class SplitPassage:
    """A question and its answer, verbatim, lines joined by newlines. `number` from 1; `why`: a `Why` or empty.

    Text without a known speaker, and what a third speaker says, stands in `answer`. `time_code`: at most 12
    characters, as written, without brackets.
    """

    number: int
    question: str
    answer: str
    question_speaker: str
    answer_speaker: str
    time_code: str
    uncertain: bool
    why: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """A label of the text. `role`: a `Role`; `questions`: how many of the turns hold a question mark."""

    name: str
    role: str
    guessed: bool
    turns: int
    questions: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Where text went: `source_start` inclusive, `source_end` exclusive, in characters of what was pasted.

    `kind`: mark (label, time code, numbering), question, answer, or blank. `passage`: its number, 0 for none.
    """

    source_start: int
    source_end: int
    kind: str
    passage: int


@dataclass(frozen=True, slots=True)
class SplitTranscript:
    """The passages in order. `warnings`: each `Why` that occurs, worded in `WORDS`. `pieces` cover the whole text."""

    passages: tuple[SplitPassage, ...]
    speakers: tuple[Speaker, ...]
    warnings: tuple[str, ...]
    pieces: tuple[Piece, ...]


@dataclass(slots=True)
class _Draft:
    """A passage in the making."""

    question: list[Turn] = field(default_factory=list)
    answer: list[Turn] = field(default_factory=list)

    def takes(self, turn: Turn) -> bool:
        """True when the turn goes on with this passage: the same interviewer, or the child who answers."""
        ours = self.answer or self.question
        if ours[0].label.role not in INTERVIEW or turn.label.role not in INTERVIEW:
            return False
        if turn.label.role == Role.INTERVIEWER:
            return not self.answer and self.question[0].label.key == turn.label.key
        return not self.answer or self.answer[0].label.key == turn.label.key

    def add(self, turn: Turn) -> None:
        (self.question if turn.label.role == Role.INTERVIEWER else self.answer).append(turn)

    def as_passage(self, number: int) -> SplitPassage:
        turns = self.question + self.answer
        uncertain = any(turn.label.guessed or turn.label.role == Role.UNKNOWN for turn in turns)
        return SplitPassage(
            number=number,
            question="\n".join(line for turn in self.question for line in turn.lines),
            answer="\n".join(line for turn in self.answer for line in turn.lines),
            question_speaker=self.question[0].label.name if self.question else "",
            answer_speaker=self.answer[0].label.name if self.answer else "",
            time_code=next((turn.time_code for turn in turns if turn.time_code), ""),
            uncertain=uncertain,
            why=self._why(turns[0].label, uncertain),
        )

    def _why(self, label: Label, uncertain: bool) -> str:
        if label.role == Role.OTHER:
            return Why.THIRD_SPEAKER
        if label.role == Role.UNKNOWN:
            return Why.ROLE_UNKNOWN if label.name else Why.NO_SPEAKER
        return Why.ROLES_GUESSED if uncertain else ""


def split_transcript(text: str) -> SplitTranscript:
    """Split what was pasted into numbered passages. Takes any text and never raises; an empty text has no passage."""
    lines = read_lines(text)
    cast = cast_of((line.mark.label, line.asks) for line in lines if line.mark.label is not None)
    turns, cuts = read_turns(lines, cast)
    passages = _build_passages(turns)
    warnings = tuple(sorted({passage.why for passage in passages if passage.why and passage.uncertain}))
    speakers = tuple(
        Speaker(member.name, member.role, member.guessed, member.turns, member.questions) for member in cast.values()
    )
    return SplitTranscript(tuple(passages), speakers, warnings, _pieces(len(text), turns, cuts))


def join_passages(first: SplitPassage, second: SplitPassage) -> SplitPassage:
    """The two as one, in the order in which they were said; where the speaker changes inside, the label is kept.

    Number and certainty are those of the first.
    """
    time_code = first.time_code or second.time_code
    stands_alone = {Why.NO_SPEAKER, Why.ROLE_UNKNOWN, Why.THIRD_SPEAKER}
    if first.answer or first.answer_speaker or first.why in stands_alone or second.why in stands_alone:
        answer = _lines_of(first.answer, _said(second, first.answer_speaker))
        return replace(first, answer=answer, time_code=time_code)
    question = _lines_of(first.question, _labelled(second.question_speaker, second.question, first.question_speaker))
    return replace(
        first, question=question, answer=second.answer, answer_speaker=second.answer_speaker, time_code=time_code
    )


def render_passages(passages: Iterable[SplitPassage]) -> str:
    """The editable text of the passages; `split_transcript` reads it back as the same passages."""
    return "\n\n".join(_render(passage) for passage in passages) + "\n"


def _build_passages(turns: list[Turn]) -> list[SplitPassage]:
    drafts: list[_Draft] = []
    last: Turn | None = None
    for turn in turns:
        silent_child = turn.label.role == Role.CHILD and last is not None and last.label.role == Role.INTERVIEWER
        if not turn.lines and not silent_child:
            continue
        if not drafts or not drafts[-1].takes(turn):
            drafts.append(_Draft())
        drafts[-1].add(turn)
        turn.passage = len(drafts)
        last = turn
    return [draft.as_passage(number) for number, draft in enumerate(drafts, start=1)]


def _pieces(length: int, turns: list[Turn], cuts: list[Cut]) -> tuple[Piece, ...]:
    joined: list[tuple[int, str, int]] = []
    for cut in cuts:
        turn = turns[cut.turn]
        asked = turn.label.role == Role.INTERVIEWER
        kind = "mark" if cut.is_mark else "question" if asked else "answer"
        if not joined or joined[-1][1:] != (kind, turn.passage):
            joined.append((cut.start, kind, turn.passage))
    if not joined:
        return (Piece(0, length, "blank", 0),) if length else ()
    starts = [0, *(start for start, _kind, _passage in joined[1:]), length]
    return tuple(
        Piece(start, end, kind, passage)
        for start, end, (_start, kind, passage) in zip(starts, starts[1:], joined, strict=False)
    )


def _said(passage: SplitPassage, heard: str) -> str:
    """What was said in a passage, in order, with labels where the speaker is not the one just heard."""
    question = f"{passage.question_speaker or 'I'}: {passage.question}" if passage.question else ""
    return _lines_of(question, _labelled(passage.answer_speaker, passage.answer, "" if question else heard))


def _labelled(speaker: str, words: str, heard: str) -> str:
    return words if not words or not speaker or speaker == heard else f"{speaker}: {words}"


def _lines_of(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _render(passage: SplitPassage) -> str:
    alone = {Why.THIRD_SPEAKER: "S", Why.NO_SPEAKER: "?", Why.ROLE_UNKNOWN: "?"}.get(
        Why(passage.why or "roles_guessed")
    )
    parts = []
    if alone is None and (passage.question or passage.question_speaker):
        parts.append(_render_turn("I", passage.question_speaker, passage.question, passage.uncertain))
    if alone is not None or passage.answer or passage.answer_speaker:
        parts.append(_render_turn(alone or "C", passage.answer_speaker, passage.answer, passage.uncertain))
    time_code = f"[{passage.time_code}] " if passage.time_code else ""
    return time_code + "\n".join(parts)


def _render_turn(letter: str, name: str, words: str, uncertain: bool) -> str:
    lines = [
        ESCAPE + line if needs_escape(line, is_first=place == 0) else line
        for place, line in enumerate(words.split("\n"))
    ]
    return f"{_render_label(letter, name, uncertain)}: {chr(10).join(lines)}".rstrip(" ")


def _render_label(letter: str, name: str, uncertain: bool) -> str:
    known = label_of(name) if name else None
    role = {"I": Role.INTERVIEWER, "C": Role.CHILD}.get(letter)
    is_plain = known is not None and known.sure and known.name == name and known.key != "a"
    if not uncertain and is_plain and known is not None and known.role == role and not known.guessed:
        return name
    doubt = "?" if uncertain and letter != "?" else ""
    if (letter == "?" and not name) or (doubt and name == letter and role is not None):
        return letter + doubt
    return f"{letter}{doubt} ({name})"
