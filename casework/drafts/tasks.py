"""Housekeeping of drafts."""

from celery import shared_task
from django.db import connection


@shared_task(name="drafts.end_old_drafts")  # type: ignore[untyped-decorator]
def end_old_drafts() -> int:
    """Remove text that nobody came back to for thirty days; the database knows how old it is. Returns how much."""
    with connection.cursor() as cursor:
        cursor.execute("select casework_end_old_drafts()")
        return int(cursor.fetchone()[0])
