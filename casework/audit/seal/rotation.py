"""The signing key's succession: the next key lies beside the present one until every witness knows it."""

import os
from pathlib import Path

from django.conf import settings

from casework.audit.seal import store
from casework.audit.seal.checkpoint import VerifierKey
from casework.audit.seal.keys import learn_key, read_key, seal_folder
from casework.audit.seal.store import SealProblem, sealer_connection
from casework.key_file import new_ed25519_key, read_or_create


def _paths() -> tuple[Path, Path]:
    present: Path | None = settings.ENVIRONMENT.seal_key_file
    if present is None:
        raise SealProblem("Set SEAL_KEY_FILE to where the signing key is, or is to be.")
    return present, present.with_name(f"{present.name}.next")


def next_key() -> VerifierKey:
    """The verifier key of the next signing key, which is made if there is none yet. Raises: SealProblem."""
    _present, coming = _paths()
    read_or_create(coming, new_ed25519_key)
    return VerifierKey.of(_origin(), read_key(coming))


def install_key() -> VerifierKey:
    """Sign with the next key from now on. The one before counts up to the newest head. Raises: SealProblem."""
    present, coming = _paths()
    if not coming.exists():
        raise SealProblem("There is no next key: run this without --now first, and give its line to the witnesses.")
    key = VerifierKey.of(_origin(), read_key(coming))
    with sealer_connection() as connection, connection.transaction():
        # No head may be signed between reading the size and replacing the file.
        connection.execute("select pg_advisory_xact_lock(hashtext('casework seal'))")
        log = store.logs(connection)[-1:]
        head = store.last_head(connection, log[0].epoch) if log else None
        learn_key(seal_folder(), key, replacing_at=head.size if head else 0)
        os.replace(coming, present)  # noqa: PTH105 - both are in one folder, so at once
    return key


def _origin() -> str:
    with sealer_connection() as connection:
        logs = store.logs(connection)
    if not logs:
        raise SealProblem("Nothing has been sealed yet, so the log has no name: run `manage.py seal_audit` first.")
    return logs[-1].origin
