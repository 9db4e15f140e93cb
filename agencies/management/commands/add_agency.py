"""`add_agency`: an agency and its first administrator, by the operator of the server. The rest is done in pages."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.urls import reverse

from agencies.actions import TakenAddress, TakenName, found_agency
from agencies.kinds import AgencyKind
from casework.guard.text import check_text

COUNTRY_LENGTH = 2


class Command(BaseCommand):
    """Needs DATABASE_OWNER_URL: the serving role can neither add an agency nor a first administrator."""

    help = "Add an agency and its first administrator, and print the administrator's one-time link."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="name of the agency, as members will read it")
        parser.add_argument("--kind", required=True, choices=AgencyKind.values)
        parser.add_argument("--country", required=True, help="two letters, as in ISO 3166")
        parser.add_argument("--administrator", required=True, help="name of the first administrator")
        parser.add_argument("--email", required=True, help="the address that the administrator signs in with")

    def handle(self, *arguments: Any, **options: Any) -> None:
        country = options["country"].upper()
        if len(country) != COUNTRY_LENGTH or not country.isascii() or not country.isalpha():
            raise CommandError("--country is two letters, such as IT.")
        try:
            name, administrator = check_text(options["name"], 120), check_text(options["administrator"], 120)
            validate_email(options["email"])
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from problem
        if not name or not administrator:
            raise CommandError("The agency and its administrator need a name each.")
        try:
            _member, token = found_agency(
                name=name, kind=options["kind"], country=country, administrator=administrator, email=options["email"]
            )
        except (TakenAddress, TakenName) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{name} is added. Hand this to {administrator} in person; it is good once, for 24 hours:")
        self.stdout.write(reverse("agencies:set_up", args=[token]))
        self.stdout.write("Vetting and training are recorded for a year from today; an administrator sees no case.")
