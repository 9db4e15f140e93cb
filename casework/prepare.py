"""`manage.py prepare`: what a real server needs before Django can start there. Run once, and again after an upgrade.

The key file, then the two roles with the passwords of their URLs, then the empty database. Nothing is overwritten.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg

from casework.environment import Environment, read_environment
from casework.key_file import new_ed25519_key, read_or_create, write_new_keys
from casework.problems import EmbeddedProblem, EnvironmentProblem
from casework.provision import APP, OWNER, SEALER, connection_parameters, provision


def prepare(environ: Mapping[str, str], var: Path, say: Callable[[str], object]) -> None:
    """Make what is missing. `say`: told what was done, a line each.

    Raises: EnvironmentProblem, EmbeddedProblem, one line that says what to do.
    """
    if not environ.get("DATABASE_ADMIN_URL", "").strip():
        raise EnvironmentProblem(
            "Set DATABASE_ADMIN_URL to a PostgreSQL superuser, or a role with CREATEROLE and CREATEDB, for this "
            "command. The embedded servers need no preparing."
        )
    keys_file = Path(environ.get("CASEWORK_KEYS", "").strip())
    if keys_file.name and not keys_file.exists():
        _make_keys(keys_file)
        say(f"Made the key file {keys_file}. Keep a copy elsewhere: without it no case can ever be read again.")
    environment = read_environment(environ, var)
    if environment.seal_key_file and not environment.seal_key_file.exists():
        _make_seal_key(environment.seal_key_file)
        say(f"Made the key {environment.seal_key_file}, which signs the record of looks. Keep a copy apart.")
    _make_database(environment)
    roles = [OWNER, APP, *([SEALER] if environment.database_sealer else [])]
    name = environment.database["NAME"]
    say(f"The roles {', '.join(roles)} and the database {name} are ready. Now: manage.py migrate")


def _make_keys(path: Path) -> None:
    try:
        write_new_keys(path)
    except FileExistsError:
        pass  # made by somebody else meanwhile: theirs counts
    except OSError as error:
        raise EnvironmentProblem(
            f"CASEWORK_KEYS: {path} can't be made ({error.strerror}). Name a file in a folder of the service."
        ) from None


def _make_seal_key(path: Path) -> None:
    try:
        read_or_create(path, new_ed25519_key)
    except OSError as error:
        raise EnvironmentProblem(
            f"SEAL_KEY_FILE: {path} can't be made ({error.strerror}). Name a file in a folder of the service."
        ) from None


def _make_database(environment: Environment) -> None:
    app, owner, admin = environment.database, environment.database_owner, environment.database_admin
    for setting, database, role in (("DATABASE_URL", app, APP), ("DATABASE_OWNER_URL", owner, OWNER)):
        if database["USER"] != role or not database["PASSWORD"]:
            raise EnvironmentProblem(f"{setting} must be of the role {role}, with its password. Correct it.")
    try:
        with psycopg.connect(**_to_maintain(admin or {}), autocommit=True) as connection:
            provision(
                connection,
                app["NAME"],
                owner_password=owner["PASSWORD"],
                app_password=app["PASSWORD"],
                sealer_password=(environment.database_sealer or {}).get("PASSWORD"),
            )
    except psycopg.errors.InsufficientPrivilege as error:
        raise EmbeddedProblem(
            f"DATABASE_ADMIN_URL: its role may not ({_first_line(error)}). Name one with CREATEROLE and CREATEDB."
        ) from None
    except psycopg.OperationalError as error:
        raise EmbeddedProblem(
            f"DATABASE_ADMIN_URL: can't connect ({_first_line(error)}). Is it running, and the password right?"
        ) from None


def _to_maintain(admin: dict[str, Any]) -> dict[str, Any]:
    """To the database that every server has: ours may not be there yet."""
    return connection_parameters({**admin, "NAME": "postgres"})


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
