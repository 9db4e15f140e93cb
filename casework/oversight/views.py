"""Pages of supervision."""

from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET

from casework.access.decorators import MemberRequest, opens, requires
from casework.access.errors import NotVisible
from casework.audit.kinds import Verb
from casework.audit.record import record
from casework.cases.models import Case
from casework.oversight import selectors
from casework.oversight.forms import LookFilterForm
from casework.oversight.rules import check_oversees_case, check_reads_agency_record
from casework.oversight.sentences import by_day, sentence_of

UNPROCESSABLE = 422


@require_GET
@requires(check_reads_agency_record)
def cases(request: MemberRequest) -> HttpResponse:
    return TemplateResponse(request, "oversight/cases.html", {"rows": selectors.overseen_cases(request.member)})


@require_GET
@opens(Case, may=check_oversees_case, reach="overseen_by")
def looks(request: MemberRequest, case: Case) -> HttpResponse:
    form = LookFilterForm(request.GET, people=selectors.people_in_record(case))
    wanted = form.wanted()
    page = selectors.looks_at(request.member, case, wanted)
    by_agency, by_person = selectors.tallies(case)
    context: dict[str, Any] = {
        "case": case,
        "form": form,
        "days": by_day(page.entries),
        "older": _older(request, page.older),
        "is_filtered": any(value for name, value in request.GET.items() if name != "before"),
        "tables": [{"name": "agencies", "rows": by_agency}, {"name": "people", "rows": by_person}],
    }
    return TemplateResponse(request, "oversight/looks.html", context, status=UNPROCESSABLE if form.errors else 200)


@require_GET
@requires(check_reads_agency_record)
def refusals(request: MemberRequest) -> HttpResponse:
    return _agency_record(request, "refusals", selectors.refusals)


@require_GET
@requires(check_reads_agency_record)
def sign_ins(request: MemberRequest) -> HttpResponse:
    return _agency_record(request, "sign_ins", selectors.sign_ins)


@require_GET
@requires(check_reads_agency_record)
def entry(request: MemberRequest, entry: int) -> HttpResponse:
    found = selectors.find_entry(request.member, entry)
    if found is None:
        raise NotVisible
    record(Verb.LOOKED, subject=found, case_id=found.case_id, details={"entry": found.pk})
    return TemplateResponse(request, "oversight/entry.html", {"entry": found, "sentence": sentence_of(found)})


def _agency_record(request: MemberRequest, kind: str, select: Any) -> HttpResponse:
    form = LookFilterForm(request.GET, people=[])
    page = select(request.member, form.wanted())
    shown = [each.pk for each in page.entries]
    record(Verb.LOOKED, details={"record": kind, "entries": shown}, agency_id=request.member.agency_id)
    context = {"kind": kind, "days": by_day(page.entries), "older": _older(request, page.older)}
    return TemplateResponse(request, "oversight/agency_record.html", context)


def _older(request: MemberRequest, before: int | None) -> str:
    """The address of the older page with the same filter, or nothing."""
    if before is None:
        return ""
    query = request.GET.copy()
    query["before"] = str(before)
    return f"?{query.urlencode()}"
