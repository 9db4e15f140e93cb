"""Pages of supervision: who has seen what, what was refused, who signed in. Content is never shown here."""

from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from casework.access.decorators import MemberRequest, opens, requires
from casework.access.errors import UNPROCESSABLE, NotVisible
from casework.access.rules import allowed, check_is_supervisor
from casework.cases.models import Case
from casework.oversight import selectors
from casework.oversight.forms import LookFilterForm, RecordForm, SearchForm
from casework.oversight.reading import note_entries_of_case, record_entries_of_agency
from casework.oversight.rules import check_oversees_case, check_reads_agency_record
from casework.oversight.search import agencies_on_record, search
from casework.oversight.sentences import by_day, roles_in_words, sentence_of
from casework.oversight.words import compartment_in_words, permission_in_words, rule_in_words, things_in_words
from casework.vault.reasons import reason_of


@require_safe
@requires(check_reads_agency_record)
def cases(request: MemberRequest) -> HttpResponse:
    """The cases that the agency leads, each with its numbers."""
    context = {
        "rows": selectors.overseen_cases(request.member),
        "names_people": allowed(check_is_supervisor, request.member),
    }
    return TemplateResponse(request, "oversight/cases.html", context)


@require_safe
@opens(Case, may=check_oversees_case, reach="overseen_by")
def looks(request: MemberRequest, case: Case) -> HttpResponse:
    """Who has seen what of one case."""
    counted = selectors.tallies(request.member, case)
    form = LookFilterForm(request.GET, people=counted.person_choices, agencies=counted.agency_choices)
    page = selectors.looks_at(request.member, case, form.wanted(_before(request)))
    note_entries_of_case(case, page.entries)
    context = {
        "case": case,
        "may_withdraw": allowed(check_is_supervisor, request.member),
        "tables": [
            {"name": "agency", "rows": counted.agencies},
            {"name": "person", "rows": counted.people},
        ],
        **_record(request, form, page, by_day(page.entries)),
    }
    return TemplateResponse(request, "oversight/looks.html", context, status=UNPROCESSABLE if form.errors else 200)


@require_safe
@requires(check_reads_agency_record)
def refusals(request: MemberRequest) -> HttpResponse:
    """What was refused to members of the agency, and on cases that it leads."""
    return _agency_record(request, "refusals", selectors.refusals)


@require_safe
@requires(check_reads_agency_record)
def sign_ins(request: MemberRequest) -> HttpResponse:
    """Who of the agency signed in, failed to, or changed a factor."""
    return _agency_record(request, "sign_ins", selectors.sign_ins)


@require_safe
@requires(check_reads_agency_record)
def search_record(request: MemberRequest) -> HttpResponse:
    """Everything that the member oversees, narrowed and counted."""
    names = selectors.members_of_agency(request.member)
    form = SearchForm(request.GET, people=names, agencies=agencies_on_record(request.member))
    found = search(request.member, form.searched(_before(request)))
    record_entries_of_agency("search", found.page.entries)
    request.nothing_to_record = True  # type: ignore[attr-defined]  # it is recorded already, entry by entry
    context = {"found": found, **_record(request, form, found.page, by_day(found.page.entries, dict(names)))}
    context["agencies"] = [{"bar": bar, "address": _with(request, "agency", bar.label)} for bar in found.agencies]
    status = UNPROCESSABLE if form.errors else 200
    return TemplateResponse(request, "oversight/search.html", context, status=status)


@require_safe
@requires(check_reads_agency_record)
def entry(request: MemberRequest, entry: int) -> HttpResponse:
    """One entry, with everything that it holds, in words."""
    found = selectors.find_entry(request.member, entry)
    if found is None:
        raise NotVisible
    about = selectors.context_of(request.member, found)
    if about.case is not None:
        note_entries_of_case(about.case, [found])
    else:
        record_entries_of_agency("entry", [found])
        request.nothing_to_record = True  # type: ignore[attr-defined]  # it is recorded already
    details = {name: value for name, value in (found.additional_data or {}).items() if value not in ({}, [], "")}
    context = {
        "entry": found,
        "sentence": sentence_of(found, dict(selectors.members_of_agency(request.member))),
        "about": about,
        "given": permission_in_words(about.grant.permission.codename) if about.grant else "",
        "roles": roles_in_words(found),
        "rule": rule_in_words(found.rule) if found.rule else "",
        "compartments": [compartment_in_words(code) for code in found.compartments],
        "shown": [(things_in_words(label, len(keys)), keys) for label, keys in sorted(found.shown.items())],
        "changed": sorted(found.changes or {}),
        "details": sorted(details.items()),
        "reason": reason_of(found),
    }
    return TemplateResponse(request, "oversight/entry.html", context)


def _agency_record(request: MemberRequest, kind: str, select: Any) -> HttpResponse:
    names = selectors.members_of_agency(request.member)
    form = RecordForm(request.GET, people=names)
    page = select(request.member, form.wanted(_before(request)))
    record_entries_of_agency(kind, page.entries)
    request.nothing_to_record = True  # type: ignore[attr-defined]  # it is recorded already, entry by entry
    context = {"kind": kind, **_record(request, form, page, by_day(page.entries, dict(names)))}
    status = UNPROCESSABLE if form.errors else 200
    return TemplateResponse(request, "oversight/agency_record.html", context, status=status)


def _record(request: MemberRequest, form: RecordForm, page: selectors.Page, days: list[Any]) -> dict[str, Any]:
    """What every page of a record shows: the filter, what it is set to, the days, and the way to older entries."""
    return {
        "form": form,
        "chips": [{"words": words, "address": _without(request, name)} for name, words in form.in_words()],
        "days": days,
        "older": _older(request, page.older),
        "newest": _without(request, "before"),
        "is_later_page": _before(request) is not None,
    }


def _before(request: MemberRequest) -> int | None:
    """The place to go on from, or None when there is none or it is no number of an entry."""
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _older(request: MemberRequest, before: int | None) -> str:
    """The address of the older page with the same filter, or nothing."""
    if before is None:
        return ""
    query = request.GET.copy()
    query["before"] = str(before)
    return f"?{query.urlencode()}"


def _with(request: MemberRequest, field: str, value: str) -> str:
    """The address with this field of the filter set, from the newest entry on; empty for a value that is none."""
    query = request.GET.copy()
    query.pop("before", None)
    query[field] = value
    return f"?{query.urlencode()}" if value else ""


def _without(request: MemberRequest, field: str) -> str:
    """The address without this field of the filter, from the newest entry on."""
    query = request.GET.copy()
    for name in [each for each in query if each in (field, "before") or each.startswith(f"{field}_")]:
        del query[name]
    return f"?{query.urlencode()}" if query else request.path
