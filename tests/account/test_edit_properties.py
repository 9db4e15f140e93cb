"""Whatever the order of edits: a sealed telling never changes. Whatever two editors do: no text is lost."""

import re

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.access.errors import NotVisible, StalePage
from casework.account import actions, edit_actions, undo_actions
from casework.account.edits import PassageTags, PassageText, at_blank_lines, joined
from casework.account.models import Passage, PassageRevision
from casework.account.seal import digest_of
from casework.account.transcript import split_transcript
from tests.cast import telling_of

pytestmark = pytest.mark.django_db
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
NUMBERS = st.integers(min_value=1, max_value=6)
ACTS = st.one_of(
    st.tuples(st.just("change"), NUMBERS, st.sampled_from(["Red.", "Blue.\n\nGreen.", "Blau, sagte sie."])),
    st.tuples(st.just("split"), NUMBERS, st.sampled_from(["One.\n\nTwo.", "Ein.\n\nZwei.\n\nDrei."])),
    st.tuples(st.just("join"), NUMBERS, st.just("")),
    st.tuples(st.just("move"), NUMBERS, st.sampled_from(["1", "3", "9"])),
    st.tuples(st.just("tag"), NUMBERS, st.sampled_from(["home", "place"])),
    st.tuples(st.just("undo"), NUMBERS, st.just("")),
    st.tuples(st.just("paste"), NUMBERS, st.sampled_from(["I: Anything?\nC: A dog.\n"])),
    st.tuples(st.just("log"), NUMBERS, st.sampled_from(["Here", "There"])),
)
WORD = re.compile(r"\w+")


def passages(telling, by):
    rows = Passage.objects.visible_to(by).select_related("case", "telling", "telling__case")
    return list(rows.filter(telling=telling).order_by("number"))


def do(act, telling, by, version):
    """One act, as seen in this version. Raises StalePage and NotVisible as a page would."""
    verb, number, text = act
    whole = {"telling": telling, "by": by, "version": version}
    if verb in ("change", "split"):
        found = [each for each in passages(telling, by) if each.number == number]
        if not found:
            raise NotVisible
        if verb == "change":
            edit_actions.change_passage(passage=found[0], by=by, version=version, question="Colour?", answer=text)
        else:
            parts = at_blank_lines(PassageText(found[0].question, text))
            edit_actions.split_passage(passage=found[0], by=by, version=version, parts=parts)
    elif verb == "join":
        edit_actions.join_with_previous(**whole, number=number)
    elif verb == "move":
        edit_actions.move_passage(**whole, number=number, to=int(text))
    elif verb == "tag":
        edit_actions.tag_passages(**whole, tags={number: PassageTags(topics=(text,))})
    elif verb == "undo":
        undo_actions.undo_last_edit(**whole)
    elif verb == "paste":
        actions.add_passages(**whole, passages=split_transcript(text).passages)
    else:
        log = actions.TellingLog("joint", telling.told_on, told_to=text, interviewer_id=telling.interviewer_id)
        actions.change_log(**whole, log=log)


def try_to(act, telling, by, version):
    """True when it was done. What is refused leaves nothing behind."""
    try:
        with transaction.atomic():
            do(act, telling, by, version)
    except (StalePage, NotVisible):
        return False
    return True


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=QUIET)
@given(before=st.lists(ACTS, max_size=6), after=st.lists(ACTS, min_size=1, max_size=6))
def test_whatever_the_order_of_edits_a_sealed_telling_never_changes(told, acting, before, after):
    point = transaction.savepoint()
    with acting(told.worker):
        for act in before:
            try_to(act, told.telling, told.worker, telling_of(told.case, 1, told.worker).version)
    sealed = told.seal()
    with acting(told.worker):
        held = [(e.pk, e.number, e.question, e.answer, tuple(e.topics)) for e in passages(sealed, told.worker)]
        assert digest_of(telling_of(told.case, 1, told.worker), passages(sealed, told.worker)) == sealed.digest
        for act in after:
            for version in (sealed.version, sealed.version + 1):
                assert not try_to(act, sealed, told.worker, version)
        now = telling_of(told.case, 1, told.worker)
        assert [(e.pk, e.number, e.question, e.answer, tuple(e.topics)) for e in passages(now, told.worker)] == held
        assert (now.digest, digest_of(now, passages(now, told.worker))) == (sealed.digest, sealed.digest)
    transaction.savepoint_rollback(point)


def words_of(*texts):
    return {word for text in texts for word in WORD.findall(text)}


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=QUIET)
@given(steps=st.lists(st.tuples(st.booleans(), st.booleans(), ACTS), min_size=1, max_size=10))
def test_no_interleaving_of_two_editors_loses_text(told, acting, steps):
    """Each editor acts on the version last loaded, loads again or not; what was saved once is there, or is kept."""
    point = transaction.savepoint()
    seen = {True: 2, False: 2}
    saved = set()
    for first_editor, loads, act in steps:
        by = told.worker if first_editor else told.police
        with acting(by):
            if loads:
                seen[first_editor] = telling_of(told.case, 1, by).version
            if try_to(act, told.telling, by, seen[first_editor]) and act[0] in ("change", "split", "paste"):
                saved |= words_of(act[2]) - {"I", "C"}
    with acting(told.worker):
        rows = passages(told.telling, told.worker)
        kept = PassageRevision.objects.visible_to(told.worker).select_related("case").filter(case=told.case)
        there = words_of(*(text for row in (*rows, *kept) for text in (row.question, row.answer)))
        assert saved | words_of("To the lake. My brother. We swam.") <= there
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    transaction.savepoint_rollback(point)


TEXTS = st.text(st.sampled_from("abc ?.\n"), max_size=30)


@given(TEXTS, TEXTS)
def test_division_at_blank_lines_keeps_every_word_in_order(question, answer):
    parts = at_blank_lines(PassageText(question, answer))
    assert " ".join(f"{each.question} {each.answer}" for each in parts).split() == f"{question} {answer}".split()


@given(TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from(["", "I"]), st.sampled_from(["", "C", "Ada"]))
def test_joining_keeps_every_word_in_order(question, answer, further, reply, asks, tells):
    one = joined(PassageText(question, answer, asks, tells), PassageText(further, reply, asks, tells))
    words = [word for word in f"{one.question} {one.answer}".split() if word not in ("I:", "C:", "Ada:")]
    assert words == f"{question} {answer} {further} {reply}".split()
