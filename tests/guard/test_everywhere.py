"""One picture into every text field of every form and of every model: refused there, and on the record."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.db import models, transaction

from casework.audit.models import AuditEntry
from casework.bench._guard_pictures import THUMBNAIL, make
from casework.bench._guard_ways import base_64
from casework.guard.models import KeptPieces
from casework.guard.refusal import GuardRefusal
from casework.vault.fields import SUFFIX, EncryptedText
from casework.vault.models import ConfidentialModel
from tests.access.test_bad_input import SEATS, walk  # noqa: F401 - `walk` is a fixture
from tests.cast import Cast

PICTURE = base_64(make("png", THUMBNAIL, 3))
TEXT = f"Sent by his aunt:\n{PICTURE}"
LARGEST_PLAIN = 320  # characters of a column that is not encrypted: a third of what the smallest thumbnail needs
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("person", SEATS)
def test_every_text_field_of_every_form_refuses_a_picture_and_records_it(
    person: str,
    walk: Callable[..., Any],  # noqa: F811 - the fixture
    cast: Cast,
    caplog: pytest.LogCaptureFixture,
) -> None:
    problems, walked = {}, 0
    member = cast.people[person]
    for client, form in walk(person):
        for name in form.texts:
            walked += 1
            before = AuditEntry.objects.filter(actor_id=member.pk).order_by("-pk").values_list("pk", flat=True).first()
            wrong = recorded(client, form, name, member, before or 0)
            if wrong:
                problems[f"{form.action} {name}"] = wrong
    assert problems == {}
    assert walked > 0
    assert PICTURE[:40] not in caplog.text


def recorded(client: Any, form: Any, name: str, member: Any, before: int) -> str:
    """What is wrong with the answer to the picture, and with the entry of it; nothing when all is well."""
    point = transaction.savepoint()
    answer = client.post(form.action, urlencode({**form.sent, name: [TEXT]}, doseq=True), content_type=FORM)
    entries = AuditEntry.objects.filter(actor_id=member.pk, pk__gt=before, rule__startswith="guard_")
    found = [(entry.outcome, entry.additional_data) for entry in entries]
    transaction.savepoint_rollback(point)
    if answer.status_code != 422:
        return f"status {answer.status_code}"
    if PICTURE[:40] not in answer.content.decode():
        return "what was typed is lost"
    if not found:
        return "not recorded"
    outcome, details = found[0]
    if outcome != "refused" or not details["refused"][0]["size"] or PICTURE[:20] in str(details):
        return f"recorded as {outcome}"
    return ""


ENCRYPTED = [
    (model, field)
    for model in apps.get_models()
    if issubclass(model, ConfidentialModel)
    for field in model._meta.concrete_fields
    if isinstance(field, EncryptedText)
]


def test_every_encrypted_text_of_every_model_refuses_a_picture() -> None:
    assert len(ENCRYPTED) > 30
    for model, field in ENCRYPTED:
        with pytest.raises(GuardRefusal) as refusal:
            setattr(model(), field.name.removesuffix(SUFFIX), PICTURE)
        small = field.max_plain is not None and field.max_plain < len(PICTURE)
        assert refusal.value.found.kind == ("too_long" if small else "base64")
        assert PICTURE[:20] not in repr(refusal.value)


# Columns that are not encrypted, take more characters than a picture must have, and yet no text of a person.
LARGE_PLAIN = {
    "audit.auditentry.additional_data": "codes, counts and ids; see audit.record",
}


def test_no_column_in_plain_is_large_enough_for_a_picture() -> None:
    large = {
        f"{model._meta.label_lower}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith(("casework.", "agencies."))
        for field in model._meta.concrete_fields
        if isinstance(field, (models.CharField, models.TextField)) and (field.max_length or 10**6) > LARGEST_PLAIN
    }
    assert large - set(LARGE_PLAIN) == set()


def test_a_saved_form_counts_its_pieces_and_a_refused_one_does_not(cast: Cast, client_of: Callable[..., Any]) -> None:
    client, path = client_of(cast.lead_worker), f"/cases/{cast.case.reference}/entries/new/"
    fields = {"compartment": "social", "nature": "fact", "happened_on_0": "1", "happened_on_1": "3"}
    fields |= {"happened_on_2": "2026", "title": "Reference"}
    page = client.get(path)
    assert page.status_code == 200
    signature = PICTURE[200:300]
    saved = client.post(path, {**fields, "text": f"The mail ends: {signature}"})
    assert saved.status_code == 302
    kept = KeptPieces.objects.get()
    assert (kept.member_id, kept.case_id, kept.size) == (cast.lead_worker.pk, cast.case.pk, 75)
    refused = client.post(path, {**fields, "text": TEXT})
    assert refused.status_code == 422
    assert KeptPieces.objects.count() == 1
    assert "<mark>" in refused.content.decode()


def test_pieces_of_successive_forms_end_before_they_are_a_picture(cast: Cast, client_of: Callable[..., Any]) -> None:
    """A hundred characters at a time, by one member in one case."""
    client, path = client_of(cast.lead_worker), f"/cases/{cast.case.reference}/entries/new/"
    fields = {"compartment": "social", "nature": "fact", "happened_on_0": "1", "happened_on_1": "3"}
    fields |= {"happened_on_2": "2026", "title": "Reference"}
    inside = base_64(make("png", 4_000, 3))[1_000:]
    cut = [inside[at : at + 100] for at in range(0, 1_800, 100)]
    statuses = [client.post(path, {**fields, "text": f"The mail ends: {piece}"}).status_code for piece in cut]
    assert statuses == [302] * 12 + [422] * 6, "twelve times 75 bytes are 900"
    entry = AuditEntry.objects.filter(actor_id=cast.lead_worker.pk, rule="guard_pieces_over_time").first()
    assert entry is not None
    assert entry.case_id == cast.case.pk
