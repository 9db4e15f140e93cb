"""Two people seal: what each may, what stops them, what a change does, and what the database itself refuses."""

import dataclasses
import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from casework.access.errors import AccessDenied, StalePage
from casework.account import actions, edit_actions, seal_actions
from casework.account.edits import PassageTags
from casework.account.models import Correction, Passage
from casework.account.seal import FORMAT, seal_holds
from casework.account.selectors import account_of
from casework.account.session import PersonPresent
from casework.account.transcript import split_transcript
from casework.audit.models import AuditEntry
from tests.cast import telling_of

pytestmark = pytest.mark.django_db
MORE = split_transcript("I: More?\nC: No.\n").passages


def log_of(told, **more):
    return actions.TellingLog(
        kind="joint",
        told_on=datetime.date(2026, 3, 3),
        told_to="Maja Lind",
        **{"interviewer_id": told.worker.pk, **more},
    )


def passages_of(told):
    rows = Passage.objects.visible_to(told.worker).select_related("case", "telling").order_by("number")
    return list(rows.filter(telling=told.telling))


def sign(told, by):
    telling = telling_of(told.case, 1, by)
    return seal_actions.sign_telling(telling=telling, by=by, version=telling.version)


def seal(told, by):
    telling = telling_of(told.case, 1, by)
    return seal_actions.seal_telling(telling=telling, by=by, version=telling.version)


def refused(told, who, acting, step=seal):
    with acting(who), pytest.raises(AccessDenied) as refusal:
        step(told, who)
    return refusal.value.rule


def details_of(told, cast, acting, key):
    with acting(cast.lead_supervisor):
        return AuditEntry.objects.filter(case_id=told.case.pk, additional_data__has_key=key).first().additional_data


def test_first_signs_second_seals_and_the_digest_is_on_record(told, cast, acting):
    telling = told.seal()
    assert (telling.signed_by, telling.sealed_by, telling.seal_format) == (told.worker, told.police, FORMAT)
    assert telling.sealed_by_label.startswith("Investigator, ")
    with acting(told.worker):
        assert seal_holds(telling_of(told.case, 1, told.worker), passages_of(told))
    sealed = details_of(told, cast, acting, "sealed")
    assert len(sealed.pop("rows")) == 64
    assert sealed == {"sealed": "T1", "passages": 3, "digest": telling.digest}
    assert details_of(told, cast, acting, "signed")["signed"] == "T1"


def test_nobody_seals_what_nobody_has_signed(told, acting):
    with acting(told.police), pytest.raises(StalePage, match="needs a first signature"):
        seal(told, told.police)


def test_same_person_does_not_seal_twice(told, acting):
    with acting(told.worker):
        sign(told, told.worker)
    assert refused(told, told.worker, acting) == "second_person"
    with acting(told.worker), pytest.raises(StalePage, match="signed already"):
        sign(told, told.worker)


def test_both_sides_seal_and_not_two_of_one(told, cast, acting):
    from casework.access.actions import GrantTerms, grant_compartments

    with acting(cast.lead_supervisor):
        grant_compartments(
            case=told.case, member=cast.lead_colleague, by=cast.lead_supervisor, read=["overview", "account"],
            write=["overview", "account"], terms=GrantTerms(purpose="protect", legal_basis="public_task"),
        )  # fmt: skip
    with acting(told.worker):
        sign(told, told.worker)
    assert refused(told, cast.lead_colleague, acting) == "both_sides_seal"


def test_interviewer_is_one_of_the_two_while_that_is_possible(told, cast, acting, monkeypatch):
    from casework.access.actions import GrantTerms, grant_compartments

    with acting(cast.lead_supervisor):
        grant_compartments(
            case=told.case, member=cast.lead_colleague, by=cast.lead_supervisor, read=["overview", "account"],
            write=["overview", "account"], terms=GrantTerms(purpose="protect", legal_basis="public_task"),
        )  # fmt: skip
    with acting(cast.lead_colleague):
        sign(told, cast.lead_colleague)
    assert refused(told, told.police, acting) == "interviewer_seals"
    monkeypatch.setattr("casework.account.rules.allowed", lambda check, member, telling: False)  # gone meanwhile
    with acting(told.police):
        assert seal(told, told.police).is_sealed


def test_supervisor_does_not_sign_and_therapist_neither(told, acting, monkeypatch):
    monkeypatch.setattr(told.worker, "roles", ["supervisor"])
    assert refused(told, told.worker, acting, sign) == "seal_telling"
    monkeypatch.setattr(told.worker, "roles", ["social_worker"])
    monkeypatch.setattr(told.worker.agency, "kind", "therapy")
    assert refused(told, told.worker, acting, sign) == "seal_telling"


