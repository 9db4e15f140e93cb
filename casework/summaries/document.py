"""The court-ready document: what stands in it, as frozen values, and the PDF made of them.

Typeset by typst in a process of its own, with limits and without reach; PDF/A-2a and PDF/UA-1. No image at all.
"""

import datetime
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from casework.summaries.glyphs import breakable, check_glyphs, direction_of, isolated, lines_of
from casework.summaries.typesetter import WORDS, DocumentProblem, typeset, unprintable
from casework.summaries.typesetter import translated as _

__all__ = ["DocumentProblem", "SummaryDocument", "build_pdf"]

SHORT_CORRECTION = 1_200  # characters; a shorter one stays in one piece on its page


@dataclass(frozen=True)
class Text:
    """A run of text that is shown."""

    text: str


@dataclass(frozen=True)
class Withheld:
    """A run that was taken out before it came here. `ground`: in words, such as "address of third person"."""

    ground: str


Runs = str | tuple[Text | Withheld, ...]


@dataclass(frozen=True)
class CorrectionText:
    """A dated addition to a passage. `made`: date in words; `by`: name, role and agency as they were."""

    text: Runs
    reason: Runs
    made: str
    by: str


@dataclass(frozen=True)
class PassageText:
    """`cite`: `T1 ¶14`. Question and answer verbatim; either may be empty."""

    cite: str
    question: Runs
    answer: Runs
    question_speaker: str = ""
    answer_speaker: str = ""
    time_code: str = ""
    corrections: tuple[CorrectionText, ...] = ()


@dataclass(frozen=True)
class TellingText:
    """One occasion. `facts`: label and value pairs, such as ("Date", "3 March 2026"); an absent value is said so."""

    label: str
    heading: str
    facts: tuple[tuple[str, str], ...]
    passages: tuple[PassageText, ...]


@dataclass(frozen=True)
class EntryText:
    """`nature`: fact, report or opinion, in words. `author`: name, role and agency as they were, and who changed it."""

    title: Runs
    nature: str
    date: str
    author: str
    text: Runs


@dataclass(frozen=True)
class CompartmentText:
    """The chosen entries of one compartment, oldest first. They are numbered `E1`, `E2`, ... through the document."""

    name: str
    entries: tuple[EntryText, ...]


@dataclass(frozen=True)
class SummaryDocument:
    """Everything that stands in one numbered copy. All texts as they shall be read; `dated`: UTC, said in words.

    `language`: code of the fixed words, such as `en` or `pt-br`. `words`: fixed words of the template to use instead of
    those in `WORDS`, by key.
    """

    title: str
    reference: str
    pseudonym: str
    copy_number: str
    recipient: str
    language: str
    dated: datetime.datetime
    facts: tuple[tuple[str, str], ...]
    statement: tuple[str, ...]
    tellings: tuple[TellingText, ...] = ()
    compartments: tuple[CompartmentText, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, ...] = ()
    words: dict[str, str] = field(default_factory=dict)


def build_pdf(document: SummaryDocument, progress: Callable[[int], None] | None = None) -> bytes:
    """The PDF of a document, not signed yet. `progress`: told 0 to 100, at least four times a second.

    Raises: DocumentProblem in words for the person who asked.
    """
    tell = progress or (lambda _percent: None)
    tell(5)
    _check_texts(document)
    tell(15)
    data = json.dumps(_data(document), ensure_ascii=False).encode()
    tell(20)
    pdf = typeset(data, tell)
    tell(100)
    return pdf


def _check_texts(document: SummaryDocument) -> None:
    """Every character must have a shape in our fonts. Raises: DocumentProblem with character and place."""
    for where, text in _texts(document):
        missing = check_glyphs(_plain(text))
        if missing is not None:
            raise DocumentProblem(unprintable(missing), where)


def _plain(text: Runs) -> str:
    """What will be printed of a text, in one piece."""
    if isinstance(text, str):
        return text
    return "".join(each.text if isinstance(each, Text) else each.ground for each in text)


def _texts(document: SummaryDocument) -> Iterator[tuple[str, Runs]]:
    """Every text that will be printed, with the place where a person finds it."""
    head = (document.title, document.reference, document.pseudonym, document.copy_number, document.recipient)
    yield from ((_("Title page"), text) for text in head)
    for name, value in (*document.facts, *document.left_out, *document.words.items()):
        yield name, name + value
    for text in (*document.statement, *document.absent):
        yield _("Statement"), text
    for telling in document.tellings:
        yield telling.label, telling.heading
        yield from ((f"{telling.label}, {name}", name + value) for name, value in telling.facts)
        for passage in telling.passages:
            yield from _texts_of_passage(passage)
    for compartment in document.compartments:
        yield compartment.name, compartment.name
        for entry in compartment.entries:
            where = f"{compartment.name}, {entry.date}"
            yield from ((where, text) for text in (entry.title, entry.nature, entry.date, entry.author, entry.text))


def _texts_of_passage(passage: PassageText) -> Iterator[tuple[str, Runs]]:
    beside = (passage.time_code, passage.question_speaker, passage.answer_speaker)
    yield from ((passage.cite, text) for text in (passage.cite, *beside))
    yield f"{passage.cite}, {_('question')}", passage.question
    yield f"{passage.cite}, {_('answer')}", passage.answer
    for each in passage.corrections:
        for text in (each.text, each.reason, each.made, each.by):
            yield f"{passage.cite}, {_('correction')}", text


