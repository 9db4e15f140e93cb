"""No change is silent: each is recorded, encrypted fields as changed or not, and what would go round it is refused."""

import re
from typing import Any

import pytest
from auditlog.context import disable_auditlog
from auditlog.registry import auditlog
from auditlog.signals import pre_log
from django.apps import apps
from django.db import connection

from agencies.models import Agency, Member
from casework.access.models import CaseGrant, Wall
from casework.access.privileges import PRIVILEGES
from casework.access.task import acting_as
from casework.account.models import Passage
from casework.audit.models import AuditEntry
from casework.audit.record import RecordSwitchedOff
from casework.cases.actions import CaseDetails, change_case
from casework.cases.models import Entry
from casework.vault.managers import RecordedQuerySet, UnrecordedWrite
from casework.vault.models import ConfidentialModel
from tests.cast import CONCERN, Cast, _case
from tests.house.test_arrows import ROOT, sources

# Tables that the application writes and django-auditlog does not watch, each with what tells of it instead.
UNWATCHED = {
    "vault.casekey": "one for each case, whose opening is recorded; wrapped anew by a command that records itself",
    "drafts.draft": "text that is not saved yet: its author's alone, no entry tells of it",
    "sessions.session": "signing in and out are recorded",
    "account.emailaddress": "of django-allauth; a member's address is the member's",
    "mfa.authenticator": "each change of a factor is recorded by its signal",
    "audit.auditentry": "the record itself",
    "search.tellingindex": "how far the numbers of a telling are made; the task that makes them has its own entry",
    "search.indexpage": "numbers made from passages that are recorded; the task that makes them has its own entry",
}
# Raw SQL in our code that writes rows, each with what tells of it.
RAW_WRITES = {
    "casework/access/database.py": "the key by which the database knows who asks, written by `migrate`",
    "casework/audit/sql.py": "the lock of the record, recorded by `lock_audit`",
    "casework/audit/seal/archiving.py": "the list of archives; a month leaves with the entries that it holds",
    "casework/audit/seal/running.py": "what a verification found",
    "casework/audit/seal/store.py": "the seal of entries, which is checked against them",
    "casework/audit/seal/telling.py": "what a witness answered",
    "casework/bench/_access_data.py": "a database of its own",
    "casework/bench/_audit_append.py": "a database of its own",
    "casework/bench/_audit_tree.py": "a database of its own",
    "casework/demo/chronology.py": "dates of the invented stories, before they are served",
}
NOT_OURS = {"guardian", "auth", "contenttypes", "auditlog"}


def details(**changes: Any) -> CaseDetails:
    return CaseDetails(**{"stage": "referred", "risk": "high", "age_band": "10-12", "concern": CONCERN, **changes})


def change(cast: Cast, **changes: Any) -> AuditEntry:
    with acting_as(cast.lead_worker.pk, route="test"):
        case = _case(cast, cast.lead_worker)
        change_case(case=case, by=cast.lead_worker, version=case.version, details=details(**changes))
        entry: Any = AuditEntry.objects.filter(verb="changed", object_id=case.pk).order_by("-pk").first()
    return entry  # type: ignore[no-any-return]


def test_encrypted_text_that_stayed_is_not_said_to_have_changed(cast: Cast) -> None:
    assert set(change(cast, risk="low").changes) == {"changed_at", "changed_by_label", "risk", "version"}


def test_encrypted_text_that_changed_is_said_so_and_never_by_value(cast: Cast) -> None:
    entry = change(cast, concern="Another concern phrase walnut-ferry")
    assert entry.changes["concern_sealed"] == ["<encrypted>", "<encrypted>"]
    assert "pseudonym" not in entry.changes
    with connection.cursor() as cursor:
        cursor.execute("select audit_auditentry::text from audit_auditentry where id = %s", [entry.pk])
        row = cursor.fetchone()[0]
    assert "walnut-ferry" not in row and CONCERN not in row


@pytest.mark.parametrize("model", [Agency, Member, CaseGrant, Wall], ids=lambda model: model.__name__)
def test_bulk_writes_of_plain_models_raise_or_are_recorded(model: Any, cast: Cast) -> None:
    for write in ("update", "delete"):
        with pytest.raises(UnrecordedWrite):
            getattr(model.objects.all(), write)()


