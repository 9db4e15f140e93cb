"""A screen that was hidden in a hurry: whose it was and which page, for the sign-in that follows."""

from typing import Any

from django.urls import Resolver404, resolve

HIDDEN = "hidden"  # in the session: whose screen was hidden, and which page it was
LONGEST_PAGE = 200  # characters of an address of ours


def hidden_by(member: Any, page: str) -> list[Any] | None:
    """What a session remembers of the screen that a member hid: who, and the page; None for no page of ours."""
    if len(page) > LONGEST_PAGE:
        return None
    try:
        resolve(page)
    except Resolver404:
        return None
    return [member.pk, page]


def hidden_page(request: Any) -> str:
    """The page that this member hid before signing in again, told once; empty for anybody else."""
    number, page = request.session.pop(HIDDEN, None) or (None, "")
    return page if number == request.user.pk else ""
