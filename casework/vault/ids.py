"""Keys of confidential rows: random, so that they tell neither order nor number."""

import secrets


def new_id() -> int:
    """A random key of 1 to 2**62, made before the insert so that encryption can be bound to it.

    Two equal keys in ten million rows: one chance in some 90,000; the database refuses the second.
    """
    return secrets.randbelow(2**62) + 1


def id_of(text: str) -> int:
    """The key that an address or a form names in digits; 0, which no row has, for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 19 else 0
