"""A copy: queued, built as the member who asked, taken out; failures end in words and can be tried again."""

import datetime
import hashlib
import io

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pyhanko.pdf_utils.reader import PdfFileReader

from casework.access.actions import end_grants
from casework.access.errors import AccessDenied, StalePage
from casework.access.models import CaseGrant
from casework.audit.models import AuditEntry
from casework.summaries import actions, copies, sending, tasks
from casework.summaries.document import DocumentProblem
from casework.summaries.keys import signing_key
from casework.summaries.kinds import CopyState
from casework.summaries.left_out import stamp_now
from casework.summaries.models import SummaryCopy
from casework.summaries.paper import paper_of
from casework.summaries.selectors import contents_of
from casework.summaries.signing import check_copy
from tests.cast import administered

pytestmark = pytest.mark.django_db


@pytest.fixture
def var(tmp_path, settings):
    """The signing key of the embedded default, in a folder of the test."""
    settings.VAR = tmp_path
    settings.ENVIRONMENT = type("Embedded", (), {"embedded": True, "keys_file": settings.ENVIRONMENT.keys_file})()
    return tmp_path


@pytest.fixture
def quick(monkeypatch):
    """Typesetting and signing replaced: what is tested is the way of the job."""
    monkeypatch.setattr(tasks, "build", lambda _document, progress: (progress(50), (b"%PDF-1.7 made by a test", 3))[1])


def row(court, acting, pk):
    with acting(court.maker):
        return SummaryCopy.objects.visible_to(court.maker).get(pk=pk)


def age(copy, **columns):
    """Move the times of a copy back, as nobody but the member itself may do."""
    SummaryCopy.everything.filter(pk=copy.pk).update_unrecorded("a test", **columns)


