"""`witness`: keep other agencies' heads, as a small server of its own. Needs a folder, and no database."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework.audit.seal.checkpoint import NoteProblem, VerifierKey
from casework.audit.seal.keys import learn_key
from casework.audit.seal.store import SealProblem
from casework.audit.seal.witness_server import WitnessStore, make_server


class Command(BaseCommand):
    """Accepts a head only from a log whose key it was given, and only with a proof that it extends the last."""

    help = "Run a witness: keeps the signed heads of the logs whose keys it was given, and signs what it has kept."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="the witness's own folder, made if it is missing")
        parser.add_argument(
            "--name", default="witness", help="the name that it signs under, such as witness.agency.example"
        )
        parser.add_argument(
            "--host", default="127.0.0.1", help="where it listens; put a proxy that speaks TLS in front"
        )
        parser.add_argument("--port", type=int, default=8610)
        parser.add_argument(
            "--watch", metavar="KEY", action="append", default=[], help="watch the log with this key, and end"
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            store = WitnessStore(options["folder"], options["name"])
            for text in options["watch"]:
                learn_key(options["folder"], VerifierKey.parse(text))
                self.stdout.write(f"Watches {text.partition('+')[0]} from now on.")
            if options["watch"]:
                return
            server = make_server(store, options["host"], options["port"])
        except (SealProblem, NoteProblem, OSError) as problem:
            raise CommandError(str(problem)) from None
        host, port = server.server_address[:2]
        self.stdout.write(f"Witness at http://{host!s}:{port}, Ctrl-C ends it. Its key:\n{store.verifier_key}")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        finally:
            server.server_close()
