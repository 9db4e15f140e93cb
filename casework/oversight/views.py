"""Pages of supervision: who has seen what, what was refused, who signed in. Content is never shown here."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from casework.access.decorators import MemberRequest, opens, requires
from casework.access.errors import UNPROCESSABLE, NotVisible
from casework.access.gate import confirm_first, has_confirmed_recently
from casework.access.rules import allowed, check_is_supervisor
from casework.audit.kinds import Verb
from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.oversight import selectors
from casework.oversight.forms import LookFilterForm, RecordForm, SearchForm
from casework.oversight.reading import note_entries_of_case, record_entries_of_agency
from casework.oversight.rules import check_oversees_case, check_reads_agency_record
from casework.oversight.seals import record_state, seal_of_entry
from casework.oversight.search import agencies_on_record, search
from casework.oversight.sentences import by_day, roles_in_words, sentence_of
from casework.oversight.words import (
    compartment_in_words,
    page_in_words,
    permission_in_words,
    rule_in_words,
    things_in_words,
)
from casework.vault.reading import current_reading
from casework.vault.reasons import reason_of


@require_safe
@requires(check_reads_agency_record)
def cases(request: MemberRequest) -> HttpResponse:
    """The cases that the agency leads, each with its numbers."""
    context = {
        "rows": selectors.overseen_cases(request.member),
        "record": record_state(),
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
    cases = selectors.references_of(request.member, found.page.entries)
    days = by_day(found.page.entries, dict(names), cases)
    context = {"found": found, **_record(request, form, found.page, days)}
    context["agencies"] = [{"bar": bar, "address": _with(request, "agency", bar.label)} for bar in found.agencies]
    status = UNPROCESSABLE if form.errors else 200
    return TemplateResponse(request, "oversight/search.html", context, status=status)


@require_safe
@requires(check_reads_agency_record)
def entry(request: MemberRequest, entry: int) -> HttpResponse:
    """One entry, with everything that it holds, in words."""
    found, about = _opened(request, entry, Verb.LOOKED)
    details = {name: value for name, value in (found.additional_data or {}).items() if value not in ({}, [], "")}
    context = {
        "entry": found,
        "sentence": sentence_of(
            found, dict(selectors.members_of_agency(request.member)), selectors.references_of(request.member, [found])
        ),
        "about": about,
        "given": permission_in_words(about.grant.permission.codename) if about.grant else "",
        "roles": roles_in_words(found),
        "rule": rule_in_words(found.rule) if found.rule else "",
        "compartments": [compartment_in_words(code) for code in found.compartments],
        "shown": [(things_in_words(label, len(keys)), keys) for label, keys in sorted(found.shown.items())],
        "changed": sorted(found.changes or {}),
        "details": sorted(details.items()),
        "page": page_in_words(found.route) if found.route else "",
        "reason": reason_of(found),
        "sealed": seal_of_entry(found),
    }
    return TemplateResponse(request, "oversight/entry.html", context)


@require_POST
@requires(check_reads_agency_record)
def proof(request: MemberRequest, entry: int) -> HttpResponse:
    """One entry with the proof of its seal, as a file. Who has not signed in just now confirms first."""
    found = selectors.find_entry(request.member, entry)
    if found is None:
        raise NotVisible
    page = redirect("oversight:entry", entry)
    if not has_confirmed_recently(request):
        messages.info(request, _("Confirm that it is you; then press “Take out the proof as a file” again."))
        return confirm_first(page["Location"])
    sealed = seal_of_entry(found)
    if sealed.seal is None or sealed.is_broken:
        messages.warning(request, _("This entry has no seal that could be proven. Its page says more."))
        return page
    _opened(request, entry, Verb.EXPORTED)
    headers = {"Content-Disposition": f'attachment; filename="entry-{entry}-proof.json"', "Cache-Control": "no-store"}
    return HttpResponse(sealed.seal.file, content_type="application/json", headers=headers)


@require_safe
@requires(check_reads_agency_record)
def record(request: MemberRequest) -> HttpResponse:
    """How the record is sealed, when it was last verified, and what the witnesses say."""
    return TemplateResponse(request, "oversight/record.html", {"record": record_state()})


def _opened(request: MemberRequest, pk: int, verb: Verb) -> tuple[AuditEntry, selectors.EntryContext]:
    """The entry and what it points to, its reading recorded: in the record of its case, or else of the agency."""
    found = selectors.find_entry(request.member, pk)
    if found is None:
        raise NotVisible
    about = selectors.context_of(request.member, found)
    if about.case is not None:
        note_entries_of_case(about.case, [found])
        current_reading().verb = verb
    else:
        record_entries_of_agency("entry", [found], verb)
        request.nothing_to_record = True  # type: ignore[attr-defined]  # it is recorded already
    return found, about


def _agency_record(request: MemberRequest, kind: str, select: Any) -> HttpResponse:
    names = selectors.members_of_agency(request.member)
    form = RecordForm(request.GET, people=names)
    page = select(request.member, form.wanted(_before(request)))
    record_entries_of_agency(kind, page.entries)
    request.nothing_to_record = True  # type: ignore[attr-defined]  # it is recorded already, entry by entry
    days = by_day(page.entries, dict(names), selectors.references_of(request.member, page.entries))
    context = {"kind": kind, **_record(request, form, page, days)}
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