def test_copy_is_queued_and_its_message_waits_for_the_commit(
    court, approved, acting, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(sending, "send", lambda *arguments: sent.append(arguments))
    with django_capture_on_commit_callbacks() as waiting, acting(court.maker):
        copy = copies.ask_copy(summary=approved, by=court.maker, number=1)
        assert sent == []
    assert copy.state == CopyState.QUEUED
    assert [callback.args for callback in waiting] == [(copy.pk, court.maker.pk)]


def test_copy_asked_for_twice_is_made_once(court, queued, approved, acting):
    with acting(court.maker), pytest.raises(StalePage, match="Copy 1 was asked for meanwhile"):
        copies.ask_copy(summary=approved, by=court.maker, number=1)


def test_summary_that_is_not_approved_is_not_copied(court, asked, acting):
    with acting(court.maker), pytest.raises(StalePage, match="S1 is not approved"):
        copies.ask_copy(summary=asked, by=court.maker, number=1)


def test_whoever_may_not_read_all_of_it_makes_no_copy(court, approved, acting):
    with acting(court.half), pytest.raises(AccessDenied) as refusal:
        copies.ask_copy(summary=approved, by=court.half, number=1)
    assert refusal.value.rule == "reads_everything"


def test_broker_that_is_down_leaves_the_copy_queued(settings, monkeypatch):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    sending.sender.cache_clear()
    assert sending.send(1, 2) is False
    sending.sender.cache_clear()


def test_waiting_copies_are_found_for_no_member_by_key_alone(court, queued, acting):
    for seconds, found in ((5, []), (30, [(queued.pk, court.maker.pk)])):
        with acting(court.maker):
            age(queued, touched_at=timezone.now() - datetime.timedelta(seconds=seconds))
        with connection.cursor() as cursor:
            cursor.execute("select set_config('casework.member', '', true)")
            cursor.execute("select count(*) from summaries_summarycopy")
            assert cursor.fetchone()[0] == 0
        assert [pair for pair in sending.waiting_copies() if pair[0] == queued.pk] == found


def test_each_waiting_copy_is_sent_again_with_an_end(court, queued, acting, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks, "send", lambda *ids, expires: sent.append((*ids, expires)) or True)
    with acting(court.maker):
        age(queued, touched_at=timezone.now() - datetime.timedelta(seconds=30))
    assert tasks.send_waiting_copies() == len(sent) >= 1
    assert (queued.pk, court.maker.pk, sending.EXPIRES) in sent


def test_built_copy_holds_exactly_what_was_chosen(court, queued, acting, var):
    assert tasks.build_copy(queued.pk, court.maker.pk) == "ready"
    copy = row(court, acting, queued.pk)
    with acting(court.maker):
        copy = SummaryCopy.objects.visible_to(court.maker).select_related("case").get(pk=queued.pk)
        document = copy.document
    assert (copy.state, copy.progress, copy.sha256) == ("ready", 100, hashlib.sha256(document).hexdigest())
    assert copy.pages == PdfFileReader(io.BytesIO(document)).root["/Pages"]["/Count"] >= 1
    assert check_copy(document, signing_key().certificate).genuine
    assert (var / "signing.pem").stat().st_mode & 0o777 == 0o600


def test_paper_says_what_was_chosen_what_is_left_out_and_what_is_absent(court, queued, acting):
    with acting(court.maker):
        copy = copies.copy_for(court.maker, queued.pk)
        paper = paper_of(copy, contents_of(court.maker, copy.summary))
    assert [passage.answer for passage in paper.tellings[0].passages] == ["To the lake.", "We swam."]
    assert [entry.text for entry in paper.compartments[0].entries] == ["The room is quiet."]
    assert dict(paper.left_out) == {"What the child told, T1": "1 of 3", "Social": "1 of 2"}
    assert dict(paper.facts)["Reference of the court"] == "Not recorded"
    assert dict(paper.tellings[0].facts)["Where"] == "Not recorded"
    assert paper.copy_number == f"{court.case.reference} S1/1"
    assert "My brother." not in repr(paper)
    assert "The room is warm." not in repr(paper)


def test_looks_of_the_task_stand_in_the_name_of_who_asked(court, queued, acting, quick):
    tasks.build_copy(queued.pk, court.maker.pk)
    with acting(court.supervisor):
        entries = AuditEntry.objects.filter(case_id=court.case.pk, route="summaries.build_copy", verb="looked")
        shown = [entry for entry in entries if "casework_account.passage" in entry.shown]
    assert [(entry.actor_id, entry.purpose, entry.method) for entry in shown] == [(court.maker.pk, "represent", "TASK")]
    assert len(shown[0].shown["casework_account.passage"]) == 2


def test_job_sent_twice_is_done_once(court, queued, acting, quick):
    assert tasks.build_copy(queued.pk, court.maker.pk) == "ready"
    before = row(court, acting, queued.pk).built_at
    assert tasks.build_copy(queued.pk, court.maker.pk) == "nothing to do"
    assert row(court, acting, queued.pk).built_at == before


def test_job_in_the_name_of_somebody_else_does_nothing(court, queued, acting, quick):
    assert tasks.build_copy(queued.pk, court.other.pk) == "nothing to do"
    assert row(court, acting, queued.pk).state == CopyState.QUEUED


def test_job_runs_with_the_grants_of_that_moment(court, queued, acting, quick):
    with acting(court.supervisor):
        account = CaseGrant.objects.live().filter(user=court.maker, permission__codename="read_account")
        end_grants(grants=account, by=court.supervisor)
    assert tasks.build_copy(queued.pk, court.maker.pk) == "failed"
    copy = row(court, acting, queued.pk)
    assert copy.state == CopyState.FAILED
    with acting(court.maker):
        copy = SummaryCopy.objects.visible_to(court.maker).select_related("case").get(pk=queued.pk)
        assert "2 parts of this summary are in compartments that you may not read" in copy.problem
    with acting(court.supervisor):
        refusal = AuditEntry.objects.filter(case_id=court.case.pk, verb="refused").first()
    assert (refusal.rule, refusal.actor_id) == ("reads_everything", court.maker.pk)


def test_grant_that_ends_while_the_job_runs_stops_it(court, queued, acting, monkeypatch):
    def end_meanwhile(_document, _progress):
        with acting(court.supervisor):
            grants = CaseGrant.objects.live().filter(user=court.maker, permission__codename="read_social")
            end_grants(grants=grants, by=court.supervisor)
        return b"%PDF-1.7 too late", 1

    monkeypatch.setattr(tasks, "build", end_meanwhile)
    assert tasks.build_copy(queued.pk, court.maker.pk) == "failed"
    assert row(court, acting, queued.pk).sha256 == ""


def test_member_without_standing_has_nothing_built(court, queued, acting, quick):
    court.maker.vetting_until = court.maker.vetting_from
    with administered(court.maker.agency):
        court.maker.save(update_fields=["vetting_until"])
    assert tasks.build_copy(queued.pk, court.maker.pk) == "refused"
    with acting(court.other):
        copy = SummaryCopy.objects.visible_to(court.other).get(pk=queued.pk)
        assert copy.state == CopyState.QUEUED
        taken_over = copies.try_again(copy=_with_case(court.other, queued.pk), by=court.other)
    assert taken_over.asked_by_id == court.other.pk
    assert tasks.build_copy(queued.pk, court.other.pk) == "ready"


def _with_case(member, pk):
    return copies.copy_for(member, pk)


def test_document_problem_becomes_words_and_can_be_tried_again(court, queued, acting, monkeypatch, quick):
    def fail(_document, _progress):
        raise DocumentProblem("the character U+1F600 can't be printed", "T1 ¶3")

    working = tasks.build
    monkeypatch.setattr(tasks, "build", fail)
    assert tasks.build_copy(queued.pk, court.maker.pk) == "failed"
    with acting(court.maker):
        copy = _with_case(court.maker, queued.pk)
        assert copy.problem == "T1 ¶3: the character U+1F600 can't be printed"
        copies.try_again(copy=copy, by=court.maker)
    monkeypatch.setattr(tasks, "build", working)
    assert tasks.build_copy(queued.pk, court.maker.pk) == "ready"


def test_crash_of_ours_shows_no_exception(court, queued, acting, monkeypatch):
    monkeypatch.setattr(tasks, "build", lambda *_arguments: 1 / 0)
    assert tasks.build_copy(queued.pk, court.maker.pk) == "failed"
    with acting(court.maker):
        assert "division" not in _with_case(court.maker, queued.pk).problem
        assert "try again" in _with_case(court.maker, queued.pk).problem


def test_stalled_job_is_taken_up_again_and_a_running_one_is_not(court, queued, acting, quick):
    with acting(court.maker):
        assert copies.begin(copy_id=queued.pk, by=court.maker) is not None
        with pytest.raises(StalePage, match="Being built"):
            copies.try_again(copy=_with_case(court.maker, queued.pk), by=court.maker)
    assert tasks.build_copy(queued.pk, court.maker.pk) == "nothing to do"
    with acting(court.maker):
        age(queued, touched_at=timezone.now() - datetime.timedelta(minutes=3))
    assert (queued.pk, court.maker.pk) in sending.waiting_copies()
    assert tasks.build_copy(queued.pk, court.maker.pk) == "ready"


def test_audit_that_cannot_be_written_leaves_nothing_built(court, queued, acting, quick, monkeypatch):
    from casework.access import task

    def broken(_looks):
        raise RuntimeError("no room")

    monkeypatch.setattr(task, "record_looks", broken)
    with pytest.raises(RuntimeError):
        tasks.build_copy(queued.pk, court.maker.pk)
    assert row(court, acting, queued.pk).state == CopyState.QUEUED


def test_progress_is_written_and_leaves_no_entry(court, queued, acting):
    with acting(court.maker):
        copies.begin(copy_id=queued.pk, by=court.maker)
    with acting(court.supervisor):
        before = AuditEntry.objects.filter(case_id=court.case.pk).count()
    copies.Progress(queued.pk, court.maker.pk)(40)
    assert row(court, acting, queued.pk).progress == 40
    with acting(court.supervisor):
        assert AuditEntry.objects.filter(case_id=court.case.pk).count() == before


def test_copy_is_judged_by_what_stands_in_it_not_by_what_its_summary_holds_now(court, queued, quick, keys, acting):
    """S1 is opened again and loses its passages; `half`, who may not read the account, still can't take copy 1 out."""
    assert tasks.build_copy(queued.pk, court.maker.pk) == "ready"
    copy = row(court, acting, queued.pk)
    assert (len(copy.passage_keys), len(copy.entry_keys)) == (2, 1)
    with acting(court.maker):
        actions.open_again(summary=copy.summary, by=court.maker, version=4)
        actions.choose_items(summary=copy.summary, by=court.maker, version=5, passages=[], entries=keys.entries[:1])
    with acting(court.half):
        seen = SummaryCopy.objects.visible_to(court.half).select_related("case", "summary").get(pk=copy.pk)
        with pytest.raises(AccessDenied) as caught:
            copies.take_out(copy=seen, by=court.half)
        assert caught.value.rule == "reads_everything"


def test_copy_made_of_an_earlier_choice_is_not_kept(court, queued, monkeypatch, acting):
    """The summary is opened again, and approved again, while the copy is built."""

    def meanwhile(_document, _progress):
        with acting(court.maker):
            actions.open_again(summary=queued.summary, by=court.maker, version=4)
            actions.ask_approval(summary=queued.summary, by=court.maker, version=5)
        with acting(court.approver):
            seen = stamp_now(court.approver, queued.summary)
            actions.approve(summary=queued.summary, by=court.approver, version=6, seen=seen)
        return b"%PDF-1.7 made by a test", 3

    monkeypatch.setattr(tasks, "build", meanwhile)
    assert tasks.build_copy(queued.pk, court.maker.pk) == "failed"
    with acting(court.maker):
        assert _with_case(court.maker, queued.pk).problem == "S1 was changed while the copy was made."


def test_issued_copy_is_final_in_the_database(court, queued, quick, acting):
    assert tasks.build_copy(queued.pk, court.maker.pk) == "ready"
    with acting(court.maker), pytest.raises(IntegrityError, match="issued is never changed"), transaction.atomic():
        SummaryCopy.everything.filter(pk=queued.pk).update_unrecorded("a test", sha256="0" * 64)
