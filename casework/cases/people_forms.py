"""Forms of who takes part."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Member
from agencies.standing import today
from casework.access.actions import GrantTerms
from casework.access.kinds import Compartment, LegalBasis, Purpose
from casework.cases.days import end_of_day
from casework.web.forms import DateField


class NameMemberForm(forms.Form):
    """Who of the own agency may see which compartments, what for, on which basis, until when."""

    member = forms.ModelChoiceField(
        label=_("Member of your agency"), queryset=Member.objects.none(), empty_label=_("Choose…")
    )
    read = forms.MultipleChoiceField(
        label=_("May read"),
        choices=Compartment,
        widget=forms.CheckboxSelectMultiple,
        initial=[Compartment.OVERVIEW.value],
        help_text=_("As few as the task needs. The overview always comes with it."),
    )
    write = forms.MultipleChoiceField(
        label=_("May write"), choices=Compartment, widget=forms.CheckboxSelectMultiple, required=False
    )
    purpose = forms.ChoiceField(label=_("What for"), choices=Purpose)
    legal_basis = forms.ChoiceField(label=_("Legal basis"), choices=LegalBasis, initial=LegalBasis.PUBLIC_TASK)
    until = DateField(
        label=_("Until"),
        required=False,
        help_text=_("Last day of access. Left empty, it lasts until the next review of the case."),
    )

    def __init__(self, *arguments: Any, members: QuerySet[Member], **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["member"]
        field.queryset = members
        field.label_from_instance = lambda member: f"{member.name}, {member.roles_in_words}"

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until is not None and until < today():
            raise ValidationError(_("This date is over already."))
        return until

    def terms(self) -> GrantTerms:
        """Purpose, basis and end of the grants."""
        until = self.cleaned_data["until"]
        return GrantTerms(
            purpose=self.cleaned_data["purpose"],
            legal_basis=self.cleaned_data["legal_basis"],
            ends_at=end_of_day(until) if until is not None else None,
        )


class AddParticipantForm(forms.Form):
    agency = forms.ModelChoiceField(label=_("Agency"), queryset=Agency.objects.none(), empty_label=_("Choose…"))

    def __init__(self, *arguments: Any, agencies: QuerySet[Agency], **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["agency"]
        field.queryset = agencies
        field.label_from_instance = lambda agency: f"{agency.name} ({agency.get_kind_display()}, {agency.country})"
