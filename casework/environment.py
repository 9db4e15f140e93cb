"""What differs between machines: servers, keys and hosts, read and checked before anything starts.

With none of the settings, the embedded servers under `var/` are meant; with some of them, all must be right.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from casework.embedded import describe_embedded
from casework.key_file import new_keys, read_keys, read_or_create
from casework.problems import EmbeddedProblem, EnvironmentProblem
from casework.provision import SEALER, django_database

REQUIRED = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "BROKER_URL",
    "SECRET_KEY",
    "CASEWORK_KEYS",
    "ALLOWED_HOSTS",
)
OPTIONAL = (
    "DATABASE_ADMIN_URL", "CACHE_URL", "SIGNING_KEY_FILE", "SIGNING_CERTIFICATE_FILE",
    "DATABASE_SEALER_URL", "SEAL_KEY_FILE", "SEAL_FOLDER", "SEAL_WITNESSES",
)  # fmt: skip
SECRET_KEY_LENGTH = 50  # characters; Django's own check warns below it
LAST_CACHE_DATABASE = 15  # Valkey and Redis have 16 databases unless told otherwise
LOOPBACK = {"", "localhost", "127.0.0.1", "::1"}
DATABASE_OPTIONS = {
    "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "channel_binding", "gssencmode",
    "connect_timeout", "application_name", "target_session_attrs", "keepalives_idle", "options",
}  # fmt: skip


@dataclass(frozen=True)
class Environment:
    """Checked settings. Databases are in Django's form; what holds a password stays out of `repr`."""

    embedded: bool
    demo: bool
    keys_file: Path
    allowed_hosts: list[str]
    trusted_proxies: int
    secret_key: str = field(repr=False)
    database: dict[str, Any] = field(repr=False)
    database_owner: dict[str, Any] = field(repr=False)
    database_admin: dict[str, Any] | None = field(repr=False)
    broker_url: str = field(repr=False)
    cache_url: str = field(repr=False)
    signing_key_file: Path | None = None
    signing_certificate_file: Path | None = None
    database_sealer: dict[str, Any] | None = field(default=None, repr=False)
    seal_key_file: Path | None = None
    seal_folder: Path | None = None
    seal_witnesses: str = ""


def read_environment(environ: Mapping[str, str], var: Path) -> Environment:
    """Read and check every setting. The embedded default makes its secrets under `var`, and starts nothing.

    Raises: EnvironmentProblem, one line.
    """
    demo = _switch(environ, "CASEWORK_DEMO")
    proxies = _count(environ, "CASEWORK_TRUSTED_PROXIES")
    # Set to nothing counts as set: an emptied file of settings must not start an embedded server.
    if not any(name in environ for name in REQUIRED + OPTIONAL):
        return _embedded(var, demo=demo, proxies=proxies)
    missing = [name for name in REQUIRED if not environ.get(name, "").strip()]
    if missing:
        raise EnvironmentProblem(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set. Set all of "
            f"{', '.join(REQUIRED)}, or none of the settings for the embedded servers."
        )
    return _servers({name: value.strip() for name, value in environ.items()}, demo=demo, proxies=proxies)


