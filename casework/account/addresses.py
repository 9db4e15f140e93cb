"""Where things of the account stand, and how its pages look them up."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from casework.account.actions import sealed_meanwhile
from casework.account.models import Passage, Telling
from casework.account.selectors import anchor_of
from casework.drafts.actions import discard_draft

BY_TELLING = {"case__reference": "reference", "number": "telling"}
BY_PASSAGE = {"case__reference": "reference", "telling__number": "telling", "number": "passage"}


def address_of(telling: Telling, passage: Passage | None = None) -> str:
    """Where a telling, or one of its passages, stands on the page of the account."""
    anchor = anchor_of(telling.number, passage.number) if passage is not None else f"t{telling.number}"
    return f"{reverse('account:account', args=[telling.case.reference])}#{anchor}"


def sealed_already(request: Any, telling: Telling) -> HttpResponse:
    """Back to the reader, with the reason: this page changes what is not sealed."""
    messages.warning(request, sealed_meanwhile(telling))
    return redirect(address_of(telling))


def saved(request: Any, words: str) -> None:
    """Say that it is saved, and forget the draft of this page."""
    discard_draft(member=request.member, path=request.path)
    messages.success(request, words)


def version_now(telling: Telling) -> int:
    """The version after somebody else's change, so that the page shown again can be sent again."""
    telling.refresh_from_db(fields=["version"])
    return telling.version


def number_in(value: str | None, otherwise: int) -> int:
    """A number from the address or the form, at most seven digits."""
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 8 else otherwise
