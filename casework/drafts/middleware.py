"""A form that is sent after the session has ended: its text is kept for its author, then the way leads to sign-in."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from agencies.models import Member
from casework.access.database import bind_member
from casework.drafts.actions import keep_draft, typed_text
from casework.drafts.tokens import Keep, read_keep


class KeepTyped:
    """Inside the request's transaction, and before every check that could turn the form away.

    The signed `keep` field says whose form it was; nobody else could have made it. Also when somebody else has signed
    in at this browser meanwhile: the text must not be saved in another person's name.
    """

    def __init__(self, get_response: Callable[[Any], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, arguments: Any, named: Any) -> HttpResponse | None:
        if request.method != "POST":
            return None
        keep = read_keep(request.POST.get("keep"))
        if keep is None or (request.member is not None and request.member.pk == keep.member_id):
            return None
        if not Member.objects.filter(pk=keep.member_id, is_active=True).exists():
            return None
        _keep_for_author(request, keep)
        request.nothing_to_record = True
        if request.path == reverse("drafts:keep"):
            return JsonResponse({"kept": True, "signed_in": False})
        return HttpResponseRedirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': keep.path, 'kept': '1'})}")


def _keep_for_author(request: Any, keep: Keep) -> None:
    """Tell the database that the author asks, for this one insert."""
    request.draft_of = keep.member_id, keep.path
    try:
        with connection.cursor() as cursor:
            bind_member(cursor, keep.member_id)
        typed, _refused = typed_text(request.POST.lists())
        keep_draft(member_id=keep.member_id, path=keep.path, typed=typed)
    finally:
        with connection.cursor() as cursor:
            bind_member(cursor, request.member and request.member.pk)
