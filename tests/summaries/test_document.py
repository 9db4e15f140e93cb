"""The document: what stands in it can be read, found, cited and checked, and what must not be in it is not.

The people are invented.
"""

import datetime
import multiprocessing
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from casework.summaries import typesetter
from casework.summaries.document import (
    CompartmentText,
    CorrectionText,
    DocumentProblem,
    EntryText,
    PassageText,
    SummaryDocument,
    TellingText,
    Text,
    Withheld,
    build_pdf,
)
from casework.summaries.glyphs import breakable, check_glyphs, direction_of, isolated, lines_of

MOMENT = datetime.datetime(2026, 3, 9, 14, 5, tzinfo=datetime.UTC)
QUESTIONS = (
    "Tell me everything that happened after you came home from school that day.",
    "You said that there was a telephone on the table. Tell me more about that.",
    "What happened next?",
    "Who else was in the flat then?",
)
ANSWERS = (
    "I put my bag down and he was already in the kitchen. He said that we would only talk for a little while, and that"
    " my mother had said it was all right. I did not think that she had.",
    "It was black, with a crack across one corner. He held it so that I could not see the screen. I asked why, and he"
    " did not answer. Then he put it away, and afterwards he took it out again.",
    "I do not remember. It was raining.",
    "Nobody. My brother Þórarinn was at football, and Żaneta from the third floor only came at six, as on every day.",
)
NAMES = ("Søren Ångström", "Łucja Dvořáková", "Ελένη Παπαδοπούλου", "Юлія Щербак", "فاطمة الزهراء", "שרה כהן־לוי")
RIGHT_TO_LEFT = (
    "قالت أمي إن الرجل (يوسف، 42 سنة) اتصل مرتين في 3 مارس. ثم قال لي: «لا تخبري أحدا».",
    "אמרתי לו שאני לא רוצה (פעמיים). הוא כתב לי ב־WhatsApp בשעה 21:40, ואחר כך מחק הכול.",
)


def make_passage(number: int, telling: str = "T1") -> PassageText:
    """The n-th invented passage: some read right to left, some are withheld in part, some are corrected."""
    answer: Any = ANSWERS[number % 4]
    if number % 13 == 6:
        answer = RIGHT_TO_LEFT[number % 2]
    if number % 11 == 5:
        answer = (Text("We drove to "), Withheld("address of third person"), Text(", behind the harbour, and waited."))
    corrected = CorrectionText(
        text="It was the second floor, not the third.",
        reason="Heard again on the recording.",
        made="11 March 2026",
        by=f"{NAMES[number % 6]}, interviewer, North Police",
    )
    return PassageText(
        cite=f"{telling} ¶{number}",
        question=QUESTIONS[number % 4],
        answer=answer,
        question_speaker="Interviewer",
        answer_speaker="Child",
        time_code=f"00:{number // 60 % 60:02}:{number % 60:02}" if number % 9 else "",
        corrections=(corrected,) if number % 17 == 3 else (),
    )


def make_entry(number: int) -> EntryText:
    """The n-th invented entry of an agency."""
    return EntryText(
        title=f"Conversation with the school, {NAMES[number % 6]}",
        nature=("Fact, observed by the author", "Report by another person", "Professional opinion")[number % 3],
        date=f"{number % 28 + 1} February 2026",
        author=f"{NAMES[(number + 4) % 6]}, social worker, Harbour Social Services",
        text=f"{ANSWERS[number % 4]}\n\n{RIGHT_TO_LEFT[number % 2]}\n{ANSWERS[(number + 1) % 4]}",
    )


