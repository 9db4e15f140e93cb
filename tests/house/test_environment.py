"""Settings from the environment: what is accepted, and one line for whatever is not."""

import json
import os
import stat
from pathlib import Path

import pytest

from casework.environment import REQUIRED, read_environment
from casework.key_file import add_master_key, read_keys, write_new_keys
from casework.problems import EnvironmentProblem
from tests.house.conftest import SECRET


def problem(environ: dict[str, str], tmp_path: Path) -> str:
    with pytest.raises(EnvironmentProblem) as caught:
        read_environment(environ, tmp_path / "var")
    message = str(caught.value)
    assert "\n" not in message
    for secret in ("my-password", "owner-password", "broker-password", "p%40ss", "pass/word", SECRET):
        assert secret not in message
    return message


def test_nothing_set_means_embedded_with_secrets_of_its_own(tmp_path: Path):
    first = read_environment({"PATH": "/bin"}, tmp_path / "var")
    assert first.embedded
    assert first == read_environment({}, tmp_path / "var")
    assert first.secret_key != read_environment({}, tmp_path / "other").secret_key
    assert first.allowed_hosts == ["localhost", "127.0.0.1", "[::1]"]
    assert (first.database["USER"], first.database_owner["USER"]) == ("casework_app", "casework_owner")
    for name in ("secret_key", "keys.json", "servers/passwords.json"):
        assert stat.S_IMODE((tmp_path / "var" / name).stat().st_mode) == 0o600


def test_all_set_are_read(environ: dict[str, str], tmp_path: Path):
    read = read_environment(environ, tmp_path / "var")
    assert not read.embedded
    assert read.database == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "casework",
        "USER": "casework_app",
        "PASSWORD": "p@ss/word",
        "HOST": "localhost",
        "PORT": "5433",
        "OPTIONS": {},
        "CONN_MAX_AGE": 60,
    }
    assert read.database_owner["USER"] == "casework_owner"
    assert read.database_admin is None
    assert read.allowed_hosts == ["casework.example", "other.example"]
    assert read.cache_url == "redis://:broker-password@localhost:6379/1"
    assert not (tmp_path / "var").exists()


def test_repr_holds_no_secret(environ: dict[str, str], tmp_path: Path):
    shown = repr(read_environment(environ, tmp_path / "var"))
    for secret in ("p@ss/word", "owner-password", "broker-password", SECRET):
        assert secret not in shown


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_missing_setting_is_named(environ: dict[str, str], tmp_path: Path, name: str, value: str | None):
    environ.pop(name)
    if value is not None:
        environ[name] = value
    assert problem(environ, tmp_path).startswith(f"{name} is not set.")


def test_one_setting_alone_names_all_the_others(tmp_path: Path):
    message = problem({"SECRET_KEY": SECRET}, tmp_path)
    assert message.startswith("DATABASE_URL, DATABASE_OWNER_URL, BROKER_URL, CASEWORK_KEYS, ALLOWED_HOSTS are not")


