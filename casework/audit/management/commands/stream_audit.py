"""`stream_audit`: the record flows to a SIEM, to a file or to syslog over TLS, in order and at least once."""

import ssl
import time
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework.audit.commands import record_command
from casework.audit.kinds import Verb
from casework.audit.seal.store import SealProblem, sealer_connection
from casework.audit.stream.deliver import Line, ToFile, ToSyslog
from casework.audit.stream.fhir import as_audit_event
from casework.audit.stream.follow import (
    Place,
    PlaceFile,
    StreamProblem,
    kept_place,
    next_entries,
    place_behind,
    place_of,
)
from casework.audit.stream.lines import as_dict, as_line

FORMS = {"json": as_dict, "fhir": as_audit_event}
PAUSE = 1.0  # seconds between two looks for new entries


class Command(BaseCommand):
    """Delivers what is new and ends, or goes on with `--follow`. Resumes where it was: the place is in a file.

    Reads as the sealing role, which reads entries and no row of any case.
    """

    help = "Send the record of looks to a SIEM as JSON lines: --file PATH, or --syslog HOST:PORT over TLS."

    def add_arguments(self, parser: CommandParser) -> None:
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--file", type=Path, help="append lines to this file")
        where.add_argument("--syslog", metavar="HOST:PORT", help="send to this server, RFC 5424 over TLS")
        parser.add_argument("--ca", type=Path, help="the authority of the syslog server's certificate (PEM)")
        parser.add_argument("--certificate", type=Path, help="our own certificate and key (PEM), where it asks for one")
        parser.add_argument("--format", choices=sorted(FORMS), default="json", help="our fields, or FHIR AuditEvent")
        parser.add_argument("--state", type=Path, help="where the place is kept (default: in the folder var)")
        again = parser.add_mutually_exclusive_group()
        again.add_argument("--from-start", action="store_true", help="send everything again, from the first entry")
        again.add_argument("--after", type=int, metavar="SEQUENCE", help="go on behind this entry, as the SIEM has it")
        parser.add_argument("--follow", action="store_true", help="go on until stopped")

    def handle(self, *arguments: Any, **options: Any) -> None:
        state = options["state"] or settings.VAR / "stream_audit.json"
        try:
            with kept_place(state) as kept, _destination(options) as destination, sealer_connection() as database:
                place = _start(database, kept, options)
                record_command(
                    "stream_audit", Verb.EXPORTED, format=options["format"], after_entry=place.id,
                    to="syslog" if options["syslog"] else "file",
                )  # fmt: skip
                sent = deliver_all(database, destination, kept, place, options["format"])
                self.stdout.write(f"{sent} entries delivered.")
                while options["follow"]:
                    time.sleep(PAUSE)
                    deliver_all(database, destination, kept, kept.read(), options["format"])
        except (StreamProblem, SealProblem, psycopg.Error) as problem:
            raise CommandError(str(problem).strip()) from problem
        except KeyboardInterrupt:
            self.stdout.write("Stopped. The same command goes on where this one was.")


def deliver_all(database: Any, destination: Any, kept: PlaceFile, place: Place, form: str) -> int:
    """Deliver what is new. The place is kept after each delivery, so a crash repeats entries and passes none over."""
    sent = 0
    while rows := next_entries(database, place):
        destination.deliver([Line(as_line(FORMS[form](row)), row) for row in rows])
        place = place_of(rows[-1])
        kept.write(place)
        sent += len(rows)
    return sent


def _start(database: Any, kept: PlaceFile, options: dict[str, Any]) -> Place:
    """Where to go on: where it is asked for, else where this stream was."""
    if options["after"] is not None:
        return place_behind(database, options["after"])
    return Place() if options["from_start"] else kept.read()


def _destination(options: dict[str, Any]) -> ToFile | ToSyslog:
    if options["file"]:
        return ToFile(options["file"])
    host, _sign, port = options["syslog"].rpartition(":")
    if not host or not port.isdecimal():
        raise StreamProblem("--syslog is HOST:PORT, such as siem.agency.example:6514.")
    try:
        context = ssl.create_default_context(cafile=options["ca"])
        if options["certificate"]:
            context.load_cert_chain(options["certificate"])
    except OSError as problem:
        raise StreamProblem(f"The certificate can't be read: {problem}") from problem
    return ToSyslog(host, int(port), context)
