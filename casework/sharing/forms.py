"""Forms of sharing. Plain forms: what may be chosen is given by the view."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from agencies.models import Agency, Member
from casework.access.kinds import Compartment, LegalBasis, Purpose
from casework.account.kinds import Topic
from casework.cases.days import end_of_day
from casework.cases.fields import KeptText
from casework.sharing.kinds import ConsentFrom, Extent, Withholding
from casework.sharing.review_actions import Decision
from casework.sharing.reviewing import Reviewed
from casework.sharing.selectors import Candidate
from casework.sharing.terms import ShareTerms
from casework.web.forms import DateField, needed_when

STAYS = [("yes", _("Stays on the case")), ("no", _("Comes off the case"))]


class ShareForm(forms.Form):
    """What, to whom, what for, on which basis, until when; asked one by one, checked all together."""

    compartments = forms.MultipleChoiceField(
        label=_("What they will see"),
        choices=Compartment,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("As little as the task needs. The overview always comes with it."),
    )
    extent = forms.ChoiceField(
        label=_("How much of the account"), choices=Extent, widget=forms.RadioSelect, required=False
    )
    topics = needed_when(
        forms.MultipleChoiceField(
            label=_("Topics"),
            choices=Topic,
            widget=forms.CheckboxSelectMultiple,
            required=False,
            help_text=_(
                "They see a passage only when everything that it is about is among them, and never one that has no"
                " topic yet."
            ),
        ),
        _("needed for some topics only"),
    )
    to = forms.ModelChoiceField(
        label=_("Agency"),
        queryset=Agency.objects.none(),
        help_text=_("A supervisor there decides for the agency, and names the people who will see it."),
    )
    may_write = forms.MultipleChoiceField(
        label=_("They may write in"),
        choices=Compartment,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("What they write is theirs: they decide whether to share it with you."),
    )
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose, widget=forms.RadioSelect)
    legal_basis = forms.ChoiceField(label=_("Legal basis"), choices=LegalBasis, widget=forms.RadioSelect)
    consent_from = forms.ChoiceField(
        label=_("Who gave the consent"), choices=ConsentFrom, widget=forms.RadioSelect, required=False
    )
    consent_on = DateField(label=_("On which day"), required=False)
    withheld = KeptText(
        label=_("What is withheld, and from whom"),
        limit=1_000,
        rows=3,
        required=False,
        help_text=_(
            "What the child or the carer does not want a certain person or agency to know, if anything. The agency you"
            " share with reads this, so that it withholds it too: name here nothing that is withheld from that agency."
        ),
    )
    withheld_because = forms.ChoiceField(
        label=_("Why it is withheld"), choices=[("", _("Nothing is withheld")), *Withholding.choices], required=False
    )
    enquiry = KeptText(
        label=_("Line of enquiry"),
        limit=1_000,
        rows=4,
        required=False,
        help_text=_(
            "Notes of therapy go to police or prosecution only for a stated, reasonable line of enquiry: what is looked"
            " for, and why it is likely to stand there. That the child comes to therapy they see without them."
        ),
    )
    until = DateField(label=_("Last day"), help_text=_("The last day on which they see it."))
    report_back = forms.BooleanField(label=_("We ask them to share back what they find"), required=False)
    note = KeptText(
        label=_("Note to the other agency"),
        limit=1_000,
        rows=3,
        required=False,
        help_text=_("Their supervisor reads it before deciding. Nothing of what the child told belongs here."),
    )
    submission = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(
        self,
        *arguments: Any,
        agencies: QuerySet[Agency],
        may_give: Mapping[str, str],
        may_open: bool,
        passages: Mapping[str, int],
        **options: Any,
    ) -> None:
        """`may_give`: compartments that this member could share, in words; `may_open`: and let others write in;
        `passages`: how many of the account are about each topic.
        """
        super().__init__(*arguments, **options)
        to: Any = self.fields["to"]
        to.queryset = agencies
        to.label_from_instance = lambda agency: f"{agency.name} ({agency.get_kind_display()}, {agency.country})"
        self._choose("compartments", list(may_give.items()))
        self._choose("may_write", [(code, Compartment(code).label) for code in may_give] if may_open else [])
        self._choose("topics", [(each.value, _counted(each, passages.get(each.value, 0))) for each in Topic])

    def _choose(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        beyond = set(data.get("may_write", [])) - set(data.get("compartments", [])) - {Compartment.OVERVIEW.value}
        if beyond and "compartments" in data:
            self.add_error("may_write", _t("They can only write where they can read."))
        if Compartment.ACCOUNT in data.get("compartments", []):
            self._check_extent(data)
        return data

    def _check_extent(self, data: Mapping[str, Any]) -> None:
        """Of the account nothing is shared by leaving a question out: all of it, or which topics, is said."""
        if "extent" in data and not data["extent"]:
            self.add_error("extent", _t("Say whether they see all that the child told, or some topics."))
        elif data.get("extent") == Extent.TOPICS and "topics" in data and not data["topics"]:
            self.add_error("topics", _t("Choose at least one topic."))

    def forget_errors(self) -> None:
        """Show it as it is, without saying what is missing."""
        self._errors = ErrorDict()

    def terms(self) -> ShareTerms:
        """The checked values as the actions take them."""
        data = self.cleaned_data
        same = ("purpose", "legal_basis", "note", "consent_from", "consent_on", "enquiry", "report_back")
        return ShareTerms(
            compartments=tuple(data["compartments"]),
            may_write=tuple(data["may_write"]),
            topics=() if data["extent"] == Extent.ALL else tuple(data["topics"]),
            until=end_of_day(data["until"]),
            withheld=data["withheld"],
            withheld_because=data["withheld_because"],
            **{name: data[name] for name in same},
        )


def _counted(topic: Topic, passages: int) -> str:
    words = ngettext("%(topic)s (%(count)d passage)", "%(topic)s (%(count)d passages)", passages)
    return words % {"topic": topic.label, "count": passages}


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

    reason = KeptText(label=_("Reason"), limit=500, rows=3, help_text=_("Kept for good. Both agencies read it."))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class RefusalForm(ReasonForm):
    """Why a share is not agreed to: the other agency has never heard of it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["reason"].help_text = _("Kept for good. Who proposed it reads it, and your agency alone.")


