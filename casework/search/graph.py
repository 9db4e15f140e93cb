"""The transformer of multilingual-e5-small as an ONNX graph, over the packed weights as they are: four bits each.

Layers as in Devlin et al., "BERT", 2019. What ONNX has no operator for is one of onnxruntime's own, as its
docs/ContribOperators.md describes it: products with packed weights, and attention of several heads.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from casework.search.weights import BLOCK, Array, Weights

STATE, STATES = "state", "states"  # the graph's input and output, each of shape (texts, tokens, width)
OPSETS = {"": 20, "com.microsoft": 1}
FORMAT = 9  # of the file, from onnx 1.15 as opset 20 is
# What the weights are multiplied with: 0 keeps it in 32 bits, 4 rounds it to 8. A question takes 6 ms so, 11 with 0;
# its vector has a cosine of 0.9998 at least to the one in 32 bits, and the labelled set is answered as well.
ACTIVATIONS = 4


def graph_of(weights: Weights) -> bytes:
    """The model as a file's content: embedded tokens in, their states after the last layer out."""
    return _Graph(weights).serialised()


class _Graph:
    """Grows by a node at a time; each node's output has the node's name."""

    def __init__(self, weights: Weights) -> None:
        self.weights, self.sizes = weights, weights.sizes
        shape: list[str | int | None] = ["texts", "tokens", self.sizes.width]
        given, made = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in (STATE, STATES))
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        self.model = helper.make_model(
            helper.make_graph([], "e5", [given], [made]), opset_imports=opsets, ir_version=FORMAT
        )

    def serialised(self) -> bytes:
        state = self._levelled(STATE, "emb.ln")
        for number in range(self.sizes.layers):
            state = self._layer(state, f"l{number}")
        self._node("Identity", [state], STATES)
        return self.model.SerializeToString()

    def _layer(self, state: str, layer: str) -> str:
        asked = [self._product(state, f"{layer}.{name}") for name in "qkv"]
        attended = self._own("MultiHeadAttention", asked, f"{layer}.attended", num_heads=self.sizes.heads)
        state = self._levelled(self._sum(state, self._product(attended, f"{layer}.ao")), f"{layer}.aln")
        between = self._node("Gelu", [self._product(state, f"{layer}.fi")], f"{layer}.between")
        return self._levelled(self._sum(state, self._product(between, f"{layer}.fo")), f"{layer}.oln")

    def _product(self, state: str, name: str) -> str:
        rows = self.weights.packed[f"{name}.w"]
        given = [
            state,
            self._constant(f"{name}.w", _in_pairs(rows)),
            self._constant(f"{name}.scale", rows["scale"].astype(np.float32).reshape(-1)),
            *("", ""),  # no zero points: four bits mean -8 to 7; no order of their own
            self._constant(f"{name}.b", self.weights.tensors[f"{name}.b"]),
        ]
        outputs, blocks = rows.shape
        sizes = {"K": blocks * BLOCK, "N": outputs, "bits": 4, "block_size": BLOCK}
        return self._own("MatMulNBits", given, name, accuracy_level=ACTIVATIONS, **sizes)

    def _levelled(self, state: str, name: str) -> str:
        given = [state, *(self._constant(f"{name}.{each}", self.weights.tensors[f"{name}.{each}"]) for each in "wb")]
        return self._node("LayerNormalization", given, name, epsilon=self.sizes.epsilon)

    def _sum(self, state: str, change: str) -> str:
        return self._node("Add", [state, change], f"{change}.sum")

    def _constant(self, name: str, values: Array) -> str:
        self.model.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _own(self, kind: str, given: Sequence[str], made: str, **settings: Any) -> str:
        return self._node(kind, given, made, domain="com.microsoft", **settings)

    def _node(self, kind: str, given: Sequence[str], made: str, **settings: Any) -> str:
        self.model.graph.node.append(helper.make_node(kind, given, [made], **settings))
        return made


def _in_pairs(rows: Array) -> Array:
    """Neighbours share a byte, the first in its low half; the file puts the first half of a block beside the second."""
    pairs = rows["pairs"]
    numbers = np.concatenate([pairs & 0x0F, pairs >> 4], axis=-1)
    return np.asarray(numbers[..., 0::2] | numbers[..., 1::2] << 4)
