"""What includes can't do well: times, bars, tags and the code for an authenticator app."""

import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from qrcode.main import QRCode

register = template.Library()


@register.simple_tag
def when(moment: datetime.datetime | None, absent: str = "—") -> SafeString | str:
    """A `<time>` in UTC to the minute; `absent` when there is none."""
    if moment is None:
        return absent
    utc = moment.astimezone(datetime.UTC)
    return format_html(
        '<time datetime="{}">{} UTC</time>', utc.isoformat(timespec="seconds"), f"{utc:%-d %b %Y, %H:%M}"
    )


@register.simple_tag
def day(date: datetime.date | None, absent: str = "—") -> SafeString | str:
    """A `<time>` for a date alone."""
    if date is None:
        return absent
    return format_html('<time datetime="{}">{}</time>', date.isoformat(), f"{date:%-d %b %Y}")


@register.simple_tag
def bar(value: int, largest: int) -> SafeString:
    """A bar beside the number that stands in the cell before it; hidden from screen readers. 0 to 100 wide."""
    width = round(100 * value / largest) if largest else 0
    return format_html(
        '<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="12"></rect></svg>',
        width,
    )


@register.simple_tag
def tag(words: Any, tone: str = "") -> SafeString:
    """A tag. `tone`: ok, caution, high, acute, stop, limit or empty; never the only carrier of meaning."""
    return format_html('<span class="tag {}">{}</span>', tone, words)


@register.simple_tag
def qr_code(address: str) -> SafeString:
    """The address as an inline SVG: no image is fetched, and none is stored."""
    code = QRCode(border=4)
    code.add_data(address)
    code.make(fit=True)
    matrix = code.get_matrix()
    squares = [(x, y) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark]
    path = format_html_join("", "M{} {}h1v1h-1z", squares)
    return format_html(
        '<svg width="220" height="220" viewBox="0 0 {0} {0}" role="img" aria-label="QR">'
        '<rect width="{0}" height="{0}" fill="#fff"></rect><path d="{1}" fill="#000"></path></svg>',
        len(matrix),
        path,
    )


@register.filter
def is_over(moment: datetime.datetime | None) -> bool:
    """True when this moment has passed."""
    return moment is not None and moment <= timezone.now()
