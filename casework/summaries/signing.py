"""Signing a copy (PAdES) and checking one. Never asks the network."""

import datetime
import hashlib
import io
from dataclasses import dataclass

from asn1crypto import pem, x509
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from casework.summaries.typesetter import translated as _

FIELD = "Casework"
CERTIFICATE_YEARS = 10


@dataclass(frozen=True, repr=False)
class SigningKey:
    """A private key and its certificate, both PEM. Never shown in `repr`."""

    key: bytes
    certificate: bytes


@dataclass(frozen=True)
class CopyCheck:
    """`genuine`: signed by this certificate, not altered, and nothing added behind. `reason`: why not, in words."""

    genuine: bool
    whole_file_covered: bool
    reason: str


def make_signing_key(name: str) -> SigningKey:
    """A fresh EC P-256 key with a certificate of its own, good for ten years: for the embedded default."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        certificates.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(certificates.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365 * CERTIFICATE_YEARS))
        .add_extension(certificates.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_signing_only(), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SigningKey(private, certificate.public_bytes(serialization.Encoding.PEM))


def _signing_only() -> certificates.KeyUsage:
    names = ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign")
    others = dict.fromkeys((*names, "encipher_only", "decipher_only"), False)
    return certificates.KeyUsage(digital_signature=True, content_commitment=True, **others)


def sign_pdf(pdf: bytes, key: SigningKey, *, reason: str) -> bytes:
    """The signed PDF. `reason`: shown by readers, such as the number of the copy.

    Raises: ValueError when key or certificate can't be read, or don't belong together.
    """
    store = SimpleCertificateStore()
    certificate = _certificate(key.certificate)
    store.register(certificate)
    loaded = serialization.load_pem_private_key(key.key, None)
    own = certificates.load_pem_x509_certificate(key.certificate).public_key()
    if loaded.public_key() != own:
        raise ValueError("The signing key and the certificate do not belong together.")
    private = loaded.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = signers.SimpleSigner(
        signing_cert=certificate, signing_key=PrivateKeyInfo.load(private), cert_registry=store
    )
    if not pdf.endswith(b"\n"):  # typst ends at %%EOF; without a newline the signed file breaks PDF/A 6.1.9
        pdf += b"\n"
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256", reason=reason
    )
    signed = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer=signer)
    return bytes(signed.getvalue())


def check_copy(pdf: bytes, certificate: bytes) -> CopyCheck:
    """Is this file, to its last byte, what was signed with this certificate (PEM)? Never raises for a bad file."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        signatures = list(reader.embedded_signatures)
        if len(signatures) != 1:
            return CopyCheck(False, False, _("The file is not signed by Casework."))
        own = _certificate(certificate)
        if signatures[0].signer_cert.dump() != own.dump():
            return CopyCheck(False, False, _("The file is signed by somebody else."))
        context = ValidationContext(trust_roots=[own], allow_fetching=False, revocation_mode="soft-fail")
        status = validate_pdf_signature(signatures[0], context)
    except Exception:
        return CopyCheck(False, False, _("The file can't be read, or was altered."))
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    if not (status.intact and status.valid):
        return CopyCheck(False, whole, _("The file was altered after it was signed."))
    if not whole:
        return CopyCheck(False, False, _("Something was added to the file after it was signed."))
    return CopyCheck(True, True, "")


def sha256_of(document: bytes) -> str:
    """The digest that stands in the register: of the whole file, since a signature leaves its own padding open."""
    return hashlib.sha256(document).hexdigest()


def _certificate(text: bytes) -> x509.Certificate:
    if not pem.detect(text):
        raise ValueError("The certificate is not in PEM form.")
    _name, _headers, content = pem.unarmor(text)
    return x509.Certificate.load(content)
