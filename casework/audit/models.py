"""One entry for every look, change, refusal and sign-in: append-only, and never about the child in words.

Built on django-auditlog's `AbstractLogEntry`, with the overrides that SECURITY.md, section 3 asks for: an identity
key, two foreign keys without constraint or cascade, no inherited index that no query uses, and no field for
text that somebody typed, but for a stated reason, which is encrypted.
"""

from typing import Any, NoReturn

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import connections, models
from django.db.models.sql import InsertQuery

from casework.audit.context import current_asker
from casework.audit.fields import ClockTimestamp, CurrentTransactionId, TransactionIdField
from casework.audit.kinds import Outcome, Verb

STAMPED = ("id", "xid", "timestamp")  # by the database
VERB_OF_ACTION = {0: Verb.CREATED, 1: Verb.CHANGED, 2: Verb.DELETED, 3: Verb.LOOKED}


class EntryIsForGood(Exception):
    """Somebody tried to change or remove an audit entry through the application."""


class EntryQuerySet(models.QuerySet["AuditEntry"]):
    """Reads only. Entries are written by `casework.audit.record` and by nothing else."""

    def update(self, **values: Any) -> NoReturn:
        raise EntryIsForGood("An audit entry is never changed.")

    def delete(self) -> NoReturn:
        raise EntryIsForGood("An audit entry is never deleted.")

    def bulk_create(self, *arguments: Any, **options: Any) -> NoReturn:
        raise EntryIsForGood("Audit entries are written by casework.audit.record.")

    def bulk_update(self, *arguments: Any, **options: Any) -> NoReturn:
        raise EntryIsForGood("An audit entry is never changed.")

    def append(self, entries: list["AuditEntry"]) -> None:
        """Insert these entries in one statement. Raises RuntimeError when the database kept fewer.

        What the database fills is not asked back, the key included: row security would be asked whether the new row
        may be read, which took as long as writing it.
        """
        query = InsertQuery(self.model)
        query.insert_values([each for each in self.model._meta.concrete_fields if each.name not in STAMPED], [*entries])
        self._for_write, kept = True, 0
        with connections[self.db].cursor() as cursor:
            for sql, parameters in query.get_compiler(self.db).as_sql():
                cursor.execute(sql, parameters)
                kept += cursor.rowcount
        if kept != len(entries):
            raise RuntimeError("The database did not keep every audit entry.")
        for entry in entries:
            entry._state.adding = False


class EntryManager(LogEntryManager.from_queryset(EntryQuerySet)):  # type: ignore[misc]
    """What django-auditlog calls when a registered model is saved: our entry, with our asker."""

    def log_create(self, instance: models.Model, force_log: bool = False, **kwargs: Any) -> "AuditEntry | None":
        from casework.audit.record import record_change

        changes = kwargs.get("changes")
        if changes is None and not force_log:
            return None
        return record_change(instance, VERB_OF_ACTION[kwargs["action"]], changes or {})

    def log_m2m_changes(self, *arguments: Any, **kwargs: Any) -> NoReturn:
        raise EntryIsForGood("No confidential model has a many-to-many field.")


class AuditEntry(AbstractLogEntry):
    """Who did what, why, and by which right. `timestamp`, `xid` are the database's own, in UTC.

    `shown`: lists of primary keys by model label, of everything whose content was in the answer.
    `listed_case_ids`: for a list, the cases that were in it; then `case_id` is empty.
    `changes`: field name to [old, new]; an encrypted field shows as `<encrypted>` on both sides.
    `verb`, `outcome`: row security refuses other words.
    `reason_sealed`: why the person looked or acted, as far as it was asked for in words; see `casework.audit.reasons`.
    """

    id = models.BigAutoField(primary_key=True)
    xid = TransactionIdField(db_default=CurrentTransactionId(), editable=False)
    timestamp = models.DateTimeField(db_default=ClockTimestamp(), editable=False)
    content_type = models.ForeignKey(
        ContentType,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
    )
    object_pk = models.CharField(max_length=64, blank=True)
    object_id = models.BigIntegerField(null=True, blank=True)
    object_repr = models.CharField(max_length=120, blank=True)
    action = models.SmallIntegerField(choices=AbstractLogEntry.Action.choices)
    cid = models.CharField(max_length=36, blank=True)
    serialized_data = None
    changes_text = None
    remote_port = None
    actor_email = None

    verb = models.CharField(max_length=16, choices=Verb)
    outcome = models.CharField(max_length=8, choices=Outcome)
    rule = models.CharField(max_length=120, blank=True)
    actor_name = models.CharField(max_length=120, blank=True)
    actor_roles = ArrayField(models.CharField(max_length=24), default=list)
    actor_agency = models.CharField(max_length=120, blank=True)
    agency_id = models.BigIntegerField(null=True)
    case_id = models.BigIntegerField(null=True)
    listed_case_ids = ArrayField(models.BigIntegerField(), default=list)
    compartments = ArrayField(models.CharField(max_length=12), default=list)
    shown = models.JSONField(default=dict)
    purpose = models.CharField(max_length=16, blank=True)
    legal_basis = models.CharField(max_length=20, blank=True)
    grant_id = models.BigIntegerField(null=True)
    share_id = models.BigIntegerField(null=True)
    emergency_id = models.BigIntegerField(null=True)
    session = models.CharField(max_length=16, blank=True)
    route = models.CharField(max_length=80, blank=True)
    method = models.CharField(max_length=8, blank=True)
    reason_sealed = models.BinaryField(null=True)

    objects = EntryManager()

    class Meta(AbstractLogEntry.Meta):
        abstract = False
        ordering = ["-id"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["case_id", "id"], name="entry_by_case"),
            models.Index(fields=["actor", "id"], name="entry_by_actor"),
            models.Index(fields=["agency_id", "id"], name="entry_by_agency"),
            models.Index(fields=["xid", "id"], name="entry_by_transaction"),
            GinIndex(fields=["listed_case_ids"], name="entry_by_listed_case"),
        ]

    def __str__(self) -> str:
        return f"audit entry {self.pk}"

    def save(self, *arguments: Any, **options: Any) -> None:
        if self.pk is not None or not self._state.adding:
            raise EntryIsForGood("An audit entry is never changed.")
        AuditEntry.objects.all().append([self])

    def delete(self, *arguments: Any, **options: Any) -> NoReturn:
        raise EntryIsForGood("An audit entry is never deleted.")


def blank_entry() -> AuditEntry:
    """An unsaved entry with the present asker filled in."""
    asker = current_asker()
    return AuditEntry(
        action=AbstractLogEntry.Action.ACCESS,
        outcome=Outcome.ALLOWED,
        actor_id=asker.member_id,
        actor_name=asker.name,
        actor_roles=list(asker.roles),
        actor_agency=asker.agency,
        agency_id=asker.agency_id,
        remote_addr=asker.address,
        session=asker.session,
        route=asker.route,
        method=asker.method,
        cid=asker.correlation_id,
    )
