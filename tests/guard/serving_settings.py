"""The project's settings for a server of its own process, on the copy of the database that a test made."""

import os

from casework.settings import *  # noqa: F403
from casework.settings import DATABASES

for _database in DATABASES.values():
    _database["NAME"] = os.environ["GUARD_TEST_DATABASE"]
