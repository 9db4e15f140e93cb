"""Case keys: made, wrapped, opened for the length of one reading, re-wrapped when the master key changes."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction

from casework.key_file import read_keys
from casework.vault import crypto
from casework.vault.reading import current_reading


def case_key_model() -> Any:
    """The CaseKey model; by name, since it is loaded after the fields that use these keys."""
    return apps.get_model("vault", "CaseKey")


def new_case_key(case_id: int) -> None:
    """Make the data key of a new case for this reading, so that its row can be encrypted.

    Raises: NoOpenReading.
    """
    current_reading().data_keys[case_id] = crypto.new_data_key()


def store_case_key(case_id: int) -> None:
    """Keep the key that `new_case_key` made, wrapped. Call in the transaction that inserts the case.

    Raises: KeyError without `new_case_key`; IntegrityError when the case has a key already.
    """
    settings.CASEWORK_KEYS = read_keys(settings.ENVIRONMENT.keys_file)  # the master key may have been changed since
    version = settings.CASEWORK_KEYS.current
    wrapped = crypto.wrap(master_key(version), version, current_reading().data_keys[case_id], case_id)
    case_key_model()(case_id=case_id, wrapped=wrapped, master_version=version).save(force_insert=True)


def data_key(case_id: int) -> bytes:
    """The data key of a case, for this reading.

    Raises: NoOpenReading; CannotOpen when the reader has no grant on the case (the database then returns no key),
    when the key was destroyed, or when its master key version is gone.
    """
    keys = current_reading().data_keys
    if case_id not in keys:
        row = case_key_model().objects.filter(pk=case_id).first()
        if row is None:
            raise crypto.CannotOpen("The key of this case is not to be had.")
        keys[case_id] = crypto.unwrap(master_key(row.master_version), row.master_version, bytes(row.wrapped), case_id)
    return keys[case_id]


def master_key(version: int) -> bytes:
    """One version of the master key; the key file is read again once, so that a rotation needs no restart.

    Raises: CannotOpen when the version is not in the key file.
    """
    if version not in settings.CASEWORK_KEYS.master:
        settings.CASEWORK_KEYS = read_keys(settings.ENVIRONMENT.keys_file)
    master = settings.CASEWORK_KEYS.master.get(version)
    if master is None:
        raise crypto.CannotOpen(f"Master key version {version} is not in the key file.")
    return bytes(master)


def rewrap_all(alias: str, batch: int = 2_000) -> int:
    """Re-wrap every case key under the current master key; texts are not touched. Returns how many changed.

    Runs as the owner role (the application role may not change keys), in batches, each its own transaction, so that
    serving goes on meanwhile. Raises: CannotOpen when an old master key is missing; that batch is rolled back.
    """
    model, current = case_key_model(), settings.CASEWORK_KEYS.current
    master, done = master_key(current), 0
    while True:
        with transaction.atomic(using=alias):
            rows = model.objects.using(alias).select_for_update().exclude(master_version=current)
            keys = list(rows.order_by("pk")[:batch])
            for row in keys:
                old = master_key(row.master_version)
                opened = crypto.unwrap(old, row.master_version, bytes(row.wrapped), row.pk)
                row.wrapped = crypto.wrap(master, current, opened, row.pk)
                row.master_version = current
            model.objects.using(alias).bulk_update(keys, ["wrapped", "master_version"])
        if not keys:
            return done
        done += len(keys)
