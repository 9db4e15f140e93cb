"""Who is asking, for whom the entries of this request or task are written.

One frozen value in one context variable, set by the middleware or by a task and never nested: nesting
django-auditlog's own `set_extra_data` loses the outer actor (SECURITY.md, section 3).
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Asker:
    """The person behind a request or a task, as they are now. Frozen into each entry.

    `member_id` is None before sign-in. `roles` are role codes; `address` an IP address or None.
    """

    member_id: int | None = None
    name: str = ""
    roles: tuple[str, ...] = ()
    agency_id: int | None = None
    agency: str = ""
    address: str | None = None
    session: str = ""
    route: str = ""
    method: str = ""
    correlation_id: str = field(default_factory=lambda: str(uuid.uuid4()))


_asker: ContextVar[Asker | None] = ContextVar("casework_asker", default=None)


def current_asker() -> Asker:
    """The asker of this request or task; an unnamed one outside of both."""
    return _asker.get() or Asker()


@contextmanager
def asked_by(asker: Asker) -> Iterator[Asker]:
    """Write the entries of this block in the name of `asker`.

    Raises: RuntimeError when one is already set: nested askers would make the record ambiguous.
    """
    if _asker.get() is not None:
        raise RuntimeError("An asker is already set for this request or task.")
    token = _asker.set(asker)
    try:
        yield asker
    finally:
        _asker.reset(token)
