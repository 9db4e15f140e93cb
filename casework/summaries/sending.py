"""Telling a worker that a copy waits. A lost message loses nothing: the row stays queued, and is sent again."""

import logging
from functools import cache, partial

from celery import Celery
from django.db import connection, transaction
from kombu.exceptions import KombuError

from casework.summaries.models import SummaryCopy

BUILD = "summaries.build_copy"
EXPIRES = 60  # seconds; a message sent again is worth nothing once the next one is on its way
CONNECT_SECONDS = 2.0

log = logging.getLogger(__name__)


def send_when_committed(copy: SummaryCopy) -> None:
    """Send the job once its row is committed. A broker that is down is not an error: beat sends it again."""
    transaction.on_commit(partial(send, copy.pk, copy.asked_by_id), robust=True)


@cache
def sender() -> Celery:
    """A Celery that only sends: the workers' own, in `casework.celery`, starts the embedded servers when imported."""
    app = Celery("casework", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app


def send(copy_id: int, member_id: int, expires: int | None = None) -> bool:
    """Send one message; ids only. False when the broker is not to be had."""
    try:
        with sender().connection_for_write(connect_timeout=CONNECT_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=CONNECT_SECONDS)
            sender().send_task(BUILD, args=[copy_id, member_id], connection=broker, retry=False, expires=expires)
    except (KombuError, OSError) as problem:
        log.warning("The broker is not to be had (%s); the copy stays queued.", type(problem).__name__)
        return False
    return True


def waiting_copies() -> list[tuple[int, int]]:
    """Keys of copies that wait too long, and of who asked; from the database, since no member sees every case."""
    with connection.cursor() as cursor:
        cursor.execute("select copy_id, asked_by_id from casework_waiting_copies()")
        return list(cursor.fetchall())
