"""Pasted transcripts: what is split, what is kept unsplit, and that no character is ever lost."""

import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.account import transcript_lines
from casework.account.transcript import (
    WORDS,
    SplitPassage,
    SplitTranscript,
    Why,
    join_passages,
    render_passages,
    split_transcript,
)
from casework.account.transcript_lines import BLANKS, HEAD

FRAGMENTS = st.sampled_from(
    [
        "I:", "C:", "Q:", "A:", "A.", "B:", "S:", "?:", "I?:", "I (Maja Lind):", "C? (Ada):", "S (Tolk):", "? (Ada):",
        "I ():", "Interviewer:", "Child 2:", "Maja Lind:", "DC Rossi:", "Ελένη:", "Оксана Гончар:", "نور:", "נועה:",
        "She said: no", "Interpreter:", "Speaker 1 [00:12]:", "[00:12:31]", "00:12:31", "(12:31)", "12:31", "12. ",
        "- ", "\\", "\\I:", "\\\\[00:01]", "(nods)", "why?", "At home", "Maja", "Lind", ":", "：", " ", "\t",
        "\n", "\n\n", "\r\n", "\r", "\u2028", "\ufeff", "\u00a0", "\u200b", "\u200f", "I (", ")", "[", "C: I: x",
    ]
)  # fmt: skip
TRANSCRIPTS = st.lists(FRAGMENTS | st.text(max_size=6), max_size=40).map("".join)


def split(text: str) -> tuple[SplitPassage, ...]:
    return split_transcript(text).passages


def words_of(text: str) -> str:
    """The text without anything blank."""
    return "".join(letter for letter in text if letter not in BLANKS)


def pairs(text: str) -> list[tuple[str, str]]:
    return [(passage.question, passage.answer) for passage in split(text)]


@pytest.mark.parametrize(
    ("asks", "answers"),
    [
        ("I", "C"), ("Q", "A"), ("Interviewer", "Child"), ("i", "c"), ("Interviewer 1", "Child 1"),
        ("Intervistatrice", "Bambina"), ("Haastattelija", "Lapsi"), ("Ερώτηση", "Απάντηση"), ("Вопрос", "Ответ"),
    ],
)  # fmt: skip
def test_known_labels_are_split_for_certain(asks: str, answers: str) -> None:
    found = split(f"{asks}: Where was it?\n{answers}: At the club.\n{asks}: And then?\n{answers}: Home.")
    assert [passage.number for passage in found] == [1, 2]
    assert found[0] == SplitPassage(1, "Where was it?", "At the club.", asks, answers, "", False, "")
    assert (found[1].question, found[1].answer) == ("And then?", "Home.")


@pytest.mark.parametrize(
    ("asks", "answers"),
    [("Maja Lind", "Žofie"), ("DC Rossi", "Aoife"), ("Ελένη", "Νίκος"), ("Оксана Гончар", "Данило"), ("נועה", "דן")],
)
def test_names_with_colons_are_split_and_marked_as_guessed(asks: str, answers: str) -> None:
    text = f"{asks}: Where was it?\n{answers}: At the club.\n{asks}: Who was there?\n{answers}: My coach."
    result = split_transcript(text)
    assert [(one.question_speaker, one.answer_speaker) for one in result.passages] == [(asks, answers)] * 2
    assert all(one.uncertain and one.why == Why.ROLES_GUESSED for one in result.passages)
    assert result.warnings == (Why.ROLES_GUESSED,)
    assert [(one.name, one.role) for one in result.speakers] == [(asks, "interviewer"), (answers, "child")]


def test_the_one_who_asks_is_found_though_the_child_speaks_first() -> None:
    found = split("Ada: Hello.\nLea: Who was there?\nAda: Mum.\nLea: And then?\nAda: I went home.")
    assert [(one.question_speaker, one.answer_speaker) for one in found] == [
        ("", "Ada"),
        ("Lea", "Ada"),
        ("Lea", "Ada"),
    ]


def test_letters_a_and_b_are_not_taken_for_an_answer() -> None:
    found = split("A: Where was it?\nB: At home.\nA: Who was there?\nB: Nobody.")
    assert [(one.question_speaker, one.answer_speaker, one.uncertain) for one in found] == [("A", "B", True)] * 2


