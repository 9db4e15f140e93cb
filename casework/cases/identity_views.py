"""Who the child is: hidden until somebody asks with a reason, and hidden again by itself."""

import datetime
import time
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from casework.access.decorators import MemberRequest, opens
from casework.access.errors import UNPROCESSABLE, NotVisible, StalePage
from casework.access.rules import allowed
from casework.cases.actions import change_identity, show_identity
from casework.cases.forms import ChangeIdentityForm, IdentityForm, ShowIdentityForm
from casework.cases.frame import case_frame
from casework.cases.models import Case
from casework.cases.rules import check_can_change_identity, check_can_read_identity
from casework.cases.selectors import child_of
from casework.drafts.actions import discard_draft
from casework.drafts.form_pages import with_field
from casework.drafts.selectors import draft_initial

SHOWN_SECONDS = 300
SHOWN = "identity_shown"  # in the session: case id to when it was last shown, as seconds since 1970


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_read_identity, permission="read_identity")
def identity(request: MemberRequest, case: Case) -> HttpResponse:
    """GET asks for the reason; POST with a reason shows name and address once, for five minutes."""
    form = ShowIdentityForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {
        "frame": case_frame(request.member, case),
        "case": case,
        "current": "identity",
        "form": form,
        "can_change": allowed(check_can_change_identity, request.member, case),
    }
    if request.method != "POST":
        return TemplateResponse(request, "cases/identity.html", context)
    if not form.is_valid():
        return TemplateResponse(request, "cases/identity.html", context, status=UNPROCESSABLE)
    request.session[SHOWN] = {**request.session.get(SHOWN, {}), str(case.pk): time.time()}
    child = show_identity(case=case, by=request.member, reason=form.cleaned_data["reason"])
    context |= {"rows": identity_rows(child), "shown_seconds": SHOWN_SECONDS, "shown_minutes": SHOWN_SECONDS // 60}
    return TemplateResponse(request, "cases/identity_shown.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@opens(Case, may=check_can_change_identity, permission="read_identity")
def change(request: MemberRequest, case: Case) -> HttpResponse:
    """Correct who the child is, within five minutes after having said why it must be seen."""
    if request.method != "POST" and not _was_just_shown(request, case):
        messages.info(request, _("Say first why you need to see who the child is. You can change it from there."))
        return redirect("cases:identity", reference=case.reference)
    child = child_of(request.member, case)
    if child is None:
        raise NotVisible
    context: dict[str, Any] = {"case": case, "stale": False}
    if request.method != "POST":
        now = {name: getattr(child, name) for name in [*IdentityForm.base_fields, "version"]}
        now["birth_date"] = _date(child.birth_date)
        context["form"] = ChangeIdentityForm(initial=draft_initial(request, ChangeIdentityForm, **now))
        return TemplateResponse(request, "cases/identity_change.html", context)
    context["form"] = form = ChangeIdentityForm(request.POST)
    if not form.is_valid():
        return TemplateResponse(request, "cases/identity_change.html", context, status=UNPROCESSABLE)
    try:
        change_identity(case=case, by=request.member, version=form.cleaned_data["version"], identity=form.identity())
    except StalePage:
        context |= {"form": with_field(form, "version", child.version), "stale": True}
        if _was_just_shown(request, case):
            context["rows"] = identity_rows(child)
        return TemplateResponse(request, "cases/identity_change.html", context, status=UNPROCESSABLE)
    discard_draft(member=request.member, path=request.path)
    messages.success(request, _("The identity is changed."))
    return redirect("cases:identity", reference=case.reference)


def _was_just_shown(request: Any, case: Case) -> bool:
    shown_at = request.session.get(SHOWN, {}).get(str(case.pk), 0)
    return bool(time.time() - shown_at < SHOWN_SECONDS)


def identity_rows(child: Any) -> list[tuple[Any, Any]]:
    """Label and value of each part of the identity; an empty value was not recorded."""
    return [
        (field.label, _date(child.birth_date) if name == "birth_date" else getattr(child, name))
        for name, field in IdentityForm.base_fields.items()
    ]


def _date(text: str) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None
