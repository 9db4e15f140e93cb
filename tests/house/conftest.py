"""The environment of a server, whole and right, for tests that break it or use it."""

from pathlib import Path

import pytest

from casework.key_file import write_new_keys

SECRET = "a-secret-key-for-the-tests-that-is-long-enough-0123456789"


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    write_new_keys(tmp_path / "keys.json")
    return tmp_path / "keys.json"


@pytest.fixture
def environ(keys_file: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": "postgresql://casework_app:p%40ss%2Fword@localhost:5433/casework",
        "DATABASE_OWNER_URL": "postgresql://casework_owner:owner-password@localhost:5433/casework",
        "BROKER_URL": "redis://:broker-password@localhost:6379/0",
        "SECRET_KEY": SECRET,
        "CASEWORK_KEYS": str(keys_file),
        "ALLOWED_HOSTS": "casework.example, other.example",
    }
