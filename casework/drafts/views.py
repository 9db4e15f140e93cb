"""Keeping typed text while it is typed, and forgetting it."""

from typing import Any

from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, JsonResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from casework.access.decorators import MemberRequest, requires
from casework.access.errors import UNPROCESSABLE
from casework.drafts.actions import discard_draft, keep_draft, typed_text
from casework.drafts.rules import check_keeps_own_text
from casework.drafts.tokens import LONGEST_PATH, read_keep
from casework.guard.refusal import GuardRefusal
from casework.guard.submission import submission
from casework.guard.text import check_text


@require_POST
@requires(check_keeps_own_text)
def keep(request: MemberRequest) -> HttpResponse:
    """Fields of a form, with its `keep` token or its `path`. 422 when the guard refuses one of them."""
    path = _path_of(request)
    if path is None:
        return HttpResponseBadRequest()
    request.draft_of = request.member.pk, path  # type: ignore[attr-defined]
    typed, refused = typed_text(request.POST.lists())
    request.nothing_to_record = True  # type: ignore[attr-defined]
    if refused:
        words = _("Not kept: a text holds a picture, a file or a hidden character.")
        return JsonResponse({"kept": False, "problem": words}, status=UNPROCESSABLE)
    keep_draft(member_id=request.member.pk, path=path, typed=typed)
    return JsonResponse({"kept": True, "signed_in": True})


@require_POST
@requires(check_keeps_own_text)
def discard(request: MemberRequest) -> HttpResponse:
    """Forget the text of one form, and show the form as it was."""
    path = _path_of(request)
    if path is None:
        return HttpResponseBadRequest()
    discard_draft(member=request.member, path=path)
    request.nothing_to_record = True  # type: ignore[attr-defined]
    return HttpResponseRedirect(path)


def _path_of(request: Any) -> str | None:
    """The page of the form: signed, or an address of ours, which may hold a reference and no more: it is kept too."""
    signed = read_keep(request.POST.get("keep"))
    if signed is not None:
        return signed.path
    path = str(request.POST.get("path", ""))
    if not path.startswith("/") or path.startswith("//") or len(path) > LONGEST_PATH:
        return None
    try:
        resolve(path)
        with submission() as apart:
            check_text(path)
    except (Resolver404, GuardRefusal):
        return None
    return None if apart.held() else path