@pytest.mark.parametrize(
    ("written", "time_code"),
    [
        ("[00:12:31] I: When?", "00:12:31"), ("00:12:31 I: When?", "00:12:31"), ("(12:31) I: When?", "12:31"),
        ("12:31 I: When?", "12:31"), ("I: [00:12:31] When?", "00:12:31"), ("[00:12:31]\nI: When?", "00:12:31"),
        ("[1:02:03.500] - I: When?", "1:02:03.500"), ("12. [00:12] I: When?", "00:12"), ("I [00:12]: When?", "00:12"),
    ],
)  # fmt: skip
def test_time_code_becomes_that_of_the_passage(written: str, time_code: str) -> None:
    assert split(f"{written}\nC: Then.") == (SplitPassage(1, "When?", "Then.", "I", "C", time_code, False, ""),)


def test_time_of_day_in_an_answer_stays_in_the_answer() -> None:
    assert pairs("I: When?\nC: 17:30 I think\n12:31 said the clock") == [
        ("When?", "17:30 I think\n12:31 said the clock")
    ]


@pytest.mark.parametrize("inside", ["She said: no", "she: no", "At 10:30: home", "http://x: y", "Yesterday: nothing"])
def test_colon_inside_a_sentence_does_not_split(inside: str) -> None:
    assert pairs(f"I: What?\nC: Well\n{inside}\nI: Ok?\nC: Yes.") == [("What?", f"Well\n{inside}"), ("Ok?", "Yes.")]
    assert pairs(f"I: What?\nC: {inside}") == [("What?", inside)]
    assert pairs(inside) == [("", inside)]


def test_runs_of_one_speaker_continuations_and_stage_directions_make_one_passage() -> None:
    text = "I: Tell me.\n\nEverything.\nI: Take your time.\nC: (nods) Well\n[long pause]\n\nit was\nC: Tuesday."
    assert pairs(text) == [("Tell me.\nEverything.\nTake your time.", "(nods) Well\n[long pause]\nit was\nTuesday.")]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028"])
def test_newlines_marks_of_order_and_odd_spaces(newline: str) -> None:
    text = newline.join(
        ["\ufeff12. I：\u00a0Where?", "", "\u200b- C\u00a0: There\u00a0then.", "\u200f13) I:Who?", "C: Me."]
    )
    assert pairs(text) == [("Where?", "There\u00a0then."), ("Who?", "Me.")]


def test_third_speaker_keeps_the_name_and_a_passage_of_their_own() -> None:
    found = split("I: Where?\nInterpreter: She does not understand.\nC: Home.")
    assert [(one.question, one.answer, one.answer_speaker, one.why) for one in found] == [
        ("Where?", "", "", ""),
        ("", "She does not understand.", "Interpreter", Why.THIRD_SPEAKER),
        ("", "Home.", "C", ""),
    ]
    assert not found[1].uncertain


def test_unknown_third_speaker_is_uncertain() -> None:
    found = split("I: Where?\nC: Home.\nDC Rossi: One more.\nC: Yes.")
    assert [(one.answer_speaker, one.uncertain) for one in found] == [("C", False), ("DC Rossi", True), ("C", False)]


def test_silence_of_the_child_is_kept_as_an_empty_answer() -> None:
    assert pairs("I: Where?\nC:\nI: Shall we stop?\nC: No.") == [("Where?", ""), ("Shall we stop?", "No.")]


def test_text_before_the_first_label_is_kept_by_paragraph_and_marked() -> None:
    found = split("Room two,\nmorning.\n\nAll seated.\n[00:01] Door closes.\nI: Ready?\nC: Yes.")
    assert [(one.answer, one.time_code, one.why) for one in found] == [
        ("Room two,\nmorning.", "", Why.NO_SPEAKER),
        ("All seated.", "", Why.NO_SPEAKER),
        ("Door closes.", "00:01", Why.NO_SPEAKER),
        ("Yes.", "", ""),
    ]


def test_one_name_alone_is_not_taken_for_asking_or_answering() -> None:
    found = split("Ada: I went home.\nAda: Then I slept.")
    assert [(one.answer_speaker, one.why) for one in found] == [("Ada", Why.ROLE_UNKNOWN)] * 2


@pytest.mark.parametrize("text", ["", " \n\u200b\r\n", "I:", "I:\nC:\n\n"])
def test_text_without_words_has_no_passage(text: str) -> None:
    assert split(text) == ()


