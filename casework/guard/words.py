"""What was found, in plain words, and what to do instead."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casework.guard.refusal import Found

FILE_AS_TEXT = gettext_lazy("looks like a picture or a file turned into text")
KINDS: dict[str, Promise] = {
    "base64": FILE_AS_TEXT,
    "base32": FILE_AS_TEXT,
    "base85": FILE_AS_TEXT,
    "hex": FILE_AS_TEXT,
    "bits": FILE_AS_TEXT,
    "octal": FILE_AS_TEXT,
    "numbers": FILE_AS_TEXT,
    "percent": FILE_AS_TEXT,
    "entities": FILE_AS_TEXT,
    "quoted_printable": FILE_AS_TEXT,
    "uuencoded": FILE_AS_TEXT,
    "xxencoded": FILE_AS_TEXT,
    "encoded": FILE_AS_TEXT,
    "letters": gettext_lazy("has letters as no language has them, but as a file turned into text does"),
    "signs": gettext_lazy("has signs as no script has them, but as a file turned into text does"),
    "words": gettext_lazy("has words as no language has them, but as a file turned into text does"),
    "pieces": gettext_lazy("begins a row of pieces that look like a picture or a file cut up and turned into text"),
    "pieces_over_time": gettext_lazy(
        "adds to pieces kept before, which together are as much as a picture or a file turned into text"
    ),
    "hidden": gettext_lazy("hides characters that nobody can see"),
    "data_address": gettext_lazy("is a picture or a file, written out as an address that begins with “data:”"),
    "markup": gettext_lazy("places a picture or a file in the text"),
    "drawn": gettext_lazy("looks like a picture drawn with characters"),
    "picture_address": gettext_lazy("is an address of a picture or a film"),
    "address": gettext_lazy("is an address"),
}


def in_words(found: Found, text: str, limit: int) -> str:
    """Where it is, by line and character, what it is, and what to do instead. Nothing of the text itself."""
    if found.kind == "too_long":
        words = _("This text has %(length)d characters; at most %(limit)d can be kept here. Nothing was cut off.")
        return words % {"length": len(text), "limit": limit}
    line, column = place_of(text, found.start)
    if found.kind == "control_character":
        words = _("Line %(line)d, character %(column)d is a hidden control character (U+%(code)s). Please remove it.")
        return words % {"line": line, "column": column, "code": f"{ord(text[found.start]):04X}"}
    values = {"line": line, "column": column, "why": KINDS[found.kind], "size": found.size}
    if found.what:
        values["what"] = found.what
        words = _("What begins at line %(line)d, character %(column)d %(why)s (%(size)d characters, %(what)s).")
    else:
        words = _("What begins at line %(line)d, character %(column)d %(why)s (%(size)d characters).")
    if found.kind == "address":
        instead = _("Only a reference belongs here. Give the exhibit or hotline reference instead.")
    else:
        instead = _("Casework keeps no pictures and no files. Give the exhibit or hotline reference instead.")
    return f"{words % values} {instead}"


def place_of(text: str, position: int) -> tuple[int, int]:
    """Line and character of a position, both from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
