"""Encrypted fields. The model's column is `<name>_sealed`; `<name>` is a property that opens it, with a note.

    text = EncryptedText(max_length=20_000)

gives the model a column `text_sealed` that Django, forms, serialisers and django-auditlog may touch freely (they see
`<encrypted>`), and a property `text` that gives the plaintext inside an open reading and nowhere else.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from casework.guard.text import check_text
from casework.vault import crypto
from casework.vault.keys import data_key
from casework.vault.reading import current_reading, reading_or_none

SUFFIX = "_sealed"


class Sealed:
    """An encrypted value, or one waiting to be encrypted at the next save. Never shows its content."""

    __slots__ = ("ciphertext", "pending")

    def __init__(self, ciphertext: bytes | None = None, pending: bytes | None = None) -> None:
        self.ciphertext, self.pending = ciphertext, pending

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sealed):
            return False
        return self.pending is None and other.pending is None and self.ciphertext == other.ciphertext

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "<encrypted>"

    __str__ = __repr__


class Plaintext(property):
    """The readable side of an encrypted field."""

    def __init__(self, field: "EncryptedField") -> None:
        super().__init__(field.read, field.write)


class EncryptedField(models.BinaryField):  # type: ignore[type-arg]
    """A field encrypted under the key of its row's case. Base of the three kinds below."""

    empty_value: Any = ""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.max_plain = options.pop("max_plain", None)
        options.setdefault("default", Sealed)
        super().__init__(*arguments, **options)

    def deconstruct(self) -> Any:
        name, path, arguments, options = super().deconstruct()
        options.pop("default", None)
        if self.max_plain is not None:
            options["max_plain"] = self.max_plain
        return name, path, arguments, options

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        plain = name.removesuffix(SUFFIX)
        super().contribute_to_class(cls, plain + SUFFIX, private_only)
        setattr(cls, plain, Plaintext(self))

    def read(self, instance: models.Model) -> Any:
        """The plaintext. Raises: NoOpenReading outside a reading; CannotOpen when the value was moved or altered."""
        sealed = getattr(instance, self.attname)
        if sealed.pending is not None:
            return self.from_bytes(sealed.pending)
        if not sealed.ciphertext:
            return self.empty_value
        reading = current_reading()
        case_id = instance.audited_case_id  # type: ignore[attr-defined]
        opened = crypto.unseal(data_key(case_id), bytes(sealed.ciphertext), self.place_of(instance))
        reading.note(
            case_id=case_id,
            label=instance._meta.label_lower,
            pk=instance.pk,
            compartment=str(getattr(instance, "compartment", "overview")),
        )
        return self.from_bytes(opened)

    def write(self, instance: models.Model, value: Any) -> None:
        sealed: Sealed = getattr(instance, self.attname)
        pending = self.to_bytes(value)
        if not self._says_already(instance, sealed, pending):
            setattr(instance, self.attname, Sealed(pending=pending))

    def _says_already(self, instance: models.Model, sealed: Sealed, pending: bytes) -> bool:
        """True when the row holds just this: then it is not changed, and the record doesn't say that it was."""
        if sealed.pending is not None or sealed.ciphertext is None or instance._state.adding:
            return False
        if not sealed.ciphertext or not pending:
            return sealed.ciphertext == pending
        if reading_or_none() is None:
            return False
        try:
            opened = crypto.unseal(data_key(instance.audited_case_id), sealed.ciphertext, self.place_of(instance))  # type: ignore[attr-defined]
        except crypto.CannotOpen:
            return False
        return opened == pending

    def place_of(self, instance: models.Model) -> bytes:
        return crypto.place(
            instance._meta.db_table,
            str(self.column),
            instance.pk,
            instance.audited_case_id,  # type: ignore[attr-defined]
        )

    def pre_save(self, instance: models.Model, add: bool) -> Sealed:
        sealed: Sealed = getattr(instance, self.attname)
        if sealed.pending is not None:
            ciphertext = b""
            if sealed.pending:
                key = data_key(instance.audited_case_id)  # type: ignore[attr-defined]
                ciphertext = crypto.seal(key, sealed.pending, self.place_of(instance))
            sealed = Sealed(ciphertext=ciphertext)
            setattr(instance, self.attname, sealed)
        return sealed

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        if not isinstance(value, Sealed) or value.pending is not None:
            raise TypeError("An encrypted column is only ever written by saving its row.")
        return connection.Database.Binary(value.ciphertext or b"")

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Sealed:
        return Sealed(ciphertext=bytes(value) if value else b"")

    def value_to_string(self, obj: models.Model) -> str:
        return "<encrypted>"

    def to_python(self, value: Any) -> Any:
        return value

    def get_default(self) -> Sealed:
        return Sealed(ciphertext=b"")

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return value

    def to_bytes(self, value: Any) -> bytes:
        raise NotImplementedError

    def from_bytes(self, value: bytes) -> Any:
        raise NotImplementedError


class EncryptedText(EncryptedField):
    """Text of at most `max_plain` characters that passed the guard. Empty text is stored as nothing."""

    def to_bytes(self, value: Any) -> bytes:
        text = str(value or "")
        check_text(text, self.max_plain or 1_000_000)
        return text.encode()

    def from_bytes(self, value: bytes) -> str:
        return value.decode()


class EncryptedDocument(EncryptedField):
    """A PDF that Casework itself made from text: never anything that a person sent. Bytes."""

    empty_value = b""

    def to_bytes(self, value: Any) -> bytes:
        document = bytes(value or b"")
        if document and not document.startswith(b"%PDF-"):
            raise ValidationError("Only a PDF made by Casework is kept.")
        return document

    def from_bytes(self, value: bytes) -> bytes:
        return value
