"""Attendance of therapy: a list for all who see the case, and a small form for who writes the notes of therapy."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import UNPROCESSABLE
from casework.access.rules import allowed, check_sees_case
from casework.cases.attendance_actions import record_attendance
from casework.cases.forms import AttendanceForm
from casework.cases.frame import case_frame
from casework.cases.models import Case
from casework.cases.rules import check_can_record_attendance
from casework.cases.selectors import attendance_of


@require_safe
@opens(Case, may=check_sees_case)
def attendance(request: MemberRequest, case: Case) -> HttpResponse:
    """When the child came to therapy and when not; nothing of what was said there."""
    return _page(request, case, AttendanceForm())


@require_POST
@opens(Case, may=check_can_record_attendance)
def record(request: MemberRequest, case: Case) -> HttpResponse:
    """One appointment."""
    form = AttendanceForm(request.POST)
    if not form.is_valid():
        return _page(request, case, form)
    record_attendance(case=case, by=request.member, **form.cleaned_data)
    messages.success(request, _("Recorded. Everyone who sees the case sees that, and nothing of the notes."))
    return redirect("cases:attendance", reference=case.reference)


def _page(request: MemberRequest, case: Case, form: AttendanceForm) -> HttpResponse:
    context = {
        "case": case,
        "frame": case_frame(request.member, case),
        "current": "attendance",
        "rows": attendance_of(request.member, case),
        "form": form,
        "may_record": allowed(check_can_record_attendance, request.member, case),
    }
    return TemplateResponse(request, "cases/attendance.html", context, status=UNPROCESSABLE if form.errors else 200)
