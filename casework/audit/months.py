"""The months that entries lie in: added ahead, so that the default partition stays empty."""

import datetime

from django.db import connections, transaction
from django.utils import timezone

AHEAD = 3  # months; a worker that stands still for a whole quarter is noticed for other reasons


def add_months(since: datetime.date | None = None) -> list[str]:
    """Add this month and the next ones, and those from `since` on. Returns the new ones, such as "2026-11".

    Runs as the owner, also while the record is locked. Waits two seconds for readers at most: the next run tries again.
    Raises: django.db.DatabaseError.
    """
    today = timezone.now().date()
    added = []
    for month in months_between(since or today, _later(today, AHEAD)):
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            cursor.execute("set local lock_timeout = '2s'")
            cursor.execute("select audit_add_month(%s)", [month])
            if cursor.fetchone()[0]:
                added.append(f"{month:%Y-%m}")
    return added


def months_between(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """The first days of the months from one day's to another's, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [_later(first, number) for number in range(count + 1)]


def _later(day: datetime.date, months: int) -> datetime.date:
    number = day.year * 12 + day.month - 1 + months
    return datetime.date(number // 12, number % 12 + 1, 1)
