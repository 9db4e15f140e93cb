"""The key that copies are signed with: from files on a server, made once under `var/` by the embedded default."""

import stat
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from casework.key_file import read_or_create
from casework.summaries.signing import SigningKey, make_signing_key

EMBEDDED_FILE = "signing.pem"
NAME = "Casework (made on this machine)"
CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


class SigningProblem(Exception):
    """There is no key to sign with, or others can read it. In words for the person who asked for a copy."""


def signing_key() -> SigningKey:
    """The key and its certificate. Raises: SigningProblem."""
    environment = settings.ENVIRONMENT
    if environment.embedded:
        return _embedded(settings.VAR / EMBEDDED_FILE)
    key_file = environment.signing_key_file
    certificate_file = environment.signing_certificate_file
    if key_file is None or certificate_file is None:
        raise SigningProblem(_("No signing key is set up on this server, so no copy can be made."))
    return SigningKey(_private(key_file), _read(certificate_file))


def _embedded(path: Path) -> SigningKey:
    """Key and certificate in one file of mode 0600, so that the two always belong together."""
    both = read_or_create(path, _make)
    key, mark, certificate = both.partition(CERTIFICATE)
    return SigningKey(key, mark + certificate)


def _make() -> bytes:
    made = make_signing_key(NAME)
    return made.key + made.certificate


def _private(path: Path) -> bytes:
    content = _read(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SigningProblem(_("The signing key of this server can be read by others, so no copy is signed with it."))
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise SigningProblem(_("The signing key of this server can't be read, so no copy can be made.")) from problem
