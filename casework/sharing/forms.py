"""Forms of sharing. Plain forms: what may be chosen is given by the view."""

import datetime
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Member
from agencies.standing import today
from casework.access.kinds import Compartment, LegalBasis, Purpose
from casework.cases.fields import KeptText
from casework.cases.people_actions import end_of_day
from casework.sharing.actions import LONGEST_DAYS, ShareTerms
from casework.sharing.selectors import Candidate
from casework.web.forms import DateField


class ShareForm(forms.Form):
    """What, to whom, what for, on which basis, until when."""

    to = forms.ModelChoiceField(label=_("Which agency"), queryset=Agency.objects.none())
    compartments = forms.MultipleChoiceField(
        label=_("What they will see"),
        choices=Compartment,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("As little as the task needs. The overview always comes with it."),
    )
    may_write = forms.MultipleChoiceField(
        label=_("Where they may also write"), choices=Compartment, widget=forms.CheckboxSelectMultiple, required=False
    )
    purpose = forms.ChoiceField(label=_("What for"), choices=Purpose, widget=forms.RadioSelect)
    legal_basis = forms.ChoiceField(label=_("Legal basis"), choices=LegalBasis, widget=forms.RadioSelect)
    until = DateField(label=_("Until"), help_text=_("The last day on which they see it."))
    note = KeptText(
        label=_("Note to the other agency"),
        limit=1_000,
        rows=3,
        required=False,
        help_text=_("Their supervisor reads it before deciding. Nothing of what the child told belongs here."),
    )

    submission = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def __init__(self, *arguments: Any, agencies: QuerySet[Agency], **options: Any) -> None:
        super().__init__(*arguments, **options)
        to: Any = self.fields["to"]
        to.queryset = agencies
        to.label_from_instance = lambda agency: f"{agency.name} ({agency.get_kind_display()}, {agency.country})"

    def clean_until(self) -> datetime.date:
        until: datetime.date = self.cleaned_data["until"]
        if until < today():
            raise ValidationError(_t("This date is over already."))
        if until > today() + datetime.timedelta(days=LONGEST_DAYS):
            raise ValidationError(_t("A share lasts a year at most. It can be offered again."))
        return until

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        beyond = set(data.get("may_write", [])) - set(data.get("compartments", [])) - {Compartment.OVERVIEW.value}
        if beyond and "compartments" in data:
            self.add_error("may_write", _t("They can only write where they can read."))
        return data

    def terms(self) -> ShareTerms:
        """The checked values as the action takes them."""
        data = self.cleaned_data
        until = end_of_day(data["until"])
        if until is None:
            raise ValueError("A share has an end.")
        return ShareTerms(
            tuple(data["compartments"]),
            tuple(data["may_write"]),
            data["purpose"],
            data["legal_basis"],
            until,
            data["note"],
        )


class NamingForm(forms.Form):
    """Who of the own agency will see it."""

    members = forms.ModelMultipleChoiceField(
        label=_("Who will see it"),
        queryset=Member.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only members with current vetting and training, and a role that fits, are listed."),
        error_messages={"required": _("Name at least one member.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *arguments: Any, candidates: Sequence[Candidate], **options: Any) -> None:
        super().__init__(*arguments, **options)
        sees = {each.member.pk: each for each in candidates if each.fits and not each.is_named}
        field: Any = self.fields["members"]
        field.queryset = Member.objects.filter(pk__in=sees).select_related("agency")
        field.label_from_instance = lambda member: (
            _t("%(name)s, %(roles)s: %(sees)s")
            % {
                "name": member.name,
                "roles": member.roles_in_words,
                "sees": ", ".join(sees[member.pk].sees),
            }
        )


class ReasonForm(forms.Form):
    """Why a share is declined or withdrawn."""

    reason = KeptText(label=_("Reason"), limit=500, rows=3, help_text=_("Kept for good. The lead agency reads it."))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class EndNamingForm(forms.Form):
    """Which member is taken off."""

    member = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
