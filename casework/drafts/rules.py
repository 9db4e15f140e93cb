"""Who may keep typed text: its author, for the author alone."""

from typing import Any

from casework.access.rules import check_standing


def check_keeps_own_text(member: Any) -> None:
    """A member with standing keeps what the member has typed. Nobody else reads it, in the application or elsewhere.

    Source: UI.md, section 3, "Draft autosave".  Raises: AccessDenied.
    """
    check_standing(member)
