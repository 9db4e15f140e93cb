"""Until when something counts: `{% until share.until %}`."""

import datetime

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from casework.cases.days import last_day
from casework.web.templatetags.casework_ui import day, when

register = template.Library()


@register.simple_tag
def until(moment: datetime.datetime | None) -> SafeString | str:
    """The last day that counts, as it was chosen; the minute for what ends within a day; words for no end."""
    if moment is None:
        return _("it is ended")
    chosen = last_day(moment)
    return when(moment) if chosen is None else day(chosen)
