"""`manage.py prepare`: from bare servers to a database that can be migrated, run for real."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from casework import embedded
from casework.provision import connection_parameters

ROOT = Path(embedded.__file__).resolve().parent.parent
SECRET = "a-secret-key-for-the-tests-that-is-long-enough-0123456789"


@pytest.fixture(scope="module")
def servers() -> Iterator[embedded.EmbeddedServers]:
    folder = Path(tempfile.mkdtemp(prefix="casework-test-"))
    started = embedded.start_embedded(folder / "var")
    yield started
    embedded.leave_embedded(started.folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def environ(servers: embedded.EmbeddedServers, tmp_path: Path) -> dict[str, str]:
    folder = quote(servers.database["HOST"], safe="")
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "DATABASE_URL": f"postgresql://casework_app:app-password@{folder}/agencies",
        "DATABASE_OWNER_URL": f"postgresql://casework_owner:owner-password@{folder}/agencies",
        "DATABASE_ADMIN_URL": servers.admin_url,
        "BROKER_URL": servers.broker_url,
        "SECRET_KEY": SECRET,
        "CASEWORK_KEYS": str(tmp_path / "keys.json"),
        "ALLOWED_HOSTS": "casework.example",
        "DATABASE_SEALER_URL": f"postgresql://casework_sealer:sealer-password@{folder}/agencies",
        "SEAL_KEY_FILE": str(tmp_path / "seal.pem"),
        "SEAL_FOLDER": str(tmp_path / "seal"),
    }


def manage(environ: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_bare_servers_become_a_database_that_migrates(
    servers: embedded.EmbeddedServers, environ: dict[str, str], tmp_path: Path
):
    first = manage(environ, "prepare")
    assert first.returncode == 0, first.stderr
    assert "Made the key file" in first.stdout
    keys = tmp_path / "keys.json"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    made = keys.read_bytes()

    migrated = manage(environ, "migrate", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    app = {**servers.database, "PASSWORD": "app-password", "NAME": "agencies"}
    with psycopg.connect(**connection_parameters(app)) as connection:
        assert connection.execute("select count(*) from cases_case").fetchone() == (0,)
    assert stat.S_IMODE((tmp_path / "seal.pem").stat().st_mode) == 0o600
    for command, says in (("seal_audit", "Sealed 0 entries."), ("verify_audit", "All is well.")):
        ended = manage(environ, command)
        assert (ended.returncode, says in ended.stdout) == (0, True), ended.stderr

    again = manage(environ, "prepare")
    assert again.returncode == 0, again.stderr
    assert "Made the key file" not in again.stdout
    assert keys.read_bytes() == made


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"DATABASE_ADMIN_URL": ""}, "Set DATABASE_ADMIN_URL"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "postgresql://somebody:password@localhost/agencies"}, "must be of the role casework_app"),
        ({"DATABASE_URL": "postgresql://casework_app@localhost/agencies"}, "with its password"),
        ({"CASEWORK_KEYS": "/proc/no/keys.json"}, "can't be made"),
        ({"DATABASE_ADMIN_URL": "postgresql://nobody:wrong@127.0.0.1:9/postgres"}, "can't connect"),
    ],
)
def test_what_is_wrong_is_one_line(environ: dict[str, str], change: dict[str, str], says: str):
    changed = environ | change
    if "localhost" in changed["DATABASE_URL"]:
        changed["DATABASE_OWNER_URL"] = "postgresql://casework_owner:owner-password@localhost/agencies"
        changed["DATABASE_SEALER_URL"] = "postgresql://casework_sealer:sealer-password@localhost/agencies"
    ended = manage(changed, "prepare")
    assert ended.returncode == 2
    assert says in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "app-password" not in ended.stderr


def test_a_role_that_may_not_make_roles_is_told_so(environ: dict[str, str]):
    manage(environ, "prepare")
    ended = manage(environ | {"DATABASE_ADMIN_URL": environ["DATABASE_OWNER_URL"]}, "prepare")
    assert ended.returncode == 2
    assert "CREATEROLE" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
