"""Forms of the log of one occasion: the log itself, and its rows of people and of breaks."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Member
from casework.account.actions import TellingLog
from casework.account.kinds import Protocol, TellingKind
from casework.account.references import check_reference
from casework.account.session import Pause, PersonPresent, Seat, problem_of_times
from casework.cases.fields import KeptText
from casework.web.forms import DateField, today_anywhere

NOT_SAID = [("", _("Not said"))]


def text(label: Promise, limit: int, rows: int = 1, help_text: Promise | str = "") -> KeptText:
    """A text that may stay empty: not recorded is not the same as none."""
    return KeptText(label=label, limit=limit, rows=rows, required=False, help_text=help_text)


class ReferenceText(KeptText):
    """A reference in words: no address, no name of a file."""

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        check_reference(value or "")


def reference(label: Promise, limit: int, help_text: Promise | str = "") -> KeptText:
    """A reference in words, that may stay empty."""
    return ReferenceText(label=label, limit=limit, required=False, help_text=help_text, addresses=False)


def clock(label: Any, help_text: Any = "") -> forms.TimeField:
    """A local time to the minute, in a plain text box."""
    return forms.TimeField(
        label=label, required=False, help_text=help_text, input_formats=["%H:%M", "%H.%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"inputmode": "numeric", "autocomplete": "off", "size": 5}),
    )  # fmt: skip


class TellingForm(forms.Form):
    """The log of one occasion. `number`, `version`: what the page showed, for a page that has become stale."""

    number = forms.IntegerField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(label=_("What kind of telling was it?"), choices=TellingKind, widget=forms.RadioSelect)
    told_on = DateField(
        label=_("Date"), required=False,
        help_text=_("For example 27 3 2026. Only of a prior disclosure may the day be open."),
    )  # fmt: skip
    told_when = text(_("When, in words"), 200, 1, _("Where the day is not known: for example before the holidays."))
    started_at = clock(_("Start"), _("Local time, for example 10:05."))
    ended_at = clock(_("End"), _("Local time, for example 10:50."))
    place = text(_("Where"), 300)
    language = text(_("Language and interpreter"), 200)
    told_to = KeptText(label=_("Told to"), limit=300, help_text=_("Name first, then the function: of who listened."))
    interviewer = forms.ChoiceField(
        label=_("Who interviewed, if a member of an agency on this case"), choices=NOT_SAID, required=False,
        help_text=_("So that a later interview can be held by the same person, who also seals this one."),
    )  # fmt: skip
    present = text(_("Notes on who was there"), 1_000, 3)
    protocol = forms.ChoiceField(label=_("Protocol"), choices=Protocol)
    circumstances = text(_("Circumstances"), 2_000, 5, _("What had happened before, and how it came to be told."))
    questions_asked = text(
        _("Which questions were asked of the child"), 5_000, 5,
        _("Where there is no transcript: as exactly as whoever asked remembers."),
    )  # fmt: skip
    demeanour = text(_("How the child communicated"), 2_000, 5, _("What was seen and heard, not what it may mean."))
    drawings = text(_("Drawings and props, in words"), 2_000, 3, _("What was used and where it is kept. No picture."))
    breaks = text(_("Notes on breaks"), 1_000, 2)
    recording_reference = reference(
        _("Reference of the recording"), 200, _("A reference in words, never the recording or its address.")
    )
    recording_custodian = reference(_("Who keeps the recording"), 200)
    note_reference = reference(_("Where the original note is"), 300, _("Who keeps it, and under which reference."))
    new_topics = text(_("New topics that came up"), 2_000, 3)
    protection = text(_("What was done at once for the child's protection"), 2_000, 3)
    salient_points = text(_("Salient points, as agreed by police and social work"), 5_000, 6)

    GROUPS = (
        (_("When and where"), ("kind", "told_on", "told_when", "started_at", "ended_at", "place", "language"), ""),
        (_("Who heard it"), ("told_to", "interviewer"), "people"),
        ("", ("present",), ""),
        (_("How it was told"), ("protocol", "circumstances", "questions_asked", "demeanour", "drawings"), "pauses"),
        ("", ("breaks",), ""),
        (_("Recording and notes"), ("recording_reference", "recording_custodian", "note_reference"), ""),
        (_("What follows from it"), ("new_topics", "protection", "salient_points"), ""),
    )

    def offer_interviewers(self, members: Iterable[Member]) -> None:
        """Let these members be chosen as interviewer."""
        named = [(str(each.pk), f"{each.name}, {each.agency.name}") for each in members]
        self.fields["interviewer"].choices = [*NOT_SAID, *named]  # type: ignore[attr-defined]

    def clean_told_on(self) -> datetime.date | None:
        told_on: datetime.date | None = self.cleaned_data["told_on"]
        if told_on is not None and told_on > today_anywhere():
            raise ValidationError(_("This date is in the future."))
        return told_on

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        is_prior = cleaned.get("kind") == TellingKind.PRIOR
        if "told_on" in cleaned and cleaned["told_on"] is None and not is_prior:
            self.add_error("told_on", _("Enter a date."))
        start, end = cleaned.get("started_at"), cleaned.get("ended_at")
        if start and end and end < start:
            self.add_error("ended_at", _("The end lies before the start."))
        return cleaned

    def log(self, people: Sequence[PersonPresent] = (), pauses: Sequence[Pause] = ()) -> TellingLog:
        """What was typed, with these rows. Only for a valid form."""
        apart = {"people", "pauses", "interviewer_id"}
        typed = {name: self.cleaned_data[name] for name in TellingLog.__dataclass_fields__ if name not in apart}
        interviewer = self.cleaned_data["interviewer"]
        return TellingLog(
            **typed,
            interviewer_id=int(interviewer) if interviewer else None,
            people=tuple(people),
            pauses=tuple(pauses),
        )


class PersonForm(forms.Form):
    """One person who was there, beside the child and the one told to. An empty row is no row."""

    name = KeptText(label=_("Name"), limit=120)
    function = text(_("Function"), 120)
    agency = forms.ChoiceField(label=_("Agency"), choices=NOT_SAID, required=False)
    other = text(_("Other agency"), 120)
    seat = forms.ChoiceField(label=_("Where"), choices=Seat, initial=Seat.ROOM)

    def offer_agencies(self, agencies: Sequence[Agency]) -> None:
        """Let these agencies be chosen: those that take part."""
        self.fields["agency"].choices = [*NOT_SAID, *((str(each.pk), each.name) for each in agencies)]  # type: ignore[attr-defined]

    def person(self) -> PersonPresent:
        """What was typed. Only for a valid row that is not empty."""
        typed = self.cleaned_data
        agency = dict(self.fields["agency"].choices).get(typed["agency"], "") if typed["agency"] else typed["other"]  # type: ignore[attr-defined]
        return PersonPresent(
            name=typed["name"],
            function=typed["function"],
            agency_id=int(typed["agency"]) if typed["agency"] else None,
            agency=str(agency),
            seat=typed["seat"],
        )

    @staticmethod
    def typed_of(person: PersonPresent) -> dict[str, Any]:
        """Initial values of the row for this person."""
        return {
            "name": person.name,
            "function": person.function,
            "agency": str(person.agency_id or ""),
            "other": "" if person.agency_id else person.agency,
            "seat": person.seat,
        }


class PauseForm(forms.Form):
    """One break. An empty row is no row."""

    started_at = clock(_("From"))
    ended_at = clock(_("Until"))
    reason = text(_("Reason"), 300)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("started_at"):
            self.add_error("started_at", _("Say when the break began."))
        return cleaned

    def pause(self) -> Pause:
        """What was typed. Only for a valid row that is not empty."""
        return Pause(**{name: self.cleaned_data[name] for name in ("started_at", "ended_at", "reason")})

    @staticmethod
    def typed_of(pause: Pause) -> dict[str, Any]:
        """Initial values of the row for this break."""
        return vars(pause)


def check_pauses(form: TellingForm, rows: Sequence[PauseForm]) -> None:
    """Put beside its row what is wrong with the time of a break."""
    used = [row for row in rows if row.has_changed() and row.is_valid()]
    start, end = form.cleaned_data.get("started_at"), form.cleaned_data.get("ended_at")
    place, problem = problem_of_times(start, end, [row.pause() for row in used])
    if problem:
        used[place].add_error("started_at", problem)
