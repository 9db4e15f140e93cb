"""Telling a worker that a telling waits to be turned into vectors. A lost message loses nothing: the row waits on."""

import logging
from functools import cache

from celery import Celery
from django.db import connection
from kombu.exceptions import KombuError

MAKE = "search.make_vectors"
EXPIRES = 60  # seconds; the row is handed out again later
CONNECT_SECONDS = 2.0

log = logging.getLogger(__name__)


@cache
def sender() -> Celery:
    """A Celery that only sends."""
    app = Celery("casework", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app


def send(index_id: int, member_id: int) -> bool:
    """Send one message; ids only. False when the broker is not to be had."""
    try:
        with sender().connection_for_write(connect_timeout=CONNECT_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=CONNECT_SECONDS)
            sender().send_task(MAKE, args=[index_id, member_id], connection=broker, retry=False, expires=EXPIRES)
    except (KombuError, OSError) as problem:
        log.warning("The broker is not to be had (%s); the telling goes on waiting.", type(problem).__name__)
        return False
    return True


def handed_out(embedder_name: str) -> list[tuple[int, int]]:
    """Keys of tellings that wait, each with the member to act as; from the database, since no member sees all."""
    with connection.cursor() as cursor:
        cursor.execute("select index_id, asked_by from casework_waiting_indexes(%s)", [embedder_name])
        return list(cursor.fetchall())
