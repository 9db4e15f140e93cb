"""What runs the model reaches no network, says nothing to anybody, and takes one thread of the processor."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import psutil
import pytest
from onnx import TensorProto, helper, numpy_helper

from casework.search.checks import check_search_model
from casework.search.embedders import OnnxFolder
from casework.search.runtime import session_of

NETWORK = (b"socket", b"connect", b"getaddrinfo", b"sendto")
TABLE = np.array([[0, 0], [1, 0], [0, 1], [3, 3]], np.float32)  # a vector for each token; 3 is padding


def names_in(library: Path) -> set[bytes]:
    """Every word of a library between two zero bytes: the names that it asks the system for are among them."""
    return set(library.read_bytes().split(b"\0"))


def test_libraries_ask_the_system_for_no_connection():
    """From 1.29 on they do: the device gets an id, and how models are used is reported to the maker."""
    package = find_spec("onnxruntime")
    assert package is not None and package.origin is not None
    libraries = list((Path(package.origin).parent / "capi").glob("*.so*"))
    names = {library.name: names_in(library) for library in libraries}
    assert any(b"pthread_create" in found for found in names.values()), "the names are not where this looks for them"
    assert {name: found for name, each in names.items() if (found := each.intersection(NETWORK))} == {}


def test_version_that_could_report_would_be_told_not_to():
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


def looked_up() -> bytes:
    """A model that looks tokens up in TABLE, with the inputs that most folders' models have, but for one."""
    given = [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "t"]) for name in ("input_ids",)]
    made = helper.make_tensor_value_info("states", TensorProto.FLOAT, ["b", "t", 2])
    node = helper.make_node("Gather", ["table", "input_ids"], ["states"])
    drawn = helper.make_graph([node], "g", given, [made], [numpy_helper.from_array(TABLE, "table")])
    return helper.make_model(drawn, opset_imports=[helper.make_opsetid("", 20)], ir_version=9).SerializeToString()


def test_session_makes_no_thread():
    before = psutil.Process().num_threads()
    session = session_of(looked_up())
    session.run(None, {"input_ids": np.zeros((1, 1), np.int64)})
    assert psutil.Process().num_threads() == before


class Tokenizer:
    """Stands for the package tokenizers: a letter is a token, shorter texts are filled up."""

    @classmethod
    def from_file(cls, _path: str) -> "Tokenizer":
        return cls()

    def enable_truncation(self, longest: int) -> None:
        self.longest = longest

    def enable_padding(self) -> None:
        pass

    def encode_batch(self, texts: list[str]) -> list[SimpleNamespace]:
        size = max(map(len, texts))
        rows = [["abc".find(letter) for letter in text[: self.longest]] for text in texts]
        return [
            SimpleNamespace(
                ids=[*row, *[3] * (size - len(row))], attention_mask=[1] * len(row) + [0] * (size - len(row))
            )
            for row in rows
        ]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with a model, and somebody who has installed tokenizers."""
    (tmp_path / "model.onnx").write_bytes(looked_up())
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "prefixes.json").write_text('{"question": "c"}')
    package = ModuleType("tokenizers")
    package.Tokenizer = Tokenizer
    monkeypatch.setitem(sys.modules, "tokenizers", package)
    return tmp_path


def test_folder_with_another_model_is_run_with_its_prefixes_and_without_padding(folder):
    model = OnnxFolder(folder)
    assert model.passages(["b", "bbc"]) == pytest.approx(np.array([[1, 0], [2, 1] / np.sqrt(5)]))
    assert model.questions(["b"]) == pytest.approx(np.array([[1, 1]]) / np.sqrt(2))


def test_folder_without_a_model_stops_the_start(tmp_path, settings):
    settings.SEARCH_MODEL = str(tmp_path)
    (problem,) = check_search_model()
    assert "model.onnx, tokenizer.json, the package tokenizers" in problem.msg
    settings.SEARCH_MODEL = ""
    assert check_search_model() == []