def make_document(passages: int = 8, entries: int = 3, **changes: Any) -> SummaryDocument:
    """A summary with that much in it; 19 passages and 5 entries are about five pages."""
    told = tuple(make_passage(number) for number in range(1, passages + 1))
    facts = (
        ("Told to", "Łucja Dvořáková, North Police"),
        ("Start and end", "10:05 – 10:52"),
        ("Protocol", "NICHD"),
        ("Present or observing", "שרה כהן־לוי (advocate), فاطمة الزهراء (interpreter), Søren Ångström"),
        ("Language and interpreter", ""),
        ("In this document", f"{passages} of {passages + 12}"),
    )
    third = max(1, entries // 3)
    names = ("Police", "Social", "Medical")
    parts = [(name, range(place * third, (place + 1) * third)) for place, name in enumerate(names)]
    document = SummaryDocument(
        title="Summary for the hearing on protective measures",
        reference="K7QF-2M9D",
        pseudonym="Amber Heron",
        copy_number="K7QF-2M9D/S1/C1",
        recipient="Judge Ελένη Παπαδοπούλου, District Court",
        language="en",
        dated=MOMENT,
        facts=(
            ("Case", "K7QF-2M9D · Amber Heron"),
            ("Recipient", "Judge Ελένη Παπαδοπούλου, District Court"),
            ("Reference of the court", ""),
            ("Purpose", "Prosecute"),
            ("Legal basis", "Court order"),
            ("Prepared by", "فاطمة الزهراء, prosecutor, Crown Prosecution, 6 March 2026"),
            ("Approved by", "Юлія Щербак, supervisor, Crown Prosecution, 9 March 2026"),
        ),
        statement=(
            "This document holds passages and entries of one case that were chosen for the recipient named above.",
            "What the child told stands word for word. A correction stands beside its passage.",
        ),
        tellings=(TellingText("T1", "T1 · Joint interview, 3 March 2026", facts, told),) if told else (),
        compartments=tuple(
            CompartmentText(name, tuple(make_entry(number) for number in numbers)) for name, numbers in parts
        )
        if entries
        else (),
        left_out=(("T1 · Joint interview, 3 March 2026", "12 of 20"), ("Police", "4 of 5"), ("Therapy", "9 of 9")),
        absent=("No therapy entry was chosen.",),
    )
    return replace(document, **changes)


@pytest.fixture(scope="session")
def sample():
    """`sample(passages, entries, **changes)`: an invented summary."""
    return make_document


def telling_of(*answers):
    passages = tuple(
        PassageText(f"T1 ¶{number}", "What happened?", answer, "Interviewer", "Child", "00:01:00")
        for number, answer in enumerate(answers, start=1)
    )
    return (TellingText("T1", "T1 · Joint interview", (("Protocol", "NICHD"),), passages),)


def words_of(pdf, *options):
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def flat(text):
    return re.sub(r"[\s\u2066-\u2069\u202a-\u202e\u200e\u200f]+", " ", text)


@pytest.fixture(scope="module")
def document(sample):
    return sample(60, 9)


@pytest.fixture(scope="module")
def pdf(document):
    return build_pdf(document)


@pytest.fixture(scope="module")
def opened(pdf, tmp_path_factory):
    path = tmp_path_factory.mktemp("pdf") / "copy.pdf"
    path.write_bytes(pdf)
    with pikepdf.open(path) as found:
        yield found


# What it is


def test_file_is_sound(pdf, tmp_path):
    path = tmp_path / "copy.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_file_is_tagged_named_and_says_which_standards_it_keeps(opened):
    root = opened.Root
    assert root.MarkInfo.Marked
    assert root.Lang == "en"
    assert root.StructTreeRoot.K is not None
    assert root.ViewerPreferences.DisplayDocTitle
    assert opened.docinfo["/Title"] == "Summary for the hearing on protective measures"
    with opened.open_metadata() as about:
        assert (about["pdfaid:part"], about["pdfaid:conformance"], about["pdfuaid:part"]) == ("2", "A", "1")


def test_outline_leads_to_every_section(opened):
    with opened.open_outline() as outline:
        titles = [item.title for item in outline.root]
    shown = ("About this document", "What the child told", "What the agencies recorded", "What is left out")
    assert [title for title in titles if title.endswith(shown)] == titles
    assert len(titles) == len(shown)


def test_table_has_real_headers(opened):
    kinds = [str(each.S) for each in opened.objects if isinstance(each, pikepdf.Dictionary) and "/S" in each]
    assert kinds.count("/Table") >= 1
    assert kinds.count("/TH") == 2
    assert kinds.count("/H1") == 4


def test_no_image_anywhere(opened):
    seen = [each for each in opened.objects if isinstance(each, pikepdf.Stream)]
    assert len(seen) > 10
    assert not [each for each in seen if each.get("/Subtype") == "/Image"]
    assert not any(b"\nBI\n" in each.read_bytes() for page in opened.pages for each in [page.Contents])


def test_every_font_is_embedded_and_can_be_read_back(opened):
    fonts = [each for each in opened.objects if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font"]
    whole = [font for font in fonts if font.Subtype == "/Type0"]
    assert len(whole) >= 4
    assert all("/ToUnicode" in font for font in whole)
    descriptors = [font.DescendantFonts[0].FontDescriptor for font in whole]
    assert all("/FontFile2" in each or "/FontFile3" in each for each in descriptors)


def test_each_page_says_whose_copy_it_is(pdf, document):
    pages = words_of(pdf).split("\f")[:-1]
    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert f"Confidential: for {document.recipient} only" in flat(page)
        assert document.copy_number in page
        assert f"Page {number} of {len(pages)}" in flat(page)


def test_passages_and_entries_can_be_cited(pdf, document):
    text = words_of(pdf)
    assert all(re.search(rf"\bT1 ¶{number}\b", text) for number in range(1, 61))
    assert all(f"E{number} ¶2" in text for number in range(1, 10))


def test_names_in_every_script_can_be_found(pdf):
    text = flat(words_of(pdf))
    for name in ("Søren Ångström", "Łucja Dvořáková", "Ελένη Παπαδοπούλου", "Юлія Щербак", "فاطمة الزهراء"):
        assert name in text, name
    assert "לא רוצה" in text


def test_correction_and_absent_values_are_said(pdf):
    text = flat(words_of(pdf))
    assert "Correction, 11 March 2026, Юлія Щербак, interviewer" in text
    assert "Not recorded" in text
    assert "No therapy entry was chosen." in text
    assert "no time code" in text
    assert "9 March 2026, 14:05 UTC" in text


def test_empty_summary_says_what_is_absent(sample):
    text = flat(words_of(build_pdf(sample(0, 0))))
    assert "Nothing of what the child told was chosen." in text
    assert "No entry of any agency was chosen." in text


# What is in it is only ever text


@pytest.mark.parametrize(
    "written",
    ['#read("/etc/passwd")', "$x$ and *b* and _i_", "<script>alert(1)</script>", "= Heading", "#eval(\"1+1\")",
     '#import "@preview/a:0.1.0"', "\\u{41} `code` [x] // no comment", "https://example.org/a", "- 1. + /"],
)  # fmt: skip
def test_markup_comes_out_as_those_characters(sample, written):
    records = (CompartmentText("Police", (EntryText(written, written, "1 May", written, written),)),)
    pdf = build_pdf(sample(0, 0, title=written, tellings=telling_of(written), compartments=records))
    assert flat(words_of(pdf)).count(written) >= 6
    assert b"/URI" not in pdf


def test_withheld_text_is_gone_and_what_stands_beside_it_is_not(sample):
    told = (Text("He lives in "), Withheld("address of third person"), Text(" near us."))
    control = (Text("He lives in "), Text("Quxville Žďár 17"), Text(" near us."))
    shown = flat(words_of(build_pdf(sample(0, 0, tellings=telling_of(control)))))
    assert "He lives in Quxville Žďár 17 near us." in shown
    pdf = build_pdf(sample(0, 0, tellings=telling_of(told)))
    hidden = flat(words_of(pdf))
    assert "He lives in [Withheld: address of third person] near us." in hidden
    assert "Quxville" not in hidden
    assert "Ž" not in hidden


def test_right_to_left_line_does_not_drag_its_neighbours(sample):
    pdf = build_pdf(sample(0, 0, tellings=telling_of("אמרתי לו (פעמיים)\nThen I went home (alone).")))
    boxes = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)"[^>]*>([^<]*)<', words_of(pdf, "-bbox"))
    hebrew = [(float(right), top) for _left, top, right, word in boxes if re.search("[א-ת]", word)]
    assert hebrew
    assert max(right for right, _top in hebrew) > 525  # points: it begins at the right edge of its column
    start = [float(left) for left, _top, _right, word in boxes if word == "Then"]
    column = [float(left) for left, _top, _right, word in boxes if word == "What"]
    assert start
    assert round(start[0]) in [round(each) for each in column]  # and the next line at the left edge


def test_long_word_breaks_and_is_still_one_word(sample):
    word = "Wq" * 10_000
    pdf = build_pdf(sample(0, 0, tellings=telling_of(f"It was {word} there.")))
    text = words_of(pdf, "-raw")
    lines = [line.strip() for line in text.splitlines() if "WqWq" in line]
    assert "".join(lines) == f"00:01:00 Child It was {word} there."
    assert len(lines) > 300
    assert max(len(line) for line in lines[1:]) < 70
    assert "\u200b" not in text


# What can't be printed


@pytest.mark.parametrize(
    ("character", "name"),
    [("\U0001f600", "GRINNING FACE"), ("一", "CJK UNIFIED IDEOGRAPH-4E00"), ("\x00", "U+0000"), ("\x1b", "U+001B"),
     ("\u202e", "RIGHT-TO-LEFT OVERRIDE"), ("\ue000", "U+E000"), ("\uffff", "U+FFFF")],
)  # fmt: skip
def test_character_without_a_shape_is_named_with_its_place(sample, character, name):
    with pytest.raises(DocumentProblem) as problem:
        build_pdf(sample(0, 0, tellings=telling_of("Yes.", f"No{character}.")))
    assert name in problem.value.message
    assert problem.value.where == "T1 ¶2, answer"
    assert character not in str(problem.value)


def test_every_text_is_looked_at(sample):
    changes = [{name: "\U0001f600"} for name in ("title", "reference", "pseudonym", "copy_number", "recipient")]
    changes += [{name: ("\U0001f600",)} for name in ("statement", "absent")]
    changes += [{name: (("a", "\U0001f600"),)} for name in ("facts", "left_out")]
    for change in changes:
        with pytest.raises(DocumentProblem, match="GRINNING FACE"):
            build_pdf(sample(0, 0, **change))


def test_marks_that_no_one_font_combines_are_said_plainly(sample):
    """Each has a shape in some font, together they have none; typst finds out, or sets them as well as it can."""
    pdf = build_pdf(sample(0, 0, tellings=telling_of("a\u05b0 ש\u0301")))
    assert pdf.startswith(b"%PDF-")


def test_invisible_joiners_line_ends_and_tabs_are_no_problem(sample):
    pdf = build_pdf(sample(0, 0, tellings=telling_of("می\u200cخواهم\tسلام\r\nab\u00adcd\ufeff e\u2028f\rg")))
    text = words_of(pdf)
    assert "\ufeff" not in text
    assert pdf.startswith(b"%PDF-")


# The other process


def test_too_little_memory_is_said_in_words(sample, monkeypatch):
    monkeypatch.setattr(typesetter, "MEMORY", 130 * 1024**2)
    with pytest.raises(DocumentProblem, match="more memory than it may have"):
        build_pdf(sample(300, 3))


def test_too_long_is_said_in_words(sample, monkeypatch):
    monkeypatch.setattr(typesetter, "SECONDS", 0)
    monkeypatch.setattr(typesetter, "BEAT", 0.01)
    with pytest.raises(DocumentProblem, match="took longer than"):
        build_pdf(sample(300, 3))


def test_progress_only_rises_and_ends_at_a_hundred(sample, monkeypatch):
    monkeypatch.setattr(typesetter, "BEAT", 0.02)
    told: list[int] = []
    build_pdf(sample(200, 3), told.append)
    assert told == sorted(told)
    assert told[-1] == 100
    assert len(told) > 5


def _build_in_daemon(queue, document):
    queue.put(build_pdf(document)[:5])


def test_works_in_a_worker_that_may_have_no_children_of_its_kind(sample):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    worker = context.Process(target=_build_in_daemon, args=(queue, sample(1, 0)), daemon=True)
    worker.start()
    assert queue.get(timeout=20) == b"%PDF-"
    worker.join(10)
    assert worker.exitcode == 0


def test_template_reaches_no_file_and_no_package(tmp_path):
    """The same call as the template gets, with a template that tries."""
    probe = Path(typesetter.__file__).read_text(encoding="utf-8")
    for attempt in ('#read("/etc/passwd")', '#read("../../etc/passwd")', '#import "@preview/cetz:0.3.1": *'):
        bad = tmp_path / "bad.typ"
        bad.write_text(attempt, encoding="utf-8")
        (tmp_path / "empty").mkdir(exist_ok=True)
        code = (
            "from pathlib import Path; from casework.summaries import typesetter as t;"
            f"t.TEMPLATE = Path({str(bad)!r}); raise SystemExit(t.main({typesetter.MEMORY}, 20))"
        )
        done = subprocess.run(
            [typesetter.sys.executable, "-c", code], input=b"{}", capture_output=True, check=False,
            cwd=tmp_path / "empty", env={"PYTHONPATH": str(typesetter.ROOT)},
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert b"root:" not in done.stdout + done.stderr
    assert "eval(" not in typesetter.TEMPLATE.read_text(encoding="utf-8")
    assert "eval(" not in probe


# Small things


def test_direction_is_that_of_the_first_letter():
    assert direction_of("3 (שרה) and") == "rtl"
    assert direction_of("a שרה") == "ltr"
    assert direction_of("12:30 – ?") == ""


def test_names_that_read_right_to_left_are_set_apart():
    assert isolated("by שרה כהן, 12") == "by \u2068שרה כהן\u2069, 12"
    assert isolated("שרה (advocate), فاطمة") == "\u2068שרה\u2069 (advocate), \u2068فاطمة\u2069"
    assert isolated("Søren") == "Søren"


def test_breakable_keeps_every_character():
    text = "short " + "x" * 100 + "  and é\u0301" + "e\u0301" * 40
    pieces = breakable(text)
    assert "".join(pieces) == text
    assert not any(piece.startswith("\u0301") for piece in pieces)
    assert breakable("only short words") == "only short words"


def test_lines_and_glyphs_of_plain_text():
    assert lines_of("a\r\nb\rc\td") == ["a", "b", "c d"]
    assert check_glyphs("Ångström Ž ц λ ש ع «»„“–…€¶\n\t") is None
