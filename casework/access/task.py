"""Background work as the member who asked for it: with that member's grants as they are now, and on the same record.

The order is that of a request (DESIGN.md, "How one request goes through"): one transaction, the member bound to it,
the looks recorded last, and nothing delivered before the commit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection, transaction

from agencies.models import Member
from casework.access.database import bind_member
from casework.access.errors import AccessDenied
from casework.access.guarded import texts_refused
from casework.access.rules import check_standing
from casework.audit.context import Asker, asked_by
from casework.audit.kinds import Outcome, Verb
from casework.audit.record import record, record_looks
from casework.guard.refusal import GuardRefusal
from casework.guard.submission import submission
from casework.vault.reading import Reading, open_reading


class NotCommitted(Exception):
    """The work of a task was rolled back although nothing was raised: what it made may not be delivered."""


@dataclass
class Acting:
    """Who the task acts for. `case_id`: set it once the case is known, so that a refusal names it."""

    member: Member
    reading: Reading
    case_id: int | None = field(default=None)


@contextmanager
def acting_as(member_id: int, *, route: str) -> Iterator[Acting]:
    """One transaction in which a task acts for this member. `route`: the task's name, for the record.

    What the block returns may be delivered only after the block: then its looks are committed.
    Raises: AccessDenied when the member has no standing, at the beginning or at the end; Member.DoesNotExist;
    NotCommitted. A refusal and a failure are recorded in a transaction of their own, then raised again.
    """
    member = Member.objects.select_related("agency").get(pk=member_id)
    asker = Asker(
        member_id=member.pk,
        name=member.name,
        roles=tuple(member.roles),
        agency_id=member.agency_id,
        agency=member.agency.name,
        route=route[:80],
        method="TASK",
    )
    acting: Acting | None = None
    with asked_by(asker), submission():
        try:
            with transaction.atomic(durable=True), open_reading(member.pk) as reading:
                xid = _bind(member_id)
                check_standing(member)
                acting = Acting(member, reading)
                yield acting
                check_standing(Member.objects.select_related("agency").get(pk=member_id))
                record_looks(reading.looks())
                with connection.cursor() as cursor:
                    cursor.execute("set constraints all immediate")
            _check_committed(xid)
        except Exception as problem:
            _record_end(member_id, acting.case_id if acting is not None else None, problem)
            raise


@contextmanager
def bound_to(member_id: int) -> Iterator[None]:
    """A short transaction for this member that shows nothing: for the progress of a job."""
    with transaction.atomic(durable=True):
        _bind(member_id)
        yield


def _bind(member_id: int) -> str:
    with connection.cursor() as cursor:
        return bind_member(cursor, member_id)


def _check_committed(xid: str) -> None:
    """Raises: NotCommitted. Inside the transaction of a test, that it still goes on is enough."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_xact_status(%s::xid8)", [xid])
        status = cursor.fetchone()[0]
    if status != ("in progress" if connection.in_atomic_block else "committed"):
        raise NotCommitted


def _record_end(member_id: int, case_id: int | None, problem: Exception) -> None:
    refused = isinstance(problem, (AccessDenied, GuardRefusal))
    rule = type(problem).__name__
    if isinstance(problem, AccessDenied):
        rule = problem.rule
    elif isinstance(problem, GuardRefusal):
        rule = str(problem.code)
    with bound_to(member_id):
        record(
            Verb.REFUSED if refused else Verb.FAILED,
            outcome=Outcome.REFUSED if refused else Outcome.FAILED,
            rule=rule,
            case_id=case_id,
            details={"refused": texts_refused()} if texts_refused() else None,
        )
