"""Nothing dropped: is every character of what was pasted among the passages that will be saved?"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from casework.account.transcript import SplitPassage, SplitTranscript, split_transcript
from casework.account.transcript_lines import BLANKS, NO_MARK, read_mark

LONGEST_SHOWN = 160  # characters of a line in which something differs


@dataclass(frozen=True)
class Difference:
    """The first place where the passages say something else than what was pasted.

    `pasted`, `passages`: the line of each in which it is; empty behind the end of the text.
    """

    pasted: str
    passages: str


def first_difference(pasted: str, reviewed: SplitTranscript) -> Difference | None:
    """None when every character that is no blank stands in the passages, in its order, and nothing was added.

    Speakers, time codes and numbering are marks: they may be changed. Where a mark was taken for words or words for a
    mark, the lines are compared without their marks, and every such word must be found among the marks.
    """
    original = split_transcript(pasted)
    if _words(original.passages) == _words(reviewed.passages):
        return None
    difference = _compare(pasted, _text_of(reviewed.passages))
    return difference or _lost_head(original, reviewed)


def _words(passages: Iterable[SplitPassage]) -> str:
    return _squeeze("".join(passage.question + passage.answer for passage in passages))


def _text_of(passages: Iterable[SplitPassage]) -> str:
    return "\n".join(f"{passage.question}\n{passage.answer}" for passage in passages)


def _squeeze(text: str) -> str:
    """The text without blanks and invisible characters."""
    return "".join(text.translate(dict.fromkeys(map(ord, BLANKS))).split())


def _bare_lines(text: str) -> Iterator[str]:
    """Each line without blanks, and without any label, time code or numbering at its start."""
    for line in text.splitlines():
        yield _squeeze(_cut_heads(line)[1])


def _cut_heads(line: str) -> tuple[list[str], str]:
    """The marks at the start of a line, and its words."""
    heads: list[str] = []
    words = line.strip(BLANKS)
    while (mark := read_mark(words)) is not NO_MARK:
        end = max(mark.after_label, mark.after_time)
        heads.append(_squeeze(words[:end]))
        words = words[end:].strip(BLANKS)
    if words.startswith("\\"):
        words = words.lstrip("\\")
        more, words = _cut_heads(words)
        heads += more
    return heads, words


def _compare(pasted: str, passages: str) -> Difference | None:
    """The first place where the lines without marks differ, in words that can be read."""
    one, other = "".join(_bare_lines(pasted)), "".join(_bare_lines(passages))
    if one == other:
        return None
    pairs = enumerate(zip(one, other, strict=False))
    place = next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))
    return Difference(_line_at(pasted, place), _line_at(passages, place))


def _line_at(text: str, place: int) -> str:
    """The line in which the character stands that is number `place` without marks and blanks; empty behind the end."""
    passed = 0
    for line in text.splitlines():
        passed += len(_squeeze(_cut_heads(line)[1]))
        if passed > place:
            return line.strip()[:LONGEST_SHOWN]
    return ""


def _lost_head(original: SplitTranscript, reviewed: SplitTranscript) -> Difference | None:
    """A word such as `Home:` at the start of a line, that was said, and is no longer there in any form."""
    there = Counter(_plain(head) for head in _heads(reviewed.passages))
    for passage in reviewed.passages:
        there.update(_plain(name) for name in (passage.question_speaker, passage.answer_speaker, passage.time_code))
    for head in _heads(original.passages):
        if not there[_plain(head)]:
            return Difference(head, "")
        there[_plain(head)] -= 1
    return None


def _heads(passages: Iterable[SplitPassage]) -> Iterator[str]:
    for line in _text_of(passages).splitlines():
        yield from _cut_heads(line)[0]


def _plain(head: str) -> str:
    return "".join(letter for letter in head.casefold() if letter.isalnum())
