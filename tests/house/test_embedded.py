"""The embedded servers and the roles: run for real, in folders of their own."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis

from casework import embedded, provision, server_process
from casework.problems import EmbeddedProblem

ROOT = Path(embedded.__file__).resolve().parent.parent
USER = """
import sys
from pathlib import Path
from casework.embedded import start_embedded
import psycopg
servers = start_embedded(Path(sys.argv[1]))
with psycopg.connect(servers.admin_url) as connection:
    print(connection.execute("select pg_postmaster_start_time()::text").fetchone()[0], flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    # Not pytest's tmp_path: its folders are shut again by the next pytest, access lists included.
    folder = Path(tempfile.mkdtemp(prefix="casework-test-"))
    yield folder / "var"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def servers(var: Path) -> Iterator[embedded.EmbeddedServers]:
    started = embedded.start_embedded(var)
    yield started
    embedded.leave_embedded(started.folder)


@pytest.fixture
def admin(servers: embedded.EmbeddedServers) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(servers.admin_url, autocommit=True) as connection:
        yield connection


def start_user(var: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(var)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def line_of(user: "subprocess.Popen[str]") -> str:
    assert user.stdout is not None
    line = user.stdout.readline().strip()
    assert line, "the servers did not start"
    return line


def let_go(user: "subprocess.Popen[str]") -> None:
    assert user.stdin is not None
    assert user.stdout is not None
    user.stdin.close()
    assert user.wait(timeout=60) == 0
    user.stdout.close()


def connect(database: dict[str, Any], name: str | None = None) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host=database["HOST"],
        user=database["USER"],
        password=database["PASSWORD"],
        dbname=name or database["NAME"],
        autocommit=True,
    )


def answers(servers: embedded.EmbeddedServers) -> bool:
    try:
        psycopg.connect(servers.admin_url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def test_concurrent_first_starts_share_one_server_and_the_last_one_stops_it():
    folder = Path(tempfile.mkdtemp(prefix="casework-test-"))
    users = [start_user(folder / "var") for _ in range(3)]
    try:
        described = embedded.describe_embedded(folder / "var")
        assert len({line_of(user) for user in users}) == 1
        let_go(users[0])
        let_go(users[1])
        assert answers(described)
        let_go(users[2])
        assert not answers(described)
        with pytest.raises(redis.ConnectionError):
            redis.Redis.from_url(described.cache_url).ping()
    finally:
        for user in users:
            user.kill()
        shutil.rmtree(folder, ignore_errors=True)


def test_killed_user_leaves_servers_that_the_next_one_takes_over_and_stops():
    folder = Path(tempfile.mkdtemp(prefix="casework-test-"))
    described = embedded.describe_embedded(folder / "var")
    first = start_user(folder / "var")
    started = line_of(first)
    first.kill()
    first.wait()
    second = start_user(folder / "var")
    try:
        assert line_of(second) == started
        let_go(second)
        assert not answers(described)
    finally:
        second.kill()
        shutil.rmtree(folder, ignore_errors=True)


def test_killed_servers_start_again_and_what_was_committed_is_there():
    folder = Path(tempfile.mkdtemp(prefix="casework-test-"))
    first, second = start_user(folder / "var"), None
    try:
        line_of(first)
        described = embedded.describe_embedded(folder / "var")
        with connect(described.database_owner) as owner:
            owner.execute("create table kept (word text)")
            owner.execute("insert into kept values ('kept')")
        valkey = redis.Redis.from_url(described.cache_url)
        valkey.set("kept", "kept")
        time.sleep(1.2)  # appendfsync everysec
        for pid_file in ("postgres/data/postmaster.pid", "valkey/pid"):
            os.kill(int((described.folder / pid_file).read_text().split()[0]), signal.SIGKILL)
        first.kill()
        second = start_user(folder / "var")
        line_of(second)
        with connect(described.database_owner) as owner:
            assert owner.execute("select word from kept").fetchone() == ("kept",)
        assert valkey.get("kept") == b"kept"
        valkey.close()
        let_go(second)
    finally:
        for user in (first, second):
            if user is not None:
                user.kill()
        shutil.rmtree(folder, ignore_errors=True)


def test_pid_file_that_names_another_process_is_not_taken_for_the_server(tmp_path: Path):
    pid_file = tmp_path / "pid"
    pid_file.write_text(str(os.getpid()))
    assert not server_process.is_ours(pid_file, "postgres", tmp_path)
    assert server_process.is_ours(pid_file, psutil.Process().name(), Path.cwd())


def test_start_is_for_this_process_once(servers: embedded.EmbeddedServers, var: Path):
    assert embedded.start_embedded(var) == servers


def test_secrets_are_kept_for_the_owner_alone_and_out_of_repr(servers: embedded.EmbeddedServers):
    passwords = servers.folder / "passwords.json"
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    assert servers.database["PASSWORD"] not in repr(servers)
    assert servers.database_owner["PASSWORD"] not in repr(servers)
    for folder in (servers.database["HOST"], servers.folder / "valkey" / "run"):
        assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700


def test_connection_without_the_password_is_refused(servers: embedded.EmbeddedServers):
    with pytest.raises(psycopg.OperationalError, match="password"):
        connect(servers.database | {"PASSWORD": "wrong"})


def test_server_keeps_no_statement_in_its_log(servers: embedded.EmbeddedServers):
    with connect(servers.database_owner) as owner, pytest.raises(psycopg.errors.UndefinedTable):
        owner.execute("select 'a phrase of a child' from nowhere")
    log = (servers.folder / "postgres" / "log").read_text()
    assert "nowhere" in log
    assert "a phrase of a child" not in log


@pytest.mark.parametrize(
    ("setting", "value"),
    [("fsync", "on"), ("data_checksums", "on"), ("max_prepared_transactions", "0"), ("listen_addresses", "")],
)
def test_postgres_runs_with(admin: psycopg.Connection[Any], setting: str, value: str):
    assert admin.execute("select current_setting(%s)", [setting]).fetchone() == (value,)


def test_long_path_gets_a_socket_under_tmp(tmp_path: Path):
    deep = tmp_path / ("d" * 90)
    assert server_process.socket_folder(deep, "postgres").parent == Path("/tmp")
    assert server_process.socket_folder(deep, "postgres") != server_process.socket_folder(deep, "valkey")
    assert len(str(server_process.socket_folder(deep, "postgres") / ".s.PGSQL.5432")) < 107


def test_folder_of_somebody_else_is_refused(tmp_path: Path):
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(EmbeddedProblem, match="only the servers' own user"):
        server_process.private_folder(tmp_path / "open", None)


# Roles ----------------------------------------------------------------------------------------------


def test_application_role_has_no_power(admin: psycopg.Connection[Any]):
    powers = "rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
    found = admin.execute(f"select rolname, {powers} from pg_roles where rolname like 'casework%'")
    roles = {row[0]: row[1:] for row in found}
    login, nothing = (True, *[False] * 5), (False,) * 6
    assert roles == {
        "casework_app": login,
        "casework_owner": login,
        "casework_grants": nothing,
        "casework_sealer": login,
    }


def test_application_role_has_its_limits(servers: embedded.EmbeddedServers):
    with connect(servers.database) as app:
        found = {name: app.execute("select current_setting(%s)", [name]).fetchone()[0] for name in provision.APP_LIMITS}
    assert found == {
        "statement_timeout": "30s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "1min",
        "transaction_timeout": "30s",
    }


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (a int)",
        "create temporary table mine (a int)",
        "create schema mine",
        "set role casework_owner",
        "set role casework_grants",
        "create role mine",
        "create database mine",
        "alter role casework_app bypassrls",
    ],
)
def test_application_role_makes_nothing_and_becomes_nobody(servers: embedded.EmbeddedServers, statement: str):
    with connect(servers.database) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)


