"""What an answer really read, measured below the code that notes it: rows of the database, and values decrypted."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.models.expressions import Col
from django.db.models.sql.compiler import SQLCompiler

from casework.access.models import CaseGrant, Wall
from casework.audit.models import AuditEntry
from casework.drafts.models import Draft
from casework.vault import crypto
from casework.vault.models import ConfidentialModel

WATCHED = {
    model
    for model in apps.get_models()
    if issubclass(model, ConfidentialModel) or model in (CaseGrant, Wall, AuditEntry, Draft)
}
BY_TABLE = {model._meta.db_table: model for model in WATCHED}
Row = tuple[str, int]

# Who reads rows to decide, and shows nothing of them. Each: the end of a file's path, and the reason.
DECIDES = {
    "access/checker.py": "which permissions somebody holds",
    "access/actions.py": "which grants there are already",
}


@dataclass
class Seen:
    """`rows`: returned by PostgreSQL, behind row-level security; `opened`: decrypted; `unkeyed`: columns without key.

    `functions`: of ours that plain SQL called.
    """

    rows: set[Row] = field(default_factory=set)
    opened: set[Row] = field(default_factory=set)
    unkeyed: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)


@contextmanager
def watching(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """Measure everything that is read in this block."""
    seen = Seen()
    with monkeypatch.context() as patch, connection.execute_wrapper(_functions_into(seen)):
        patch.setattr(SQLCompiler, "results_iter", _results_into(seen, SQLCompiler.results_iter))
        patch.setattr(crypto, "unseal", _opened_into(seen, crypto.unseal))
        yield seen


def _results_into(seen: Seen, original: Any) -> Any:
    def results_iter(self: Any, results: Any = None, tuple_expected: bool = False, **chunks: Any) -> Any:
        if results is None:
            results = self.execute_sql("multi", **chunks)
        keys = _keys_of(self, seen)
        found = [list(block) for block in results]
        if not _is_deciding():
            for row in (row for block in found for row in block):
                seen.rows |= {(label, row[place]) for label, place in keys if row[place] is not None}
        return original(self, found, tuple_expected, **chunks)

    return results_iter


def _keys_of(compiler: Any, seen: Seen) -> list[tuple[str, int]]:
    """Where the keys of watched rows stand among the columns of a query; `unkeyed` gets the tables without one."""
    columns: dict[tuple[str, type[models.Model]], dict[str, int]] = {}
    for place, (expression, _sql, _alias) in enumerate(compiler.select):
        if isinstance(expression, Col) and expression.target.model in WATCHED:
            owner = (expression.alias, expression.target.model)
            columns.setdefault(owner, {})[expression.target.name] = place
    keys = []
    for (_alias, model), places in columns.items():
        name = model._meta.pk.name
        if name in places:
            keys.append((model._meta.label_lower, places[name]))
        elif compiler.query.group_by is None and not _is_deciding():
            seen.unkeyed.add(f"{model._meta.label_lower}: {', '.join(sorted(places))}")
    return keys


def _is_deciding() -> bool:
    frame: Any = sys._getframe(1)
    while frame is not None:
        asks = frame.f_locals.get("self") if frame.f_code.co_name == "_fetch_all" else None
        if getattr(asks, "not_shown", "") or frame.f_code.co_filename.endswith(tuple(DECIDES)):
            return True
        frame = frame.f_back
    return False


def _opened_into(seen: Seen, original: Any) -> Any:
    def unseal(key: bytes, ciphertext: bytes, where: bytes) -> bytes:
        opened: bytes = original(key, ciphertext, where)
        place = json.loads(where)
        if place[0] == "f1" and place[1] in BY_TABLE:
            seen.opened.add((BY_TABLE[place[1]]._meta.label_lower, int(place[3])))
        elif place[0] in ("draft", "reason"):
            seen.opened.add((place[0], 0))
        return opened

    return unseal


def _functions_into(seen: Seen) -> Any:
    def wrapper(execute: Any, sql: Any, parameters: Any, many: bool, context: Any) -> Any:
        text = str(sql)
        seen.functions |= {word.split("(")[0] for word in text.split() if word.startswith("casework_") and "(" in word}
        return execute(sql, parameters, many, context)

    return wrapper


def named_by(entries: list[AuditEntry]) -> set[Row]:
    """Every object that these entries name: shown, listed, or the subject of a change."""
    named: set[Row] = set()
    for entry in entries:
        named |= {(label, key) for label, keys in entry.shown.items() for key in keys}
        named |= {("cases.case", key) for key in entry.listed_case_ids}
        if entry.object_id is not None:
            named.add((entry.object_repr.split(":")[0], entry.object_id))
    return named