def check_nothing_lost(text: str, result: SplitTranscript) -> None:
    edges = [(piece.source_start, piece.source_end) for piece in result.pieces]
    assert [start for start, _end in edges] == [0, *(end for _start, end in edges)][: len(edges)]
    assert (edges[-1][1] if edges else 0) == len(text)
    spoken: dict[int, str] = {}
    for piece in result.pieces:
        words = words_of(text[piece.source_start : piece.source_end])
        if piece.kind in ("question", "answer"):
            assert words
            spoken[piece.passage] = spoken.get(piece.passage, "") + words
        elif piece.kind == "blank":
            assert not words
    assert spoken == {
        one.number: words_of(one.question + one.answer) for one in result.passages if one.question or one.answer
    }


@settings(max_examples=400, deadline=None)
@given(TRANSCRIPTS)
def test_every_character_is_in_a_passage_or_a_mark(text: str) -> None:
    check_nothing_lost(text, split_transcript(text))


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_is_taken_without_loss(text: str) -> None:
    result = split_transcript(text)
    check_nothing_lost(text, result)
    assert all(len(one.time_code) <= 12 for one in result.passages)
    assert all(one.uncertain for one in result.passages if one.why not in ("", Why.THIRD_SPEAKER))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("abcdefgh .,", min_size=1, max_size=30)))
def test_unlabelled_text_has_no_mark_at_all(lines: list[str]) -> None:
    text = "\n".join(lines)
    kept = "".join(one.answer for one in split(text))
    assert words_of(kept) == words_of(text)


@settings(max_examples=500, deadline=None)
@given(TRANSCRIPTS)
def test_rendered_passages_are_read_back_as_they_were(text: str) -> None:
    passages = split(text)
    assert split(render_passages(passages)) == passages


@settings(max_examples=300, deadline=None)
@given(TRANSCRIPTS, st.data())
def test_joined_passages_keep_every_word_and_can_be_rendered(text: str, data: st.DataObject) -> None:
    passages = split(text)
    if len(passages) < 2:
        return
    place = data.draw(st.integers(0, len(passages) - 2))
    first, second = passages[place : place + 2]
    joined = join_passages(first, second)
    rest = words_of(joined.question + joined.answer)
    for part in (first.question, first.answer, second.question, second.answer):
        found = rest.find(words_of(part))
        assert found >= 0
        rest = rest[found + len(words_of(part)) :]
    assert split(render_passages([joined])) == (
        () if not (joined.question or joined.answer) else (SplitPassage(1, *_without_number(joined)),)
    )


def _without_number(passage: SplitPassage) -> tuple[Any, ...]:
    return tuple(getattr(passage, name) for name in SplitPassage.__slots__ if name != "number")


def test_join_keeps_who_said_what_where_the_speaker_changes() -> None:
    first, second = split("I: Where?\nC: Home.\nI: When?\nC: Late.")
    assert join_passages(first, second).answer == "Home.\nI: When?\nC: Late."
    answer, unsplit = split("I: Where?\nC: Home.\n\n?: and then out")
    assert join_passages(answer, unsplit).answer == "Home.\nand then out"


def test_rendered_form_is_what_people_would_type() -> None:
    text = "[00:01] I: Where?\nC: Home.\n\nI (Maja Lind): When?\nC: Late.\n\nS (Interpreter): Slowly please.\n"
    assert render_passages(split(text)) == text


def test_every_reason_has_words() -> None:
    assert set(WORDS) == set(Why)


def _steps(text: str) -> int:
    """How many lines of Python ran: work is counted, seconds are not."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        split_transcript(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "unit",
    ["I: Where?\nC: Home: I think.\n", "a\n\n", "[00:01]\n", "Maja Lind: x\n", "I:\n", "\\\n", "((((\n", "a: b\n"],
)
def test_work_grows_no_faster_than_the_text(unit: str) -> None:
    once, four_times = _steps(unit * 100), _steps(unit * 400)
    assert once > 100
    assert four_times < once * 4.4


def test_patterns_see_only_the_head_of_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    class Counting:
        def __init__(self, pattern: Any) -> None:
            self.pattern = pattern

        def match(self, text: str, *place: int) -> Any:
            seen.append(len(text))
            return self.pattern.match(text, *place)

    for name in ("TIME", "BRACKETED_TIME", "TIMED_LABEL", "BULLET", "GAP"):
        monkeypatch.setattr(transcript_lines, name, Counting(getattr(transcript_lines, name)))
    for start in ("", "[", "I: [", "12. ", "Maja Lind (", "00:00:", "\\["):
        split_transcript(start + "(0:" * 100_000)
    assert len(seen) > 10
    assert max(seen) <= HEAD