def test_settings_all_emptied_start_no_embedded_server(tmp_path: Path):
    assert problem(dict.fromkeys(REQUIRED, ""), tmp_path).endswith("for the embedded servers.")
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATABASE_URL", "sqlite:///db.sqlite3", "PostgreSQL 15 or later is the only database"),
        ("DATABASE_URL", "mysql://u:my-password@localhost/db", "PostgreSQL 15 or later is the only database"),
        ("DATABASE_URL", "casework", "PostgreSQL 15 or later is the only database"),
        ("DATABASE_URL", "postgresql://casework_app:my-password@localhost", "names no database"),
        ("DATABASE_URL", "postgresql://casework_app:my-password@localhost/a/b", "names no database"),
        ("DATABASE_URL", "postgresql://localhost/casework", "names no user"),
        (
            "DATABASE_URL",
            "postgresql://casework_app:my-password@localhost:port/casework",
            "port or host is malformed",
        ),
        (
            "DATABASE_URL",
            "postgresql://casework_app:my-password@localhost:99999/casework",
            "port or host is malformed",
        ),
        (
            "DATABASE_URL",
            "postgresql://casework_app:pass/word@localhost/casework",
            "port or host is malformed",
        ),
        (
            "DATABASE_URL",
            "postgresql://casework_app:p#my-password@localhost/casework",
            "port or host is malformed",
        ),
        ("DATABASE_URL", "postgresql://casework_app@[::1/casework", "port or host is malformed"),
        (
            "DATABASE_URL",
            "postgresql://casework_app@localhost/casework?sslmod=require",
            "unknown option sslmod",
        ),
        (
            "DATABASE_URL",
            "postgresql://casework_owner:my-password@localhost:5433/casework",
            "name the same user",
        ),
        ("DATABASE_URL", "postgresql://casework_app:my-password@localhost:5433/other", "different databases"),
        (
            "DATABASE_URL",
            "postgresql://casework_app:my-password@localhost:5434/casework",
            "different databases",
        ),
        (
            "DATABASE_ADMIN_URL",
            "oracle://sys:my-password@localhost/x",
            "PostgreSQL 15 or later is the only database",
        ),
        ("BROKER_URL", "http://localhost:6379/0", "must begin with redis://"),
        ("BROKER_URL", "memory://", "must begin with redis://"),
        ("BROKER_URL", "redis://", "names no host"),
        ("BROKER_URL", "redis+socket://", "names no host"),
        ("BROKER_URL", "redis://:my-password@localhost:port/0", "port or host is malformed"),
        ("BROKER_URL", "redis://localhost/first", "must be a number"),
        ("BROKER_URL", "amqp://user:my-password@localhost//", "CACHE_URL is not set"),
        ("CACHE_URL", "memcached://localhost", "CACHE_URL must be redis://"),
        ("SECRET_KEY", "short", "at least 50 random characters"),
        ("SECRET_KEY", "a" * 60, "at least 50 random characters"),
        ("ALLOWED_HOSTS", "*", "without *"),
        ("ALLOWED_HOSTS", "casework.example,*.example", "without *"),
        ("ALLOWED_HOSTS", "https://casework.example", "without * or http://"),
        ("ALLOWED_HOSTS", ",", "must be host names"),
        ("CASEWORK_DEMO", "yes", "CASEWORK_DEMO must be 1 or 0"),
        ("CASEWORK_TRUSTED_PROXIES", "many", "CASEWORK_TRUSTED_PROXIES must be a number"),
    ],
)
def test_malformed_setting_is_refused(environ: dict[str, str], tmp_path: Path, name: str, value: str, says: str):
    message = problem(environ | {name: value}, tmp_path)
    assert says in message
    assert name in message or name == "BROKER_URL"


def test_sockets_are_understood(environ: dict[str, str], tmp_path: Path):
    environ["DATABASE_URL"] = "postgresql://casework_app@/casework?host=/run/postgresql"
    environ["DATABASE_OWNER_URL"] = "postgres://casework_owner@%2Frun%2Fpostgresql/casework"
    environ["BROKER_URL"] = "redis+socket:///run/valkey.sock?virtual_host=3"
    read = read_environment(environ, tmp_path / "var")
    assert read.database["HOST"] == read.database_owner["HOST"] == "/run/postgresql"
    assert read.cache_url == "unix:///run/valkey.sock?db=4"


def test_socket_folder_keeps_its_capitals(environ: dict[str, str], tmp_path: Path):
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        environ[name] = environ[name].replace("localhost:5433", "%2FRun%2FPG")
    assert read_environment(environ, tmp_path / "var").database["HOST"] == "/Run/PG"


def test_row_30_another_machine_is_verified_always(environ: dict[str, str], tmp_path: Path):
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        environ[name] = environ[name].replace("localhost", "db.example")
    assert read_environment(environ, tmp_path / "var").database["OPTIONS"] == {"sslmode": "verify-full"}
    environ["DATABASE_URL"] += "?sslmode=require"
    with pytest.raises(EnvironmentProblem, match="DATABASE_URL: to another machine sslmode is verify-full"):
        read_environment(environ, tmp_path / "var")


def test_demo_and_proxies_are_read(environ: dict[str, str], tmp_path: Path):
    assert not read_environment(environ, tmp_path).demo
    read = read_environment(environ | {"CASEWORK_DEMO": "1", "CASEWORK_TRUSTED_PROXIES": "2"}, tmp_path)
    assert (read.demo, read.trusted_proxies) == (True, 2)


def test_amqp_broker_with_a_cache_of_its_own(environ: dict[str, str], tmp_path: Path):
    read = read_environment(
        environ | {"BROKER_URL": "amqp://localhost//", "CACHE_URL": "redis://localhost/5"}, tmp_path
    )
    assert (read.broker_url, read.cache_url) == ("amqp://localhost//", "redis://localhost/5")


# Keys -----------------------------------------------------------------------------------------------


def test_new_keys_are_never_written_over_old_ones(keys_file: Path):
    before = keys_file.read_bytes()
    with pytest.raises(FileExistsError):
        write_new_keys(keys_file)
    assert keys_file.read_bytes() == before


