"""Sentences as vectors by multilingual-e5-small, in NumPy alone: about a hundred languages, nothing fetched.

Texts longer than the model takes are cut into windows, and their vectors averaged by length.
Model: Wang et al., "Multilingual E5 Text Embeddings", 2024 (MIT licence).
"""

import re
from collections.abc import Iterator, Sequence
from math import sqrt

import numpy as np

from casework.search.weights import Array, Pieces, Weights, read_weights, unpacked, weights_file

SPACE = "▁"  # how the vocabulary writes a blank
LONGEST_PIECE = 16  # characters
UNKNOWN_PENALTY = 10.0  # below the rarest piece, as in SentencePiece
BATCH_TOKENS = 2_048  # bounds the memory of one pass: 13 MB for the widest layer
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
    """The model, loaded once: some 140 MB, and a second. Safe to share: it keeps nothing between calls."""

    name = "multilingual-e5-small-q4"

    def __init__(self, weights: Weights | None = None) -> None:
        self.weights = weights or read_weights(weights_file())
        self.tokens = Tokens(self.weights.pieces)
        self.sizes = self.weights.sizes
        width = self.sizes.width
        self.places = self.weights.tensors["emb.pos"].reshape(-1, width)
        self.kind = self.weights.tensors["emb.type"].reshape(-1, width)[0]
        self.layers = [_Layer(self.weights, number) for number in range(self.sizes.layers)]

    def questions(self, texts: Sequence[str]) -> Array:
        """One row for each text, which asks for something."""
        return self._vectors([QUERY + text for text in texts])

    def passages(self, texts: Sequence[str]) -> Array:
        """One row for each text, which may answer."""
        return self._vectors([PASSAGE + text for text in texts])

    def _vectors(self, texts: Sequence[str]) -> Array:
        windows: list[tuple[int, list[int]]] = []
        room = self.sizes.longest - 2
        for index, text in enumerate(texts):
            numbers = self.tokens.numbers(text)
            windows += [(index, numbers[start : start + room]) for start in range(0, max(len(numbers), 1), room)]
        sums = np.zeros((len(texts), self.sizes.width), np.float32)
        for batch in _batches(windows):
            for (index, numbers), mean in zip(batch, self._means([numbers for _index, numbers in batch]), strict=True):
                sums[index] += max(len(numbers), 1) * mean
        norms: Array = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(sums / np.maximum(norms, 1e-12), np.float32)

    def _means(self, windows: list[list[int]]) -> list[Array]:
        """The mean over the tokens of each window, all windows in one pass."""
        pieces = self.weights.pieces
        rows = [[pieces.begin, *numbers, pieces.end] for numbers in windows]
        ends = np.cumsum([len(row) for row in rows]).tolist()
        spans = [slice(end - len(row), end) for row, end in zip(rows, ends, strict=True)]
        places = np.concatenate([np.arange(len(row)) for row in rows])
        state = unpacked(self.weights.words[np.concatenate(rows)]) + self.places[places] + self.kind
        tensors = self.weights.tensors
        state = _levelled(state, tensors["emb.ln.w"], tensors["emb.ln.b"], self.sizes.epsilon)
        for layer in self.layers:
            state = layer(state, spans)
        return [state[span].mean(axis=0) for span in spans]


class _Layer:
    """One layer of the transformer."""

    def __init__(self, weights: Weights, number: int) -> None:
        self.sizes = weights.sizes
        self.of = {
            name.split(".", 1)[1]: tensor for name, tensor in weights.tensors.items() if name.startswith(f"l{number}.")
        }
        self.asked = np.concatenate([self.of[f"{name}.w"] for name in "qkv"], axis=1)
        self.asked_bias = np.concatenate([self.of[f"{name}.b"] for name in "qkv"])

    def __call__(self, state: Array, spans: list[slice]) -> Array:
        of, epsilon = self.of, self.sizes.epsilon
        attended = self._attend(state @ self.asked + self.asked_bias, spans) @ of["ao.w"] + of["ao.b"]
        state = _levelled(state + attended, of["aln.w"], of["aln.b"], epsilon)
        fed = _gelu(state @ of["fi.w"] + of["fi.b"]) @ of["fo.w"] + of["fo.b"]
        return _levelled(state + fed, of["oln.w"], of["oln.b"], epsilon)

    def _attend(self, asked: Array, spans: list[slice]) -> Array:
        heads, width = self.sizes.heads, self.sizes.width
        depth = width // heads
        answer = np.empty((len(asked), width), np.float32)
        for span in spans:
            query, key, value = asked[span].reshape(-1, 3, heads, depth).transpose(1, 2, 0, 3)
            weight = query @ key.transpose(0, 2, 1) / np.float32(sqrt(depth))
            weight = np.exp(weight - weight.max(axis=-1, keepdims=True))
            weight /= weight.sum(axis=-1, keepdims=True)
            answer[span] = (weight @ value).transpose(1, 0, 2).reshape(-1, width)
        return answer


def _batches(windows: list[tuple[int, list[int]]]) -> Iterator[list[tuple[int, list[int]]]]:
    batch: list[tuple[int, list[int]]] = []
    tokens = 0
    for window in windows:
        if batch and tokens + len(window[1]) > BATCH_TOKENS:
            yield batch
            batch, tokens = [], 0
        batch.append(window)
        tokens += len(window[1])
    if batch:
        yield batch


def _levelled(state: Array, weight: Array, bias: Array, epsilon: float) -> Array:
    """Layer normalisation."""
    centred = state - state.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(epsilon))
    levelled: Array = centred / spread * weight + bias
    return levelled


def _gelu(values: Array) -> Array:
    """Gaussian error linear unit; erf by Abramowitz and Stegun 7.1.26, wrong by at most 1.5e-7."""
    scaled = np.abs(values) * np.float32(1 / sqrt(2))
    step = 1 / (1 + np.float32(0.3275911) * scaled)
    series = step * (
        0.254829592 + step * (-0.284496736 + step * (1.421413741 + step * (-1.453152027 + step * 1.061405429)))
    )
    erf = np.sign(values) * (1 - series * np.exp(-scaled * scaled))
    gelu: Array = values * (1 + erf) / 2
    return gelu.astype(np.float32)
