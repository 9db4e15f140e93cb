"""Rows of entries beside the leaves they were sealed as: what fits, and what is left over on either side."""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import NamedTuple

from casework.audit.leaf import FIRST, leaf_hash
from casework.audit.seal.archive import Archives
from casework.audit.seal.findings import Finding, Kind, ranges
from casework.audit.seal.tree import Hash

AT_ONCE = 128  # rows that are compared in one step; more of them fall out of the processor's cache
MOST_COMPARED = 200  # altered entries that are held against each other, to see whether two were exchanged
TIME = FIRST.index("timestamp")
LATE = 60.0  # seconds that an entry may wait for its seal


class Row(NamedTuple):
    """An entry as it stands in the table. `line`: as COPY gave it."""

    id: int
    xid: int
    hash: Hash
    line: bytes


class Leaf(NamedTuple):
    """A leaf of the tree. `place`: its index. `entry`: None for the one that links a log to the log before."""

    place: int
    entry: int | None
    hash: Hash


@dataclass(frozen=True)
class Stray:
    """A row that came before its leaf. `place`: how many rows came before it."""

    row: Row
    place: int


class Matcher:
    """Takes leaves in order and draws rows as it needs them. Where nothing is wrong, neither side ever waits."""

    def __init__(self, *, in_order: bool) -> None:
        """`in_order`: rows and leaves have one common order, so that what parts from it was moved."""
        self.in_order = in_order
        self.compared = self.drawn = 0
        self.rows: dict[int, Stray] = {}
        self.leaves: dict[int, Leaf] = {}
        self.altered: dict[int, tuple[bytes, Hash]] = {}  # id to the line now and the leaf as it was sealed
        self.twice: set[int] = set()
        self.parted: list[tuple[int, int, int]] = []  # (index of the leaf, place of the row, id)
        self.ahead: Iterator[Row] = iter(())  # drawn to be compared all at once, and put back

    def match(self, leaves: Sequence[Leaf], rows: Iterator[Row], epoch: int, archives: Archives) -> None:
        """Match these leaves, drawing one row for each that is still missing its own."""
        for first in range(0, len(leaves), AT_ONCE):
            few = leaves[first : first + AT_ONCE]
            if self.rows or self.leaves or archives.following is not None or not self._fit(few, rows):
                self._match_each(few, rows, epoch, archives)

    def _fit(self, leaves: Sequence[Leaf], rows: Iterator[Row]) -> bool:
        """Whether the next rows are these entries in this order, each as it was sealed. If not, they are put back."""
        drawn = list(islice(chain(self.ahead, rows), len(leaves)))
        wanted = [(leaf[1], leaf[2]) for leaf in leaves]
        if [(row[0], row[2]) for row in drawn] != wanted:
            self.ahead = chain(drawn, self.ahead)
            return False
        self.drawn += len(drawn)
        self.compared += len(drawn)
        return True

    def _match_each(self, leaves: Iterable[Leaf], rows: Iterator[Row], epoch: int, archives: Archives) -> None:
        for leaf in leaves:
            index, entry, sealed = leaf
            if entry is None:
                continue
            if archives.following is not None and archives.following[:2] == (epoch, index):
                self._compare(entry, leaf_hash(line := archives.take()), line, sealed)
                continue
            if self.rows and entry in self.rows:
                stray = self.rows.pop(entry)
                self.parted.append((index, stray.place, entry))
                self._compare(entry, stray.row.hash, stray.row.line, sealed)
                continue
            row = self._draw(rows)
            if row is None:
                self.leaves[entry] = leaf
            elif row[0] != entry:
                self.leaves[entry] = leaf
                self._keep(row)
            elif row[2] == sealed:
                self.compared += 1
            else:
                self._compare(entry, row.hash, row.line, sealed)

    def _draw(self, rows: Iterator[Row]) -> Row | None:
        """The next row, past those that a waiting leaf wants: after them both sides go on together."""
        for row in chain(self.ahead, rows):
            self.drawn += 1
            if row[0] not in self.leaves:
                return row
            self._keep(row)
        return None

    def _keep(self, row: Row) -> None:
        """A row that is not the one wanted now: of a leaf that waits, or of one to come."""
        leaf = self.leaves.pop(row.id, None)
        if leaf is not None:
            self.parted.append((leaf.place, self.drawn, row.id))
            self._compare(row.id, row.hash, row.line, leaf.hash)
        elif row.id in self.rows:
            self.twice.add(row.id)
        else:
            self.rows[row.id] = Stray(row, self.drawn)

    def _compare(self, entry: int, now: Hash, line: bytes, sealed: Hash) -> None:
        self.compared += 1
        if now != sealed:
            self.altered[entry] = (line, sealed)

    def finish(self, rows: Iterator[Row], horizon: int, clock: "Clock") -> "Leftover":
        """Draw the rest: entries behind the last head, and whatever has no leaf. `horizon`: of the last head."""
        left = Leftover(removed=[])
        for row in chain(self.ahead, rows):
            self.drawn += 1
            if row.id in self.leaves or row.id in self.rows:
                self._keep(row)
            else:
                left.sort(row, horizon, clock)
        for stray in self.rows.values():
            left.sort(stray.row, horizon, clock)
        left.removed.extend(self.leaves)
        return left

    # In words -------------------------------------------------------------------------------------

    def findings(self) -> list[Finding]:
        """What was altered, exchanged, moved, or stands twice."""
        found = []
        exchanged = self._exchanged()
        if exchanged:
            found.append(Finding(Kind.EXCHANGED, "They have changed places with each other.", ranges(exchanged)))
        altered = ranges(set(self.altered) - exchanged)
        if altered:
            found.append(Finding(Kind.ALTERED, "They are not as they were sealed.", altered))
        moved = self._moved() - exchanged
        if moved:
            found.append(
                Finding(Kind.REORDERED, "They stand in another order than they were sealed in.", ranges(moved))
            )
        if self.twice:
            found.append(Finding(Kind.INSERTED, "There are two entries with these numbers.", ranges(self.twice)))
        return found

    def _exchanged(self) -> set[int]:
        """Altered entries that are as another of them was sealed, but for the number."""
        if len(self.altered) > MOST_COMPARED:
            return set()
        sealed = {leaf: entry for entry, (_line, leaf) in self.altered.items()}
        found: set[int] = set()
        for entry, (line, _leaf) in self.altered.items():
            rest = line.partition(b"\t")[2]
            for other in self.altered:
                if other != entry and sealed.get(leaf_hash(b"%d\t" % other + rest)) == other:
                    found |= {entry, other}
        return found

    def _moved(self) -> set[int]:
        if not self.in_order:
            return set()
        found: set[int] = set()
        furthest, of = -1, -1
        for _index, place, entry in sorted(self.parted):
            if place < furthest:
                found |= {entry, of}
            else:
                furthest, of = place, entry
        return found


