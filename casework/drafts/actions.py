"""The only writers of drafts. They are their author's alone: no entry tells of them, and no log."""

import json
import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from casework.drafts.models import Draft
from casework.guard.submission import current_submission
from casework.guard.text import check_text
from casework.vault import crypto

NOT_TYPED = {"csrfmiddlewaretoken", "keep", "path"}
NAME = re.compile(r"[a-z][a-z0-9_-]{0,79}")  # of a field

Typed = dict[str, list[str]]


@transaction.atomic
def keep_draft(*, member_id: int, path: str, typed: Typed) -> None:
    """Keep what was typed into the form at `path`, in place of what was kept before.

    `typed`: field names to values, checked by the guard before. The database must know that this member asks.
    """
    sent = current_submission()
    kept = {"pieces": sent.hand_over() if sent is not None else 0}
    sealed = crypto.seal(drafts_key(), json.dumps(typed, ensure_ascii=False).encode(), place_of(member_id, path))
    Draft.objects.update_or_create(member_id=member_id, path=path, defaults={"body": sealed, **kept})


@transaction.atomic
def discard_draft(*, member: Any, path: str) -> None:
    """Forget what was typed into this form: it is saved now, or not wanted. Nothing kept is not an error."""
    Draft.objects.filter(member=member, path=path).delete()


def typed_text(lists: Iterable[tuple[str, list[str]]]) -> tuple[Typed, list[str]]:
    """What of a sent form may be kept, and the names of fields that the guard refuses; empty for one that is no name.

    Names are kept as well, and whoever sends a form by hand may write anything there.
    """
    typed: Typed = {}
    refused: list[str] = []
    for name, values in lists:
        if name in NOT_TYPED:
            continue
        if NAME.fullmatch(name) is None:
            refused.append("")
            continue
        try:
            check_text(name)
            typed[name] = [check_text(value) for value in values]
        except ValidationError:
            refused.append(name)
    return typed, refused


def drafts_key() -> bytes:
    """The key under which all drafts are encrypted."""
    return bytes(settings.CASEWORK_KEYS.derive("drafts"))


def place_of(member_id: int, path: str) -> bytes:
    """Binds a draft to its author and its form: moved elsewhere it does not open."""
    return json.dumps(["draft", member_id, path], separators=(",", ":")).encode()
