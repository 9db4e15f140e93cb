"""`bench NAME`: a table, or one JSON object."""

import importlib
import json
import pkgutil
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from casework import bench
from casework.bench.rows import Bench, Row, Scale

NOT_BENCHMARKS = {"apps", "rows", "scratch", "management"}


class Command(BaseCommand):
    """Every module of casework/bench with a `run(scale, say)` is a benchmark of that name."""

    help = "Measure, side by side in one run, and print a table or one JSON object."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=sorted(benchmarks()))
        parser.add_argument("--scale", choices=[each.value for each in Scale], default=Scale.FULL.value)
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")

    def handle(self, *arguments: Any, **options: Any) -> None:
        name, scale = options["name"], Scale(options["scale"])
        run: Bench = importlib.import_module(f"casework.bench.{name}").run
        rows = run(scale, self.stderr.write)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(name, scale, rows)))
        else:
            self.stdout.write(as_table(rows))


def benchmarks() -> set[str]:
    """The names that `bench` takes. A name that begins with an underscore is a part of another."""
    names = {module.name for module in pkgutil.iter_modules(bench.__path__)} - NOT_BENCHMARKS
    return {name for name in names if not name.startswith("_")}


def as_json(name: str, scale: Scale, rows: list[Row]) -> dict[str, Any]:
    """`{"bench": ..., "scale": ..., "rows": [{"name": ..., "value": ..., "unit": ...}]}`."""
    plain = [{"name": row.name, "value": row.value, "unit": row.unit} for row in rows]
    return {"bench": name, "scale": scale.value, "rows": plain}


def as_table(rows: list[Row]) -> str:
    """The rows in columns, with their notes."""
    width = max((len(row.name) for row in rows), default=0)
    return "\n".join(f"{row.name:<{width}}  {row.value:>14,.3f} {row.unit:<8} {row.note}".rstrip() for row in rows)