def _embedded(var: Path, *, demo: bool, proxies: int) -> Environment:
    try:
        servers = describe_embedded(var)
        secret_key = read_or_create(var / "secret_key", lambda: secrets.token_urlsafe(64).encode()).decode()
        read_or_create(var / "keys.json", new_keys)
    except EmbeddedProblem as error:
        raise EnvironmentProblem(str(error)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentProblem(f"The folder {var} can't be used ({error}). Make it writable for you.") from error
    read_keys(var / "keys.json")
    return Environment(
        embedded=True,
        demo=demo,
        keys_file=var / "keys.json",
        allowed_hosts=["localhost", "127.0.0.1", "[::1]"],
        trusted_proxies=proxies,
        secret_key=_secret_key(secret_key, str(var / "secret_key")),
        database=servers.database,
        database_owner=servers.database_owner,
        database_admin=servers.database_admin,
        broker_url=servers.broker_url,
        cache_url=servers.cache_url,
        database_sealer=servers.database_sealer,
        seal_key_file=var / "seal" / "seal.pem",
        seal_folder=var / "seal",
        seal_witnesses=f"file:{var.resolve() / 'seal' / 'heads.txt'}",
    )


def _servers(environ: Mapping[str, str], *, demo: bool, proxies: int) -> Environment:
    database, owner = _database(environ, "DATABASE_URL"), _database(environ, "DATABASE_OWNER_URL")
    if database["USER"] == owner["USER"]:
        raise EnvironmentProblem(
            "DATABASE_URL and DATABASE_OWNER_URL name the same user. "
            "DATABASE_URL must be of casework_app, which owns nothing."
        )
    if any(database[part] != owner[part] for part in ("NAME", "HOST", "PORT")):
        raise EnvironmentProblem("DATABASE_URL and DATABASE_OWNER_URL name different databases. Name the same one.")
    keys_file = Path(environ["CASEWORK_KEYS"])
    read_keys(keys_file)
    return Environment(
        embedded=False,
        demo=demo,
        keys_file=keys_file,
        allowed_hosts=_hosts(environ["ALLOWED_HOSTS"]),
        trusted_proxies=proxies,
        secret_key=_secret_key(environ["SECRET_KEY"], "SECRET_KEY"),
        database=database,
        database_owner=owner,
        database_admin=_database(environ, "DATABASE_ADMIN_URL") if environ.get("DATABASE_ADMIN_URL") else None,
        broker_url=_broker(environ["BROKER_URL"]),
        cache_url=_cache(environ.get("CACHE_URL", ""), environ["BROKER_URL"]),
        **_signing(environ),
        **_sealing(environ, database),
    )


def _signing(environ: Mapping[str, str]) -> dict[str, Any]:
    """The files that copies of summaries are signed with: both, or neither and then no copy can be made."""
    names = ("SIGNING_KEY_FILE", "SIGNING_CERTIFICATE_FILE")
    files = {name.lower(): Path(environ[name]) for name in names if environ.get(name)}
    if len(files) == 1:
        raise EnvironmentProblem(f"Set {' and '.join(names)} together: a key without its certificate signs nothing.")
    for name, path in files.items():
        if not path.is_file():
            raise EnvironmentProblem(f"{name.upper()}: {path} is not a file. Name a PEM file.")
    return files


def _sealing(environ: Mapping[str, str], database: dict[str, Any]) -> dict[str, Any]:
    """How the record is sealed: all three, or none and then it is not sealed. Witnesses are optional."""
    names = ("DATABASE_SEALER_URL", "SEAL_KEY_FILE", "SEAL_FOLDER")
    given = [name for name in names if environ.get(name)]
    if not given:
        return {}
    if len(given) < len(names):
        raise EnvironmentProblem(f"Set {', '.join(names)} together: without one of them the record can't be sealed.")
    sealer = _database(environ, "DATABASE_SEALER_URL")
    if any(database[part] != sealer[part] for part in ("NAME", "HOST", "PORT")):
        raise EnvironmentProblem("DATABASE_URL and DATABASE_SEALER_URL name different databases. Name the same one.")
    if sealer["USER"] != SEALER:
        raise EnvironmentProblem(f"DATABASE_SEALER_URL must be of the role {SEALER}. Correct it.")
    return {
        "database_sealer": sealer,
        "seal_key_file": Path(environ["SEAL_KEY_FILE"]),
        "seal_folder": Path(environ["SEAL_FOLDER"]),
        "seal_witnesses": environ.get("SEAL_WITNESSES", ""),
    }


def _switch(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "").strip()
    if value not in ("", "0", "1"):
        raise EnvironmentProblem(f"{name} must be 1 or 0. Correct it or leave it out.")
    return value == "1"


def _count(environ: Mapping[str, str], name: str) -> int:
    value = environ.get(name, "").strip() or "0"
    if not (value.isascii() and value.isdigit() and int(value) <= 10):
        raise EnvironmentProblem(f"{name} must be a number from 0 to 10: how many proxies stand in front.")
    return int(value)


def _secret_key(value: str, name: str) -> str:
    if len(value) < SECRET_KEY_LENGTH or len(set(value)) < 5:
        raise EnvironmentProblem(f"{name} must be at least {SECRET_KEY_LENGTH} random characters. Make a longer one.")
    return value


def _hosts(value: str) -> list[str]:
    hosts = [host.strip() for host in value.split(",") if host.strip()]
    wrong = [host for host in hosts if "*" in host or "/" in host or any(letter.isspace() for letter in host)]
    if wrong or not hosts:
        raise EnvironmentProblem("ALLOWED_HOSTS must be host names with commas between them, without * or http://.")
    return hosts


def _split(name: str, url: str) -> tuple[SplitResult, int | None]:
    """The parts of a URL, and its port. Never quotes the URL, which may hold a password."""
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise EnvironmentProblem(
            f"{name}: its port or host is malformed. Write it as scheme://user:password@host:port/name, "
            "special characters in the password percent-encoded."
        ) from None


def _database(environ: Mapping[str, str], name: str) -> dict[str, Any]:
    """One database URL in Django's form. Sockets: `?host=/folder`, or the folder encoded as the host."""
    parts, port = _split(name, environ[name])
    if parts.scheme not in ("postgresql", "postgres"):
        raise EnvironmentProblem(f"{name} must begin with postgresql://. PostgreSQL 15 or later is the only database.")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    database, user = unquote(parts.path.lstrip("/")), unquote(parts.username or "")
    if not database or "/" in database or not user:
        what = "user" if not user else "database"
        raise EnvironmentProblem(f"{name} names no {what}. Write it as postgresql://user:password@host:port/database.")
    unknown = sorted(set(options) - DATABASE_OPTIONS)
    if unknown or parts.fragment:
        what = f"has an unknown option {unknown[0]}" if unknown else "contains #"
        raise EnvironmentProblem(f"{name} {what}. Remove it; in a password, write # as %23 and ? as %3F.")
    is_elsewhere = host not in LOOPBACK and not host.startswith("/")
    if is_elsewhere and options.setdefault("sslmode", "verify-full") != "verify-full":
        raise EnvironmentProblem(
            f"{name}: to another machine sslmode is verify-full, or anybody between could read along. "
            "Remove sslmode, and name the authority of its certificate as sslrootcert=/path or =system."
        )
    return django_database(database, user, unquote(parts.password or ""), host, str(port or ""), options)


def _broker(url: str) -> str:
    parts, _ = _split("BROKER_URL", url)
    if parts.scheme not in ("redis", "rediss", "redis+socket", "amqp", "amqps"):
        raise EnvironmentProblem(
            "BROKER_URL must begin with redis://, rediss:// or amqp:// (for a socket, redis+socket:///path)."
        )
    if not parts.hostname and not (parts.scheme == "redis+socket" and len(parts.path) > 1):
        raise EnvironmentProblem("BROKER_URL names no host. Write it as redis://:password@host:6379/0.")
    _redis_database(parts)
    return url


def _redis_database(parts: SplitResult) -> int:
    """The number of the database in a redis URL; 0 for other brokers."""
    number = parts.path.lstrip("/") or "0"
    if parts.scheme == "redis+socket":
        number = dict(parse_qsl(parts.query)).get("virtual_host", "0").lstrip("/")
    if parts.scheme in ("redis", "rediss", "redis+socket") and not (number.isascii() and number.isdigit()):
        raise EnvironmentProblem("BROKER_URL: its database must be a number, as in redis://host:6379/0.")
    return int(number) if parts.scheme.startswith("redis") else 0


def _cache(url: str, broker: str) -> str:
    """The cache's URL: its own, or the database after the broker's on the same server."""
    if url:
        parts, _ = _split("CACHE_URL", url)
        if parts.scheme not in ("redis", "rediss", "unix") or not (parts.hostname or parts.scheme == "unix"):
            raise EnvironmentProblem("CACHE_URL must be redis://host:6379/1, rediss:// or unix:///path?db=1.")
        return url
    parts, _ = _split("BROKER_URL", broker)
    if parts.scheme.startswith("amqp"):
        raise EnvironmentProblem(
            "CACHE_URL is not set. With an amqp broker, name a Valkey or Redis: redis://host:6379/1."
        )
    number = _redis_database(parts)
    number += 1 if number < LAST_CACHE_DATABASE else -1
    if parts.scheme == "redis+socket":
        return f"unix://{parts.path}?db={number}"
    return parts._replace(path=f"/{number}").geturl()
