"""No place for a picture: every installed model, every form, every storage, and every column of the database."""

from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.core.management import BaseCommand, CommandError
from django.core.management.base import SystemCheckError
from django.db import connection, models
from django.test.utils import isolate_apps

from casework.guard import checks
from casework.vault.fields import EncryptedText
from tests.cast import Cast


def problems(check: Callable[..., Any]) -> list[str]:
    return [problem.id for problem in check()]


def test_the_house_passes_its_own_checks() -> None:
    assert len(list(checks.all_forms())) > 30
    assert problems(checks.check_no_field_holds_a_file) == []
    assert problems(checks.check_no_form_takes_a_file) == []
    assert problems(checks.check_no_storage_but_static_files) == []


class Bytes(EncryptedText):
    """A binary field that says of itself that it is an encrypted text: it needs a line of its own."""


class Raw(models.TextField):  # type: ignore[type-arg]
    def db_type(self, _connection: Any) -> str:
        return "bytea"


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (models.FileField(), "guard.E001"),
        (models.ImageField(), "guard.E001"),
        (models.FilePathField(), "guard.E001"),
        (models.BinaryField(), "guard.E002"),
        (Bytes(), "guard.E002"),
        (Raw(), "guard.E002"),
        (models.TextField(), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_model_with_such_a_field_stops_the_start(
    field: Any, found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with isolate_apps("casework.guard"):
        made = type("Made", (models.Model,), {"__module__": "casework.guard.models", "extra": field})
    monkeypatch.setattr(checks.apps, "get_models", lambda **_options: [made])
    assert problems(checks.check_no_field_holds_a_file) == ([found] if found else [])
    if found:
        with pytest.raises((SystemCheckError, CommandError), match=found):
            BaseCommand().check()


@pytest.mark.parametrize(
    "field",
    [forms.FileField(), forms.ImageField(), forms.CharField(widget=forms.FileInput)],
    ids=["file", "image", "widget"],
)
def test_a_form_that_takes_a_file_stops_the_start(field: forms.Field, monkeypatch: pytest.MonkeyPatch) -> None:
    form = type("Taking", (forms.BaseForm,), {"base_fields": {"upload": field}})
    monkeypatch.setattr(checks, "all_forms", lambda: iter([form]))
    assert problems(checks.check_no_form_takes_a_file) == ["guard.E003"]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("FILE_UPLOAD_HANDLERS", ["django.core.files.uploadhandler.MemoryFileUploadHandler"], "guard.E004"),
        ("STORAGES", {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}, "guard.E005"),
        ("STORAGES", {"staticfiles": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}, "guard.E005"),
        ("MEDIA_ROOT", "/srv/media", "guard.E006"),
        ("MEDIA_URL", "/media/", "guard.E006"),
    ],
)
def test_a_setting_that_could_keep_a_file_stops_the_start(name: str, value: Any, found: str, settings: Any) -> None:
    setattr(settings, name, value)
    assert problems(checks.check_no_storage_but_static_files) == [found]


def test_each_exemption_is_still_needed_and_has_a_reason() -> None:
    fields = [field for model in apps.get_models() for field in model._meta.concrete_fields if checks.is_binary(field)]
    assert {checks.class_of(field) for field in fields} >= set(checks.BINARY_CLASSES)
    assert {f"{field.model._meta.label_lower}.{field.name}" for field in fields} >= set(checks.BINARY_FIELDS)
    assert all({**checks.BINARY_CLASSES, **checks.BINARY_FIELDS}.values())


def test_the_database_has_no_column_of_bytes_that_no_model_explains(cast: Cast) -> None:
    """Tables that no model owns would escape the check; the catalogue does not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select table_name || '.' || column_name from information_schema.columns"
            " where table_schema = 'public' and data_type in ('bytea', 'oid', 'bit', 'bit varying')"
        )
        in_database = {row[0] for row in cursor.fetchall()}
        cursor.execute("select count(*) from pg_largeobject_metadata")
        assert cursor.fetchone()[0] == 0
    explained = {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if checks.is_binary(field)
    }
    assert len(explained) > 30
    pads = {"casework_secret.ip", "casework_secret.op"}  # of the token key
    hashes = {
        "audit_seal_head.peaks",
        "audit_seal_head.root",
        "audit_seal_leaf.hash",
        "audit_seal_node.hash",
    }  # 32 bytes
    assert in_database <= explained | pads | hashes
