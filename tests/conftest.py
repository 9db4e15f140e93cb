"""The suite runs the application as the application role, on a database that is made once and never emptied.

Ordinary tests run in a transaction that is rolled back. Tests that need real commits take `own_database`: a copy.
"""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import Client

from casework.audit.management.commands.lock_audit import set_lock
from casework.audit.models import AuditEntry
from casework.audit.record import record
from casework.embedded import start_embedded
from casework.provision import connection_parameters, create_database, drop_database
from tests.cast import Cast, seed_cast

TEST_DATABASE = "casework_test"


class FormClient(Client):
    """Posts forms as browsers do without a file: `multipart` is refused by the house."""

    def post(self, path: str, data: Any = None, **options: Any) -> Any:  # type: ignore[override]
        if data is None or isinstance(data, dict):
            data = urlencode(data or {}, doseq=True)
        options.setdefault("content_type", "application/x-www-form-urlencoded")
        return super().post(path, data, **options)


def admin_of(name: str) -> dict[str, Any]:
    """Django's settings of a database, as the superuser of the embedded server."""
    return {**settings.ENVIRONMENT.database_admin, "NAME": name}


def recorded(*arguments: Any, **named: Any) -> AuditEntry:
    """An entry written as the application writes it, and read again: its key is the database's own."""
    record(*arguments, **named)
    return AuditEntry.objects.order_by("-pk")[0]


def superuser(name: str = "postgres") -> psycopg.Connection[Any]:
    """A superuser's connection in autocommit mode."""
    return psycopg.connect(**connection_parameters(admin_of(name)), autocommit=True)


def use_database(name: str) -> None:
    """Point both connections at this database."""
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


@pytest.fixture(scope="session")
def seeded() -> Iterator[Cast]:
    """The test database: migrated as owner, locked by the superuser, with the cast played in by real actions."""
    start_embedded(settings.VAR)
    with superuser() as admin:
        drop_database(admin, TEST_DATABASE)
        create_database(admin, TEST_DATABASE)
    use_database(TEST_DATABASE)
    call_command("migrate", verbosity=0)
    cast = seed_cast()
    set_lock(admin_of(TEST_DATABASE), locked=True)
    yield cast
    for alias in ("default", "owner"):
        connections[alias].close()


@pytest.fixture(scope="session")
def django_db_setup(seeded: Cast, django_db_blocker: Any) -> None:
    """In place of pytest-django's own: the database is ours, and is there already."""


@pytest.fixture(scope="session", autouse=True)
def _database_access(django_db_blocker: Any) -> Iterator[None]:
    """Our fixtures reach the database; that tests roll back is seen to by the `db` fixture."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def cast(db: None, seeded: Cast) -> Cast:
    """The people and the case, inside a transaction that is rolled back.

    A walk over every page is one transaction here, and may take longer than one request ever does.
    """
    connection = connections["default"]
    if connection.connection.info.server_version >= 170_000:
        with connection.cursor() as cursor:
            cursor.execute("set local transaction_timeout = 0")
    return seeded


@pytest.fixture
def own_database(seeded: Cast) -> Iterator[str]:
    """A copy of the seeded database for one test that commits. Its name."""
    name = "casework_test_copy"
    use_database(TEST_DATABASE)
    with superuser() as admin:
        drop_database(admin, name)
        # A connection of a thread that has ended lives until it is collected, and nobody may be in what is copied.
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [TEST_DATABASE])
        create_database(admin, name, template=TEST_DATABASE)
    use_database(name)
    set_lock(admin_of(name), locked=True)
    yield name
    use_database(TEST_DATABASE)
    with superuser() as admin:
        drop_database(admin, name)


@pytest.fixture
def client_of() -> Callable[[Any], FormClient]:
    """A client signed in as this member, with a second factor; `None` for nobody."""

    def signed_in(member: Any, *, second_factor: bool = True) -> FormClient:
        client = FormClient(raise_request_exception=False)
        if member is None:
            return client
        client.force_login(member, backend="agencies.sign_in.MemberBackend")
        session = client.session
        request = type("Request", (), {"session": session})()
        record_authentication(request, member, "password")
        if second_factor:
            record_authentication(request, member, "mfa")
        session.save()
        return client

    return signed_in


@pytest.fixture
def client() -> FormClient:
    return FormClient(raise_request_exception=False)


CHROMIUM = os.environ.get("CHROMIUM_BIN") or shutil.which("chromium")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium. Without it browser tests are skipped, or fail where they are required (CI)."""
    if not CHROMIUM:
        if os.environ.get("CASEWORK_REQUIRE_BROWSER") == "1":
            pytest.fail("Chromium is missing, and browser tests are required here.")
        pytest.skip("Browser tests need Chromium: apt install chromium")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": [*quiet, "--disable-sync", "--no-first-run"],
    }


def pytest_sessionstart(session: pytest.Session) -> None:
    """A suite that is told to end ends as by Ctrl-C: its servers stop and its folder goes."""

    def end(_number: int, _frame: Any) -> None:
        session.shouldstop = "Told to end (SIGTERM)."
        raise KeyboardInterrupt  # no Exception, as pytest's own is: the house would answer that with a page

    signal.signal(signal.SIGTERM, end)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=20, help="tests/crash: how many processes are killed (long run: 200)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: their driver keeps an event loop running in this thread, which signing can't share."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
