"""For forms whose text must not get lost: `<form method="post" {% draft_form %}>{% keep_typed %} ...`."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from casework.drafts.tokens import keep_token

register = template.Library()


@register.simple_tag(takes_context=True)
def draft_form(context: Any, page: str = "") -> SafeString:
    """Attributes of the form: where the script keeps its text while it is typed, and what it says about that.

    `page`: the address where the form stands, if it is sent elsewhere; else the present one.
    """
    return format_html(
        'data-draft="{}" data-draft-url="{}" data-saved="{}" data-not-saved="{}"',
        page or context["request"].path,
        reverse("drafts:keep"),
        _("Text kept at"),
        _("Text not kept since"),
    )


@register.inclusion_tag("drafts/keep_typed.html", takes_context=True)
def keep_typed(context: Any, page: str = "") -> dict[str, Any]:
    """The signed field that lets a form outlive its session, and a notice when text was kept. `page`: as above."""
    request = context["request"]
    return {
        "token": keep_token(request.member.pk, page or request.path),
        "draft": getattr(request, "kept_draft", None),
    }
