"""Codes of planning as people read them."""

from django.utils.translation import gettext as _

from casework.planning.contents import BY_NAME
from casework.planning.step_actions import STEP


def field_in_words(name: str) -> str:
    """The label of a field of a plan, as in a list of what was changed."""
    if name == STEP:
        return _("A step for this agency was added")
    return str(BY_NAME[name].label)