def _data(document: SummaryDocument) -> dict[str, Any]:
    """What the template expects."""
    words = {name: _(text) for name, text in WORDS.items()} | document.words
    dated = document.dated.astimezone(datetime.UTC)
    lang, _minus, region = document.language.partition("-")
    issued = (words["issued"], _moment(dated))
    numbers = iter(range(1, sum(len(each.entries) for each in document.compartments) + 1))
    return {
        "title": document.title,
        "title_line": _line(document.title, words),
        "pseudonym": document.pseudonym,
        "reference": document.reference,
        "copy_number": document.copy_number,
        "confidential": words["confidential_for"] % {"recipient": isolated(document.recipient)},
        "end": words["end"] % {"copy": document.copy_number},
        "lang": lang.lower(),
        "dir": direction_of(words["about"]) or "ltr",
        "region": region.upper() if len(region) == 2 else None,  # as ISO 3166 has it
        "dated": list(dated.timetuple()[:6]),
        "words": words,
        "facts": _facts((*document.facts, issued), words),
        "statement": [_lines(each, words) for each in document.statement],
        "tellings": [_telling(each, words) for each in document.tellings],
        "compartments": [
            {"name": each.name, "entries": [_entry(entry, next(numbers), words) for entry in each.entries]}
            for each in document.compartments
        ],
        "left_out": [[_line(isolated(name), words), value] for name, value in document.left_out],
        "absent": [_lines(each, words) for each in document.absent],
    }


def _moment(moment: datetime.datetime) -> str:
    """`23 November 2026, 21:11 UTC`, with the month in the active language."""
    return f"{moment.day} {_(moment.strftime('%B'))} {moment.year}, {moment:%H:%M} UTC"


def _telling(telling: TellingText, words: dict[str, str]) -> dict[str, Any]:
    timed = any(passage.time_code for passage in telling.passages)
    absent = words["no_time_code"] if timed else ""
    return {
        "heading": _line(isolated(telling.heading), words),
        "facts": _facts(telling.facts, words),
        "note": "" if timed or not telling.passages else words["no_time_codes"],
        "passages": [_passage(each, absent, words) for each in telling.passages],
    }


def _passage(passage: PassageText, no_time_code: str, words: dict[str, str]) -> dict[str, Any]:
    return {
        "cite": passage.cite,
        "time_code": passage.time_code or no_time_code,
        "question_speaker": _own_lines(passage.question_speaker, words),
        "answer_speaker": _own_lines(passage.answer_speaker, words),
        "question": _lines(passage.question or words["no_question"], words),
        "answer": _lines(passage.answer or words["no_answer"], words),
        "corrections": [
            {
                "head": f"{words['correction']}, {each.made}, {isolated(each.by)}",
                "long": len(_plain(each.text)) + len(_plain(each.reason)) > SHORT_CORRECTION,
                "text": _lines(each.text, words),
                "reason": _lines(each.reason or words["not_recorded"], words),
            }
            for each in passage.corrections
        ],
    }


def _entry(entry: EntryText, number: int, words: dict[str, str]) -> dict[str, Any]:
    cite = f"E{number}"
    return {
        "cite": cite,
        "title": _line(entry.title, words),
        "nature": entry.nature,
        "date": entry.date,
        "author": _own_lines(entry.author or words["not_recorded"], words),
        "paragraphs": [
            {"cite": f"{cite} ¶{place}", "line": line}
            for place, line in enumerate(_lines(entry.text or words["not_recorded"], words), start=1)
        ],
    }


def _facts(rows: tuple[tuple[str, str], ...], words: dict[str, str]) -> list[Any]:
    return [[name, _own_lines(value or words["not_recorded"], words)] for name, value in rows]


def _own_lines(text: str, words: dict[str, str]) -> list[dict[str, Any]]:
    """Lines that name people: they read as the document does, whatever letters a name begins with."""
    return [line | {"dir": ""} for line in _lines(isolated(text), words)]


def _line(text: Runs, words: dict[str, str]) -> dict[str, Any]:
    """A text that stands in one line, such as a title."""
    lines = _lines(text, words)
    return {"dir": lines[0]["dir"], "runs": [run for line in lines for run in line["runs"]]} if lines else EMPTY


EMPTY: dict[str, Any] = {"dir": "", "runs": [""]}


def _lines(text: Runs, words: dict[str, str]) -> list[dict[str, Any]]:
    """The lines of a text that hold anything, each with its own direction and its runs."""
    lines: list[list[Any]] = [[]]
    shown = [""]
    for each in (Text(text),) if isinstance(text, str) else text:
        if isinstance(each, Withheld):
            lines[-1].append({"withheld": words["withheld"] % {"ground": isolated(each.ground)}})
            continue
        first, *rest = lines_of(each.text)
        lines[-1].append(breakable(first))
        shown[-1] += first
        lines += [[breakable(line)] for line in rest]
        shown += rest
    pairs = zip(lines, shown, strict=True)
    return [{"dir": direction_of(seen), "runs": runs} for runs, seen in pairs if _holds_something(runs)]


def _holds_something(runs: list[Any]) -> bool:
    return any(not isinstance(run, str) or run.strip() for run in runs)
