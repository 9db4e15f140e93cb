"""Passages as numbers, for the search: what is kept of them, and what is refused as being anything else."""

import struct
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from django.core.exceptions import ValidationError

Array = np.ndarray[Any, np.dtype[Any]]
HEAD = struct.Struct("<4sIHHI")  # format, passages, vectors of each, width, words in all
FORMAT = b"CWV1"
LONGEST = 20_000  # passages of one page
LENGTH_TOLERANCE = 0.01  # of a unit vector in half precision


@dataclass(frozen=True)
class VectorPage:
    """Some passages as numbers, row by row the same passage.

    `ids`: primary keys, int64. `digests`: of the text that they were made from, uint64. `vectors`: float16, of shape
    (passages, kinds, width), each of length 1. `words`: uint32 numbers of stems, of passage n from `starts[n]` to
    `starts[n + 1]`.
    """

    ids: Array
    digests: Array
    starts: Array
    words: Array
    vectors: Array

    @classmethod
    def empty(cls) -> Self:
        """No passage."""
        return cls(
            np.zeros(0, np.int64),
            np.zeros(0, np.uint64),
            np.zeros(1, np.uint32),
            np.zeros(0, np.uint32),
            np.zeros((0, 1, 1), np.float16),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def check(self) -> None:
        """Raises: ValidationError for what is not a set of unit vectors, one set for each passage."""
        count = len(self.ids)
        lengths = np.linalg.norm(self.vectors.astype(np.float32), axis=-1)
        is_whole = (
            count <= LONGEST
            and self.vectors.ndim == 3
            and self.vectors.shape[0] == len(self.digests) == len(self.starts) - 1 == count
            and int(self.starts[0]) == 0
            and int(self.starts[-1]) == len(self.words)
            and bool(np.all(np.abs(lengths - 1) <= LENGTH_TOLERANCE))
        )
        if not is_whole:
            raise ValidationError("Only unit vectors made by the search are kept here.")

    def packed(self) -> bytes:
        """As bytes, little-endian."""
        count, kinds, width = self.vectors.shape
        parts = (self.ids, self.digests, self.starts, self.words, self.vectors)
        forms = ("<i8", "<u8", "<u4", "<u4", "<f2")
        body = b"".join(part.astype(form).tobytes() for part, form in zip(parts, forms, strict=True))
        return HEAD.pack(FORMAT, count, kinds, width, len(self.words)) + body

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        """Raises: ValueError for bytes that are no page."""
        form, count, kinds, width, words = HEAD.unpack_from(packed)
        if form != FORMAT:
            raise ValueError("Unknown format of a page of vectors.")
        at = HEAD.size
        sizes = (("<i8", count), ("<u8", count), ("<u4", count + 1), ("<u4", words), ("<f2", count * kinds * width))
        parts: list[Array] = []
        for kind, size in sizes:
            parts.append(np.frombuffer(packed, kind, size, at))
            at += parts[-1].nbytes
        ids, digests, starts, numbers, vectors = parts
        return cls(ids, digests, starts, numbers, vectors.reshape(count, kinds, width))
