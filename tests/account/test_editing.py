"""Editing passages before the seal: split, join, move, undo; what is kept, what is retired, and who was faster."""

import pytest

from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.account import actions, edit_actions, undo_actions
from casework.account.edits import PassageTags, PassageText, at_blank_lines, joined
from casework.account.models import Passage, PassageEdit, PassageRevision
from casework.account.transcript import split_transcript
from casework.audit.models import AuditEntry
from tests.cast import telling_of

pytestmark = pytest.mark.django_db
BEFORE = [(1, "Where did you go?", "To the lake."), (2, "Who came along?", "My brother."), (3, "And then?", "We swam.")]


def passages(told):
    rows = Passage.objects.visible_to(told.worker).select_related("case", "telling", "telling__case")
    return list(rows.filter(telling=told.telling).order_by("number"))


def now(told):
    return [(each.number, each.question, each.answer) for each in passages(told)]


def version(told):
    return telling_of(told.case, 1, told.worker).version


def undo(told):
    return undo_actions.undo_last_edit(telling=told.telling, by=told.worker, version=version(told))


def split(told, number, *parts):
    texts = [PassageText(*part) for part in parts]
    passage = passages(told)[number - 1]
    return edit_actions.split_passage(passage=passage, by=told.worker, version=version(told), parts=texts)


def join(told, number):
    return edit_actions.join_with_previous(telling=told.telling, by=told.worker, version=version(told), number=number)


def move(told, number, to):
    return edit_actions.move_passage(telling=told.telling, by=told.worker, version=version(told), number=number, to=to)


def test_split_renumbers_what_follows_and_undo_brings_all_back(told, acting):
    with acting(told.worker):
        assert split(told, 1, ("Where did you go?", "To"), ("", "the lake."), ("", "Yes.")) == 3
        assert now(told) == [
            (1, "Where did you go?", "To"), (2, "", "the lake."), (3, "", "Yes."),
            (4, *BEFORE[1][1:]), (5, *BEFORE[2][1:]),
        ]  # fmt: skip
        undo(told)
        assert now(told) == BEFORE


def test_join_keeps_every_word_in_order_and_undo_brings_both_back(told, acting):
    with acting(told.worker):
        first, second, _third = passages(told)
        edit_actions.tag_passages(
            telling=told.telling, by=told.worker, version=version(told),
            tags={1: PassageTags("cued", "open", ("home",)), 2: PassageTags("closure", "cued", ("place",))},
        )  # fmt: skip
        one = join(told, 2)
        assert (one.pk, one.number) == (first.pk, 1)
        assert one.answer == "To the lake.\nI: Who came along?\nC: My brother."
        assert (one.topics, one.phase, one.question_type) == (["home", "place"], "cued", "open")
        assert [each[0] for each in now(told)] == [1, 2]
        undo(told)
        assert now(told) == BEFORE
        assert passages(told)[1].pk == second.pk
        assert [each.topics for each in passages(told)] == [["home"], ["place"], []]


@pytest.mark.parametrize(("number", "to", "order"), [(3, 1, [3, 1, 2]), (1, 3, [2, 3, 1]), (1, 99, [2, 3, 1])])
def test_move_renumbers_and_undo_moves_back(told, acting, number, to, order):
    with acting(told.worker):
        move(told, number, to)
        assert [each[2] for each in now(told)] == [BEFORE[place - 1][2] for place in order]
        assert [each[0] for each in now(told)] == [1, 2, 3]
        undo(told)
        assert now(told) == BEFORE


def test_acts_are_undone_one_by_one_the_last_first_also_over_a_paste(told, acting):
    with acting(told.worker):
        split(told, 2, ("Who came along?", "My"), ("", "brother."))
        more = split_transcript("I: Anything else?\nC: No.\n").passages
        actions.add_passages(telling=told.telling, by=told.worker, version=version(told), passages=more)
        move(told, 5, 1)
        join(told, 3)
        for _act in range(3):
            undo(told)
        assert now(told) == [*BEFORE, (4, "Anything else?", "No.")]
        with pytest.raises(StalePage, match="nothing to undo"):
            undo(told)


def test_speakers_time_and_tags_are_put_right_in_one_act_and_undone(told, acting):
    with acting(told.worker):
        changed = edit_actions.change_passage(
            passage=passages(told)[0], by=told.worker, version=2, question="Where?", answer="To the sea.",
            marks={"question_speaker": "Maja", "answer_speaker": "Ada", "time_code": "00:00:12"},
            tags=PassageTags("free_recall", "open", ("place",)),
        )  # fmt: skip
        assert (changed.question_speaker, changed.time_code, changed.topics) == ("Maja", "00:00:12", ["place"])
        undo(told)
        first = passages(told)[0]
        assert (first.question_speaker, first.time_code, first.topics, first.phase) == ("I", "", [], "")
        assert now(told) == BEFORE


def test_nothing_is_deleted_and_a_retired_passage_is_empty_and_not_found(told, acting):
    with acting(told.worker):
        retired = passages(told)[1].pk
        join(told, 2)
        assert not Passage.objects.visible_to(told.worker).filter(pk=retired).exists()
        row = Passage.everything.select_related("case").get(pk=retired)
        assert (row.question, row.answer, row.topics, row.time_code) == ("", "", [], "")
        kept = PassageRevision.objects.visible_to(told.worker).select_related("case").filter(passage_id=retired)
        assert [each.answer for each in kept] == ["My brother."]


