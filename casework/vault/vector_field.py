"""The third kind of encrypted field: numbers that stand for passages, so that a question finds its answer.

A vector tells what its text is about, so it is kept like the text. It is binary and no place for a file: it is only
ever made by the search from text that passed the guard, and what is not a set of unit vectors of one shape is refused.
"""

from typing import Any

from django.core.exceptions import ValidationError

from casework.vault.fields import EncryptedField
from casework.vault.vectors import VectorPage


class EncryptedVectors(EncryptedField):
    """A VectorPage, encrypted under the key of its row's case."""

    @property
    def empty_value(self) -> VectorPage:
        return VectorPage.empty()

    def to_bytes(self, value: Any) -> bytes:
        if not isinstance(value, VectorPage):
            raise ValidationError("Only a page of vectors is kept here.")
        value.check()
        return value.packed()

    def from_bytes(self, value: bytes) -> VectorPage:
        return VectorPage.unpacked(value)
