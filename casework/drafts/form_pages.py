"""The page of a form: fresh with what was typed here before, or again with its errors. Nothing typed is lost."""

from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse

from casework.access.errors import UNPROCESSABLE, StalePage
from casework.drafts.selectors import draft_initial


def form_of(request: Any, form: Any, **initial: Any) -> Any:
    """The form as sent, or a fresh one with what the reader had typed into it before, else `initial`."""
    if request.method == "POST":
        return form(request.POST)
    return form(initial=draft_initial(request, form, **initial))


def with_field(form: Any, name: str, value: object) -> Any:
    """The same form with everything that was typed, and one hidden field brought up to date.

    Sent once more, it counts against the present state: then that is a decision.
    """
    form.data = form.data.copy()
    form.data[name] = str(value)
    return form


def form_page(request: Any, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page of `context["form"]`: fresh, or again with its errors and status 422."""
    return TemplateResponse(request, template, context, status=UNPROCESSABLE if context["form"].is_bound else 200)


def stale_page(request: Any, template: str, context: dict[str, Any], stale: StalePage) -> HttpResponse:
    """The form again, with what was typed and the reason why nothing was saved."""
    return TemplateResponse(request, template, {**context, "stale": str(stale)}, status=UNPROCESSABLE)
