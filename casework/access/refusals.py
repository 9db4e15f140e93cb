"""The entry of a refusal: what was asked for and which rule refused, and nothing that tells the asker more."""

import re
from typing import Any

from django.db import connection
from django.http import HttpResponse

from casework.access.errors import UNPROCESSABLE, AccessDenied
from casework.access.guarded import what_was_refused
from casework.audit.kinds import Outcome, Verb
from casework.audit.record import record

REFERENCE_OR_NUMBER = re.compile(r"[0-9]{1,19}|[0-9A-Z]{4}-[0-9A-Z]{4}")
NOT_SIGNED_IN, NO_SECOND_FACTOR = "not_signed_in", "no_second_factor"


def record_refusal(request: Any, response: HttpResponse, rule: str = "") -> None:
    """Append the entry of a refusal, or of an error met (5xx). `rule`: where the answer itself does not say it."""
    refused = response.status_code < 500
    record(
        Verb.REFUSED if refused else Verb.FAILED,
        outcome=Outcome.REFUSED if refused else Outcome.FAILED,
        rule=rule or rule_of(request, response),
        case_id=case_refused(request),
        details={"status": response.status_code, "asked_for": asked_for(request), **what_was_refused(request)},
    )


def turned_away(request: Any, response: HttpResponse, denials: list[AccessDenied]) -> str:
    """The rule by which an answer refuses although it is no error page; else empty.

    A redirect to what is missing before one may go on; or a form shown again, since a rule refused what it asked for.
    """
    if response.status_code == UNPROCESSABLE and denials:
        request.refusal = denials[-1]
        return denials[-1].rule
    match = getattr(request, "resolver_match", None)
    if 300 <= response.status_code < 400 and request.member is None and match is not None:
        return NOT_SIGNED_IN if getattr(match.func, "login_required", True) else ""
    return str(getattr(request, "turned_away", ""))


def rule_of(request: Any, response: HttpResponse) -> str:
    """The rule that refused, as a code; the kind of failure or the status where no rule was asked."""
    if request.refusal is not None:
        return str(request.refusal.rule)
    return str(getattr(response, "refused_by", "") or request.failure or response.status_code)


def asked_for(request: Any) -> dict[str, str]:
    """The arguments of the address that was asked for, where they have the form of a reference or a number.

    Nothing else of the address is kept: people type and paste names into addresses.
    """
    match = getattr(request, "resolver_match", None)
    named = match.kwargs if match is not None else {}
    return {name: str(value) for name, value in named.items() if REFERENCE_OR_NUMBER.fullmatch(str(value))}


def case_to_return_to(request: Any) -> str:
    """The reference of the case in the address, where its page is open to who asks; else empty, as for a wrong one.

    Only inside a transaction in which the database knows who asks.
    """
    reference = asked_for(request).get("reference", "")
    if not reference:
        return ""
    with connection.cursor() as cursor:
        cursor.execute("select casework_case_of(%s) = any(casework_visible_ids('read_overview'))", [reference])
        row = cursor.fetchone()
    return reference if row[0] else ""


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
