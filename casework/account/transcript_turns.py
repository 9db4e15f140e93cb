"""Who speaks when in a pasted transcript: its lines, put together as turns."""

from dataclasses import dataclass, field, replace
from itertools import zip_longest

from casework.account.transcript_lines import (
    BLANKS,
    QUESTION_MARKS,
    Label,
    Mark,
    Role,
    has_mark,
    leads_with_time,
    read_mark,
)
from casework.account.transcript_speakers import Cast

ESCAPE = "\\"
NOBODY = Label("", Role.UNKNOWN, guessed=True)


@dataclass(slots=True)
class Line:
    """A line without the blanks round it. `start`: its first character in the text, from 0."""

    start: int
    text: str
    mark: Mark
    after_blank: bool

    @property
    def asks(self) -> bool:
        return any(mark in self.text for mark in QUESTION_MARKS)


@dataclass(slots=True)
class Turn:
    """What one speaker says at a time. `passage`: the number of the passage it went into, 0 for none."""

    label: Label
    time_code: str = ""
    lines: list[str] = field(default_factory=list)
    passage: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a new kind of text begins in the source."""

    start: int
    is_mark: bool
    turn: int


def read_lines(text: str) -> list[Line]:
    """The lines that are not blank, each with its place in the text and its mark."""
    lines: list[Line] = []
    position, after_blank = 0, False
    for raw in text.splitlines(keepends=True):
        stripped = raw.strip(BLANKS)
        if stripped:
            start = position + len(raw) - len(raw.lstrip(BLANKS))
            lines.append(Line(start, stripped, read_mark(stripped), after_blank))
        after_blank = not stripped
        position += len(raw)
    return lines


def read_turns(lines: list[Line], cast: Cast) -> tuple[list[Turn], list[Cut]]:
    """The turns in order, and where in the text each part of them begins."""
    reader = _Reader(cast)
    for line, following in zip_longest(lines, lines[1:]):
        reader.read(line, following)
    return reader.turns, reader.cuts


class _Reader:
    """Goes through the lines once. Before the first label, each paragraph and each time code begins a new turn."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.turns: list[Turn] = []
        self.cuts: list[Cut] = []
        self.waiting_time = ""
        self.is_labelled = False

    def read(self, line: Line, following: Line | None) -> None:
        mark, label = line.mark, self._label(line)
        if label is not None:
            self.is_labelled = True
            self._begin(label, self._take_time() or mark.time_code or mark.label_time)
            self._add(line, mark.after_label, is_first=True)
        elif self._is_time_alone(line) and self._time_belongs_to(following):
            self.waiting_time = mark.time_code
            self.cuts.append(Cut(line.start, is_mark=True, turn=len(self.turns)))
        elif self.is_labelled:
            self._add(line, 0)
        else:
            self._add_unsplit(line)

    def _label(self, line: Line) -> Label | None:
        label = line.mark.label
        member = self.cast.get(label.cast_key) if label else None
        if label is None or member is None:
            return None
        return replace(label, role=member.role, guessed=member.decided_by_guess or label.guessed)

    def _take_time(self) -> str:
        time_code, self.waiting_time = self.waiting_time, ""
        return time_code

    def _is_time_alone(self, line: Line) -> bool:
        return line.mark.after_time >= len(line.text)

    def _time_belongs_to(self, following: Line | None) -> bool:
        if following is None or following.mark.time_code or following.mark.label_time:
            return False
        return not self.is_labelled or self._label(following) is not None

    def _begin(self, label: Label, time_code: str) -> None:
        self.turns.append(Turn(label, time_code))

    def _add_unsplit(self, line: Line) -> None:
        has_time = 0 < line.mark.after_time < len(line.text)
        time_code = self._take_time() or (line.mark.time_code if has_time else "")
        if not self.turns or line.after_blank or time_code:
            self._begin(NOBODY, time_code)
        self._add(line, line.mark.after_time if has_time else 0)

    def _add(self, line: Line, offset: int, *, is_first: bool = False) -> None:
        words = line.text[offset:].strip(BLANKS)
        if words.startswith(ESCAPE) and needs_escape(words, is_first=is_first):
            words = words[1:].strip(BLANKS)
        begin = len(line.text) - len(words)
        turn = len(self.turns) - 1
        if begin:
            self.cuts.append(Cut(line.start, is_mark=True, turn=turn))
        if words:
            self.cuts.append(Cut(line.start + begin, is_mark=False, turn=turn))
            self.turns[-1].lines.append(words)


def needs_escape(words: str, *, is_first: bool) -> bool:
    """True when words (behind any backslashes) would be read as a time code or, not being first, as a label."""
    bare = words.lstrip(ESCAPE)
    return leads_with_time(bare) if is_first else has_mark(bare)
