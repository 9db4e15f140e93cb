"""Typesets a document in a process of its own: JSON goes in on standard input, the PDF comes out on standard output.

The process has limits on memory and time, writes no file, and reaches no file of its empty folder, no package and no
font but ours. The data is only ever text: nothing in it is evaluated. `typeset` is the side that asks; `main` is the
other, called as `python -m casework.summaries.typesetter MEMORY SECONDS`.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from casework.summaries.glyphs import font_folders, named

SECONDS = 90  # 500 pages took under 5 seconds where measured; less than the two minutes after which a job is stalled
MEMORY = 3 * 1024**3  # bytes of address space; 500 pages needed a third of it where measured
BEAT = 0.25  # seconds between two words of progress
CHARACTERS_A_SECOND = 200_000  # for the progress alone
ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = Path(__file__).with_name("typst") / "summary.typ"
STANDARDS = ["a-2a", "ua-1"]


def gettext_noop(words: str) -> str:
    """Marks words for the translators under the name that makemessages looks for; Django's own wants settings."""
    return words


# Fixed words of the template. Those in `SummaryDocument.words` come first.
WORDS = {
    "about": gettext_noop("About this document"),
    "account": gettext_noop("What the child told"),
    "confidential_for": gettext_noop("Confidential: for %(recipient)s only"),
    "contents": gettext_noop("Contents"),
    "correction": gettext_noop("Correction"),
    "end": gettext_noop("End of copy %(copy)s."),
    "issued": gettext_noop("Issued"),
    "left_out": gettext_noop("What is left out"),
    "no_account": gettext_noop("Nothing of what the child told was chosen."),
    "no_answer": gettext_noop("No answer is recorded."),
    "no_question": gettext_noop("No question is recorded."),
    "no_records": gettext_noop("No entry of any agency was chosen."),
    "no_time_code": gettext_noop("no time code"),
    "no_time_codes": gettext_noop("No time codes are recorded for this telling."),
    "not_chosen": gettext_noop("Left out"),
    "not_recorded": gettext_noop("Not recorded"),
    "of": gettext_noop("of"),
    "page": gettext_noop("Page"),
    "part": gettext_noop("Part"),
    "reason": gettext_noop("Reason"),
    "records": gettext_noop("What the agencies recorded"),
    "withheld": gettext_noop("[Withheld: %(ground)s]"),
}


class DocumentProblem(Exception):
    """The document can't be made. `where`: which part of it, in words; empty when it is not one part."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message, self.where = message, where


def typeset(data: bytes, tell: Callable[[int], None]) -> bytes:
    """The PDF of what the template expects. `tell`: told 20 to 95, a few times a second.

    Raises: DocumentProblem.
    """
    code, pdf, said = _run(data, tell)
    if code != 0 or not pdf.startswith(b"%PDF-"):
        raise _problem(code, said)
    return pdf


def translated(words: str) -> str:
    """In the language that is active; as it stands where Django is not set up."""
    from django.conf import settings
    from django.utils.translation import gettext

    return gettext(words) if settings.configured else words


_ = translated  # the name that makemessages looks for


def unprintable(names: str) -> str:
    """The message about a character that no font has."""
    words = _("The character %(character)s can't be printed. Correct the text or leave it out.")
    return words % {"character": names}


def _run(data: bytes, tell: Callable[[int], None]) -> tuple[int, bytes, str]:
    """Exit code, PDF and last words of the other process. Raises: DocumentProblem when it takes too long.

    A subprocess and not multiprocessing: a Celery worker may have no children of that kind.
    """
    command = [sys.executable, "-m", "casework.summaries.typesetter", str(MEMORY), str(SECONDS)]
    # Two threads: each takes address space, and a machine of 64 processors would pass the limit by that alone.
    environment = {"LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), "RAYON_NUM_THREADS": "2", "MALLOC_ARENA_MAX": "2"}
    environment |= {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory(prefix="casework-typeset-") as empty, ThreadPoolExecutor(1) as pool:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=empty,
        )
        try:
            # In a thread and without a time limit: called again after one, `communicate` forgets the unsent rest.
            pdf, said = _wait(pool.submit(process.communicate, data), len(data), tell)
        finally:
            process.kill()  # nothing happens when it has ended
    return process.returncode, pdf, said.decode(errors="replace")


def _wait(talk: "Future[tuple[bytes, bytes]]", size: int, tell: Callable[[int], None]) -> tuple[bytes, bytes]:
    started = time.monotonic()
    while True:
        try:
            return talk.result(BEAT)
        except TimeoutError:
            passed = time.monotonic() - started
            if passed > SECONDS:
                raise _too_long() from None
            tell(_percent(passed, size))


def _percent(passed: float, size: int) -> int:
    """From 20 towards 95: typst doesn't say how far it is, so this is by size, and never quite there."""
    expected = 0.2 + size / CHARACTERS_A_SECOND
    return 20 + int(75 * passed / (passed + expected / 2))


def _too_long() -> DocumentProblem:
    words = _("Typesetting took longer than %(seconds)d seconds. Choose fewer passages.")
    return DocumentProblem(words % {"seconds": SECONDS})


def _problem(code: int, said: str) -> DocumentProblem:
    """What to tell the person who asked, from the exit code and the last words of the other process."""
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return _too_long()
    last = said.strip().splitlines()[-1:] or [""]
    if code == -signal.SIGABRT or "memory" in last[0].lower():
        return DocumentProblem(_("Typesetting needed more memory than it may have. Choose fewer passages."))
    try:
        reason = str(json.loads(last[0])["typst"])
    except (ValueError, KeyError, TypeError):
        return DocumentProblem(_("Typesetting stopped and did not say why. Nothing was issued."))
    if "could not be displayed with font" in reason or "disallowed codepoint" in reason:
        shown = reason.partition('`"')[2].partition('"`')[0]
        names = ", ".join(named(each) for each in shown if not each.isascii()) or shown
        return DocumentProblem(unprintable(names))
    words = _("The document could not be typeset (%(reason)s).")
    return DocumentProblem(words % {"reason": reason.splitlines()[0][:200]})


def main(memory: int, seconds: int) -> int:
    """Read, typeset, write. `memory`: bytes of address space. `seconds`: of processor time. Returns 0, or 1."""
    import typst  # of no use to whoever only asks

    _limit(memory, seconds)
    here = str(Path.cwd())
    nowhere = str(Path(here) / "none")
    compile_: Any = typst.compile  # its own types name no bytes and want literals
    try:
        pdf: bytes = compile_(
            TEMPLATE.read_bytes(),
            root=here,
            font_paths=[str(each) for each in font_folders()],
            ignore_system_fonts=True,
            sys_inputs={"data": sys.stdin.buffer.read().decode()},
            pdf_standards=STANDARDS,
            package_path=nowhere,
            package_cache_path=nowhere,
        )
    except typst.TypstError as problem:
        sys.stderr.write(json.dumps({"typst": str(problem)[:500]}) + "\n")
        return 1
    except MemoryError:
        sys.stderr.write(json.dumps({"memory": memory}) + "\n")
        return 1
    sys.stdout.buffer.write(pdf)
    sys.stdout.buffer.flush()
    return 0


def _limit(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the text
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # pipes are not files
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


if __name__ == "__main__":
    code = main(int(sys.argv[1]), int(sys.argv[2]))
    os._exit(code)  # nothing is left to tidy, and freeing 500 pages takes time
