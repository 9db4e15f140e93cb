"""Entries a second: ours beside a bare insert, django-auditlog's `LogAccessMixin`, and a chain of hashes.

All on one engine in one run, one commit an entry, in rounds that take turns, so that a busy moment of the machine
meets all of them. Each writer is a process of its own.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.conf import settings

from casework.audit.leaf import FIRST, LATER
from casework.bench.rows import Row, Say, Scale
from casework.bench.scratch import scratch_database, superuser
from casework.provision import connection_parameters

COLUMNS = [name for name in (*FIRST, *(later.name for later in LATER)) if name not in ("id", "xid", "timestamp")]
VALUES: dict[str, Any] = {
    "verb": "looked", "outcome": "allowed", "action": 3, "actor_name": "Somebody Invented", "agency_id": 3,
    "actor_roles": ["social_worker", "interviewer"], "actor_agency": "Harbour Social Services", "case_id": 12,
    "listed_case_ids": [], "compartments": ["overview", "account"], "purpose": "protect", "legal_basis": "public_task",
    "grant_id": 77, "session": "0123456789abcdef", "route": "cases:case", "method": "GET", "rule": "",
    "object_pk": "", "object_repr": "", "cid": "7d3a0a52-9a0b-4bd1-9d0e-2f6a3c0b7d11", "remote_addr": "10.1.2.3",
}  # fmt: skip
SHOWN = '{"cases.case": [12], "casework_account.passage": [1, 2, 3, 4, 5, 6, 7, 8]}'
ROW = [SHOWN if name == "shown" else VALUES.get(name) for name in COLUMNS]
PLACES = ", ".join("%s::jsonb" if name == "shown" else "%s" for name in COLUMNS)
INSERT = f"({', '.join(COLUMNS)}) values ({PLACES})"
BARE, CHAINED, ACCESSED = "bench_bare", "bench_chain", "bench_accessed"
SETUP = f"""
create table {BARE} (like audit_auditentry including defaults including indexes);
create sequence {BARE}_id; alter table {BARE} alter id set default nextval('{BARE}_id');
create table {CHAINED} (like audit_auditentry including defaults including indexes);
create sequence {CHAINED}_id; alter table {CHAINED} alter id set default nextval('{CHAINED}_id');
alter table {CHAINED} add previous bytea, add hash bytea;
create table bench_head (one boolean primary key default true, hash bytea);
insert into bench_head values (true, sha256(''));
grant insert, select on {BARE}, {CHAINED} to casework_app; grant select, update on bench_head to casework_app;
grant usage on sequence {BARE}_id, {CHAINED}_id to casework_app;
grant insert, select on auditlog_logentry to casework_app;
grant usage on all sequences in schema public to casework_app;
create function bench_chain() returns trigger language plpgsql as $$
declare head bytea;
begin
  select hash into head from bench_head for update;
  new.previous := head;
  new.hash := sha256(head || convert_to(new::text, 'UTF8'));
  update bench_head set hash = new.hash;
  return new;
end $$;
create trigger chain before insert on {CHAINED} for each row execute function bench_chain();
"""  # noqa: S608 - constants of this file


def run(scale: Scale, say: Say, blank: str) -> list[Row]:
    """The three ratios at eight writers, and the one over the bare insert with fewer as well."""
    seconds, rounds, fewer = (0.15, 2, (1,)) if scale is Scale.SMALL else (2.0, 9, (4, 2, 1))
    with scratch_database(locked=False, like=blank) as name:
        with superuser(name) as admin:
            admin.execute(SETUP)
        found = {writers: _measure(name, writers, seconds, rounds, say) for writers in (8, *fewer)}
    eight = found[8]
    rows = [
        _row("append_vs_bare_8", eight, "bare", "bar 0.9"),
        _row("append_vs_logaccessmixin_8", eight, "accessed", ""),
        _row("append_vs_row_chain_8", eight, "chain", ""),
    ]
    return rows + [_row(f"append_vs_bare_{writers}", found[writers], "bare", "") for writers in fewer]


def _row(name: str, rates: dict[str, list[float]], beside: str, bar: str) -> Row:
    ratio = statistics.median(ours / other for ours, other in zip(rates["entry"], rates[beside], strict=True))
    ours, other = statistics.median(rates["entry"]), statistics.median(rates[beside])
    return Row(name, ratio, "ratio", f"{ours:,.0f} beside {other:,.0f} entries a second; {bar}".rstrip("; "))


def _measure(name: str, writers: int, seconds: float, rounds: int, say: Say) -> dict[str, list[float]]:
    """Entries a second of each way, a number for each round."""
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    order = list(WAYS)
    for number in range(rounds):
        say(f"appending with {writers} writers, round {number + 1} of {rounds}")
        for way in order if number % 2 == 0 else order[::-1]:
            rates[way].append(_rate(name, way, writers, seconds))
    return rates


def _rate(name: str, way: str, writers: int, seconds: float) -> float:
    """Entries a second that so many processes commit together in this way."""
    context = multiprocessing.get_context("fork")
    ready, counts = context.Barrier(writers + 1), context.Queue()
    parameters = connection_parameters({**settings.DATABASES["default"], "NAME": name})
    each = [
        context.Process(target=_write, args=(way, parameters, ready, counts, seconds), daemon=True)
        for _number in range(writers)
    ]
    for process in each:
        process.start()
    ready.wait(timeout=60)
    total = sum(counts.get(timeout=60) for _process in each)
    for process in each:
        process.join()
    return total / seconds


def _write(way: str, parameters: dict[str, Any], ready: Any, counts: Any, seconds: float) -> None:
    """One writer: inserts and commits until the time is over, and says how often."""
    with psycopg.connect(**parameters) as connection:
        write = WAYS[way](connection)
        write()
        connection.commit()
        ready.wait(timeout=60)
        until, done = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            write()
            connection.commit()
            done += 1
    counts.put(done)


def _into(table: str) -> Callable[[Any], Callable[[], Any]]:
    def prepared(connection: Any) -> Callable[[], Any]:
        values = [SHOWN if name == "shown" else VALUES.get(name) for name in COLUMNS]
        query = f"insert into {table} {INSERT}"
        return lambda: connection.execute(query, values)

    return prepared


def _accessed(connection: Any) -> Callable[[], Any]:
    """The statement that django-auditlog's LogAccessMixin sends for one object, on its own table and indexes.

    By hand, since the project swaps its model for the entry: called here, the mixin would write ours. The key is not
    asked back on either side.
    """
    query = (
        "insert into auditlog_logentry (content_type_id, object_pk, object_id, object_repr, serialized_data, action,"
        " changes_text, changes, actor_id, cid, remote_addr, remote_port, timestamp, additional_data, actor_email)"
        " values (%s, %s, %s, %s, null, 3, '', %s::jsonb, null, %s, %s, null, now(), null, null) returning id"
    )
    values = [1, "12", 12, "cases.case:12", "null", VALUES["cid"], VALUES["remote_addr"]]
    return lambda: connection.execute(query, values)


WAYS: dict[str, Callable[[Any], Callable[[], Any]]] = {
    "entry": _into("audit_auditentry"),
    "bare": _into(BARE),
    "chain": _into(CHAINED),
    "accessed": _accessed,
}
