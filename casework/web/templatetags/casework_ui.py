"""What includes can't do well: times, bars, tags and the code for an authenticator app."""

import datetime
from typing import Any

from django import template
from django.forms import MultiWidget, RadioSelect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from qrcode.main import QRCode

from casework.guard.refusal import GuardRefusal

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


@register.filter
def person(in_full: str) -> SafeString | str:
    """`Maja Lind, Interviewer, North Police` with the name and the agency each set apart from the words between.

    A name that is written from right to left then reads as a name, and the rest of the line stays in its order.
    `in_full`: as `Member.in_full` gives it and rows keep it (`..._label`); a name alone is set apart as it is.
    """
    name, *roles = in_full.split(", ")
    agency = roles.pop() if roles else ""
    if not agency:
        return format_html("<bdi>{}</bdi>", name) if name else ""
    return format_html("<bdi>{}</bdi>, {}<bdi>{}</bdi>", name, "".join(f"{each}, " for each in roles), agency)


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


@register.filter
def first_input(field: Any) -> str:
    """The id of what an error leads to: the input of a field, or the first of several boxes or buttons."""
    widget = field.field.widget
    several = isinstance(widget, MultiWidget) or (isinstance(widget, RadioSelect) and bool(widget.choices))
    return f"{field.auto_id}_0" if several else str(field.id_for_label or field.auto_id)


@register.filter
def before(label: Any, error: Any) -> str:
    """`Title: Please fill this in.`; behind a question the colon is left out."""
    return f"{label} {error}" if str(label).endswith(("?", ".")) else f"{label}: {error}"


@register.inclusion_tag("web/forms/error_links.html")
def error_links(fields: Any, *, shows_place: bool = False) -> dict[str, Any]:
    """A line for each error of these fields, which leads to its input. `shows_place`: with what the guard refused."""
    return {"errors": [(field, error) for field in fields for error in field.errors], "shows_place": shows_place}


AROUND, SHOWN = 60, 48  # characters before and after the place, and of each end of it


@register.inclusion_tag("web/forms/refused_place.html")
def refused_place(field: Any) -> dict[str, Any]:
    """The place in a text that the guard refused, marked, with a little of what stands around it."""
    errors = field.form.errors.as_data().get(field.name, [])
    refusal = next((error for error in errors if isinstance(error, GuardRefusal)), None)
    text = str(field.field.to_python(field.value()) or "") if refusal else ""
    if refusal is None or refusal.found.kind == "too_long" or refusal.found.end > len(text):
        return {}
    start, end = refusal.found.start, refusal.found.end
    is_long = end - start > 3 * SHOWN
    return {
        "before": ("…" if start > AROUND else "") + text[max(0, start - AROUND) : start],
        "marked": text[start : start + SHOWN] if is_long else text[start:end],
        "left_out": end - start - 2 * SHOWN if is_long else 0,
        "tail": text[end - SHOWN : end] if is_long else "",
        "after": text[end : end + AROUND] + ("…" if end + AROUND < len(text) else ""),
    }
