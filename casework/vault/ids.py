"""Keys of confidential rows: random, so that they tell neither order nor number."""

import secrets


def new_id() -> int:
    """A random key of 1 to 2**62, made before the insert so that encryption can be bound to it.

    Two equal keys in ten million rows: one chance in some 90,000; the database refuses the second.
    """
    return secrets.randbelow(2**62) + 1
