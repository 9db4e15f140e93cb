"""Archives: months that were taken out of the database into files, and are verified as if they were still there.

A file holds, gzipped, one line for each entry: epoch, index of its leaf, and the entry as COPY gives it, in the order
of the leaves. It needs no signature: every line has to give the leaf that is in the signed tree.
"""

import gzip
import heapq
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from casework.audit.seal.findings import Finding, Kind

SUFFIX = ".entries.gz"


@dataclass
class Archives:
    """The archives of a folder as one stream, by epoch and index. `following`: (epoch, index, line), None at the end.

    `expected`: months of which the database says that they were archived, with the number of entries.
    """

    folder: Path
    expected: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.problems: list[str] = []
        self.seen: dict[str, int] = {}
        files = sorted(self.folder.glob(f"*{SUFFIX}")) if self.folder.is_dir() else []
        self._stream = heapq.merge(*(self._lines(path) for path in files), key=lambda line: line[:2])
        self.following: tuple[int, int, bytes] | None = next(self._stream, None)

    def take(self) -> bytes:
        """The entry that follows, and go on to the next. Raises: StopIteration at the end."""
        if self.following is None:
            raise StopIteration
        line = self.following[2]
        self.following = next(self._stream, None)
        return line

    def _lines(self, path: Path) -> Iterator[tuple[int, int, bytes]]:
        month = path.name.removesuffix(SUFFIX)
        self.seen[month] = 0
        try:
            with gzip.open(path) as file:
                for raw in file:
                    epoch, index, line = raw.rstrip(b"\n").split(b"\t", 2)
                    self.seen[month] += 1
                    yield int(epoch), int(index), line
        except (OSError, EOFError, ValueError, zlib.error):
            self.problems.append(f"The archive {path} can't be read: it was damaged or changed.")

    def findings(self) -> list[Finding]:
        """Archives that are missing, damaged, or hold what is in no tree. Ask when the stream has been used up."""
        found = [Finding(Kind.ARCHIVE, problem) for problem in self.problems]
        if self.following is not None:
            epoch, index, _line = self.following
            text = f"An archive in {self.folder} holds an entry for leaf {index:,} of log {epoch}, which wants none."
            found.append(Finding(Kind.ARCHIVE, text))
        for month, entries in sorted(self.expected.items()):
            if self.following is None and self.seen.get(month, 0) != entries:
                text = (
                    f"The archive of {month} should hold {entries:,} entries, and {self.seen.get(month, 0):,} are here."
                )
                found.append(Finding(Kind.ARCHIVE, text))
        return found
