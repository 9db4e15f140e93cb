"""References in words: to a recording, to a note, to who keeps them. Never an address, never the name of a file."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,20}://|\bwww\.|\\\\|\b[a-z]:\\", re.IGNORECASE)
FILE_NAME = re.compile(
    r"\S\.(?:mp4|m4v|mov|avi|mkv|webm|wmv|mp3|m4a|wav|ogg|flac|aac|jpe?g|png|gif|heic|tiff?|pdf|docx?|odt|rtf|zip)\b",
    re.IGNORECASE,
)


def check_reference(text: str) -> str:
    """The text unchanged, when it is a reference in words.

    Source: issue 4, "The telling".  Raises: ValidationError.
    """
    if ADDRESS.search(text) or FILE_NAME.search(text):
        raise ValidationError(
            _("Give a reference in words, such as Recording ML-2207: no address, and no name of a file."),
            code="not_a_reference",
        )
    return text
