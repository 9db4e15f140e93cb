"""The project's settings, unchanged, on servers and a folder of the suite's own: never the demonstration's."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = tempfile.mkdtemp(prefix="casework-tests-")
(Path(FOLDER) / "static").mkdir()
os.environ["CASEWORK_VAR"] = FOLDER
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser driver keeps a loop running in this thread
for _name in ("CASEWORK_DEMO", "DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ADMIN_URL", "BROKER_URL", "CACHE_URL"):
    os.environ.pop(_name, None)
# Registered before the servers' own handler, so it runs after they have stopped.
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

from casework.settings import *  # noqa: E402, F403 - the folder must be known before
