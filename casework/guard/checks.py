"""Checks that stop the start when anything could hold, take or keep a file (promise 5)."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import models
from django.urls import get_resolver

FILE_FIELDS = (models.FileField, models.FilePathField)  # an ImageField is a FileField
BINARY_COLUMNS = {"bytea", "oid", "bit", "varbit"}

# Binary fields by their class, whatever the model. A subclass needs a line of its own.
BINARY_CLASSES = {
    "casework.vault.fields.EncryptedText": "ciphertext of a text that passed the guard when it was set",
    "casework.vault.vector_field.EncryptedVectors": "ciphertext of unit vectors made from text that passed the guard",
    "casework.vault.fields.EncryptedDocument": "ciphertext of a PDF that Casework itself set from text",
}
# Binary fields by their name.
BINARY_FIELDS = {
    "vault.casekey.wrapped": "a case's key, wrapped",
    "drafts.draft.body": "ciphertext of what was typed, text that passed the guard",
    "audit.auditentry.reason_sealed": "ciphertext of a stated reason, one line of text that passed the guard",
}
STATIC_STORAGES = {
    "django.contrib.staticfiles.storage.StaticFilesStorage",
    "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
}


@register()
def check_no_field_holds_a_file(**_options: Any) -> list[CheckMessage]:
    """No installed model, third-party ones too, has a file or image field, or a binary one outside the two lists."""
    problems: list[CheckMessage] = []
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            name = f"{model._meta.label_lower}.{field.name}"
            if isinstance(field, FILE_FIELDS):
                problems.append(Error(f"{name} could hold a file.", id="guard.E001"))
            elif is_binary(field) and class_of(field) not in BINARY_CLASSES and name not in BINARY_FIELDS:
                hint = "Say in casework/guard/checks.py why it can't hold a picture, or keep text."
                problems.append(Error(f"{name} could hold a picture.", hint=hint, id="guard.E002"))
    return problems


@register()
def check_no_form_takes_a_file(**_options: Any) -> list[CheckMessage]:
    """No form that the addresses lead to, third-party ones too, has a field or a widget for files."""
    return [
        Error(f"{form.__module__}.{form.__qualname__}.{name} takes a file.", id="guard.E003")
        for form in all_forms()
        for name, field in form.base_fields.items()
        if isinstance(field, forms.FileField) or field.widget.needs_multipart_form
    ]


@register()
def check_no_storage_but_static_files(**_options: Any) -> list[CheckMessage]:
    """Nothing receives an upload, and nothing stores a file but the style sheets and scripts of the house."""
    problems: list[CheckMessage] = []
    if settings.FILE_UPLOAD_HANDLERS:
        problems.append(Error("FILE_UPLOAD_HANDLERS must be empty.", id="guard.E004"))
    for name, storage in settings.STORAGES.items():
        if name != "staticfiles" or storage.get("BACKEND") not in STATIC_STORAGES:
            problems.append(Error(f"STORAGES[{name!r}] could keep a file.", id="guard.E005"))
    if settings.MEDIA_ROOT or settings.MEDIA_URL not in ("", "/"):
        problems.append(Error("MEDIA_ROOT and MEDIA_URL must be empty.", id="guard.E006"))
    return problems


def is_binary(field: Any) -> bool:
    """True for Django's binary field and for any other whose column takes bytes."""
    if isinstance(field, models.BinaryField):
        return True
    from django.db import connection

    return str(field.db_type(connection) or "").split("(")[0] in BINARY_COLUMNS


def class_of(field: Any) -> str:
    """The dotted path of a field's class."""
    return f"{type(field).__module__}.{type(field).__qualname__}"


def all_forms() -> Iterator[Any]:
    """Every form class that is loaded once every view is."""
    get_resolver().url_patterns  # noqa: B018 - loads the views, and they their forms
    waiting: list[Any] = [forms.Form, forms.ModelForm]
    seen: set[Any] = set()
    while waiting:
        for form in waiting.pop().__subclasses__():
            if form not in seen:
                seen.add(form)
                waiting.append(form)
                yield form