class AgreeForm(forms.Form):
    """Which terms are agreed to."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ReviewForm(forms.Form):
    """Who stays on a case and who comes off, person by person. Nothing is chosen beforehand."""

    def __init__(self, *arguments: Any, people: Sequence[Reviewed], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.people = people
        for each in people:
            key = each.member.pk
            self.fields[f"stays_{key}"] = forms.ChoiceField(
                label=each.member.name, choices=STAYS, widget=forms.RadioSelect
            )
            self.fields[f"reason_{key}"] = KeptText(
                label=_t("Reason, for who comes off"), limit=500, rows=2, required=False
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for each in self.people:
            key = each.member.pk
            if data.get(f"stays_{key}") == "no" and not data.get(f"reason_{key}"):
                self.add_error(f"reason_{key}", _t("Say why this person comes off the case."))
        return data

    def rows(self) -> list[tuple[Reviewed, Any, Any]]:
        """Each person with the two questions about them."""
        return [(each, self[f"stays_{each.member.pk}"], self[f"reason_{each.member.pk}"]) for each in self.people]

    def decisions(self) -> dict[int, Decision]:
        """The checked answers, by member id."""
        data, keys = self.cleaned_data, [each.member.pk for each in self.people]
        return {key: Decision(data[f"stays_{key}"] == "yes", data[f"reason_{key}"]) for key in keys}


class EndNamingForm(forms.Form):
    """Which member is taken off."""

    member = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
