from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "casework.web"
    label = "web"

    def ready(self) -> None:
        """Say what is missing in our words, on every form of the house, third-party ones too."""
        from django import forms

        words: list[tuple[type[forms.Field], Any]] = [
            (forms.Field, _("Please fill this in.")),
            (forms.ChoiceField, _("Please choose.")),
            (forms.MultipleChoiceField, _("Please choose at least one.")),
            (forms.ModelChoiceField, _("Please choose.")),
        ]
        for field, needed in words:
            field.default_error_messages = {**field.default_error_messages, "required": needed}
