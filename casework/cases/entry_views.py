"""Entries: write one, read one, change one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import UNPROCESSABLE, StalePage
from casework.access.rules import allowed
from casework.cases.entry_actions import change_entry, write_entry
from casework.cases.forms import ChangeEntryForm, NewEntryForm
from casework.cases.models import Case, Entry
from casework.cases.rules import (
    check_can_change_entry,
    check_can_read_entry,
    check_can_write_somewhere,
    writable_compartments,
)
from casework.cases.selectors import revisions
from casework.cases.submission import AlreadySaved, new_submission, row_of
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import with_field
from casework.drafts.selectors import draft_initial

BY_ENTRY = {"case__reference": "reference", "pk": "entry"}


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_write_somewhere)
def new(request: MemberRequest, case: Case) -> HttpResponse:
    """Write an entry into a compartment; those where the member may not write are not offered."""
    writable = writable_compartments(request.member, case)
    context: dict[str, Any] = {"case": case}
    if request.method != "POST":
        first = request.GET.get("compartment", "")
        chosen = first if first in writable else ""
        initial = draft_initial(request, NewEntryForm, compartment=chosen, submission=new_submission())
        context["form"] = NewEntryForm(writable=writable, initial=initial)
        return TemplateResponse(request, "cases/entry_new.html", context)
    context["form"] = form = NewEntryForm(request.POST, writable=writable)
    if not form.is_valid():
        return TemplateResponse(request, "cases/entry_new.html", context, status=UNPROCESSABLE)
    try:
        entry_id = write_entry(
            case=case,
            by=request.member,
            compartment=form.cleaned_data["compartment"],
            content=form.content(),
            entry_id=row_of(form.cleaned_data["submission"]),
        ).pk
    except AlreadySaved as saved:
        entry_id = saved.row_id
    discard_draft(member=request.member, path=request.path)
    messages.success(request, _("The entry is saved."))
    return redirect("cases:entry", reference=case.reference, entry=entry_id)


@require_safe
@opens(Entry, may=check_can_read_entry, by=BY_ENTRY)
def show(request: MemberRequest, entry: Entry) -> HttpResponse:
    """One entry, and what it said before."""
    context = {
        "case": entry.case,
        "entry": entry,
        "revisions": list(revisions(request.member, entry)),
        "can_change": allowed(check_can_change_entry, request.member, entry),
    }
    return TemplateResponse(request, "cases/entry.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Entry, may=check_can_change_entry, by=BY_ENTRY)
def change(request: MemberRequest, entry: Entry) -> HttpResponse:
    """Change an entry. Whoever comes second sees what it says now, and keeps the own text."""
    context: dict[str, Any] = {"case": entry.case, "entry": entry, "stale": False}
    if request.method != "POST":
        now = {name: getattr(entry, name) for name in ("nature", "happened_on", "title", "text", "version")}
        context["form"] = ChangeEntryForm(
            initial=draft_initial(request, ChangeEntryForm, **now), compartment=entry.compartment
        )
        return TemplateResponse(request, "cases/entry_change.html", context)
    context["form"] = form = ChangeEntryForm(request.POST, compartment=entry.compartment)
    if not form.is_valid():
        return TemplateResponse(request, "cases/entry_change.html", context, status=UNPROCESSABLE)
    try:
        change_entry(entry=entry, by=request.member, version=form.cleaned_data["version"], content=form.content())
    except StalePage:
        context |= {"form": with_field(form, "version", entry.version), "stale": True}
        return TemplateResponse(request, "cases/entry_change.html", context, status=UNPROCESSABLE)
    discard_draft(member=request.member, path=request.path)
    messages.success(request, _("The entry is changed. What it said before is kept."))
    return redirect("cases:entry", reference=entry.case.reference, entry=entry.pk)
