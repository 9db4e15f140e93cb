"""`demo`: everything that one person needs to see Casework at work, and nothing left running afterwards."""

import io
import shutil
import sys
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from agencies.models import Member
from casework.audit.management.commands.lock_audit import set_lock
from casework.audit.seal.running import seal_now, verify_now
from casework.demo.load import is_loaded, load_demo
from casework.demo.servers import HOST, ServersProblem, check_port_is_free, serve_until_stopped, start_servers
from casework.provision import connection_parameters, create_database, drop_database


class Command(BaseCommand):
    """Migrate, load the invented stories once, serve until Ctrl-C."""

    help = "Load the invented stories once, start web server, worker and beat, and serve until Ctrl-C."
    requires_system_checks: list[str] = []  # the tables they look at may not be there yet

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1 (default 8000)")
        parser.add_argument("--reset", action="store_true", help="throw the demonstration away and load it anew")
        parser.add_argument("--no-serve", action="store_true", help="load the data and end")

    def handle(self, *arguments: Any, **options: Any) -> None:
        if not settings.DEMO or not settings.ENVIRONMENT.embedded:
            raise CommandError("The demo runs on its own embedded servers only: unset DATABASE_URL and the others.")
        if not 1 <= options["port"] <= 65_535:
            raise CommandError("--port is a number from 1 to 65535.")
        try:
            if not options["no_serve"]:
                check_port_is_free(options["port"])
            self._prepare(reset=options["reset"])
            if options["no_serve"]:
                self.stdout.write("The demonstration is ready. Serve it: python3 manage.py demo")
            else:
                self._serve(options["port"])
        except ServersProblem as problem:
            raise CommandError(str(problem)) from problem

    def _prepare(self, *, reset: bool) -> None:
        admin: dict[str, Any] = {
            **(settings.ENVIRONMENT.database_admin or {}),
            "NAME": settings.DATABASES["default"]["NAME"],
        }
        if reset:
            self.stdout.write("Throwing away the demonstration's data ...")
            _empty_database(admin)
            shutil.rmtree(settings.VAR / "seal", ignore_errors=True)  # the keys and heads of a record that is gone
        self.stdout.write("Preparing the database ...")
        set_lock(admin, locked=False)
        call_command("migrate", verbosity=0)
        if is_loaded():
            self.stdout.write("The invented stories are loaded.")
        else:
            self.stdout.write("Loading the invented stories ...")
            with psycopg.connect(**connection_parameters(admin), autocommit=True) as superuser:
                load_demo(superuser, self._tick)
        set_lock(admin, locked=True)
        self._seal()
        call_command("check", stdout=io.StringIO())  # speaks only when something is wrong

    def _seal(self) -> None:
        """Seal what the stories have left in the record, and verify it, so that its pages say something true."""
        sealed = seal_now()
        report = verify_now(whole=False)
        if report.is_well:
            self.stdout.write(f"The record of looks is sealed, {sealed.entries:,} entries now, and verified.")
        for finding in report.findings:
            self.stdout.write(f"The record of looks: {finding}")

    def _tick(self, done: int, of: int) -> None:
        if sys.stdout.isatty():
            self.stdout.write(f"\r  {done} of {of} events", ending="" if done < of else "\n")
            self.stdout.flush()
        elif done == of or done % 100 == 0:
            self.stdout.write(f"  {done} of {of} events")

    def _serve(self, port: int) -> None:
        self.stdout.write("Starting web server, worker and beat ...")
        servers = start_servers(port, settings.VAR / "log")
        self._say_where(port)
        ended = serve_until_stopped(servers)
        if ended:
            raise CommandError(f"The {ended} server ended by itself. See {servers.logs / ended}.log; all is stopped.")
        self.stdout.write("Stopped.")

    def _say_where(self, port: int) -> None:
        self.stdout.write(f"\nCasework: http://{HOST}:{port}/\n")
        self.stdout.write(f"Sign in at one click: http://{HOST}:{port}/agency/demo/  All people are invented:\n")
        for member in Member.objects.select_related("agency").filter(is_active=True).order_by("agency__name", "name"):
            self.stdout.write(f"  {member.name}: {member.roles_in_words}, {member.agency.name}")
        self.stdout.write("\nCtrl-C stops everything.")
        self.stdout.flush()


def _empty_database(admin: dict[str, Any]) -> None:
    """Drop the database and make it anew, empty."""
    for connection in connections.all(initialized_only=True):
        connection.close()
    elsewhere = connection_parameters({**admin, "NAME": "postgres"})
    with psycopg.connect(**elsewhere, autocommit=True) as superuser:
        drop_database(superuser, admin["NAME"])
        create_database(superuser, admin["NAME"])
