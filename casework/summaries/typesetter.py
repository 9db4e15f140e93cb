"""Typesets one document in a process of its own: JSON on standard input, PDF on standard output.

The process has limits on memory and time, an empty root folder, no network package and no font but ours. The data is
only ever text: nothing in it is evaluated.
"""

import resource
import shutil
import sys
import tempfile
from pathlib import Path

import typst

from casework.summaries.glyphs import font_folders

MEMORY = 3 * 1024**3  # bytes of address space; 500 pages needed 0.8 GB where measured
SECONDS = 110
TEMPLATE = Path(__file__).with_name("typst") / "summary.typ"
MARK = "DOCUMENT-PROBLEM:"


def main() -> int:
    """Read, typeset, write. Returns 0, or 1 with one line on standard error."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read().decode()
    with tempfile.TemporaryDirectory(prefix="casework-typeset-") as folder:
        shutil.copy(TEMPLATE, folder)
        nowhere = Path(folder) / "none"
        nowhere.mkdir()
        try:
            pdf = typst.compile(
                str(Path(folder) / TEMPLATE.name),
                root=folder,
                font_paths=[str(each) for each in font_folders()],
                ignore_system_fonts=True,
                sys_inputs={"data": data},
                pdf_standards=["a-2a", "ua-1"],
                package_path=str(nowhere),
                package_cache_path=str(nowhere),
            )
        except typst.TypstError as problem:
            first = str(problem).splitlines()[0] if str(problem) else "unknown"
            sys.stderr.write(f"{MARK} The document could not be typeset ({first[:200]}).\n")
            return 1
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
