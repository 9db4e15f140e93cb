#!/usr/bin/env python3
"""Casework's command line. `demo` and `test` make what they need, `prepare` what a server needs."""

import os
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
PREPARING = ("demo", "test")
WITHOUT_SERVERS = ("help", "version", "--help", "-h", "--version", "makemessages", "compilemessages", "witness")


def main() -> int:
    """Run the command. Returns the exit code: 2 for what the person at the keyboard has to put right."""
    sys.path.insert(0, ROOT)
    from casework import bootstrap

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    try:
        if command in PREPARING:
            bootstrap.enter_environment(sys.argv)
        elif not bootstrap.has_django():
            bootstrap.enter_existing_environment(sys.argv)
        if command == "test":
            return bootstrap.run_tests(sys.argv[2:])
        if command == "prepare":
            return prepare_server()
    except bootstrap.BootstrapProblem as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on where this one was.", file=sys.stderr)
        return 130
    if command == "demo":
        os.environ["CASEWORK_DEMO"] = "1"
    return run_django(sys.argv)


def prepare_server() -> int:
    """Before Django can start on a real server: key file, roles, database. A problem is one line."""
    from pathlib import Path

    from casework.prepare import prepare
    from casework.problems import EmbeddedProblem, EnvironmentProblem

    try:
        prepare(os.environ, Path(ROOT) / "var", print)
    except (EnvironmentProblem, EmbeddedProblem) as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


def run_django(arguments: "list[str]") -> int:
    """Django's own command line, with the embedded servers if meant. A problem of settings is one line."""
    from casework.embedded import start_embedded
    from casework.problems import EmbeddedProblem, EnvironmentProblem

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "casework.settings")
    try:
        from django.conf import settings
        from django.core.management import execute_from_command_line

        if len(arguments) > 1 and not set(arguments[1:]) & set(WITHOUT_SERVERS) and settings.ENVIRONMENT.embedded:
            start_embedded(settings.VAR)
        execute_from_command_line(arguments)
    except (EnvironmentProblem, EmbeddedProblem) as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