def test_rotation_adds_a_version_and_leaves_the_rest(keys_file: Path):
    before = read_keys(keys_file)
    assert add_master_key(keys_file) == 2
    after = read_keys(keys_file)
    assert (after.current, after.master[1]) == (2, before.master[1])
    assert after.master[2] != after.master[1]
    assert (after.member_token, after.derive("x")) == (before.member_token, before.derive("x"))
    assert stat.S_IMODE(keys_file.stat().st_mode) == 0o600
    assert [path.name for path in keys_file.parent.iterdir()] == ["keys.json"]


def test_derived_keys_differ_by_purpose_and_by_file(keys_file: Path, tmp_path: Path):
    write_new_keys(tmp_path / "other.json")
    keys, other = read_keys(keys_file), read_keys(tmp_path / "other.json")
    assert len(keys.derive("a")) == 32
    assert len({keys.derive("a"), keys.derive("b"), other.derive("a"), keys.root, keys.member_token}) == 5


def test_repr_of_keys_holds_no_key(keys_file: Path):
    assert repr(read_keys(keys_file)) == "Keys(versions=[1], current=1)"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_key_file_that_others_can_open_is_refused(environ: dict[str, str], keys_file: Path, tmp_path: Path, mode: int):
    keys_file.chmod(mode)
    assert problem(environ, tmp_path).endswith(f"Run `chmod 600 {keys_file}`.")


def test_key_file_must_be_a_file_that_is_there(environ: dict[str, str], tmp_path: Path):
    assert "can't be read (No such file" in problem(environ | {"CASEWORK_KEYS": "/nowhere/keys"}, tmp_path)
    assert "is not a regular file" in problem(environ | {"CASEWORK_KEYS": str(tmp_path)}, tmp_path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "its format is not 1"),
        ({"current": 9}, "its current version is not among"),
        ({"current": True}, "its current version is not among"),
        ({"root": "c2hvcnQ="}, "root is not 32 bytes"),
        ({"member_token": "not base64!"}, "member_token is not 32 bytes"),
        ({"master": {"1": None}}, "master 1 is not 32 bytes"),
        ({"master": {"one": "x"}}, "not JSON of the form"),
        ({"master": []}, "not JSON of the form"),
    ],
)
def test_damaged_key_file_is_refused_without_quoting_it(
    environ: dict[str, str], keys_file: Path, tmp_path: Path, change: dict[str, object], says: str
):
    content = json.loads(keys_file.read_text())
    keys_file.write_text(json.dumps(content | change))
    message = problem(environ, tmp_path)
    assert says in message
    assert content["master"]["1"] not in message


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, "\x00\xff"])
def test_key_file_that_is_no_json_is_refused(environ: dict[str, str], keys_file: Path, tmp_path: Path, text: str):
    keys_file.write_text(text)
    assert "not a key file" in problem(environ, tmp_path)


def test_failed_rotation_leaves_the_file_as_it_was(keys_file: Path, monkeypatch: pytest.MonkeyPatch):
    before = keys_file.read_bytes()

    def fail(descriptor: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        add_master_key(keys_file)
    assert keys_file.read_bytes() == before
    assert [path.name for path in keys_file.parent.iterdir()] == ["keys.json"]


SEALING = {
    "DATABASE_SEALER_URL": "postgresql://casework_sealer:sealer-password@localhost:5433/casework",
    "SEAL_KEY_FILE": "/keys/seal.pem",
    "SEAL_FOLDER": "/seal",
}


def test_sealing_is_set_up_by_three_settings_together(environ: dict[str, str], tmp_path: Path):
    assert read_environment(environ, tmp_path / "var").database_sealer is None
    read = read_environment(environ | SEALING | {"SEAL_WITNESSES": "file:/mnt/heads.txt"}, tmp_path / "var")
    assert read.database_sealer is not None and read.database_sealer["USER"] == "casework_sealer"
    assert (read.seal_key_file, read.seal_folder) == (Path("/keys/seal.pem"), Path("/seal"))
    assert read.seal_witnesses == "file:/mnt/heads.txt"
    assert "sealer-password" not in repr(read)
    for name in SEALING:
        without = {key: value for key, value in SEALING.items() if key != name}
        assert "together" in problem(environ | without, tmp_path)
    for url, says in (
        ("postgresql://casework_app:sealer-password@localhost:5433/casework", "of the role casework_sealer"),
        ("postgresql://casework_sealer:sealer-password@localhost:5433/other", "different databases"),
    ):
        assert says in problem(environ | SEALING | {"DATABASE_SEALER_URL": url}, tmp_path)
