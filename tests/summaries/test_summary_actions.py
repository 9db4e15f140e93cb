"""Choosing, asking and approving: by whom, when, and never by the one who asked."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from casework.access.errors import AccessDenied, NotVisible, StalePage
from casework.account import actions as account_actions
from casework.account.models import Passage
from casework.account.transcript import split_transcript
from casework.audit.models import AuditEntry
from casework.cases.entry_actions import EntryContent, change_entry
from casework.cases.models import Entry
from casework.summaries import actions, copies, states
from casework.summaries.kinds import CopyState, SummaryState
from casework.summaries.left_out import stamp_now
from casework.summaries.models import Summary, SummaryItem
from casework.summaries.panels import summaries_to_work_on
from casework.summaries.selectors import (
    changed_since_approval,
    choices_for,
    contents_of,
    unreadable_parts,
)

pytestmark = pytest.mark.django_db
DETAILS = actions.SummaryDetails("For the hearing", "District court", "", "prosecute", "court_order")


def refused(action, **arguments):
    with pytest.raises(AccessDenied) as refusal:
        action(**arguments)
    return refusal.value.rule


def test_summary_sent_twice_is_started_once(court, draft, acting):
    with acting(court.maker), pytest.raises(StalePage, match="S1 was started meanwhile"):
        actions.start_summary(case=court.case, by=court.maker, number=1, details=DETAILS)


def test_contents_are_exactly_what_was_chosen_with_the_rest_counted(court, draft, acting):
    with acting(court.maker):
        contents = contents_of(court.maker, draft)
        told, social = contents.tellings[0], contents.compartments[0]
        assert [reading.label for reading in told.passages] == ["T1 ¶1", "T1 ¶3"]
        assert (told.total, len(told.chosen)) == (3, 2)
        assert [entry.title for entry in social.entries] == ["Visit 1"]
        assert (social.total, len(social.chosen), contents.size) == (2, 1, 3)


def test_choice_is_recorded_with_keys_and_no_words(court, keys, draft, acting):
    with acting(court.maker):
        actions.choose_items(summary=draft, by=court.maker, version=2, passages=keys.passages[:1], entries=[])
    with acting(court.supervisor):
        entry = AuditEntry.objects.filter(case_id=court.case.pk, additional_data__has_key="dropped").first()
    assert entry.additional_data["added"] == {"passages": [], "entries": []}
    assert entry.additional_data["dropped"] == {"passages": [keys.passages[2]], "entries": keys.entries[:1]}


def test_dropped_item_stays_as_a_row(court, keys, draft, acting):
    with acting(court.maker):
        actions.choose_items(summary=draft, by=court.maker, version=2, passages=[], entries=[])
        rows = SummaryItem.objects.visible_to(court.maker).filter(summary=draft)
        assert rows.count() == 3
        assert not rows.filter(dropped_at=None).exists()


def test_what_is_not_open_to_the_maker_cannot_be_chosen(court, keys, acting, draft):
    with acting(court.half):
        summary = actions.start_summary(case=court.case, by=court.half, number=2, details=DETAILS)
        with pytest.raises(NotVisible):
            actions.choose_items(summary=summary, by=court.half, version=1, passages=keys.passages[:1], entries=[])


def test_only_sealed_tellings_can_be_chosen_from(court, draft, acting):
    with acting(court.worker):
        log = account_actions.TellingLog(kind="prior", told_on=datetime.date(2026, 3, 1), told_to="A teacher")
        telling = account_actions.record_telling(case=court.case, by=court.worker, number=2, log=log)
        passages = split_transcript("I: And?\nC: Yes.\n").passages
        account_actions.add_passages(telling=telling, by=court.worker, version=1, passages=passages)
    with acting(court.maker):
        assert [part.telling.label for part in choices_for(court.maker, draft).tellings] == ["T1"]
        loose = Passage.objects.visible_to(court.maker).get(telling=telling).pk
        with pytest.raises(NotVisible):
            actions.choose_items(summary=draft, by=court.maker, version=2, passages=[loose], entries=[])


def test_only_the_maker_changes_a_summary(court, draft, acting):
    with acting(court.other):
        arguments = {"summary": draft, "by": court.other, "version": 2}
        assert refused(actions.choose_items, passages=[], entries=[], **arguments) == "summary_of_another"
        assert refused(actions.ask_approval, **arguments) == "summary_of_another"


def test_nothing_chosen_is_nothing_to_approve(court, draft, acting):
    with acting(court.maker):
        actions.choose_items(summary=draft, by=court.maker, version=2, passages=[], entries=[])
        with pytest.raises(StalePage, match="Nothing is chosen"):
            actions.ask_approval(summary=draft, by=court.maker, version=3)


def test_asked_for_summary_is_locked_until_taken_back(court, asked, acting):
    with acting(court.maker):
        with pytest.raises(StalePage, match="Waiting for approval"):
            actions.choose_items(summary=asked, by=court.maker, version=3, passages=[], entries=[])
        taken = actions.take_back(summary=asked, by=court.maker, version=3)
        assert taken.state == SummaryState.DRAFT


def test_maker_does_not_approve_even_as_a_supervisor(court, asked, acting, monkeypatch):
    with acting(court.maker):
        monkeypatch.setattr(court.maker, "roles", ["supervisor"])
        assert refused(actions.approve, summary=asked, by=court.maker, version=3, seen="") == "second_person"


def test_database_refuses_an_approval_by_the_maker_too(court, asked, acting):
    by_the_maker = (
        "update summaries_summary set state = 'approved', decided_at = now(), decided_by_id = made_by_id where id = %s"
    )
    refused_by_database = pytest.raises(IntegrityError, match="summary_approved_by_another")
    with acting(court.maker), refused_by_database, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(by_the_maker, [asked.pk])


def test_only_a_supervisor_approves(court, asked, acting):
    with acting(court.other):
        assert refused(actions.approve, summary=asked, by=court.other, version=3, seen="") == "supervisor"


def test_supervisor_who_may_not_read_all_of_it_returns_it_but_does_not_approve(court, asked, acting):
    with acting(court.half):
        assert unreadable_parts(court.half, asked) == 2
        assert refused(actions.approve, summary=asked, by=court.half, version=3, seen="") == "reads_everything"
        returned = actions.return_for_changes(summary=asked, by=court.half, version=3, reason="Too much.")
        assert (returned.state, returned.reason) == (SummaryState.RETURNED, "Too much.")


def test_second_decision_is_told_of_the_first(court, approved, acting):
    with acting(court.approver), pytest.raises(StalePage, match="Approved"):
        actions.return_for_changes(summary=approved, by=court.approver, version=3, reason="x")


def test_approval_does_not_cover_what_changed_after_it(court, approved, keys, acting):
    with acting(court.worker):
        passage = Passage.objects.visible_to(court.worker).select_related("case", "telling").get(pk=keys.passages[0])
        account_actions.correct_passage(passage=passage, by=court.worker, text="To the sea.", reason="Minute 2.")
        entry = Entry.objects.visible_to(court.worker).select_related("case").get(pk=keys.entries[0])
        content = EntryContent(entry.nature, entry.happened_on, "Visit one", "Other words.")
        change_entry(entry=entry, by=court.worker, version=1, content=content)
    with acting(court.maker):
        assert changed_since_approval(court.maker, approved) == ["T1 ¶1", "Visit one"]
        with pytest.raises(StalePage, match="Changed since the approval: T1 ¶1, Visit one"):
            copies.ask_copy(summary=approved, by=court.maker, number=1)
        again = actions.open_again(summary=approved, by=court.maker, version=4)
        assert (again.state, again.decided_by) == (SummaryState.DRAFT, None)


def test_what_changed_while_it_was_read_is_not_approved(court, asked, keys, acting):
    with acting(court.approver):
        seen = stamp_now(court.approver, asked)
    with acting(court.worker):
        passage = Passage.objects.visible_to(court.worker).select_related("case", "telling").get(pk=keys.passages[0])
        account_actions.correct_passage(passage=passage, by=court.worker, text="To the sea.", reason="Minute 2.")
    with acting(court.approver):
        with pytest.raises(StalePage, match="While you were reading, a part was corrected"):
            actions.approve(summary=asked, by=court.approver, version=3, seen=seen)
        now = stamp_now(court.approver, asked)
        assert actions.approve(summary=asked, by=court.approver, version=3, seen=now).state == SummaryState.APPROVED
        assert changed_since_approval(court.approver, asked) == []


def test_change_of_what_was_not_chosen_does_not_matter(court, approved, keys, acting):
    with acting(court.worker):
        passage = Passage.objects.visible_to(court.worker).select_related("case", "telling").get(pk=keys.passages[1])
        account_actions.correct_passage(passage=passage, by=court.worker, text="Her cousin.", reason="Minute 3.")
    with acting(court.maker):
        assert changed_since_approval(court.maker, approved) == []


def test_my_work_says_who_has_to_act(court, asked, acting):
    with acting(court.maker):
        assert [str(item.waits_for) for item in summaries_to_work_on(court.maker)] == ["a supervisor"]
    with acting(court.approver):
        assert [item.what for item in summaries_to_work_on(court.approver)] == ["Approve summary S1 or return it"]
    with acting(court.other):
        assert summaries_to_work_on(court.other) == []


def test_every_state_has_an_owner_and_a_way_out_by_an_action_that_exists():
    for rules, known, module in (
        (states.SUMMARY_STATES, SummaryState, actions),
        (states.COPY_STATES, CopyState, copies),
    ):
        assert set(rules) == set(known.values)
        for rule in rules.values():
            assert rule.owner
            assert rule.ways_out
            names = set(rule.ways_out) | set(rule.stays) - {"ask_copy"}
            assert all(callable(getattr(module, name)) for name in names)
            assert set(rule.ways_out.values()) <= set(known.values)
    assert callable(copies.ask_copy)


def test_stranger_has_no_summary_and_moves_none(court, draft, acting, cast):
    with acting(court.maker):
        loaded = Summary.objects.visible_to(court.maker).select_related("case").get(pk=draft.pk)
    with acting(cast.stranger):
        assert not Summary.objects.visible_to(cast.stranger).exists()
        assert refused(actions.ask_approval, summary=loaded, by=cast.stranger, version=2) == "read_legal"
