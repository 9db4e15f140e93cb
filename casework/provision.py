"""The database roles and databases, on embedded and real servers alike."""

import hmac
from typing import Any

import psycopg
from psycopg import sql

from casework.problems import EmbeddedProblem

OWNER, APP, GRANTS, SEALER = "casework_owner", "casework_app", "casework_grants", "casework_sealer"


def django_database(
    name: str, user: str, password: str, host: str, port: str = "", options: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A database in the form of Django's setting. `host`: a name, or the folder of a socket."""
    database = {"ENGINE": "django.db.backends.postgresql", "NAME": name, "USER": user, "PASSWORD": password}
    return {**database, "HOST": host, "PORT": port, "OPTIONS": options or {}, "CONN_MAX_AGE": 60}


def connection_parameters(database: dict[str, Any]) -> dict[str, Any]:
    """psycopg's parameters for a database in Django's form."""
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    options: dict[str, Any] = database.get("OPTIONS", {})
    return {name: database[key] for key, name in names.items() if database.get(key)} | options


def embedded_sealer_password(admin_password: str) -> str:
    """The sealing role's password on the embedded server: folders from before it had the role have none in a file."""
    return hmac.new(admin_password.encode(), SEALER.encode(), "sha256").hexdigest()


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
    sealer_password: str | None = None,
) -> None:
    """Make the four roles and the database, or bring them to what they must be. May be run again.

    `admin`: a connection in autocommit mode, of a superuser or of a role with CREATEROLE and CREATEDB.
    A password of None leaves that role's password as it is.
    Raises: psycopg.Error; EmbeddedProblem for PostgreSQL before 15.
    """
    if admin.info.server_version < 150_000:
        raise EmbeddedProblem("PostgreSQL 15 or later is the only database: this server is older. Upgrade it.")
    admin.execute("select pg_advisory_lock(hashtext('casework provision'))")
    try:
        passwords = {OWNER: owner_password, APP: app_password, GRANTS: None, SEALER: sealer_password}
        for role, password in passwords.items():
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
    for role in (APP, SEALER):
        admin.execute(sql.SQL("grant connect on database {} to {}").format(database, sql.Identifier(role)))
    with psycopg.connect(admin.info.dsn, password=admin.info.password, dbname=name) as inside:
        inside.execute(f"alter schema public owner to {OWNER}")
        inside.execute("revoke all on schema public from public")
        inside.execute(f"grant usage on schema public to {APP}, {SEALER}")
        inside.execute(f"grant usage, create on schema public to {GRANTS}")
