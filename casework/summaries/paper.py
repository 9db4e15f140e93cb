"""From the rows of a case to the document: every text as it shall be read, what is absent said as absent."""

import datetime
import io
from collections.abc import Callable
from typing import Any

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.reader import PdfFileReader

from casework.account.models import Telling
from casework.account.selectors import PassageReading
from casework.cases.models import Entry
from casework.summaries.document import (
    CompartmentText,
    CorrectionText,
    EntryText,
    PassageText,
    SummaryDocument,
    TellingText,
    build_pdf,
)
from casework.summaries.keys import signing_key
from casework.summaries.left_out import LeftOut, left_out_of
from casework.summaries.models import Summary, SummaryCopy
from casework.summaries.selectors import CompartmentPart, Contents, TellingPart
from casework.summaries.signing import sign_pdf

TYPESET = 95  # percent of the work that is done before the signature


def build(document: SummaryDocument, progress: Callable[[int], None]) -> tuple[bytes, int]:
    """The signed PDF and its number of pages. `progress`: told 0 to 100.

    Raises: DocumentProblem or SigningProblem, in words for the person who asked.
    """
    key = signing_key()
    pdf = build_pdf(document, lambda percent: progress(percent * TYPESET // 100))
    signed = sign_pdf(pdf, key, reason=document.copy_number)
    return signed, count_pages(signed)


def count_pages(pdf: bytes) -> int:
    """How many pages a PDF of ours has."""
    return int(PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Count"])


def paper_of(copy: SummaryCopy, contents: Contents) -> SummaryDocument:
    """What will stand in this copy, in the language that is active. Needs an open reading."""
    summary, case = copy.summary, copy.case
    left_out = left_out_of(summary)
    totals = {part.place: part.total for part in left_out}
    return SummaryDocument(
        title=summary.title,
        reference=case.reference,
        pseudonym=case.pseudonym,
        copy_number=copy_label(copy),
        recipient=summary.recipient,
        language=translation.get_language() or "en",
        dated=timezone.now(),
        facts=_facts(copy),
        statement=_statement(copy),
        tellings=tuple(_telling(part, totals) for part in contents.tellings if part.passages),
        compartments=tuple(_compartment(part) for part in contents.compartments if part.entries),
        left_out=tuple((part.name, part.words) for part in left_out),
        absent=_absent(summary, left_out),
        words=_words(),
    )


def copy_label(copy: SummaryCopy) -> str:
    """`K7QF-2M9D S1/3`: how a copy is named on paper, in its file and in the register."""
    return f"{copy.case.reference} {copy.summary.label}/{copy.number}"


def _facts(copy: SummaryCopy) -> tuple[tuple[str, str], ...]:
    summary, case = copy.summary, copy.case
    return (
        (_("Case"), f"{case.reference} · {case.pseudonym}"),
        (_("Lead agency"), case.lead_agency.name),
        (_("Recipient"), summary.recipient),
        (_("Reference of the court"), _or_absent(summary.court_reference)),
        (_("Purpose"), str(summary.get_purpose_display())),
        (_("Legal basis"), str(summary.get_legal_basis_display())),
        (_("Put together by"), f"{summary.made_by_label}, {_day(summary.made_at)}"),
        (_("Approved by"), f"{summary.decided_by_label}, {_day(summary.decided_at)}"),
        (_("Copy"), _("%(label)s, asked for by %(name)s") % {"label": copy_label(copy), "name": copy.asked_by_label}),
    )


def _statement(copy: SummaryCopy) -> tuple[str, ...]:
    return (
        _(
            "This document holds passages and entries of one case that were chosen for the recipient named above and"
            " for no one else. It was approved by a second person. The copy is numbered, signed and registered."
        ),
        _(
            "What the child told stands word for word, as it was sealed. A correction stands beside its passage, with"
            " its date and author. The child is called by a pseudonym throughout."
        ),
        _(
            "An entry says of itself whether it is a fact that its author observed, a report by another person, or a"
            " professional opinion."
        ),
    )


def _telling(part: TellingPart, totals: dict[str, int]) -> TellingText:
    telling = part.telling
    times = " – ".join(f"{time:%H:%M}" for time in (telling.started_at, telling.ended_at) if time)
    return TellingText(
        label=telling.label,
        heading=_heading(part),
        facts=(
            (_("Told to"), _or_absent(telling.told_to)),
            (_("Start and end"), _or_absent(times)),
            (_("Protocol"), str(telling.get_protocol_display())),
            (_("Where"), _or_absent(telling.place)),
            (_("Present or observing"), _or_absent(telling.present)),
            (_("Language and interpreter"), _or_absent(telling.language)),
            (_("Recording"), _or_absent(telling.recording_reference)),
            (_("Sealed"), _sealed(telling)),
            (_("In this document"), _of(len(part.chosen), totals[telling.label])),
        ),
        passages=tuple(_passage(reading) for reading in part.passages),
    )


def _sealed(telling: Telling) -> str:
    """When, and by which two people; by one, where it was sealed before two were asked for."""
    sealer = telling.sealed_by.name if telling.sealed_by is not None else ""
    names = {"day": _day(telling.sealed_at), "first": telling.signed_by_label, "second": telling.sealed_by_label}
    if telling.sealed_by_label:
        return _("%(day)s, by %(first)s and %(second)s") % names
    return _("%(day)s, by %(name)s") % {"day": names["day"], "name": sealer}


def _passage(reading: PassageReading) -> PassageText:
    passage = reading.passage
    return PassageText(
        cite=reading.label,
        question=passage.question,
        answer=passage.answer,
        question_speaker=passage.question_speaker or _("Question"),
        answer_speaker=passage.answer_speaker or _("Answer"),
        time_code=passage.time_code,
        corrections=tuple(
            CorrectionText(each.text, each.reason, _day(each.made_at), each.made_by_label)
            for each in reading.corrections
        ),
    )


def _compartment(part: CompartmentPart) -> CompartmentText:
    return CompartmentText(part.label, tuple(_entry(entry) for entry in part.entries))


def _entry(entry: Entry) -> EntryText:
    author = (entry.author_name, entry.author_roles, entry.author_agency)
    return EntryText(
        title=entry.title,
        nature=str(entry.get_nature_display()),
        date=_day(entry.happened_on),
        author=", ".join(part for part in author if part) + _changed(entry),
        text=entry.text,
    )


def _changed(entry: Entry) -> str:
    if entry.changed_at is None:
        return ""
    return "; " + _("changed by %(who)s, %(day)s") % {"who": entry.changed_by_label, "day": _day(entry.changed_at)}


def _absent(summary: Summary, left_out: tuple[LeftOut, ...]) -> tuple[str, ...]:
    counted = _("Counted over the whole case when this summary was approved, on %(day)s.")
    absent = [counted % {"day": _day(summary.decided_at)}, _("What is not listed here was not recorded or not sealed.")]
    if not any(part.is_told for part in left_out):
        absent.append(_("No sealed telling of this child is recorded."))
    return tuple(absent)


def _words() -> dict[str, str]:
    return {
        "about": _("About this document"),
        "account": _("What the child told"),
        "at": _("at"),
        "correction": _("Correction"),
        "left_out": _("What is left out"),
        "no_account": _("Nothing of what the child told was chosen."),
        "not_chosen": _("Left out"),
        "page": _("Page"),
        "part": _("Part"),
        "reason": _("Reason"),
        "title": _("Title"),
    }


def _heading(part: TellingPart) -> str:
    telling = part.telling
    return f"{telling.label} · {telling.get_kind_display()}, {_day(telling.told_on)}"


def _of(number: int, total: int) -> str:
    return _("%(number)d of %(total)d") % {"number": number, "total": total}


def _or_absent(text: str) -> str:
    return text or _("Not recorded")


def _day(day: Any) -> str:
    """A day in words, in UTC for a moment; said as absent when there is none."""
    if day is None:
        return _("Not recorded")
    if isinstance(day, datetime.datetime):
        day = day.astimezone(datetime.UTC).date()
    return str(date_format(day, "j F Y"))
