"""What turns text into vectors: the built-in model, or a local folder with another one. Nothing is ever fetched."""

import json
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from django.conf import settings

from casework.search.e5 import E5
from casework.search.runtime import session_of
from casework.search.weights import Array

MODEL_FILES = ("model.onnx", "tokenizer.json")
LONGEST_TOKENS = 512


class Embedder(Protocol):
    """`name`: kept beside every vector; vectors of another name are made anew. Vectors are float32, of length 1."""

    name: str

    def questions(self, texts: Sequence[str]) -> Array:
        """One row for each text, which asks for something."""
        ...

    def passages(self, texts: Sequence[str]) -> Array:
        """One row for each text, which may answer."""
        ...


class OnnxFolder:
    """A sentence model in a folder: `model.onnx`, `tokenizer.json`, and, where it was trained with words in front of
    questions and passages, `prefixes.json` such as {"question": "query: ", "passage": "passage: "}.

    The package tokenizers is installed by whoever sets the folder. Mean over the tokens.
    """

    def __init__(self, folder: Path) -> None:
        self.name = _name_of(folder)
        prefixes = folder / "prefixes.json"
        self.prefixes: dict[str, str] = json.loads(prefixes.read_text()) if prefixes.exists() else {}
        tokenizers: Any = import_module("tokenizers")
        self.tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(LONGEST_TOKENS)
        self.tokenizer.enable_padding()
        self.session = session_of(folder / "model.onnx")
        self.wanted = {each.name for each in self.session.get_inputs()}

    def questions(self, texts: Sequence[str]) -> Array:
        """One row for each text, which asks for something."""
        return self._vectors([self.prefixes.get("question", "") + text for text in texts])

    def passages(self, texts: Sequence[str]) -> Array:
        """One row for each text, which may answer."""
        return self._vectors([self.prefixes.get("passage", "") + text for text in texts])

    def _vectors(self, texts: Sequence[str]) -> Array:
        read = self.tokenizer.encode_batch(list(texts))
        mask = np.array([each.attention_mask for each in read], np.int64)
        given = {
            "input_ids": np.array([each.ids for each in read], np.int64),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        states = self.session.run(None, {name: given[name] for name in given if name in self.wanted})[0]
        means = (states * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        vectors: Array = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
        return vectors.astype(np.float32)


@cache
def _load(folder: str) -> Embedder:
    return OnnxFolder(Path(folder)) if folder else E5()


def _name_of(folder: Path) -> str:
    return f"onnx:{folder.name}"[:60]


def embedder_name() -> str:
    """The name of this installation's embedder, without loading it."""
    return _name_of(Path(settings.SEARCH_MODEL)) if settings.SEARCH_MODEL else E5.name


def is_built_in() -> bool:
    """True when the embedder is the one whose quality was measured."""
    return not settings.SEARCH_MODEL


def embedder() -> Embedder:
    """The embedder of this installation, loaded at the first question of a process."""
    return _load(settings.SEARCH_MODEL)