@dataclass(frozen=True)
class Clock:
    """Now, for the database: no transaction from `transaction` on has begun. `late`: a time as a leaf spells it."""

    transaction: int
    late: bytes

    @classmethod
    def at(cls, transaction: int, now: datetime.datetime) -> "Clock":
        late = now.astimezone(datetime.UTC) - datetime.timedelta(seconds=LATE)
        return cls(transaction, late.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode())


@dataclass
class Leftover:
    """What found no partner, by id. `old`: rows of sealed times without a leaf; `future`: of transactions still to
    come; `waiting`: how many rows are behind the last head; `late`: those that wait too long; `removed`: ids whose leaf
    has no row.
    """

    removed: list[int]
    old: list[int] = field(default_factory=list)
    future: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    waiting: int = 0

    def sort(self, row: Row, horizon: int, clock: Clock) -> None:
        """Put a row without a leaf where it belongs."""
        if row.xid < horizon:
            self.old.append(row.id)
        elif row.xid >= clock.transaction:
            self.future.append(row.id)
        else:
            self.waiting += 1
            if row.line.split(b"\t", TIME + 1)[TIME] < clock.late:
                self.late.append(row.id)

    def findings(self) -> list[Finding]:
        found = []
        if self.removed:
            found.append(Finding(Kind.REMOVED, "They were sealed, and are gone.", ranges(self.removed)))
        if self.old:
            text = "They claim a transaction of sealed times, and were never sealed: slipped in afterwards."
            found.append(Finding(Kind.BACKDATED, text, ranges(self.old)))
        if self.future:
            text = "They claim a transaction that has not happened yet, so that no seal would ever reach them."
            found.append(Finding(Kind.BACKDATED, text, ranges(self.future)))
        if self.late:
            text = f"They have waited for a seal for more than {LATE:.0f} seconds: does the sealer run?"
            found.append(Finding(Kind.WAITING, text, ranges(self.late)))
        return found
