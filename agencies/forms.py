"""Forms of members and of sign-in."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from agencies.actions import StandingDates
from agencies.kinds import Role
from agencies.models import Member
from agencies.rules import check_roles_fit
from casework.access.errors import AccessDenied
from casework.guard.text import check_text
from casework.web.forms import DateField


class RolesForm(forms.Form):
    """What a member does. `before`: the roles so far, none for a new member."""

    roles = forms.MultipleChoiceField(label=_("Roles"), choices=Role, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *arguments: Any, before: tuple[str, ...] = (), **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.before = before

    def clean_roles(self) -> list[str]:
        roles: list[str] = self.cleaned_data["roles"]
        try:
            check_roles_fit(roles, self.before)
        except AccessDenied as refusal:
            raise ValidationError(refusal.reason) from None
        return roles


class DatesForm(forms.Form):
    """Vetting and training; without both current, a member can't act."""

    vetting_from = DateField(label=_("Vetted from"), required=False)
    vetting_until = DateField(label=_("Vetted until"), required=False, help_text=_("Counts on this day too."))
    training_from = DateField(
        label=_("Trained from"), required=False, help_text=_("Training in the Convention on the Rights of the Child.")
    )
    training_until = DateField(label=_("Trained until"), required=False, help_text=_("Counts on this day too."))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for what in ("vetting", "training"):
            first, last = cleaned.get(f"{what}_from"), cleaned.get(f"{what}_until")
            if (first is None) != (last is None) and not {f"{what}_from", f"{what}_until"} & set(self.errors):
                missing = f"{what}_until" if last is None else f"{what}_from"
                self.add_error(missing, _("Enter both dates, or neither."))
            elif first is not None and last is not None and last < first:
                self.add_error(f"{what}_until", _("The last day lies before the first."))
        return cleaned

    def dates(self) -> StandingDates:
        """What was entered."""
        return StandingDates(**{name: self.cleaned_data[name] for name in StandingDates.__dataclass_fields__})


class AddressForm(forms.Form):
    """Where a member lives. Never shown again."""

    address = forms.CharField(
        label=_("Home address"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=_("Street, number, postcode and town. Leave it empty to have it forgotten."),
    )

    def clean_address(self) -> str:
        return check_text(self.cleaned_data["address"])


class AddMemberForm(RolesForm, DatesForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, help_text=_("For signing in only. Nothing is ever sent to it.")
    )

    field_order = ["name", "email", "roles", *DatesForm.base_fields]

    def clean_name(self) -> str:
        return check_text(self.cleaned_data["name"])

    def clean_email(self) -> str:
        return check_text(self.cleaned_data["email"])


class SetUpForm(forms.Form):
    """The first password, twice."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. A sentence is easier to remember than a puzzle."),
    )
    again = forms.CharField(
        label=_("New password again"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *arguments: Any, member: Member, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.member = member

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.member)
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "password" in cleaned and cleaned.get("again") != cleaned["password"]:
            self.add_error("again", _("The two are not the same."))
        return cleaned
