"""One request, one transaction, one record: content leaves only after its audit entry is committed.

The order of one request stands in DESIGN.md; what happens without each part was measured in SECURITY.md, section 6.
"""

import dataclasses
import hashlib
import ipaddress
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from casework.access.database import bind_request
from casework.access.errors import UNPROCESSABLE, AccessDenied, collecting_denials
from casework.access.guarded import guarded, record_texts, unread
from casework.access.hosts import not_here
from casework.access.pages import error_page, ways_on
from casework.access.refusals import case_refused, record_refusal, turned_away
from casework.audit.context import Asker, asked_by
from casework.audit.kinds import Verb
from casework.audit.record import Look, record_looks
from casework.guard.refusal import GuardRefusal
from casework.vault.reading import Reading, open_reading

GetResponse = Callable[[HttpRequest], HttpResponse]
CASE_IS_CLOSED = "case_is_closed"  # the constraint name that the trigger raises


class NotServed(Exception):
    """The answer may not leave: its entry could not be written, or was rolled back."""


class RequestTransaction:
    """The outermost of ours, inside session and authentication. Never shows the body of a refused view."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.member, request.refusal, request.failure, request.emergency = None, None, None, None
        try:
            request.member = member = request.user if request.user.is_authenticated else None
            asker = asker_of(request, member)
        except DatabaseError:  # not even who asks can be known: nothing is shown, and nothing can be recorded
            request.reference_number = str(uuid.uuid4()).split("-")[0].upper()
            return error_page(request, HttpResponse(status=503))
        request.reference_number = asker.correlation_id.split("-")[0].upper()
        with asked_by(asker), guarded(request, case_refused):
            response = self._turned_away(request) or self._served(request, member)
            if response.status_code >= 400 and response.status_code != UNPROCESSABLE:
                response = self._refused(request, member, response)
        response["Correlation-Id"] = asker.correlation_id  # ours alone: one from outside could name another's entry
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response

    def _turned_away(self, request: Any) -> HttpResponse | None:
        """What no view is asked for: a host that is not ours, and a body that nobody reads."""
        if request.is_foreign_host:
            return not_here()
        return unread(request) if request.body_refused is not None else None

    def process_exception(self, request: Any, problem: Exception) -> HttpResponse | None:
        """Remember why, for the page and the entry; Django goes on to answer 403, 404 or 500."""
        if is_closed_meanwhile(problem):
            reason = _("This case was closed meanwhile. Nothing was saved; what you typed is kept on its page.")
            problem = AccessDenied(reason, rule=CASE_IS_CLOSED)
        request.failure = type(problem).__name__
        if isinstance(problem, GuardRefusal):  # no form caught it: the last line, at the column itself
            problem = AccessDenied(str(problem.message), rule=str(problem.code))
        if not isinstance(problem, AccessDenied):
            return None
        request.refusal = problem
        return HttpResponse(status=403)

    def _served(self, request: Any, member: Any) -> HttpResponse:
        """The view's answer, its work and its entries committed together; else a 503 without content."""
        try:
            with (
                transaction.atomic(durable=True),
                open_reading(member and member.pk) as reading,
                collecting_denials() as denials,
            ):
                xid = self._bind(request, member)
                response = self._answered(request)
                if getattr(response, "streaming", False):
                    raise NotServed("streaming")
                if response.status_code >= 400 and response.status_code != UNPROCESSABLE:
                    transaction.set_rollback(True)
                    return response
                self._record(request, response, reading, denials)
            if not _kept(xid):
                raise NotServed("rolled back")
            return response
        except Exception as problem:
            request.failure = type(problem).__name__
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            return HttpResponse(status=503)

    def _answered(self, request: Any) -> HttpResponse:
        """The view's answer. Work of a form that is shown again (422) is rolled back to a savepoint."""
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return self.get_response(request)
        with transaction.atomic():
            response = self.get_response(request)
            if response.status_code == UNPROCESSABLE:
                transaction.set_rollback(True)
        return response

    def _record(self, request: Any, response: HttpResponse, reading: Reading, denials: list[AccessDenied]) -> None:
        """The last statement before the commit: it raises on a transaction that an SQL error has doomed."""
        looks = reading.looks()
        refused_by = turned_away(request, response, denials)
        if refused_by:
            record_refusal(request, response, refused_by)
        elif not looks and request.member is not None and not getattr(request, "nothing_to_record", False):
            looks = [Look(verb=Verb.ENTERED)]
        record_looks(looks)
        record_texts(request, response, case_refused)
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            with connection.cursor() as cursor:
                cursor.execute("set constraints all immediate")
        elif not looks:
            with connection.cursor() as cursor:
                cursor.execute("select 1")

    def _refused(self, request: Any, member: Any, response: HttpResponse) -> HttpResponse:
        """Our own page in place of the view's, and an entry of its own in a new transaction."""
        try:
            with transaction.atomic(durable=True):
                xid = self._bind(request, member)
                record_refusal(request, response)
                ways = ways_on(request) if response.status_code < 500 else {}
            if not _kept(xid):
                raise NotServed("rolled back")
            return error_page(request, response, ways)
        except Exception:
            return error_page(request, HttpResponse(status=503))

    def _bind(self, request: Any, member: Any) -> str:
        with connection.cursor() as cursor:
            xid, request.emergency = bind_request(cursor, member and member.pk)
        return xid


