"""What supervision reads of the seal: when, whether it holds, and one entry's proof as a file."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.db import connections

from casework.audit.seal import running
from casework.audit.seal.checkpoint import open_checkpoint
from casework.audit.seal.keys import known_keys
from casework.audit.seal.store import SealProblem
from casework.provision import connection_parameters
from tests.audit.conftest import Record
from tests.conftest import superuser

ClientOf = Callable[..., Any]


def text_of(answer: Any) -> str:
    """The words of a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def newest(record: Record) -> tuple[Any, ...]:
    with superuser(record.database) as admin:
        found = admin.execute(
            "select verb, outcome, route, shown, case_id from audit_auditentry order by id desc limit 1"
        )
        return found.fetchone()  # type: ignore[return-value]


def test_before_the_first_seal_the_pages_say_so(record: Record, client_of: ClientOf) -> None:
    client = client_of(record.cast.lead_supervisor)
    assert "is not sealed here yet" in text_of(client.get("/oversight/"))
    assert "Not sealed yet" in text_of(client.get(f"/oversight/entries/{record.cast.audit_entry.pk}/"))
    answer = client.post(f"/oversight/entries/{record.cast.audit_entry.pk}/proof/")
    assert (answer.status_code, answer["Location"]) == (302, f"/oversight/entries/{record.cast.audit_entry.pk}/")


def test_the_start_page_says_when_it_was_sealed_and_verified(record: Record, client_of: ClientOf) -> None:
    record.seal()
    assert record.verify().is_well
    page = text_of(client_of(record.cast.lead_auditor).get("/oversight/"))
    assert "was last sealed on" in page and "nothing in it was changed" in page
    assert "needs attention" not in page


def test_what_a_verification_found_is_said_first(record: Record, client_of: ClientOf) -> None:
    record.seal()
    victim = record.ids()[3]
    record.attack(f"delete from audit_auditentry where id = {victim}")
    record.verify()
    for address in ("/oversight/", "/oversight/record/"):
        page = text_of(client_of(record.cast.lead_supervisor).get(address))
        assert "not as it was sealed. Tell all auditors now." in page
        assert "They were sealed, and are gone." in page
        assert "nothing in it was changed" not in page


def test_a_seal_that_is_late_is_said(record: Record, client_of: ClientOf) -> None:
    """An entry of an hour ago that no seal has reached; pages go on being served."""
    record.seal()
    later = psycopg.connect(**connection_parameters(connections["default"].settings_dict))
    later.execute("select pg_current_xact_id()")  # in flight: it holds the horizon
    (entry,) = record.write(1)
    record.attack(f"update audit_auditentry set timestamp = timestamp - interval '61 seconds' where id = {entry}")
    assert record.seal() == 0
    answer = client_of(record.cast.lead_supervisor).get("/oversight/")
    later.close()
    assert answer.status_code == 200
    assert re.search(r"have waited for a seal for 6\d seconds", text_of(answer))


def test_a_witness_that_complains_is_shown(record: Record, client_of: ClientOf) -> None:
    record.seal(batch=40)
    record.heads.write_text("something else\n")
    record.write(1)
    record.seal()
    page = text_of(client_of(record.cast.lead_supervisor).get("/oversight/record/"))
    assert "holds a line that is no head" in page and "Needs attention" in page


def test_an_entry_shows_its_seal_and_gives_its_proof(record: Record, client_of: ClientOf) -> None:
    record.seal(batch=40)
    client, entry = client_of(record.cast.lead_supervisor), record.cast.audit_entry.pk
    page = text_of(client.get(f"/oversight/entries/{entry}/"))
    assert "unchanged since" in page and "Take out the proof as a file" in page
    answer = client.post(f"/oversight/entries/{entry}/proof/")
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="entry-{entry}-proof.json"'
    proof = json.loads(answer.content)
    head, _key = open_checkpoint(proof["checkpoint"], [known.key for known in known_keys(record.folder)])
    assert 0 <= proof["index"] < head.size
    verb, outcome, route, shown, case_id = newest(record)
    assert (verb, outcome, route, case_id) == ("exported", "allowed", "oversight:proof", record.cast.case.pk)
    assert shown["audit.auditentry"] == [entry]


def test_a_proof_is_given_only_to_somebody_who_has_just_confirmed(record: Record, client_of: ClientOf) -> None:
    record.seal()
    client, entry = client_of(record.cast.lead_supervisor), record.cast.audit_entry.pk
    session = client.session
    for each in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        each["at"] = time.time() - 301
    session.save()
    answer = client.post(f"/oversight/entries/{entry}/proof/")
    assert answer.status_code == 302 and answer["Location"].startswith("/agency/confirm/")
    assert newest(record)[0] != "exported"


def test_an_entry_that_was_changed_is_not_vouched_for(record: Record, client_of: ClientOf) -> None:
    record.seal()
    client, entry = client_of(record.cast.lead_supervisor), record.cast.audit_entry.pk
    record.attack(f"update audit_auditentry set actor_name = 'Somebody Else' where id = {entry}")
    page = text_of(client.get(f"/oversight/entries/{entry}/"))
    assert "is not, to the letter, what was sealed" in page and "unchanged since" not in page
    assert client.post(f"/oversight/entries/{entry}/proof/").status_code == 302


def test_what_the_whole_found_stays_said_when_a_later_increment_finds_nothing(
    record: Record, client_of: ClientOf
) -> None:
    record.seal()
    assert record.verify().is_well
    victim = record.ids()[3]
    record.attack(f"delete from audit_auditentry where id = {victim}")
    assert not record.verify().is_well
    record.write(1)
    record.seal()
    assert record.verify(whole=False).is_well, "an increment reads no older entry"
    page = text_of(client_of(record.cast.lead_supervisor).get("/oversight/"))
    assert "They were sealed, and are gone." in page
    assert "nothing in it was changed" not in page


def test_a_verification_that_could_not_be_carried_out_is_said(
    record: Record, client_of: ClientOf, monkeypatch: Any
) -> None:
    record.seal()
    assert record.verify().is_well

    def torn(*_arguments: Any, **_options: Any) -> None:
        raise SealProblem("The record can't be read to its end: a page is torn.")

    with monkeypatch.context() as patch, pytest.raises(SealProblem):
        patch.setattr(running, "verify", torn)
        record.verify()
    page = text_of(client_of(record.cast.lead_supervisor).get("/oversight/"))
    assert "could not be verified: The record can't be read to its end" in page.replace("&#x27;", "'")
    assert record.verify().is_well
    assert "needs attention" not in text_of(client_of(record.cast.lead_supervisor).get("/oversight/"))


def test_a_record_that_nobody_verifies_any_more_is_said(record: Record, client_of: ClientOf) -> None:
    record.seal()
    assert record.verify().is_well
    record.attack("update audit_verification set at = at - interval '2 days'")
    page = text_of(client_of(record.cast.lead_supervisor).get("/oversight/"))
    assert "has not been verified lately" in page