def test_words_made_by_a_split_that_is_undone_are_kept(told, acting):
    with acting(told.worker):
        split(told, 1, ("Where did you go?", "To"), ("", "the lake, in the rain."))
        undo(told)
        kept = PassageRevision.objects.visible_to(told.worker).select_related("case").filter(case=told.case)
        assert "the lake, in the rain." in [each.answer for each in kept]


def test_another_passage_changed_meanwhile_is_no_conflict_but_this_one_is(told, acting):
    with acting(told.worker):
        first, second, _third = passages(told)
        edit_actions.change_passage(passage=first, by=told.worker, version=2, question="Where?", answer="To the sea.")
        edit_actions.change_passage(passage=second, by=told.worker, version=2, question="Who?", answer="Nobody.")
        with pytest.raises(StalePage, match="changed meanwhile"):
            edit_actions.change_passage(passage=first, by=told.worker, version=2, question="?", answer="Mine.")
        assert [each[2] for each in now(told)] == ["To the sea.", "Nobody.", "We swam."]


def test_passage_that_was_joined_meanwhile_takes_no_text_and_its_number_is_not_another_ones(told, acting):
    with acting(told.worker):
        second = passages(told)[1]
        join(told, 2)
        with pytest.raises(StalePage, match="joined to another meanwhile"):
            edit_actions.change_passage(passage=second, by=told.worker, version=2, question="?", answer="Mine.")
        assert now(told)[1] == (2, "And then?", "We swam.")


def test_structure_is_changed_only_as_it_was_seen(told, acting):
    with acting(told.worker):
        move(told, 3, 1)
        for act in (
            lambda: edit_actions.join_with_previous(telling=told.telling, by=told.worker, version=2, number=2),
            lambda: edit_actions.move_passage(telling=told.telling, by=told.worker, version=2, number=1, to=2),
            lambda: edit_actions.tag_passages(telling=told.telling, by=told.worker, version=2, tags={1: PassageTags()}),
            lambda: undo_actions.undo_last_edit(telling=told.telling, by=told.worker, version=2),
        ):
            with pytest.raises(StalePage, match="changed meanwhile"):
                act()


@pytest.mark.parametrize("number", [0, 1, 4, 99])
def test_there_is_nothing_to_join_to(told, acting, number):
    with acting(told.worker), pytest.raises(NotVisible):
        join(told, number)


def test_reader_edits_nothing(told, acting):
    with acting(told.worker):
        first = passages(told)[0]
    with acting(told.reader):
        telling = telling_of(told.case, 1, told.reader)
        for act in (
            lambda: edit_actions.change_passage(passage=first, by=told.reader, version=2, question="a", answer="b"),
            lambda: edit_actions.join_with_previous(telling=telling, by=told.reader, version=2, number=2),
            lambda: undo_actions.undo_last_edit(telling=telling, by=told.reader, version=2),
        ):
            with pytest.raises(AccessDenied) as refusal:
                act()
            assert refusal.value.rule == "write_account"


def test_passage_without_a_word_is_no_passage(told, acting):
    with acting(told.worker):
        with pytest.raises(StalePage, match="not deleted"):
            split(told, 1, ("Where?", "x"), ("", "  "))
        with pytest.raises(StalePage, match="not deleted"):
            edit_actions.change_passage(passage=passages(told)[0], by=told.worker, version=2, question="", answer=" \n")
        assert now(told) == BEFORE


def test_each_act_is_on_the_record_once_with_its_place(told, cast, acting):
    with acting(told.worker):
        move(told, 3, 1)
        undo(told)
        edits = list(PassageEdit.objects.visible_to(told.worker).filter(telling=told.telling))
        assert [(each.act, each.place, each.upto, each.undone_by) for each in edits] == [("move", 3, 1, told.worker)]
    with acting(cast.lead_supervisor):
        found = AuditEntry.objects.filter(case_id=told.case.pk, additional_data__has_any_keys=["edit", "edit_undone"])
        details = [each.additional_data for each in found.order_by("id")]
    assert details == [{"edit": "move", "place": 3, "upto": 1}, {"edit_undone": "move", "place": 3}]


def test_blank_lines_divide_and_lose_no_word():
    text = PassageText("One?\n\nTwo?", "A.\n \nB.\n\n\nC.", "I", "C", "00:01")
    parts = at_blank_lines(text)
    assert [(each.question, each.answer) for each in parts] == [("One?", ""), ("Two?", "A."), ("", "B."), ("", "C.")]
    assert [each.time_code for each in parts] == ["00:01", "", "", ""]
    assert [each.question_speaker for each in parts] == ["I", "I", "", ""]
    assert at_blank_lines(PassageText("", "\nOnly.\n")) == [PassageText("", "Only.")]


def test_join_of_a_question_alone_with_its_answer_makes_one_of_them():
    one = joined(PassageText("Where?", "", "I", ""), PassageText("", "There.", "", "C", "00:02"))
    assert one == PassageText("Where?", "There.", "I", "C", "00:02")