def test_bulk_writes_of_confidential_rows_raise_or_are_recorded_with_every_row(cast: Cast) -> None:
    for write in ("update", "delete"):
        with pytest.raises(UnrecordedWrite):
            getattr(Entry.everything.all(), write)()
    with acting_as(cast.investigator.pk, route="test"):
        rows = list(Passage.objects.visible_to(cast.investigator).filter(telling=cast.open_telling))
        for row in rows:
            row.phase = "closure"
        Passage.everything.bulk_update(rows, ["phase"])
        entry: Any = AuditEntry.objects.filter(verb="changed").order_by("-pk").first()
    assert entry.shown == {"casework_account.passage": sorted(row.pk for row in rows)}
    assert entry.additional_data == {"at_once": len(rows), "fields": ["phase"]}
    assert entry.case_id == cast.case.pk


def test_every_model_that_the_application_writes_is_watched_or_listed() -> None:
    watched = {model._meta.label_lower for model in auditlog.get_models()}
    ours = {model for model in apps.get_models() if model._meta.app_label not in NOT_OURS}
    written = {
        model._meta.label_lower
        for model in ours
        if issubclass(model, ConfidentialModel) or set(PRIVILEGES.get(model._meta.db_table, ())) - {"select"}
    }
    assert len(watched) > 10
    assert written - watched <= set(UNWATCHED)


def test_every_watched_model_has_a_manager_that_writes_nothing_unrecorded() -> None:
    wrong = [
        model._meta.label
        for model in auditlog.get_models()
        if not isinstance(model._base_manager.all(), RecordedQuerySet)
        and not isinstance(model._default_manager.all(), RecordedQuerySet)
    ]
    assert wrong == []


def test_switching_the_record_off_stops_every_save(cast: Cast) -> None:
    def deny(**_more: Any) -> bool:
        return False

    with pytest.raises(RecordSwitchedOff), disable_auditlog():
        change(cast)
    pre_log.connect(deny)
    try:
        with pytest.raises(RecordSwitchedOff):
            change(cast)
    finally:
        pre_log.disconnect(deny)
    assert pre_log.receivers == []


def test_lock_nothing_in_the_source_switches_the_record_off_or_writes_by_plain_sql() -> None:
    names = ("disable_auditlog", "pre_log", "post_log", "AUDITLOG_DISABLE_ON_RAW_SAVE", "auditlog.unregister")
    switches = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names))
    writes = re.compile(r"(?i)[\"'(]\s*(insert into|update \w+ set|delete from|truncate|copy \w+ from)\b")
    texts = {str(path.relative_to(ROOT)): path.read_text() for path in sources()}
    assert {path for path, text in texts.items() if switches.search(text)} == {"casework/audit/record.py"}
    assert {path for path, text in texts.items() if writes.search(text)} <= set(RAW_WRITES)


def test_lock_what_is_changed_or_read_without_an_entry_is_listed_with_its_reason() -> None:
    found = {
        (path.name, reason)
        for path in sources()
        for reason in re.findall(r"\.(?:update_unrecorded|unnoted)\(\s*\"([^\"]+)\"", path.read_text())
    }
    assert found == {
        ("copies.py", "how far a job is"),
        ("selectors.py", "asked for every second by a page that has left its entry"),
        ("selectors.py", "says which entries may be read"),
        ("search.py", "says which entries may be read"),
    }


# Commands of manage.py that are ours, and what tells of them.
COMMANDS = {
    "add_agency": "the agency and its administrator, by django-auditlog",
    "archive_audit": "a month that leaves the table is in the list of archives",
    "bench": "a database of its own",
    "check_copy": "reads a file and no case",
    "demo": "the invented stories, recorded as they are played",
    "lock_audit": "records itself",
    "migrate": "what the tables are, not what is in them",
    "prove_heads": "reads signed heads",
    "rotate_master_key": "records itself",
    "rotate_seal_key": "the new key stands in the log of the seal",
    "seal_audit": "the signed head",
    "stream_audit": "records itself",
    "verify_audit": "the list of verifications",
    "witness": "runs elsewhere, without this database",
}


def test_lock_every_command_is_on_record_or_says_why_not() -> None:
    folders = [*ROOT.glob("casework/*/management/commands"), *ROOT.glob("agencies/management/commands")]
    commands = {path.stem: path.read_text() for folder in folders for path in folder.glob("[a-z]*.py")}
    assert commands
    assert set(commands) <= set(COMMANDS)
    records = {name for name in commands if "record_command" in commands[name]}
    assert records == {name for name in commands if COMMANDS[name] == "records itself"}
