"""The Merkle tree of RFC 6962, and the checks of RFC 9162. Hashes in, hashes out: no database here.

A node is named by its height and its index: the root of the 2**height leaves that begin at index * 2**height. The
proofs read nodes through one function, so that a tree of millions is read in tiles of 256 and never whole.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

Hash = bytes
Nodes = Callable[[int, int], Hash]  # (height, index) to the root of that full subtree

EMPTY_ROOT = sha256(b"").digest()


def hash_leaf(data: bytes) -> Hash:
    return sha256(b"\0" + data).digest()


def hash_children(left: Hash, right: Hash) -> Hash:
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """The end at which a tree grows: the roots of its full subtrees, largest last, and nothing else.

    `peaks[h]`: the root of the full subtree of 2**h leaves where bit h of `size` is set, else None.
    """

    def __init__(self, size: int = 0, peaks: Sequence[Hash | None] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)

    def add(self, leaf: Hash) -> None:
        """Append one leaf: on average one hash."""
        height, rest, node = 0, self.size, leaf
        while rest & 1:
            node = sha256(b"\1" + self.peaks[height] + node).digest()  # type: ignore[operator]  # set where the bit is
            self.peaks[height] = None
            height, rest = height + 1, rest >> 1
        if height == len(self.peaks):
            self.peaks.append(node)
        else:
            self.peaks[height] = node
        self.size += 1

    def root(self) -> Hash:
        root: Hash | None = None
        for peak in self.peaks:
            if peak is not None:
                root = peak if root is None else hash_children(peak, root)
        return EMPTY_ROOT if root is None else root

    def packed(self) -> bytes:
        """The peaks that are there, smallest first, 32 bytes each."""
        return b"".join(peak for peak in self.peaks if peak is not None)

    @classmethod
    def unpacked(cls, size: int, packed: bytes) -> "Frontier":
        """Undo `packed`. Raises: ValueError when that many bytes don't belong to this size."""
        if len(packed) != 32 * size.bit_count():
            raise ValueError("These peaks don't belong to a tree of this size.")
        pieces = iter(packed[at : at + 32] for at in range(0, len(packed), 32))
        return cls(size, [next(pieces) if size >> height & 1 else None for height in range(size.bit_length())])


# Proofs -------------------------------------------------------------------------------------------


def root_of(nodes: Nodes, first: int, end: int) -> Hash:
    """The root over the leaves from `first` to before `end`, as RFC 6962 defines MTH; `first` starts a subtree."""
    count = end - first
    if count == 0:
        return EMPTY_ROOT
    if count & (count - 1) == 0 and first % count == 0:
        return nodes(count.bit_length() - 1, first // count)
    left = first + _left(count)
    return hash_children(root_of(nodes, first, left), root_of(nodes, left, end))


def prove_inclusion(nodes: Nodes, index: int, size: int) -> list[Hash]:
    """The path from leaf `index` to the root of the first `size` leaves. Raises: ValueError."""
    if not 0 <= index < size:
        raise ValueError("There is no such leaf in a tree of this size.")
    path, first, end = [], 0, size
    while end - first > 1:
        middle = first + _left(end - first)
        if index < middle:
            path.append(root_of(nodes, middle, end))
            end = middle
        else:
            path.append(root_of(nodes, first, middle))
            first = middle
    return path[::-1]


def prove_consistency(nodes: Nodes, old: int, new: int) -> list[Hash]:
    """That the tree of `new` leaves begins with the tree of `old` leaves. Raises: ValueError."""
    if not 0 < old <= new:
        raise ValueError("A tree is only consistent with a larger one.")
    path, first, end, known = [], 0, new, True
    while old != end:
        middle = first + _left(end - first)
        if old <= middle:
            path.append(root_of(nodes, middle, end))
            end = middle
        else:
            path.append(root_of(nodes, first, middle))
            first, known = middle, False
    if not known:
        path.append(root_of(nodes, first, end))
    return path[::-1]


def _left(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << ((count - 1).bit_length() - 1)


# Checks -------------------------------------------------------------------------------------------


def proves_inclusion(leaf: Hash, index: int, size: int, path: Sequence[Hash], root: Hash) -> bool:
    """Whether this leaf stands at `index` of the tree with this size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, at, last = leaf, index, size - 1
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = hash_children(step, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = hash_children(node, step)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def proves_consistency(old: int, new: int, path: Sequence[Hash], old_root: Hash, new_root: Hash) -> bool:
    """Whether the tree of `new` leaves begins with that of `old` leaves (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not path and old > 0 and old_root == new_root
    if not 0 < old < new or not path:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    small = large = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            small, large = hash_children(step, small), hash_children(step, large)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            large = hash_children(large, step)
        at, last = at >> 1, last >> 1
    return last == 0 and small == old_root and large == new_root
