"""What the guard refused, on the record: kind and size of a body or a text, and never a word of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from casework.access.errors import UNPROCESSABLE
from casework.audit.kinds import Outcome, Verb
from casework.audit.record import record
from casework.guard.ledger import PiecesKept
from casework.guard.submission import Submission, current_submission, submission


def unread(request: Any) -> HttpResponse:
    """The answer to a body that is not read; its page and its entry are those of every refusal."""
    response: Any = HttpResponse(status=request.body_refused.status)
    response.refused_by = f"guard_{request.body_refused.kind}"
    return response  # type: ignore[no-any-return]


def what_was_refused(request: Any) -> dict[str, Any]:
    """For the details of a refusal's own entry: kind and size of the body or of the texts, if any."""
    if request.body_refused is not None:
        return {"refused": [{"kind": request.body_refused.kind, "size": request.body_refused.size}]}
    return {"refused": texts_refused()} if texts_refused() else {}


def texts_refused() -> list[dict[str, object]]:
    """Kind, size and type of each place that the guard refused in this request or task."""
    sent = current_submission()
    return sent.for_the_record() if sent is not None else []


def record_texts_refused(case_id: int | None) -> None:
    """One entry for the texts of a form that is shown again. Call it outside the form's savepoint."""
    refused = texts_refused()
    rule = f"guard_{refused[0]['kind']}"
    record(Verb.REFUSED, outcome=Outcome.REFUSED, rule=rule, case_id=case_id, details={"refused": refused})


def record_texts(request: Any, response: HttpResponse, case_of: Callable[[Any], int | None]) -> None:
    """What the guard has to say of an answer that is served. Call it outside the savepoint of a form shown again.

    Pieces are counted where a form was saved, which every form says by a redirect. `case_of`: the case of the address.
    """
    sent = current_submission()
    if sent is None:
        return
    if response.status_code == UNPROCESSABLE and not sent.refused:
        sent.notice(value for _name, values in request.POST.lists() for value in values)
    if sent.refused:
        record_texts_refused(case_id=case_of(request))
    elif sent.held() and request.member is not None and 300 <= response.status_code < 400:
        PiecesKept(request.member.pk, case_of(request)).keep(sent.held())


@dataclass
class LedgerOf:
    """The ledger for this request: its case is looked up only when there is something to count.

    A request may be about the draft of another page, and of a member whose session has ended: it says so in
    `draft_of`, their number and the page.
    """

    request: Any
    case_of: Callable[[Any], int | None]

    def kept_lately(self) -> float:
        if draft_of := getattr(self.request, "draft_of", None):
            member_id, path = draft_of
            return PiecesKept(member_id, None, path).kept_lately()
        if self.request.member is None:
            return 0.0
        return PiecesKept(self.request.member.pk, self.case_of(self.request), self.request.path).kept_lately()


def guarded(request: Any, case_of: Callable[[Any], int | None]) -> AbstractContextManager[Submission]:
    """All texts of this request belong together."""
    return submission(LedgerOf(request, case_of))
