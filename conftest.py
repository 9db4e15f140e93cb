"""Before Django reads its settings: the suite has servers and a folder of its own, never the demonstration's."""

import atexit
import os
import shutil
import tempfile

FOLDER = tempfile.mkdtemp(prefix="casework-tests-")
os.environ["CASEWORK_VAR"] = FOLDER
for _name in ("CASEWORK_DEMO", "DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ADMIN_URL", "BROKER_URL", "CACHE_URL"):
    os.environ.pop(_name, None)
# Registered before the servers' own handler, so it runs after they have stopped.
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
