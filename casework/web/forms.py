"""How forms look and speak: Django's own rendering with our templates."""

import datetime
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

AnyField = TypeVar("AnyField", bound=forms.Field)


class FormRenderer(TemplatesSetting):
    """Every form and field of the project, third-party ones too, by our two templates."""

    form_template_name = "web/forms/form.html"
    field_template_name = "web/forms/field.html"


def chosen_from(choices: Any) -> list[tuple[Any, Any]]:
    """These choices behind an empty one: what has consequences is chosen, never left as it stood."""
    return [("", _("Choose…")), *getattr(choices, "choices", choices)]


def needed_when(field: AnyField, words: Any) -> AnyField:
    """This field, marked with when it is needed in place of “optional”; that it is, the form's `clean` has to say."""
    marked: Any = field
    marked.needed_when = words
    return field


class VersionForm(forms.Form):
    """The version of a row that the page showed, for a button without fields."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


EASTERNMOST = datetime.timedelta(hours=14)


def today_anywhere() -> datetime.date:
    """The latest date that it is now anywhere on earth: what happened today may be tomorrow by UTC."""
    return (timezone.now() + EASTERNMOST).date()


class ThreeBoxes(forms.MultiWidget):
    """Day, month, year as three text boxes: `input type=date` has a hidden tab stop and hides its format."""

    template_name = "web/forms/three_boxes.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        boxes = [
            forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": length})
            for length in (2, 2, 4)
        ]
        super().__init__(boxes, attrs)

    def decompress(self, value: Any) -> list[str]:
        if isinstance(value, datetime.date):
            return [str(value.day), str(value.month), str(value.year)]
        return ["", "", ""]


class DateField(forms.MultiValueField):
    """A date in three boxes. Cleans to a `datetime.date`, or None when empty and not required."""

    widget = ThreeBoxes

    def __init__(self, **options: Any) -> None:
        boxes = tuple(forms.CharField(required=False) for _box in range(3))
        super().__init__(boxes, require_all_fields=False, **options)

    def compress(self, values: list[str]) -> datetime.date | None:
        day, month, year = ([*(value.strip() for value in values or []), "", "", ""])[:3]
        if not (day or month or year):
            if self.required:
                raise ValidationError(_("Enter a date."))
            return None
        for value, message in (
            (day, _("The date must include a day.")),
            (month, _("The date must include a month.")),
            (year, _("The date must include a year.")),
        ):
            if not value:
                raise ValidationError(message)
        try:
            return datetime.date(int(year), int(month), int(day))
        except ValueError:
            raise ValidationError(_("This is not a real date. Use numbers, such as 27 3 2026.")) from None