class AccessRules:
    """Standing, then the view's declared rule. A view that declares none is refused, without exception by path."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, arguments: Any, named: Any) -> HttpResponse | None:
        from casework.access.gate import check_may_enter

        if any("\0" in str(value) for value in named.values()):
            raise Http404  # PostgreSQL keeps no such text, so nothing is called that
        try:
            return check_may_enter(request, view)
        except AccessDenied as refusal:
            request.refusal = refusal
            raise


def is_closed_meanwhile(problem: Exception) -> bool:
    """True for the database's own refusal of a new row in a closed case: somebody closed it at the same moment."""
    diagnosis = getattr(problem.__cause__, "diag", None)
    return isinstance(problem, IntegrityError) and getattr(diagnosis, "constraint_name", "") == CASE_IS_CLOSED


def asker_of(request: Any, member: Any) -> Asker:
    """Who asks, as they are now; the address from REMOTE_ADDR, which the proxy set-up has made true."""
    session = request.session.session_key or ""
    asker = Asker(
        address=client_address(request),
        session=hashlib.sha256(session.encode()).hexdigest()[:16] if session else "",
        route=route_of(request),
        method=(request.method or "")[:8],
        correlation_id=str(uuid.uuid4()),
    )
    if member is None:
        return asker
    return dataclasses.replace(
        asker,
        member_id=member.pk,
        name=member.name,
        roles=tuple(member.roles),
        agency_id=member.agency_id,
        agency=member.agency.name,
    )


def client_address(request: Any) -> str | None:
    """The address of the client: the entry that the last trusted proxy added, else the peer itself."""
    proxies = settings.TRUSTED_PROXIES
    if proxies:
        chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "")[-1_000:].split(",")]
        candidate = chain[-proxies] if len(chain) >= proxies else ""
    else:
        candidate = request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(candidate.partition("%")[0]))  # a zone is free text, and PostgreSQL knows none
    except ValueError:
        return None


def route_of(request: Any) -> str:
    """The route's name, such as `cases:case`; empty for an address that leads nowhere."""
    try:
        return resolve(request.path_info).view_name[:80]
    except Resolver404:
        return ""


def _kept(xid: str) -> bool:
    """True when the transaction is committed; inside a test's own transaction, that it still goes on."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_xact_status(%s::xid8)", [xid])
        status = cursor.fetchone()[0]
    return bool(status == ("in progress" if connection.in_atomic_block else "committed"))
