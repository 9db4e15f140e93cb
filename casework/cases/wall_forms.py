"""Forms of conflicts of interest."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from agencies.models import Member
from casework.access.kinds import Conflict
from casework.cases.fields import KeptText, as_reference


class ConflictForm(forms.Form):
    """Declared on the page of a case that the member can still see."""

    kind = forms.ChoiceField(label=_("What connects you with this case?"), choices=Conflict, widget=forms.RadioSelect)
    note = KeptText(
        label=_("Anything the supervisor should know"),
        limit=1_000,
        rows=3,
        required=False,
        help_text=_("Encrypted; only supervisors of the agency that leads the case read it."),
    )


class ConflictByReferenceForm(forms.Form):
    """Declared by reference, for oneself or, by a supervisor, for a member of the own agency."""

    reference = KeptText(
        label=_("Reference of the case"), limit=20, help_text=_("All eight characters, such as K7QF-2M9D.")
    )
    member = forms.ModelChoiceField(label=_("For whom"), queryset=Member.objects.none(), required=False)
    kind = forms.ChoiceField(label=_("What is the conflict of interest?"), choices=Conflict, widget=forms.RadioSelect)

    def __init__(self, *arguments: Any, members: QuerySet[Member] | None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if members is None:
            del self.fields["member"]
        else:
            field: Any = self.fields["member"]
            field.queryset, field.empty_label = members, _("Myself")
            field.label_from_instance = lambda member: f"{member.name}, {member.roles_in_words}"

    def clean_reference(self) -> str:
        return as_reference(str(self.cleaned_data["reference"]))


class RaiseWallForm(ConflictForm):
    """By a supervisor of the lead agency, for a member who can see the case or could be named."""

    member = forms.ModelChoiceField(label=_("For whom"), queryset=Member.objects.none(), empty_label=_("Choose…"))

    field_order = ["member", "kind", "note"]

    def __init__(self, *arguments: Any, members: QuerySet[Member], **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["member"]
        field.queryset = members
        field.label_from_instance = lambda member: f"{member.name}, {member.agency.name}"
        self.fields["kind"].label = _("What is the conflict of interest?")
        self.fields["note"].label = _("Note")


class LiftWallForm(forms.Form):
    reason = KeptText(
        label=_("Why does the conflict no longer count?"), limit=500, rows=3, help_text=_("Kept for good.")
    )
    wall = forms.CharField(widget=forms.HiddenInput)
