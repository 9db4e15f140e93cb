"""`check_copy`: is a file that somebody holds, to its last byte, a copy that this installation signed?"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from casework.summaries.keys import SigningProblem, signing_key
from casework.summaries.signing import check_copy, sha256_of

LARGEST = 100_000_000  # bytes; far above any summary, so that a wrong file is not read whole


class Command(BaseCommand):
    """Reads the file and the certificate alone: no case, so no entry."""

    help = "Check the signature of a copy of a summary. Ends with 0 only when the file is genuine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the PDF that somebody holds")
        parser.add_argument("--certificate", type=Path, help="PEM file; the one of this installation if left out")

    def handle(self, *arguments: Any, **options: Any) -> None:
        path, certificate = options["file"], options["certificate"]
        pdf = _read(path)
        try:
            checked = check_copy(pdf, _read(certificate) if certificate else signing_key().certificate)
        except SigningProblem as problem:
            raise CommandError(f"{problem} Name the certificate of the copy: --certificate FILE.") from None
        if not checked.genuine:
            raise CommandError(f"{path} is not a genuine copy. {checked.reason}")
        self.stdout.write(f"{path} is genuine: signed here, and not altered since.")
        self.stdout.write(f"SHA-256 {sha256_of(pdf)}: compare it with the register of copies on the case.")


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise CommandError(f"{path} is larger than any copy of a summary.")
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}.") from None
