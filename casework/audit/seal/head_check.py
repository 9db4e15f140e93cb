"""The heads of one log beside the tree that was recomputed, and beside what the witnesses have kept of it."""

from dataclasses import dataclass, field

from casework.audit.seal.checkpoint import Checkpoint, NoteProblem, parse_checkpoint
from casework.audit.seal.findings import Finding, Kind, Range
from casework.audit.seal.keys import KnownKey, open_known
from casework.audit.seal.store import HORIZON, LAST_ENTRY, Head, Log, is_as_signed, number_in
from casework.audit.seal.tree import Frontier, Hash


def last_entry_of(head: Checkpoint) -> int:
    """The largest id in the tree as the head itself says it, under its signature; 0 when it doesn't."""
    return number_in(head, LAST_ENTRY) or 0


@dataclass
class Kept:
    """What somebody outside of the database has kept of this log. `agreed`: the largest size on which it fits."""

    who: str
    heads: dict[int, Checkpoint]
    agreed: int = 0
    parted: bool = False


@dataclass
class HeadCheck:
    """Goes along with the tree as it grows. `stops`: the sizes at which a root is wanted, ascending."""

    log: Log
    heads: list[Head]
    kept: list[Kept]
    keys: list[KnownKey]
    start: int = 0
    found: list[Finding] = field(default_factory=list)
    unsigned: list[int] = field(default_factory=list)
    last_good: int = 0

    def __post_init__(self) -> None:
        self.by_size = {head.size: head for head in self.heads}
        self.newest = self.heads[-1] if self.heads else None
        self.last_good = self.start
        size = self.newest.size if self.newest else self.start
        sizes = {each for kept in self.kept for each in kept.heads if self.start < each <= size}
        self.stops = sorted(sizes | set(self.by_size))

    def at(self, frontier: Frontier, entries: Range | None) -> Frontier:
        """The tree has reached a stop. `entries`: the ids in it since the last own head that fitted.

        Returns the frontier to go on with: after a root that is wrong, the one that was signed.
        """
        root, size = frontier.root(), frontier.size
        head = self.by_size.get(size)
        for kept in self.kept:
            self._hold_against(kept, size, root, entries)
        if head is None:
            return frontier
        signed = self._check_signature(head)
        if root == head.root:
            self.last_good = size
            return frontier
        text = (
            f"The leaves {self.last_good:,} to {size - 1:,} are not those that were signed; one of these was altered."
        )
        self.found.append(Finding(Kind.TREE, text, (entries,) if entries else ()))
        self.last_good = size
        return _signed_frontier(head) or frontier if signed else frontier

    def _check_signature(self, head: Head) -> bool:
        try:
            note = open_known(head.note, self.keys)
        except NoteProblem:
            note = None
        if note is None or not is_as_signed(self.log, head, note):
            self.unsigned.append(head.size)
            return False
        return True

    def _hold_against(self, kept: Kept, size: int, root: Hash, entries: Range | None) -> None:
        theirs = kept.heads.get(size)
        if theirs is None or kept.parted:
            return
        if theirs.root == root:
            kept.agreed = size
            return
        kept.parted = True
        text = (
            f"The tree over {size:,} leaves is another one than {kept.who} has kept, which fits up to {kept.agreed:,}"
            " leaves: what was sealed between the two was rewritten."
        )
        since = last_entry_of(kept.heads[kept.agreed]) + 1 if kept.agreed in kept.heads else 1
        upto = max(last_entry_of(theirs), entries[1] if entries else 0)
        self.found.append(Finding(Kind.TREE, text, ((since, upto),) if upto >= since else ()))

    def is_short(self, size: int) -> None:
        """The leaves end before the head does."""
        missing = self.newest.size - size if self.newest else 0
        text = f"The tree ends after {size:,} leaves: {missing:,} that were signed are gone from its own table."
        self.found.append(Finding(Kind.TREE, text))

    def finish(self) -> list[Finding]:
        """What was found, and who has kept more than there is."""
        size = self.newest.size if self.newest else self.start
        ours = last_entry_of(parse_checkpoint(self.newest.note)) if self.newest and not self.unsigned else 0
        ours = ours or (self.newest.last_entry or 0 if self.newest else 0)
        for kept in self.kept:
            largest = max(kept.heads, default=0)
            if largest > size:
                theirs = last_entry_of(kept.heads[largest])
                text = f"{kept.who} has kept a head over {largest:,} leaves, the record has {size:,}: it was set back."
                gone = ((ours + 1, theirs),) if theirs > ours else ()
                self.found.append(Finding(Kind.SET_BACK, text, gone))
        if self.unsigned:
            text = (
                f"{len(self.unsigned):,} of its heads, the first over {self.unsigned[0]:,} leaves, are not signed by a"
                " key that is known here, or say something else than what was signed."
            )
            self.found.append(Finding(Kind.SIGNATURE, text))
        return self.found


def horizon_of(head: Head) -> int:
    """Up to which transaction a head seals, as it says itself under its signature; of older heads, their column."""
    try:
        said = number_in(parse_checkpoint(head.note), HORIZON)
    except NoteProblem:
        said = None
    return head.horizon if said is None else said


def _signed_frontier(head: Head) -> Frontier | None:
    try:
        frontier = Frontier.unpacked(head.size, head.peaks)
    except ValueError:
        return None
    return frontier if frontier.root() == head.root else None
