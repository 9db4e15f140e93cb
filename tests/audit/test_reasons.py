"""A stated reason: the one typed text of an entry, encrypted, bound to its entry, read by whoever oversees."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from casework.access.task import acting_as
from casework.audit import reasons
from casework.audit.kinds import Verb
from casework.audit.models import AuditEntry
from casework.audit.record import record
from casework.vault.crypto import CannotOpen
from casework.vault.reading import NoOpenReading, current_reading
from casework.vault.reasons import reason_of
from tests.cast import Cast
from tests.conftest import recorded

WHY = "Reason phrase about a brass-lighthouse"


def stated(cast: Cast, reason: str = WHY) -> AuditEntry:
    with acting_as(cast.lead_worker.pk, route="test"):
        return recorded(Verb.LOOKED, subject=cast.case, reason=reason)


def test_reason_is_kept_encrypted_and_opens_in_a_reading_only(cast: Cast) -> None:
    entry = stated(cast)
    with connection.cursor() as cursor:
        cursor.execute("select audit_auditentry::text from audit_auditentry where id = %s", [entry.pk])
        row = cursor.fetchone()[0]
    assert WHY not in row
    assert WHY.encode().hex() not in row
    with pytest.raises(NoOpenReading):
        reason_of(entry)
    with acting_as(cast.lead_auditor.pk, route="test"):
        assert reason_of(AuditEntry.objects.get(pk=entry.pk)) == WHY
        assert current_reading().shown[cast.case.pk] == {"audit.auditentry": {entry.pk}}


def test_reason_moved_to_another_entry_does_not_open(cast: Cast) -> None:
    entry = stated(cast)
    with acting_as(cast.lead_auditor.pk, route="test"):
        found = AuditEntry.objects.get(pk=entry.pk)
        for column, other in (("cid", "another"), ("actor_id", cast.stranger.pk), ("case_id", cast.other_case.pk)):
            right = getattr(found, column)
            setattr(found, column, other)
            with pytest.raises(CannotOpen):
                reason_of(found)
            setattr(found, column, right)


def test_reason_of_a_look_is_in_its_entry(cast: Cast) -> None:
    with acting_as(cast.lead_worker.pk, route="test") as acting:
        list(type(cast.case).objects.visible_to(cast.lead_worker).filter(pk=cast.case.pk))
        acting.reading.reasons[cast.case.pk] = WHY
    with acting_as(cast.lead_auditor.pk, route="test"):
        entry = AuditEntry.objects.filter(case_id=cast.case.pk, actor=cast.lead_worker).order_by("-pk")[0]
        assert reason_of(entry) == WHY


def test_entry_without_a_reason_says_so(cast: Cast) -> None:
    entry = stated(cast, "")
    assert entry.reason_sealed is None
    assert reason_of(entry) == ""


def test_reason_that_may_not_be_kept_is_refused(cast: Cast) -> None:
    for text in ("x" * 501, "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"):
        with pytest.raises(ValidationError), acting_as(cast.lead_worker.pk, route="test"):
            record(Verb.LOOKED, subject=cast.case, reason=text)


def test_without_a_sealer_no_reason_is_kept_at_all(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasons, "_sealers", [])
    with pytest.raises(RuntimeError), acting_as(cast.lead_worker.pk, route="test"):
        record(Verb.LOOKED, subject=cast.case, reason=WHY)


def test_entry_page_shows_the_reason_to_the_auditor(cast: Cast, client_of) -> None:
    entry = stated(cast)
    assert WHY in client_of(cast.lead_auditor).get(f"/oversight/entries/{entry.pk}/").content.decode()