def test_owner_hands_a_function_over_but_inherits_nothing(servers: embedded.EmbeddedServers):
    with connect(servers.database_owner) as owner:
        owner.execute("create table secret_rows (a int)")
        owner.execute("insert into secret_rows values (1)")
        owner.execute("alter table secret_rows enable row level security")
        owner.execute("alter table secret_rows force row level security")
        owner.execute("create policy g on secret_rows for select to casework_grants using (true)")
        owner.execute("grant select on secret_rows to casework_grants")
        owner.execute(
            "create function look() returns bigint language sql security definer "
            "set search_path = pg_catalog, pg_temp as $$ select count(*) from public.secret_rows $$"
        )
        owner.execute("revoke all on function look() from public")
        owner.execute("grant execute on function look() to casework_app")
        owner.execute("alter function look() owner to casework_grants")
        assert owner.execute("select count(*) from secret_rows").fetchone() == (0,)
        with connect(servers.database) as app:
            assert app.execute("select look()").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute("alter function look() volatile")
        owner.execute("drop function look()")  # as owner of the schema
        owner.execute("drop table secret_rows")


def test_provision_twice_changes_nothing_and_takes_back_what_was_added(
    servers: embedded.EmbeddedServers, admin: psycopg.Connection[Any]
):
    admin.execute("alter role casework_app bypassrls createdb")
    admin.execute("grant create on database casework to public")
    provision.provision(admin, "casework")
    test_application_role_has_no_power(admin)
    test_application_role_makes_nothing_and_becomes_nobody(servers, "create schema mine")


def test_provision_by_a_role_that_is_no_superuser(admin: psycopg.Connection[Any]):
    admin.execute("create role hosted login createrole createdb password 'hosted-password'")
    try:
        for role in ("casework_owner", "casework_app", "casework_grants", "casework_sealer"):
            admin.execute(f"grant {role} to hosted with admin true, set false, inherit false")
        with psycopg.connect(admin.info.dsn, password="hosted-password", user="hosted", autocommit=True) as hosted:
            provision.provision(hosted, "hosted_casework")
        owner = admin.execute(
            "select pg_get_userbyid(datdba) from pg_database where datname = 'hosted_casework'"
        ).fetchone()
        assert owner == ("casework_owner",)
    finally:
        provision.drop_database(admin, "hosted_casework")
        admin.execute("drop owned by hosted cascade")
        for role in ("casework_owner", "casework_app", "casework_grants", "casework_sealer"):
            admin.execute(f"revoke {role} from hosted cascade")
        admin.execute("drop role hosted")
        provision.provision(admin, "casework")


def test_database_copies_its_template_and_goes_with_its_connections(
    servers: embedded.EmbeddedServers, admin: psycopg.Connection[Any]
):
    provision.create_database(admin, "first")
    with connect(servers.database_owner, "first") as owner:
        owner.execute("create table copied (a int)")
    provision.create_database(admin, "second", template="first")
    with connect(servers.database_owner, "second") as owner:
        assert owner.execute("select count(*) from copied").fetchone() == (0,)
        with pytest.raises(psycopg.errors.DuplicateDatabase):
            provision.create_database(admin, "second")
        provision.drop_database(admin, "second")
    provision.drop_database(admin, "second")
    provision.drop_database(admin, "first")
    left = admin.execute("select datname from pg_database where datname in ('first', 'second')").fetchall()
    assert left == []
