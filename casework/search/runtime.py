"""onnxruntime, as it is used here: on one thread of the processor, and silent."""

from pathlib import Path

from onnxruntime import InferenceSession, SessionOptions


def session_of(model: bytes | Path) -> InferenceSession:
    """A model ready to run. Safe to share between threads. `model`: the content of an .onnx file, or where one is.

    A question is too small for several threads: those of all processes would wait for each other. More workers use
    more of the machine.
    """
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    given = model if isinstance(model, bytes) else str(model)
    return InferenceSession(given, options, providers=["CPUExecutionProvider"])