CHANGES = {
    "log": lambda told, version: actions.change_log(
        telling=told.telling, by=told.worker, version=version, log=log_of(told, place="Elsewhere")
    ),
    "passages": lambda told, version: actions.add_passages(
        telling=told.telling, by=told.worker, version=version, passages=MORE
    ),
    "text": lambda told, version: edit_actions.change_passage(
        passage=passages_of(told)[0], by=told.worker, version=version, question="Where?", answer="To the sea."
    ),
    "tags": lambda told, version: edit_actions.tag_passages(
        telling=told.telling, by=told.worker, version=version, tags={1: PassageTags(topics=("home",))}
    ),
    "join": lambda told, version: edit_actions.join_with_previous(
        telling=told.telling, by=told.worker, version=version, number=2
    ),
    "move": lambda told, version: edit_actions.move_passage(
        telling=told.telling, by=told.worker, version=version, number=2, to=1
    ),
    "taken back": lambda told, version: seal_actions.take_back_signature(
        telling=told.telling, by=told.worker, version=version
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_takes_the_first_signature_back(told, cast, acting, change):
    with acting(told.worker):
        version = sign(told, told.worker).version
        CHANGES[change](told, version)
        assert not telling_of(told.case, 1, told.worker).is_signed
    with acting(told.police), pytest.raises(StalePage, match="needs a first signature"):
        seal(told, told.police)
    assert details_of(told, cast, acting, "signature_taken_back") == {"signature_taken_back": "T1"}


def test_tags_that_change_nothing_leave_the_signature(told, acting):
    with acting(told.worker):
        version = sign(told, told.worker).version
        edit_actions.tag_passages(telling=told.telling, by=told.worker, version=version, tags={1: PassageTags()})
        assert telling_of(told.case, 1, told.worker).is_signed


def test_second_who_looked_before_a_change_does_not_seal(told, acting):
    with acting(told.worker):
        version = sign(told, told.worker).version
        CHANGES["text"](told, version)
        sign(told, told.worker)
    with acting(told.police), pytest.raises(StalePage, match="changed meanwhile"):
        seal_actions.seal_telling(telling=told.telling, by=told.police, version=version)


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "taken back"])
def test_sealed_telling_refuses_every_change_and_says_by_whom(told, acting, change):
    version = told.seal().version
    with acting(told.worker):
        with pytest.raises(StalePage, match=f"T1 was sealed by {told.police.name}"):
            CHANGES[change](told, version)
        assert [each.answer for each in passages_of(told)] == ["To the lake.", "My brother.", "We swam."]


SQL = {
    "telling": "update casework_account_telling set told_on = '2020-01-01' where id = {telling}",
    "log rows": "update casework_account_telling set people_rows_sealed = '' where id = {telling}",
    "digest": "update casework_account_telling set digest = 'a' where id = {telling}",
    "signature": "update casework_account_telling set signed_at = null where id = {telling}",
    "passage": "update casework_account_passage set topics = '{{home}}' where telling_id = {telling}",
    "number": "update casework_account_passage set number = number + 9 where telling_id = {telling}",
    "retire": "update casework_account_passage set retired_at = now() where telling_id = {telling}",
}


@pytest.mark.parametrize("what", SQL)
def test_database_itself_refuses_after_the_seal(told, acting, what):
    told.seal()
    sentence = SQL[what].format(telling=told.telling.pk)
    with acting(told.worker), pytest.raises(IntegrityError, match="sealed telling"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sentence)


FORGED = {
    "signed for another": (
        "update casework_account_telling set signed_by_id = {police}, signed_by_label = 'x', signed_at = now()"
        " where id = {telling}",
        "signs for themselves",
    ),
    "sealed alone": (
        "update casework_account_telling set signed_by_id = {worker}, signed_by_label = 'x', signed_at = now(),"
        " sealed_by_id = {worker}, sealed_by_label = 'x', sealed_at = now(), digest = 'a', seal_format = 3"
        " where id = {telling}",
        "Two people seal",
    ),
    "sealed in the old way": (
        "update casework_account_telling set sealed_by_id = {worker}, sealed_at = now(), digest = 'a', seal_format = 2"
        " where id = {telling}",
        "Two people seal",
    ),
}


@pytest.mark.parametrize("what", FORGED)
def test_database_itself_wants_two_people_each_for_themselves(told, acting, what):
    sentence, words = FORGED[what]
    sentence = sentence.format(telling=told.telling.pk, worker=told.worker.pk, police=told.police.pk)
    with acting(told.worker), pytest.raises(IntegrityError, match=words), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sentence)


def test_database_itself_refuses_a_change_under_a_signature(told, acting):
    with acting(told.worker):
        sign(told, told.worker)
        for sentence in (SQL["telling"], SQL["passage"], SQL["number"]):
            with pytest.raises(IntegrityError, match="first signature"), transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(sentence.format(telling=told.telling.pk))


