"""Sentences as vectors by multilingual-e5-small, run by onnxruntime: about a hundred languages, nothing fetched.

Texts longer than the model takes are cut into windows, and their vectors averaged by length.
Model: Wang et al., "Multilingual E5 Text Embeddings", 2024 (MIT licence).
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from casework.search.graph import STATE, graph_of
from casework.search.runtime import session_of
from casework.search.weights import Array, Pieces, Weights, read_weights, unpacked, weights_file

SPACE = "▁"  # how the vocabulary writes a blank
LONGEST_PIECE = 16  # characters
UNKNOWN_PENALTY = 10.0  # below the rarest piece, as in SentencePiece
QUERY, PASSAGE = "query: ", "passage: "  # the model was trained with these in front


class Tokens:
    """Cuts text into the pieces that are likeliest together (unigram model, Viterbi)."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces
        self.longest = min(LONGEST_PIECE, max(map(len, pieces.numbers)))
        self.unknown_score = min(pieces.scores) - UNKNOWN_PENALTY

    def numbers(self, text: str) -> list[int]:
        """Piece numbers, without those for begin and end."""
        written = re.sub(" {2,}", " ", text.translate(self.pieces.written))
        line = (written if written.startswith(" ") else " " + written).replace(" ", SPACE)
        best, back = [0.0] + [-1e30] * len(line), [(0, self.pieces.unknown)] * (len(line) + 1)
        numbers, scores = self.pieces.numbers, self.pieces.scores
        for start in range(len(line)):
            score = best[start]
            if score + self.unknown_score > best[start + 1]:
                best[start + 1], back[start + 1] = score + self.unknown_score, (start, self.pieces.unknown)
            for end in range(start + 1, min(start + self.longest, len(line)) + 1):
                number = numbers.get(line[start:end])
                if number is not None and score + scores[number] > best[end]:
                    best[end], back[end] = score + scores[number], (start, number)
        return list(reversed(list(_walk(back, len(line)))))


def _walk(back: list[tuple[int, int]], end: int) -> Iterator[int]:
    while end > 0:
        end, number = back[end]
        yield number


class E5:
    """The model, loaded once: some 120 MB, half of them vocabulary. Safe to share: it keeps nothing between calls."""

    name = "multilingual-e5-small-q4"  # of the weights; how they are run moves a vector by a cosine of 0.0002 at most

    def __init__(self, weights: Weights | None = None) -> None:
        weights = weights or read_weights(weights_file())
        self.tokens = Tokens(weights.pieces)
        self.words, self.sizes = weights.words, weights.sizes
        self.places = weights.tensors["emb.pos"].reshape(-1, self.sizes.width)
        self.kind = weights.tensors["emb.type"].reshape(-1, self.sizes.width)[0]
        self.session = session_of(graph_of(weights))

    def questions(self, texts: Sequence[str]) -> Array:
        """One row for each text, which asks for something."""
        return self._vectors([QUERY + text for text in texts])

    def passages(self, texts: Sequence[str]) -> Array:
        """One row for each text, which may answer."""
        return self._vectors([PASSAGE + text for text in texts])

    def _vectors(self, texts: Sequence[str]) -> Array:
        sums = np.array([self._sum(text) for text in texts], np.float32).reshape(-1, self.sizes.width)
        norms: Array = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(sums / np.maximum(norms, 1e-12), np.float32)

    def _sum(self, text: str) -> Array:
        """The means of the windows of a text, each times its length. One window a pass: batches were no faster."""
        numbers, room = self.tokens.numbers(text), self.sizes.longest - 2
        windows = [numbers[start : start + room] for start in range(0, max(len(numbers), 1), room)]
        return np.sum([max(len(window), 1) * self._mean(window) for window in windows], axis=0)

    def _mean(self, window: list[int]) -> Array:
        """The mean over its tokens."""
        pieces = self.tokens.pieces
        row = [pieces.begin, *window, pieces.end]
        state = unpacked(self.words[row]) + self.places[: len(row)] + self.kind
        states: Array = self.session.run(None, {STATE: state[None]})[0]
        return np.asarray(states[0].mean(axis=0))
