"""A check that stops the start when the folder of a sentence model is not one."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from casework.search.embedders import MODEL_FILES


@register()
def check_search_model(**_options: Any) -> list[CheckMessage]:
    """SEARCH_MODEL_FOLDER, when set, names a folder with a model, and what reads text for it is installed."""
    if not settings.SEARCH_MODEL:
        return []
    missing = [name for name in MODEL_FILES if not (Path(settings.SEARCH_MODEL) / name).is_file()]
    if find_spec("tokenizers") is None:
        missing.append("the package tokenizers")
    if not missing:
        return []
    return [
        Error(
            f"SEARCH_MODEL_FOLDER is set, but this is missing: {', '.join(missing)}.",
            hint="Add it, or unset SEARCH_MODEL_FOLDER for the built-in model.",
            id="search.E001",
        )
    ]