def test_our_words_come_out_where_the_database_refuses(told, acting):
    telling = told.seal()
    sealed = pytest.raises(StalePage, match="T1 was sealed by")
    with acting(told.worker), sealed, actions.seal_is_final(telling), connection.cursor() as cursor:
        cursor.execute(SQL["log rows"].format(telling=telling.pk))


def test_empty_telling_is_not_signed(told, acting):
    with acting(told.worker):
        log = dataclasses.replace(log_of(told), kind="prior")  # a second interview takes a request
        empty = actions.record_telling(case=told.case, by=told.worker, number=2, log=log)
        with pytest.raises(StalePage, match="no passage"):
            seal_actions.sign_telling(telling=empty, by=told.worker, version=1)


def test_nobody_present_from_an_agency_that_takes_part_is_not_sealed(told, cast, acting):
    stranger = cast.agencies["far_social"]
    for people in ((), (PersonPresent("A teacher", "Teacher", None, "A school"), PersonPresent("B", "", stranger.pk))):
        with acting(told.worker):
            telling = telling_of(told.case, 1, told.worker)
            log = log_of(told, interviewer_id=None, people=people)
            actions.change_log(telling=telling, by=told.worker, version=telling.version, log=log)
            with pytest.raises(StalePage, match="nobody of an agency that takes part"):
                sign(told, told.worker)
    with acting(told.worker):
        telling = telling_of(told.case, 1, told.worker)
        there = PersonPresent("Lead Worker", "", told.worker.agency_id)
        log = log_of(told, interviewer_id=None, people=(there,))
        actions.change_log(telling=telling, by=told.worker, version=telling.version, log=log)
        assert sign(told, told.worker).is_signed


def test_prior_account_that_a_teacher_heard_alone_is_sealed(told, acting):
    log = dataclasses.replace(log_of(told), kind="prior", interviewer_id=None)
    with acting(told.worker):
        telling = telling_of(told.case, 1, told.worker)
        actions.change_log(telling=telling, by=told.worker, version=telling.version, log=log)
    assert told.seal().is_sealed


def test_passages_that_overlap_in_time_are_not_sealed(told, acting):
    with acting(told.worker):
        for number, code in ((1, "00:10:00"), (2, "00:09:59"), (3, "")):
            passage = passages_of(told)[number - 1]
            version = telling_of(told.case, 1, told.worker).version
            edit_actions.change_passage(
                passage=passage, by=told.worker, version=version, question=passage.question, answer=passage.answer,
                marks={"time_code": code},
            )  # fmt: skip
        with pytest.raises(StalePage, match="¶2 begins at 00:09:59, before ¶1 at 00:10:00"):
            sign(told, told.worker)


def test_number_is_borne_once(told, acting):
    with acting(told.worker), pytest.raises(IntegrityError, match="passage_numbered_once"), transaction.atomic():
        Passage.everything.bulk_create([Passage(case=told.case, telling=told.telling, number=1)])


def test_correction_stands_beside_the_passage_and_is_kept_once(told, acting):
    told.seal()
    with acting(told.worker):
        passage = passages_of(told)[0]
        for _time in range(2):
            actions.correct_passage(passage=passage, by=told.worker, text="To the sea.", reason="Minute 2.")
        reading = account_of(told.worker, told.case)[0].passages[0]
        assert reading.passage.answer == "To the lake."
        assert [each.text for each in reading.corrections] == ["To the sea."]
        assert not account_of(told.worker, told.case)[0].is_altered


def test_correction_of_a_passage_of_another_case_or_of_what_is_open_is_refused_by_the_database(told, cast, acting):
    with acting(told.worker):
        for passage, words in ((passages_of(told)[0], "sealed telling is corrected"), (cast.passage, "one case")):
            row = Correction(case=told.case, passage=passage, made_by=told.worker, made_by_label="x")
            row.text = row.reason = "x"
            with pytest.raises(IntegrityError, match=words), transaction.atomic():
                row.save(force_insert=True)


@pytest.mark.parametrize("alter", ["another number", "one less", "another log", "another second person"])
def test_reading_tells_when_a_sealed_telling_was_altered(told, acting, alter):
    told.seal()
    with acting(told.worker):
        reading = account_of(told.worker, told.case)[0]
        assert not reading.is_altered
        if alter == "one less":
            reading = dataclasses.replace(reading, passages=reading.passages[:-1])
        elif alter == "another number":
            reading.passages[0].passage.number = 9
        elif alter == "another log":
            reading.telling.people_rows = '[{"name": "Somebody"}]'
        else:
            reading.telling.sealed_by_label = "Somebody else"
        assert reading.is_altered
