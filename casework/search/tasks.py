"""Vectors are made in the background, as the member who changed the telling, with the grants of that moment."""

import logging

from celery import shared_task

from agencies.models import Member
from casework.access.checker import note_right
from casework.access.errors import AccessDenied
from casework.access.task import Acting, acting_as
from casework.account.rules import READ_ACCOUNT
from casework.search import actions
from casework.search.embedders import embedder, embedder_name
from casework.search.sending import MAKE, handed_out, send

log = logging.getLogger(__name__)


@shared_task(name=MAKE)
def make_vectors(index_id: int, member_id: int) -> str:
    """Turn one telling into vectors. Sent twice, or again after a crash, it is done once. Returns how it ended."""
    if not Member.objects.filter(pk=member_id).exists():
        return "nobody"
    try:
        return _make(index_id, member_id)
    except AccessDenied:
        return "refused"  # the record says by which rule; the row is handed out again, ever later


def _make(index_id: int, member_id: int) -> str:
    model = embedder()
    with acting_as(member_id, route=MAKE) as acting:
        work = actions.begin(index_id=index_id, by=acting.member, embedder=model)
        if work is None:
            return "nothing to do"
        _note(acting, work)
    vectors = actions.made_vectors(work, model)
    with acting_as(member_id, route=MAKE) as acting:
        _note(acting, work)
        is_stored = actions.finish(work=work, by=acting.member, vectors=vectors, embedder=model)
    return "ready" if is_stored else "changed meanwhile"


def _note(acting: Acting, work: actions.Work) -> None:
    acting.case_id = work.index.case_id
    note_right(acting.member, work.index.case, READ_ACCOUNT)


@shared_task(name="search.send_waiting")
def send_waiting() -> int:
    """Send what waits. Runs for no member, and learns keys only. Returns how many messages left."""
    return sum(send(index_id, member_id) for index_id, member_id in handed_out(embedder_name()))
