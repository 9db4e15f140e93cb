"""The key of a row that a form will make, carried by the form: sending the form twice can't make two rows."""

from typing import Any

from django.core import signing

from casework.vault.ids import new_id

SALT = "casework.cases.submission"


class AlreadySaved(Exception):
    """This form was saved before; `row_id` is what it made."""

    def __init__(self, row_id: int) -> None:
        super().__init__(row_id)
        self.row_id = row_id


def new_submission() -> str:
    """A signed, fresh key for a hidden field."""
    return signing.dumps(new_id(), salt=SALT)


def row_of(submission: Any) -> int | None:
    """The key in a hidden field, or None when there is none or it was altered."""
    try:
        return int(signing.loads(str(submission or ""), salt=SALT))
    except (signing.BadSignature, ValueError, TypeError):
        return None
