"""Nothing of a pasted text is dropped, whatever is done to the passages on the way."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.account import review
from casework.account.accounted import first_difference
from casework.account.transcript import SplitTranscript, split_transcript

PASTED = "Anna: Hello, who came?\nBert: Nobody came.\nAnna: And then?\nBert: Then: nothing.\nHome: we went home.\n"


def difference(edited, pasted=PASTED):
    return first_difference(pasted, split_transcript(edited))


def test_unchanged_passages_are_what_was_pasted():
    assert difference(review.as_editable(PASTED)) is None


def test_lost_word_is_found_with_its_line():
    found = difference(review.as_editable(PASTED).replace("Nobody ", ""))
    assert found is not None
    assert (found.pasted, found.passages) == ("Bert: Nobody came.", "came.")


def test_added_word_is_found():
    found = difference(review.as_editable(PASTED) + "\nand more")
    assert found is not None
    assert found.passages == "and more"


def test_lost_word_that_looks_like_a_label_is_found():
    found = difference(review.as_editable(PASTED).replace("Home: ", ""))
    assert found is not None
    assert found.pasted == "Home:"


def test_words_that_become_a_speaker_are_accounted_for():
    part = "I (Anna): And then?\nC (Bert): Then: nothing.\n\nS (Home): we went home."
    edited = review.replace_passage(review.as_editable(PASTED), 2, part)
    assert len(split_transcript(edited).passages) == 3
    assert difference(edited) is None


def test_speakers_may_be_changed_for_all_passages():
    edited = review.say_who_speaks(review.as_editable(PASTED), {"Anna": "child", "Bert": "interviewer"})
    roles = {speaker.name: speaker.role for speaker in split_transcript(edited).speakers}
    assert roles["Anna"] == "child"
    assert roles["Bert"] == "interviewer"
    assert difference(edited) is None


def test_joining_loses_nothing_and_makes_one_passage_of_two():
    edited = review.join_with_previous(review.as_editable(PASTED), 2)
    assert len(split_transcript(edited).passages) == 1
    assert difference(edited) is None


@pytest.mark.parametrize("number", [-1, 0, 1, 99])
def test_joining_what_is_not_there_changes_nothing(number):
    text = review.as_editable(PASTED)
    assert review.join_with_previous(text, number) == text


lines = st.lists(
    st.sampled_from(
        ["I: Who came?", "C: Nobody.", "Home: we went.", "[00:01] C: Yes.", "no label", "", "S: quiet", "\\x"]
    ),
    min_size=1,
    max_size=12,
)


@given(lines, st.integers(2, 6))
def test_any_text_survives_edit_and_join(given_lines, number):
    pasted = "\n".join(given_lines)
    edited = review.as_editable(pasted)
    assert difference(edited, pasted) is None
    assert difference(review.join_with_previous(edited, number), pasted) is None


@given(lines, st.data())
def test_any_dropped_letter_is_found(given_lines, data):
    pasted = "\n".join(["I: A beginning?", *given_lines])
    passages = split_transcript(pasted).passages
    words = [(each.number, each.answer) for each in passages if len(each.answer) > 3 and each.answer.isascii()]
    if not words:
        return
    number, answer = data.draw(st.sampled_from(words))
    place = data.draw(st.integers(0, len(answer) - 1))
    if not answer[place].isalnum():
        return
    without = answer[:place] + answer[place + 1 :]
    shorter = tuple(replace(each, answer=without) if each.number == number else each for each in passages)
    assert first_difference(pasted, SplitTranscript(shorter, (), (), ())) is not None
