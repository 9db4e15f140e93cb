"""Run as a process of its own: what a service manager does. Starts both servers, and again whenever one was killed."""

import signal
import sys
import time
from pathlib import Path

import django

if __name__ == "__main__":
    django.setup()
    from django.conf import settings

    from casework import embedded
    from casework.problems import EmbeddedProblem
    from casework.server_process import is_ours, prepare_account

    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    servers = embedded.start_embedded(settings.VAR)
    account = prepare_account(servers.folder)
    postgres, valkey = servers.folder / "postgres" / "data", servers.folder / "valkey"
    Path(sys.argv[1]).touch()
    while not stopping:
        try:
            with embedded._alone(servers.folder):
                if not is_ours(postgres / "postmaster.pid", "postgres", postgres):
                    embedded._start_postgres(servers, account)
                if not is_ours(valkey / "pid", "valkey", valkey):
                    embedded._start_valkey(servers, account)
        except (EmbeddedProblem, OSError) as problem:
            print(problem, file=sys.stderr, flush=True)  # a disk that is full: tried again
        time.sleep(0.2)
