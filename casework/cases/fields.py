"""Form fields whose text goes through the guard before anything is kept."""

from typing import Any

from django import forms

from casework.guard.text import check_text


class KeptText(forms.CharField):
    """Text of at most `limit` characters, with lines ended by `\\n`. Refused by the guard beside the field.

    `rows`: height of the box in lines; 1 for a single line. `addresses`: False where a reference belongs, and no
    address of any kind.
    """

    def __init__(self, *, limit: int, rows: int = 1, addresses: bool = True, **options: Any) -> None:
        self.limit, self.addresses = limit, addresses
        attributes: dict[str, Any] = {"autocomplete": "off", "spellcheck": "false"}
        if rows > 1:
            attributes |= {"rows": rows, "data-limit": limit}
            options["widget"] = forms.Textarea(attrs=attributes)
        else:
            options["widget"] = forms.TextInput(attrs=attributes)
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def run_validators(self, value: Any) -> None:
        """The guard alone: it names the character and its place, and knows NUL from other controls."""
        if value:
            check_text(value, self.limit, addresses=self.addresses)


def as_reference(typed: str) -> str:
    """A reference as it is written, `K7QF-2M9D`, however it was typed: small, with spaces, without its hyphen."""
    plain = "".join(each for each in typed.upper() if each.isalnum())
    return f"{plain[:4]}-{plain[4:]}" if len(plain) == 8 else typed.strip().upper()
