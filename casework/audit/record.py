"""The only way to write an entry. Each call is one insert in the caller's own transaction."""

from dataclasses import dataclass, field
from typing import Any

from auditlog.context import auditlog_disabled
from auditlog.models import AbstractLogEntry
from auditlog.registry import auditlog
from auditlog.signals import pre_log
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.signals import pre_save

from casework.audit.kinds import Outcome, Verb
from casework.audit.models import AuditEntry, blank_entry
from casework.audit.reasons import sealed_reason

ENCRYPTED = "<encrypted>"
ACTIONS = {
    Verb.CREATED: AbstractLogEntry.Action.CREATE,
    Verb.CHANGED: AbstractLogEntry.Action.UPDATE,
    Verb.DELETED: AbstractLogEntry.Action.DELETE,
}


@dataclass
class Look:
    """What one answer shows of one case, or of several in a list; turned into one entry.

    `shown`: model label to primary keys. `compartments`: codes. `purpose`, `legal_basis`, `grant_id`, `share_id`:
    the right that allowed it. `reason`: as it was stated; it is kept encrypted.
    """

    case_id: int | None = None
    listed_case_ids: list[int] = field(default_factory=list)
    compartments: list[str] = field(default_factory=list)
    shown: dict[str, list[int]] = field(default_factory=dict)
    purpose: str = ""
    legal_basis: str = ""
    grant_id: int | None = None
    share_id: int | None = None
    emergency_id: int | None = None
    verb: Verb = Verb.LOOKED
    reason: str = ""


def record_looks(looks: list[Look]) -> None:
    """Append one entry for each look, in one statement.

    Raises: any database error, on which the caller must show nothing.
    """
    entries = []
    for look in looks:
        entry = blank_entry()
        for name in Look.__dataclass_fields__:
            if name != "reason":
                setattr(entry, name, getattr(look, name))
        entry.reason_sealed = sealed_reason(entry, look.reason)
        entries.append(entry)
    if entries:
        AuditEntry.objects.all().append(entries)


def record(
    verb: Verb,
    *,
    outcome: Outcome = Outcome.ALLOWED,
    subject: models.Model | None = None,
    case_id: int | None = None,
    rule: str = "",
    details: dict[str, Any] | None = None,
    reason: str = "",
    **more: Any,
) -> AuditEntry:
    """Append one entry now. `details`: codes, counts and ids; never anything that a person typed.

    `reason`: the stated one, at most 500 characters; it is kept encrypted.

    `more`: other fields of AuditEntry (`agency_id`, `actor_name`, `share_id`, `purpose`, ...).
    Raises: any database error.
    """
    entry = blank_entry()
    entry.verb, entry.outcome, entry.rule = verb, outcome, rule[:120]
    entry.action = ACTIONS.get(verb, AbstractLogEntry.Action.ACCESS)
    entry.case_id = case_id if case_id is not None else case_of(subject)
    entry.additional_data = details
    if subject is not None:
        _name_subject(entry, subject)
    for name, value in more.items():
        setattr(entry, name, value)
    entry.reason_sealed = sealed_reason(entry, reason)
    entry.save()
    return entry


def record_change(instance: models.Model, verb: Verb, changes: dict[str, Any]) -> AuditEntry:
    """Append the entry of a saved model. Called by django-auditlog for each registered model."""
    emergency_id = getattr(instance, "audited_emergency_id", None)
    compartments = compartments_of(instance)
    return record(verb, subject=instance, changes=changes, compartments=compartments, emergency_id=emergency_id)


class RecordSwitchedOff(RuntimeError):
    """Somebody switched django-auditlog off, or listens in a way that could: nothing is saved then."""


def refuse_when_switched_off(sender: Any, **_more: Any) -> None:
    """Before each save of a watched model. Raises: RecordSwitchedOff."""
    if auditlog_disabled.get(False) or pre_log.receivers:
        raise RecordSwitchedOff("The record of changes is switched off: this can't be saved.")


def register(*models_to_watch: type[models.Model], exclude: list[str] | None = None) -> None:
    """Have every save of these models recorded, encrypted fields as changed or not and never by value."""
    for model in models_to_watch:
        pre_save.connect(refuse_when_switched_off, sender=model, dispatch_uid=f"record_{model._meta.label_lower}")
        stamped = [field.name for field in model._meta.concrete_fields if field.has_db_default()]
        auditlog.register(model, exclude_fields=[*stamped, *(exclude or [])])


def case_of(subject: models.Model | None) -> int | None:
    """The id of the case that this object belongs to, or None for objects outside cases."""
    value = getattr(subject, "audited_case_id", None)
    return value if isinstance(value, int) else None


def compartments_of(subject: models.Model) -> list[str]:
    """The compartment of a confidential object, as a list of one; empty for others."""
    compartment = getattr(subject, "compartment", None)
    return [str(compartment)] if compartment else []


def _name_subject(entry: AuditEntry, subject: models.Model) -> None:
    entry.content_type_id = ContentType.objects.get_for_model(subject).pk
    entry.object_pk = str(subject.pk)
    entry.object_id = subject.pk if isinstance(subject.pk, int) else None
    entry.object_repr = f"{subject._meta.label_lower}:{subject.pk}"
