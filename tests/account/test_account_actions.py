"""Recording, sealing and correcting: what is refused, what is kept, and what stands on record."""

import datetime

import pytest
from django.db import IntegrityError

from casework.access.errors import AccessDenied, StalePage
from casework.account import actions, edit_actions, seal_actions
from casework.account.edits import PassageTags
from casework.account.models import Correction, Passage, Telling
from casework.account.seal import digest_of
from casework.account.selectors import earlier_wordings
from casework.account.states import STATES, TellingState
from casework.account.transcript import split_transcript
from casework.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
LOG = actions.TellingLog(kind="prior", told_on=datetime.date(2026, 3, 1), told_to="A teacher")


def passages_of(told):
    rows = Passage.objects.visible_to(told.worker).select_related("case", "telling").order_by("number")
    return list(rows.filter(telling=told.telling))


def test_telling_sent_twice_is_recorded_once(told, acting):
    with acting(told.worker):
        actions.record_telling(case=told.case, by=told.worker, number=2, log=LOG)
        with pytest.raises(StalePage, match="T2 was recorded meanwhile"):
            actions.record_telling(case=told.case, by=told.worker, number=2, log=LOG)
        assert Telling.objects.visible_to(told.worker).filter(case=told.case).count() == 2


def test_passages_sent_twice_are_saved_once_and_recorded_with_their_number(told, cast, acting):
    more = split_transcript("I: Anything else?\nC: No.\n").passages
    with acting(told.worker):
        assert actions.add_passages(telling=told.telling, by=told.worker, version=2, passages=more) == 1
        with pytest.raises(StalePage, match="changed meanwhile"):
            actions.add_passages(telling=told.telling, by=told.worker, version=2, passages=more)
        assert [passage.number for passage in passages_of(told)] == [1, 2, 3, 4]
        added = passages_of(told)[-1].pk
    with acting(cast.lead_supervisor):
        rows = AuditEntry.objects.filter(
            case_id=told.case.pk, verb="created", shown__has_key="casework_account.passage"
        )
        [entry] = [row for row in rows if added in row.shown["casework_account.passage"]]
    assert entry.additional_data == {"at_once": 1, "passages": 1, "first": 4, "last": 4}
    assert (entry.object_repr, entry.compartments) == (f"casework_account.telling:{told.telling.pk}", ["account"])


def test_log_is_changed_until_somebody_else_was_faster(told, acting):
    with acting(told.worker):
        assert actions.change_log(telling=told.telling, by=told.worker, version=2, log=LOG).version == 3
        with pytest.raises(StalePage, match="changed meanwhile"):
            actions.change_log(telling=told.telling, by=told.worker, version=2, log=LOG)


@pytest.mark.parametrize("name", ["question", "answer", "answer_speaker", "time_code", "phase", "topics"])
def test_digest_changes_with_every_part_of_a_passage(told, acting, name):
    with acting(told.worker):
        passages = passages_of(told)
        before = digest_of(told.telling, passages)
        setattr(passages[1], name, ["other"] if name == "topics" else "other")
        assert digest_of(told.telling, passages) != before


def test_digest_of_the_same_words_differs_between_cases(told, acting, cast):
    from casework.cases.actions import ChildIdentity, open_case

    with acting(told.worker):
        other = open_case(
            by=told.worker, pseudonym="Other Owl", concern="x", risk="low", age_band="6-9", child=ChildIdentity()
        )
        twin = actions.record_telling(case=other, by=told.worker, number=1, log=LOG)
        passages = passages_of(told)
        assert digest_of(twin, passages) != digest_of(told.telling, passages)


def test_other_integrity_errors_are_not_taken_for_a_seal(told, acting):
    with acting(told.worker), pytest.raises(IntegrityError), actions.seal_is_final(told.telling):
        Passage.everything.bulk_create([Passage(case=told.case, telling=told.telling, number=1)])


def test_reader_writes_nothing(told, acting):
    with acting(told.reader):
        telling = Telling.objects.visible_to(told.reader).select_related("case").get(pk=told.telling.pk)
        for change in (
            lambda: actions.record_telling(case=told.case, by=told.reader, number=2, log=LOG),
            lambda: actions.change_log(telling=telling, by=told.reader, version=2, log=LOG),
            lambda: seal_actions.sign_telling(telling=telling, by=told.reader, version=2),
        ):
            with pytest.raises(AccessDenied) as refusal:
                change()
            assert refusal.value.rule == "write_account"


def test_correction_of_what_is_not_sealed_is_refused(told, acting):
    with acting(told.worker):
        passage = passages_of(told)[0]
        with pytest.raises(StalePage, match="not sealed yet"):
            actions.correct_passage(passage=passage, by=told.worker, text="x", reason="y")
        assert not Correction.objects.visible_to(told.worker).filter(passage=passage).exists()


def test_tags_are_set_for_those_passages_that_differ(told, acting):
    tags = {1: PassageTags(phase="cued", topics=("place", "home", "place")), 2: PassageTags()}
    with acting(told.worker):
        assert edit_actions.tag_passages(telling=told.telling, by=told.worker, version=2, tags=tags) == 1
        assert [passage.topics for passage in passages_of(told)] == [["home", "place"], [], []]


def test_every_state_has_an_owner_and_a_way_out_by_an_action_that_exists(told):
    assert set(STATES) == set(TellingState)
    for rule in STATES.values():
        assert rule.owner
        assert rule.ways_out
        assert all(any(hasattr(each, name) for each in (actions, edit_actions, seal_actions)) for name in rule.ways_out)


def test_wording_that_was_put_right_is_kept(told, acting):
    with acting(told.worker):
        passage = passages_of(told)[0]
        passage = edit_actions.change_passage(
            passage=passage, by=told.worker, version=2, question="Where?", answer="To the sea."
        )
        [earlier] = earlier_wordings(told.worker, passage)
        assert (earlier.question, earlier.answer) == ("Where did you go?", "To the lake.")
        assert earlier.replaced_by_label.startswith("Lead Worker, ")
        edit_actions.change_passage(passage=passage, by=told.worker, version=3, question="Where?", answer="To the sea.")
        assert len(earlier_wordings(told.worker, passage)) == 1


def test_tagging_is_on_the_record(told, acting):
    with acting(told.worker):
        edit_actions.tag_passages(telling=told.telling, by=told.worker, version=2, tags={1: PassageTags("free_recall")})
    with acting(told.worker):
        entries = AuditEntry.objects.filter(case_id=told.case.pk, verb="changed")
        [entry] = [each for each in entries if "casework_account.passage" in each.shown]
    details = {"passages_tagged": 1, "at_once": 1, "fields": ["changed_in", "phase", "question_type", "topics"]}
    assert (entry.additional_data, entry.object_id) == (details, told.telling.pk)
