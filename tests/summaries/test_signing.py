"""The signature: it holds for the whole file, for our certificate, and without the network."""

import datetime
import io
import random
import socket
import subprocess

import pikepdf
import pytest
from django.core.management import CommandError, call_command
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from casework.summaries.document import SummaryDocument, build_pdf
from casework.summaries.signing import SigningKey, check_copy, make_signing_key, sha256_of, sign_pdf


@pytest.fixture(scope="module")
def key():
    return make_signing_key("Casework")


@pytest.fixture(scope="module")
def unsigned():
    return build_pdf(
        SummaryDocument(
            title="Summary for the hearing",
            reference="K7QF-2M9D",
            pseudonym="Amber Heron",
            copy_number="K7QF-2M9D/S1/C1",
            recipient="District Court",
            language="en",
            dated=datetime.datetime(2026, 3, 9, 14, 5, tzinfo=datetime.UTC),
            facts=(("Purpose", "Prosecute"),),
            statement=("This document holds what was chosen for the recipient.",),
        )
    )


@pytest.fixture(scope="module")
def signed(unsigned, key):
    return sign_pdf(unsigned, key, reason="K7QF-2M9D/S1/C1")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_signed_copy_is_genuine(signed, key):
    check = check_copy(signed, key.certificate)
    assert (check.genuine, check.whole_file_covered, check.reason) == (True, True, "")


def test_signature_is_pades_and_says_the_copy(signed, tmp_path):
    path = tmp_path / "copy.pdf"
    path.write_bytes(signed)
    assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0
    with pikepdf.open(path) as opened:
        signature = opened.Root.AcroForm.Fields[0].V
        assert signature.SubFilter == "/ETSI.CAdES.detached"
        assert signature.Reason == "K7QF-2M9D/S1/C1"


def test_newline_stands_between_document_and_signature(unsigned, signed):
    assert unsigned.endswith(b"%%EOF")
    assert signed.startswith(unsigned + b"\n")


def test_any_changed_byte_in_the_signed_part_is_found(signed, key):
    chance = random.Random(2003)
    end = signed.index(b"/Contents <")
    for place in chance.sample(range(10, end), 25):
        changed = bytearray(signed)
        changed[place] ^= 1 << chance.randrange(8)
        assert not check_copy(bytes(changed), key.certificate).genuine, place


def test_bytes_added_behind_are_found(signed, key):
    check = check_copy(signed + b"\n% more\n", key.certificate)
    assert not check.genuine
    assert not check.whole_file_covered
    assert "added" in check.reason


def test_second_revision_is_found(signed, key):
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    writer.root["/Lang"] = generic.TextStringObject("xx")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    assert out.getvalue().startswith(signed)
    check = check_copy(out.getvalue(), key.certificate)
    assert (check.genuine, check.whole_file_covered) == (False, False)


def test_copy_of_another_signer_is_not_ours(unsigned, key):
    forged = sign_pdf(unsigned, make_signing_key("Casework"), reason="K7QF-2M9D/S1/C1")
    check = check_copy(forged, key.certificate)
    assert not check.genuine
    assert "somebody else" in check.reason


@pytest.mark.parametrize("file", [b"", b"no pdf", b"%PDF-1.7\n%%EOF\n"])
def test_broken_file_is_not_genuine(file, key):
    assert not check_copy(file, key.certificate).genuine


def test_unsigned_file_is_not_genuine(unsigned, key):
    check = check_copy(unsigned, key.certificate)
    assert "not signed" in check.reason


def test_digest_sees_what_the_signature_can_not(signed, key):
    """The padding of the signature itself lies outside of what is signed."""
    start = signed.index(b"/Contents <") + len(b"/Contents <")
    end = signed.index(b">", start)
    changed = bytearray(signed)
    changed[end - 1] = ord("1")
    assert signed[end - 1 : end] == b"0"
    assert sha256_of(bytes(changed)) != sha256_of(signed)


def test_key_and_certificate_that_do_not_belong_together_are_refused(unsigned, key):
    mixed = SigningKey(make_signing_key("Other").key, key.certificate)
    with pytest.raises(ValueError, match="belong together"):
        sign_pdf(unsigned, mixed, reason="x")


def test_key_is_not_shown(key):
    assert "PRIVATE" not in repr(key)


def test_command_tells_a_genuine_file_from_another(signed, key, tmp_path, capsys):
    file, certificate = tmp_path / "copy.pdf", tmp_path / "certificate.pem"
    file.write_bytes(signed)
    certificate.write_bytes(key.certificate)
    call_command("check_copy", str(file), "--certificate", str(certificate))
    said = capsys.readouterr().out
    assert "is genuine" in said
    assert sha256_of(signed) in said

    file.write_bytes(signed + b"\n% more\n")
    with pytest.raises(CommandError, match="not a genuine copy"):
        call_command("check_copy", str(file), "--certificate", str(certificate))
    with pytest.raises(CommandError, match="can't be read"):
        call_command("check_copy", str(tmp_path / "none.pdf"), "--certificate", str(certificate))
