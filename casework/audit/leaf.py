"""The bytes of an entry that are sealed: every column, in one form that Python and SQL build alike.

The form is one line of PostgreSQL's own `COPY ... TO STDOUT` in text: values in the order below, tabs between them,
backslash escapes, `\\N` for null. So a verifier hashes what it reads, without trusting a function of the server under
test, and at the speed of the stream.

`FIRST` is for good: what is sealed was sealed over it. A column that is added later goes to the end of `LATER`, with
the value that entries from before have; it stands in the line as `name=value` (`name` alone for null), and only where
it differs from that value, so that no old seal changes and nothing can be slipped into an old entry unnoticed. A test
compares both with the model and with the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

MARK = b"casework-entry-1\t"  # so that no line of another table could ever pass as an entry
FIRST: tuple[str, ...] = (
    "id", "xid", "timestamp", "verb", "outcome", "rule", "action", "actor_id", "actor_name", "actor_roles",
    "actor_agency", "agency_id", "case_id", "listed_case_ids", "compartments", "shown", "purpose", "legal_basis",
    "grant_id", "share_id", "emergency_id", "content_type_id", "object_pk", "object_id", "object_repr", "changes",
    "additional_data", "remote_addr", "session", "route", "method", "cid",
)  # fmt: skip


@dataclass(frozen=True)
class Later:
    """A column from a later release. `before`: its text in entries from before it; None for null."""

    name: str
    before: str | None


LATER: tuple[Later, ...] = (Later("reason_sealed", None),)
CAST = {"timestamp", "remote_addr"}  # whose own form follows a setting, or leaves a network of one address out
BYTES = {"reason_sealed"}  # as hexadecimal digits, since how a session shows bytes is a setting

NULL = b"\\N"
AS_BEFORE = (b"\t" + NULL) * len(LATER)  # what COPY gives where every later column is as before
ESCAPES = {"\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r"}
_LEAF = b"\0" + MARK
_TABLE = str.maketrans(ESCAPES)
_BACK = {escape[1]: plain for plain, escape in ESCAPES.items()}


# In SQL -------------------------------------------------------------------------------------------


def text_of(column: str, alias: str = "e") -> str:
    """A column as text that no setting of the session changes: times in UTC with six decimals."""
    quoted = f'{alias}."{column}"'
    if column == "timestamp":
        return f"pg_catalog.to_char({quoted} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    return f"encode({quoted}, 'hex')" if column in BYTES else f"{quoted}::text"


def columns_sql(alias: str = "e") -> str:
    """What to select, for COPY: each line of its output goes to `leaf_data`.

    Columns whose own form in COPY is that of their text go out as they are: twice as fast for the server.
    """
    first = [text_of(name, alias) if name in CAST else f'{alias}."{name}"' for name in FIRST]
    return ", ".join([*first, *(_later_sql(later, alias) for later in LATER)])


def _later_sql(later: Later, alias: str) -> str:
    text = text_of(later.name, alias)
    if later.before is None:
        return f"'{later.name}=' || {text}"
    before = "'" + later.before.replace("'", "''") + "'"
    return f"case when {text} is distinct from {before} then '{later.name}' || coalesce('=' || {text}, '') end"


def leaf_data_sql(alias: str = "e") -> str:
    """The same bytes as `leaf_data`, built by the database alone: for somebody who checks an entry in SQL."""
    fields = [f"coalesce({_escaped(text_of(name, alias))}, '\\N')" for name in FIRST]
    later = [f"coalesce(E'\\t' || {_escaped(_later_sql(each, alias))}, '')" for each in LATER]
    line = " || E'\\t' || ".join([f"'{MARK.decode().strip()}'", *fields])
    return f"convert_to({' || '.join([line, *later])}, 'UTF8')"


def _escaped(text: str) -> str:
    for plain, escape in ESCAPES.items():  # the backslash first
        text = f"replace({text}, chr({ord(plain)}), '{escape}')"
    return text


# In Python ----------------------------------------------------------------------------------------


def leaf_data(line: bytes) -> bytes:
    """What is hashed, from one line that COPY gave for `columns_sql`, its line feed taken off."""
    if AS_BEFORE and line.endswith(AS_BEFORE):  # the usual case, and the quick one
        return MARK + line[: -len(AS_BEFORE)]
    *first, line = line.split(b"\t", len(FIRST) - 1)
    last, *later = line.split(b"\t")
    return MARK + b"\t".join([*first, last, *(field for field in later if field != NULL)])


def leaf_hash(line: bytes) -> bytes:
    """The leaf of RFC 6962 for one line of COPY."""
    if line.endswith(AS_BEFORE):  # without a call more: this is half of what verifying costs
        return sha256(_LEAF + line[: len(line) - len(AS_BEFORE)]).digest()
    return sha256(b"\0" + leaf_data(line)).digest()


def line_of(values: Sequence[str | None]) -> bytes:
    """The line for these texts, in the order of `FIRST` and then of `LATER` (None where it is as before)."""
    return b"\t".join(NULL if value is None else value.translate(_TABLE).encode() for value in values)


def fields_of(data: bytes) -> dict[str, str | None]:
    """Column to text, from `leaf_data`. Raises: ValueError for what is no entry."""
    mark, *fields = data.decode().split("\t")
    if mark != MARK.decode().strip() or len(fields) < len(FIRST):
        raise ValueError("This is no sealed entry.")
    values = dict(zip(FIRST, map(_unescaped, fields), strict=False))
    for field in fields[len(FIRST) :]:
        name, sign, value = field.partition("=")
        values[name] = _unescaped(value) if sign else None
    return values


def _unescaped(field: str) -> str | None:
    if field == "\\N":
        return None
    if "\\" not in field:
        return field
    pieces = field.split("\\\\")
    return "\\".join("".join(_plain(piece)) for piece in pieces)


def _plain(piece: str) -> list[str]:
    first, *rest = piece.split("\\")
    return [first, *(_BACK[each[0]] + each[1:] for each in rest)]
