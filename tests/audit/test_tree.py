"""The Merkle tree: the reference root of Certificate Transparency, thousands of proofs, and no false one accepted."""

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.audit.seal import tree
from casework.audit.seal.tree import (
    Frontier,
    hash_children,
    hash_leaf,
    prove_consistency,
    prove_inclusion,
    proves_consistency,
    proves_inclusion,
    root_of,
)

# The eight inputs and the roots of Certificate Transparency's own tests (RFC 6962).
INPUTS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
LARGEST = 70
LEAVES = [hash_leaf(number.to_bytes(4, "big")) for number in range(LARGEST)]


@functools.cache
def node(height: int, index: int) -> bytes:
    """A node of the tree over LEAVES, by the definition alone."""
    if height == 0:
        return LEAVES[index]
    return hash_children(node(height - 1, 2 * index), node(height - 1, 2 * index + 1))


def root(size: int) -> bytes:
    return root_of(node, 0, size)


@pytest.mark.parametrize("size", sorted(ROOTS))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    frontier = Frontier()
    for data in INPUTS[:size]:
        frontier.add(hash_leaf(data))
    assert frontier.root().hex() == ROOTS[size]


def test_frontier_and_tree_agree_and_a_frontier_can_be_put_away() -> None:
    frontier = Frontier()
    for size, leaf in enumerate(LEAVES):
        assert frontier.root() == root(size)
        again = Frontier.unpacked(size, frontier.packed())
        assert (again.size, again.root()) == (size, frontier.root())
        again.add(leaf)
        frontier.add(leaf)
        assert again.root() == frontier.root()


def test_peaks_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="don't belong"):
        Frontier.unpacked(3, b"x" * 32)


def test_every_inclusion_proof_holds_and_nothing_near_it_does() -> None:
    proofs = refused = 0
    other = hash_leaf(b"another")
    for size in range(1, LARGEST + 1):
        for index in range(size):
            path = prove_inclusion(node, index, size)
            assert proves_inclusion(LEAVES[index], index, size, path, root(size))
            proofs += 1
            wrong = [
                (other, index, size, path, root(size)),
                (LEAVES[index], index, size, path, other),
                (LEAVES[index], index, size, [*path, other], root(size)),
                (LEAVES[index], index + size, size, path, root(size)),
                (LEAVES[index], -1, size, path, root(size)),
                (LEAVES[index], index, 4 * size, path, root(size)),
            ]
            wrong += [(LEAVES[index], index ^ 1, size, path, root(size))] if size > 1 else []
            wrong += (
                [
                    (LEAVES[index], index, size, path[:-1], root(size)),
                    (LEAVES[index], index, size, path[1:], root(size)),
                ]
                if path
                else []
            )
            wrong += [
                (LEAVES[index], index, size, [*path[:at], other, *path[at + 1 :]], root(size))
                for at in range(len(path))
            ]
            for each in wrong:
                assert not proves_inclusion(*each)
                refused += 1
    assert proofs == LARGEST * (LARGEST + 1) // 2
    assert refused > 25_000


def test_every_consistency_proof_holds_and_nothing_near_it_does() -> None:
    proofs = refused = 0
    other = hash_leaf(b"another")
    for new in range(1, LARGEST + 1):
        for old in range(1, new + 1):
            path = prove_consistency(node, old, new)
            assert proves_consistency(old, new, path, root(old), root(new))
            proofs += 1
            wrong = [
                (old, new, path, other, root(new)),
                (old, new, path, root(old), other),
                (old, new, [*path, other], root(old), root(new)),
                (0, new, path, root(old), root(new)),
                (new + 1, new, path, root(old), root(new)),
            ]
            if path:
                wrong += [(old, new, path[:-1], root(old), root(new)), (old, new, path[1:], root(old), root(new))]
            if old > 1:
                wrong.append((old - 1, new, path, root(old), root(new)))
            wrong += [(old, new, [*path[:at], other, *path[at + 1 :]], root(old), root(new)) for at in range(len(path))]
            for each in wrong:
                assert not proves_consistency(*each)
                refused += 1
    assert proofs == LARGEST * (LARGEST + 1) // 2
    assert refused > 20_000


@given(
    st.integers(1, LARGEST),
    st.integers(1, LARGEST),
    st.lists(st.sampled_from([*LEAVES[:4], node(1, 0), node(2, 0)]), max_size=8),
)
@settings(max_examples=400, deadline=None)
def test_a_made_up_path_proves_nothing(old: int, new: int, path: list[bytes]) -> None:
    """Unless it happens to be the true one."""
    held = proves_consistency(old, new, path, root(old), root(new))
    assert held == (old <= new and path == prove_consistency(node, old, new))
    index = old - 1
    held = proves_inclusion(LEAVES[index], index, new, path, root(new))
    assert held == (index < new and path == prove_inclusion(node, index, new))


def test_what_is_not_there_can_not_be_proven() -> None:
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="no such leaf"):
            prove_inclusion(node, index, size)
    for old, new in ((0, 5), (6, 5)):
        with pytest.raises(ValueError, match="larger"):
            prove_consistency(node, old, new)
    assert tree.root_of(node, 0, 0).hex() == ROOTS[0]
