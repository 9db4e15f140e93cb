"""Row 30: with the settings of a server elsewhere, nothing is said to whoever can't prove to be that server."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from casework.environment import read_environment
from casework.provision import connection_parameters

REQUEST_TLS = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


def certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """A certificate for this host, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    at, key_at = folder / f"{host}.pem", folder / f"{host}.key"
    at.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_at.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return at, key_at


@contextmanager
def listener(heard: list[bytes], proof: tuple[Path, Path] | None) -> Iterator[int]:
    """Something on a port of this machine that answers as PostgreSQL would. `heard`: what was said to it in clear."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(5)

    def answer() -> None:
        peer, _address = server.accept()
        with peer:
            peer.settimeout(5)
            assert peer.recv(8) == REQUEST_TLS
            peer.sendall(b"N" if proof is None else b"S")
            try:
                if proof is not None:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(*proof)
                    peer = context.wrap_socket(peer, server_side=True)
                heard.append(peer.recv(200))
            except OSError:
                heard.append(b"")

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield int(server.getsockname()[1])
    finally:
        thread.join(timeout=10)
        server.close()


@pytest.mark.parametrize(
    ("shown", "trusted", "is_told"),
    [(None, "db.example", False), ("other.example", "other.example", False), ("db.example", "other.example", False),
     ("db.example", "db.example", True)],
    ids=["no TLS", "another name", "another authority", "the server itself"],
)  # fmt: skip
def test_row_30_only_the_server_itself_is_spoken_to(
    shown: str | None,
    trusted: str,
    is_told: bool,
    environ: dict[str, str],
    tmp_path: Path,
) -> None:
    made = {host: certificate(tmp_path, host) for host in ("db.example", "other.example")}
    heard: list[bytes] = []
    with listener(heard, None if shown is None else made[shown]) as port:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            elsewhere = environ[name].replace("localhost:5433", f"db.example:{port}")
            environ[name] = f"{elsewhere}?sslrootcert={made[trusted][0]}"
        parameters = connection_parameters(read_environment(environ, tmp_path / "var").database)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(**parameters, hostaddr="127.0.0.1", connect_timeout=5)
    assert (b"user" in heard[0]) is is_told
