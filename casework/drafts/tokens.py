"""The signed `keep` field of a form: whose typed text it is, and at which page it belongs."""

from dataclasses import dataclass
from typing import Any

from django.core import signing

SALT = "casework.drafts.keep"
MAX_AGE = 12 * 60 * 60  # seconds; a working day: a form left open longer than that is not kept
LONGEST_PATH = 200


@dataclass(frozen=True)
class Keep:
    """`member_id`: who was shown the form. `path`: the page of the form, to which signing in leads back."""

    member_id: int
    path: str


def keep_token(member_id: int, path: str) -> str:
    """The value of a form's `keep` field."""
    return signing.dumps([member_id, path], salt=SALT)


def read_keep(token: Any) -> Keep | None:
    """What a `keep` field says, or None when it is missing, altered, or older than MAX_AGE."""
    try:
        member_id, path = signing.loads(str(token or ""), salt=SALT, max_age=MAX_AGE)
        return Keep(int(member_id), str(path))
    except (signing.BadSignature, ValueError, TypeError):
        return None
