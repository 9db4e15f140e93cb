"""One request, one transaction, one record: content leaves only after its audit entry is committed.

The order of one request stands in DESIGN.md; what happens without each part was measured in SECURITY.md, section 6.
"""

import dataclasses
import hashlib
import ipaddress
import re
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from casework.access.database import bind_member
from casework.access.errors import UNPROCESSABLE, AccessDenied
from casework.access.guarded import record_texts_refused, texts_refused, unread, what_was_refused
from casework.access.pages import error_page
from casework.audit.context import Asker, asked_by
from casework.audit.kinds import Outcome, Verb
from casework.audit.record import Look, record, record_looks
from casework.guard.refusal import GuardRefusal
from casework.guard.submission import submission
from casework.vault.reading import Reading, open_reading

GetResponse = Callable[[HttpRequest], HttpResponse]
CASE_IS_CLOSED = "case_is_closed"  # the constraint name that the trigger raises
REFERENCE_OR_NUMBER = re.compile(r"[0-9]{1,19}|[0-9A-Z]{4}-[0-9A-Z]{4}")


class NotServed(Exception):
    """The answer may not leave: its entry could not be written, or was rolled back."""


class RequestTransaction:
    """The outermost of ours, inside session and authentication. Never shows the body of a refused view."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        member = request.user if request.user.is_authenticated else None
        request.member, request.refusal, request.failure = member, None, None
        asker = asker_of(request, member)
        request.reference_number = asker.correlation_id.split("-")[0].upper()
        with asked_by(asker), submission():
            response = self._served(request, member) if request.body_refused is None else unread(request)
            if response.status_code >= 400 and response.status_code != UNPROCESSABLE:
                response = self._refused(request, member, response)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response

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
            with transaction.atomic(durable=True), open_reading(member and member.pk) as reading:
                xid = self._bind(member)
                response = self._answered(request)
                if getattr(response, "streaming", False):
                    raise NotServed("streaming")
                if response.status_code >= 400 and response.status_code != UNPROCESSABLE:
                    transaction.set_rollback(True)
                    return response
                self._record(request, response, reading)
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

    def _record(self, request: Any, response: HttpResponse, reading: Reading) -> None:
        """The last statement before the commit: it raises on a transaction that an SQL error has doomed."""
        looks = reading.looks()
        if not looks and request.member is not None and not getattr(request, "nothing_to_record", False):
            looks = [Look(verb=Verb.ENTERED)]
        record_looks(looks)
        if texts_refused():
            record_texts_refused(case_id=case_refused(request))
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            with connection.cursor() as cursor:
                cursor.execute("set constraints all immediate")
        elif not looks:
            with connection.cursor() as cursor:
                cursor.execute("select 1")

    def _refused(self, request: Any, member: Any, response: HttpResponse) -> HttpResponse:
        """Our own page in place of the view's, and an entry of its own in a new transaction."""
        page = error_page(request, response)
        try:
            with transaction.atomic(durable=True):
                xid = self._bind(member)
                refused = response.status_code < 500
                asked = {"status": response.status_code, "asked_for": asked_for(request)}
                record(
                    Verb.REFUSED if refused else Verb.FAILED,
                    outcome=Outcome.REFUSED if refused else Outcome.FAILED,
                    rule=_rule(request, response),
                    case_id=case_refused(request),
                    details={**asked, **what_was_refused(request)},
                )
            if not _kept(xid):
                raise NotServed("rolled back")
        except Exception:
            return error_page(request, HttpResponse(status=503))
        return page

    def _bind(self, member: Any) -> str:
        with connection.cursor() as cursor:
            return bind_member(cursor, member and member.pk)


class AccessRules:
    """Standing, then the view's declared rule. A view that declares none is refused, without exception by path."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, arguments: Any, named: Any) -> HttpResponse | None:
        from casework.access.gate import check_may_enter

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
        return str(ipaddress.ip_address(candidate))
    except ValueError:
        return None


def route_of(request: Any) -> str:
    """The route's name, such as `cases:case`; empty for an address that leads nowhere."""
    try:
        return resolve(request.path_info).view_name[:80]
    except Resolver404:
        return ""


def asked_for(request: Any) -> dict[str, str]:
    """The arguments of the address that was asked for, where they have the form of a reference or a number.

    Nothing else of the address is kept: people type and paste names into addresses.
    """
    match = getattr(request, "resolver_match", None)
    named = match.kwargs if match is not None else {}
    return {name: str(value) for name, value in named.items() if REFERENCE_OR_NUMBER.fullmatch(str(value))}


def case_refused(request: Any) -> int | None:
    """The case that was asked for, for the entry alone: the agency that leads it reads who was turned away.

    Never part of an answer: for the one who asks, the case does not exist.
    """
    if request.refusal is not None and request.refusal.case_id is not None:
        return int(request.refusal.case_id)
    reference = asked_for(request).get("reference", "")
    if not reference:
        return None
    with connection.cursor() as cursor:
        cursor.execute("select casework_case_of(%s)", [reference])
        row = cursor.fetchone()
    return None if row[0] is None else int(row[0])


def _rule(request: Any, response: HttpResponse) -> str:
    if request.refusal is not None:
        return str(request.refusal.rule)
    return str(getattr(response, "refused_by", "") or request.failure or response.status_code)


def _kept(xid: str) -> bool:
    """True when the transaction is committed; inside a test's own transaction, that it still goes on."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_xact_status(%s::xid8)", [xid])
        status = cursor.fetchone()[0]
    return bool(status == ("in progress" if connection.in_atomic_block else "committed"))
