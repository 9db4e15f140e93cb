"""Columns that only PostgreSQL fills."""

from typing import Any

from django.db import models
from django.db.models import Func
from django.db.models.functions import Now


class CurrentTransactionId(Func):
    """`pg_current_xact_id()`: the 64-bit id of the transaction that writes the row."""

    function = "pg_current_xact_id"
    template = "%(function)s()"

    def __init__(self) -> None:
        super().__init__(output_field=TransactionIdField())


class ClockTimestamp(Func):
    """`clock_timestamp()`: the database's clock at this statement, not at the start of the transaction."""

    function = "clock_timestamp"
    template = "%(function)s()"

    def __init__(self) -> None:
        super().__init__(output_field=models.DateTimeField())


class TransactionIdField(models.Field):  # type: ignore[type-arg]
    """An `xid8`. Written by the database, read as a string of digits."""

    db_returning = False

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else str(value)


class StampField(models.DateTimeField):  # type: ignore[type-arg]
    """When the row was written: start of the statement by the database's clock, in UTC; never set by us.

    Not asked back after the insert, since RETURNING needs the right to read the new row, which whoever opens a case
    only has once the grants are written.
    """

    db_returning = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options.setdefault("db_default", Now())
        options["editable"] = False
        super().__init__(*arguments, **options)
