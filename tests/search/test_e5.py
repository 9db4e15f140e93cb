"""The built-in model: the graph is the transformer of the paper, long texts are cut, vectors are as they were."""

from math import erf

import numpy as np
import pytest

from casework.search import graph
from casework.search.e5 import E5
from casework.search.embedders import embedder
from casework.search.weights import BLOCK, BLOCK_TYPE, Pieces, Sizes, Weights, unpacked

SIZES = Sizes(width=64, layers=2, heads=4, between=96, longest=24, epsilon=0.02)
LETTERS = "▁abcdefgh"
SAID = (
    "The camera stood on a shelf in the bedroom.",
    "On Thursdays we swim at school.",
    "My grandmother was the first one I told.",
    "It began in the summer holidays.",
)
# How near each of SAID was to a question before the model was run by onnxruntime: the same weights, all in 32 bits.
NEAR = {
    "Whom did the child tell first?": (0.7196, 0.7316, 0.8349, 0.7405),
    "When did it start?": (0.7233, 0.7368, 0.7732, 0.8264),
    "Where was the filming equipment?": (0.7673, 0.7190, 0.7068, 0.7313),
    "Cosa fa il bambino a scuola?": (0.6707, 0.7608, 0.6928, 0.7382),
}


@pytest.fixture(scope="module")
def small() -> Weights:
    """A model of two layers, as the file would hold it, with numbers by chance."""
    chance = np.random.default_rng(7)

    def packed(outputs: int, inputs: int):
        rows = np.zeros((outputs, inputs // BLOCK), BLOCK_TYPE)
        rows["scale"] = chance.uniform(0.01, 0.05, rows.shape)
        rows["pairs"] = chance.integers(0, 256, rows["pairs"].shape)
        return rows

    def plain(count: int):
        return chance.normal(0.2, 0.5, count).astype(np.float32)

    width, between = SIZES.width, SIZES.between
    matrices = {"q": (width, width), "k": (width, width), "v": (width, width), "ao": (width, width)}
    matrices |= {"fi": (between, width), "fo": (width, between)}
    tensors = {"emb.pos": plain(SIZES.longest * width), "emb.type": plain(2 * width)}
    tensors |= {f"emb.ln.{each}": plain(width) for each in "wb"}
    layers = [f"l{number}" for number in range(SIZES.layers)]
    tensors |= {f"{layer}.{norm}.{each}": plain(width) for layer in layers for norm in ("aln", "oln") for each in "wb"}
    tensors |= {f"{layer}.{name}.b": plain(sizes[0]) for layer in layers for name, sizes in matrices.items()}
    rows = {f"{layer}.{name}.w": packed(*sizes) for layer in layers for name, sizes in matrices.items()}
    pieces = Pieces({letter: place for place, letter in enumerate(LETTERS)}, [-1.0] * len(LETTERS), {}, 9, 10, 11)
    return Weights(SIZES, pieces, packed(12, width), rows, tensors)


def by_hand(weights: Weights, row: list[int]):
    """The mean over the tokens after the last layer: the transformer again, as in its paper, with whole matrices."""
    of, width = weights.tensors, SIZES.width

    def levelled(state, name):
        centred = state - state.mean(axis=1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + SIZES.epsilon)
        return centred / spread * of[f"{name}.w"] + of[f"{name}.b"]

    def product(state, name):
        return state @ unpacked(weights.packed[f"{name}.w"]).T + of[f"{name}.b"]

    def attended(state, layer):
        heads = []
        asked = [np.split(product(state, f"{layer}.{name}"), SIZES.heads, axis=1) for name in "qkv"]
        for query, key, value in zip(*asked, strict=True):
            share = np.exp(query @ key.T / np.sqrt(width / SIZES.heads))
            heads.append(share / share.sum(axis=1, keepdims=True) @ value)
        return product(np.concatenate(heads, axis=1), f"{layer}.ao")

    places, kinds = (of[name].reshape(-1, width) for name in ("emb.pos", "emb.type"))
    state = levelled(unpacked(weights.words[row]) + places[: len(row)] + kinds[0], "emb.ln")
    for number in range(SIZES.layers):
        layer = f"l{number}"
        state = levelled(state + attended(state, layer), f"{layer}.aln")
        between = product(state, f"{layer}.fi")
        between = between * (1 + np.vectorize(erf)(between / np.sqrt(2))) / 2
        state = levelled(state + product(between, f"{layer}.fo"), f"{layer}.oln")
    return state.mean(axis=0)


@pytest.mark.parametrize(("activations", "off"), [(0, 1e-6), (4, 5e-3)])
def test_graph_computes_what_the_transformer_is(small, monkeypatch, activations, off):
    monkeypatch.setattr(graph, "ACTIVATIONS", activations)
    model = E5(small)
    row = [9, *model.tokens.numbers("query: abcabhh"), 10]
    wanted = by_hand(small, row)
    assert model.questions(["abcabhh"])[0] == pytest.approx(wanted / np.linalg.norm(wanted), abs=off)


def test_text_longer_than_the_model_takes_is_the_sum_of_its_windows(small):
    model = E5(small)
    text, room = "abcdefgh" * 6, SIZES.longest - 2
    numbers = model.tokens.numbers("query: " + text)
    assert len(numbers) > 2 * room
    windows = [numbers[start : start + room] for start in range(0, len(numbers), room)]
    wanted = sum(len(window) * model._mean(window) for window in windows)
    assert model.questions([text])[0] == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-5)


def test_every_text_gets_a_vector_of_length_one_whatever_stands_beside_it(small):
    model = E5(small)
    texts = ["", "a", "abcdefgh" * 9, "xyz"]
    together = model.passages(texts)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert (together == np.concatenate([model.passages([text]) for text in texts])).all()
    assert model.passages([]).shape == (0, SIZES.width)


@pytest.mark.parametrize("question", NEAR)
def test_vectors_are_those_that_are_kept_already(question):
    """Kept vectors are not made anew, so what is asked today is compared with what was made before."""
    near = embedder().passages(SAID) @ embedder().questions([question])[0]
    assert near == pytest.approx(NEAR[question], abs=0.005)
    assert list(np.argsort(-near)) == list(np.argsort(-np.array(NEAR[question])))
