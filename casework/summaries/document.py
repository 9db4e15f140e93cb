"""The court-ready document: what stands in it, as frozen values, and the PDF made of them.

Typeset by typst in a process of its own, with limits and without reach; PDF/A-2a and PDF/UA-1. No image at all.
"""

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from casework.summaries.glyphs import check_glyphs, shortest_breakable

SECONDS = 120  # 500 pages took 4 seconds where measured; a slow machine gets thirty times that
MARK = "DOCUMENT-PROBLEM:"


class DocumentProblem(Exception):
    """The document can't be made. `where`: which part of it, in words; empty when it is not one part."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where


@dataclass(frozen=True)
class CorrectionText:
    """A dated addition to a passage. `made`: date in words; `by`: name, role and agency as they were."""

    text: str
    reason: str
    made: str
    by: str


@dataclass(frozen=True)
class PassageText:
    """`cite`: `T1 ¶14`. Question and answer verbatim; either may be empty."""

    cite: str
    question: str
    answer: str
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
    """`nature`: fact, report or opinion, in words. `author`: name, role and agency as they were."""

    title: str
    nature: str
    date: str
    author: str
    text: str


@dataclass(frozen=True)
class CompartmentText:
    """The chosen entries of one compartment, oldest first."""

    name: str
    entries: tuple[EntryText, ...]


@dataclass(frozen=True)
class SummaryDocument:
    """Everything that stands in one numbered copy. All texts as they shall be read; `dated`: UTC.

    `words`: the fixed words of the template in the language of the document, by key.
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
    """The PDF of a document, not signed yet. `progress`: told 0 to 100.

    Raises: DocumentProblem in words for the person who asked.
    """
    tell = progress or (lambda _percent: None)
    tell(5)
    _check_texts(document)
    tell(20)
    data = asdict(document)
    data["dated"] = list(document.dated.astimezone(datetime.UTC).timetuple()[:6])
    command = [sys.executable, "-m", "casework.summaries.typesetter"]
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            command, input=json.dumps(shortest_breakable(data)).encode(), capture_output=True,
            timeout=SECONDS, env=environment, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise DocumentProblem(f"Typesetting took longer than {SECONDS} seconds. Choose fewer passages.") from None
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        raise DocumentProblem(_reason(done))
    tell(90)
    return done.stdout


def _reason(done: "subprocess.CompletedProcess[bytes]") -> str:
    said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.startswith(MARK)]
    if said:
        return said[-1].removeprefix(MARK).strip()
    return "Typesetting needed more memory than it may have. Choose fewer passages."


def _check_texts(document: SummaryDocument) -> None:
    """Every character must have a shape in our fonts. Raises: DocumentProblem with character and place."""
    for where, text in _texts(document):
        missing = check_glyphs(text)
        if missing is not None:
            raise DocumentProblem(f"the character {missing} can't be printed. Correct the text or leave it out.", where)


def _texts(document: SummaryDocument) -> list[tuple[str, str]]:
    texts = [(document.words.get("title", "Title"), document.title), ("", document.recipient)]
    for telling in document.tellings:
        for passage in telling.passages:
            texts += [(passage.cite, passage.question), (passage.cite, passage.answer)]
            texts += [(passage.cite, passage.question_speaker), (passage.cite, passage.answer_speaker)]
            texts += [(passage.cite, each.text + each.reason) for each in passage.corrections]
        texts += [(telling.label, value) for _name, value in telling.facts]
    for compartment in document.compartments:
        for entry in compartment.entries:
            texts += [(f"{compartment.name}, {entry.date}", entry.title + entry.text + entry.author)]
    return texts + [("", value) for _name, value in document.facts]
