"""Signed heads: the published forms, and every way in which a note can be wrong."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.audit.seal.checkpoint import (
    COSIGNATURE,
    DASH,
    Checkpoint,
    NoteProblem,
    VerifierKey,
    cosign,
    cosigned_at,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
    signature_line,
)

# The example of golang.org/x/mod/sumdb/note, on which C2SP's form is built.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PUBLISHED_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
KEY, OTHER = Ed25519PrivateKey.from_private_bytes(b"k" * 32), Ed25519PrivateKey.from_private_bytes(b"o" * 32)
ORIGIN = "casework-3f9ac2d1/1"
HEAD = Checkpoint(ORIGIN, 12, b"r" * 32, ("last 15",))
OURS = VerifierKey.of(ORIGIN, KEY)


def test_a_published_note_verifies_with_its_published_key() -> None:
    key = VerifierKey.parse(PUBLISHED_KEY)
    raw = base64.b64decode(PUBLISHED_SIGNATURE)
    assert raw[:4] == key.key_id
    assert key.has_signed(PUBLISHED_TEXT.encode(), raw[4:])
    assert not key.has_signed(PUBLISHED_TEXT.upper().encode(), raw[4:])
    assert str(key) == PUBLISHED_KEY


def test_a_signed_head_has_the_published_form_and_opens() -> None:
    note = sign_checkpoint(HEAD, KEY)
    lines = note.split("\n")
    assert lines[:5] == [ORIGIN, "12", base64.b64encode(b"r" * 32).decode(), "last 15", ""]
    assert lines[5].startswith(f"{DASH} {ORIGIN} ")
    assert open_checkpoint(note, [OURS]) == (HEAD, OURS)


def test_two_keys_sign_while_one_follows_the_other() -> None:
    note, new = sign_checkpoint(HEAD, OTHER, KEY), VerifierKey.of(ORIGIN, OTHER)
    assert open_checkpoint(note, [OURS])[1] == OURS
    assert open_checkpoint(note, [new])[1] == new


def test_a_head_of_an_unknown_key_is_refused() -> None:
    with pytest.raises(NoteProblem, match="No known key"):
        open_checkpoint(sign_checkpoint(HEAD, OTHER), [OURS])


def test_a_head_that_was_changed_after_signing_is_refused() -> None:
    note = sign_checkpoint(HEAD, KEY)
    for old, new in (("\n12\n", "\n13\n"), ("last 15", "last 16"), ("cnJy", "cnJz")):
        changed = note.replace(old, new, 1)
        assert changed != note
        with pytest.raises(NoteProblem, match="changed after signing"):
            open_checkpoint(changed, [OURS])


def test_a_key_signs_for_no_other_log() -> None:
    """The name is in the key's hash, and must be the origin."""
    elsewhere = Checkpoint("other-log/1", 12, b"r" * 32)
    under_our_name = elsewhere.body + "\n" + signature_line(OURS, KEY.sign(elsewhere.body.encode()))
    for note in (sign_checkpoint(elsewhere, KEY), under_our_name):
        with pytest.raises(NoteProblem, match="No known key"):
            open_checkpoint(note, [OURS])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "x",
        f"{ORIGIN}\n12\n",
        f"{ORIGIN}\n012\ncnJy\n\n",
        f"{ORIGIN}\n-1\n{base64.b64encode(b'r' * 32).decode()}\n\n{DASH} a YWFhYWFh\n",
        f"{ORIGIN}\n12\ncnJy\n\n{DASH} a YWFhYWFh\n",
        f"{ORIGIN}\n12\n!!\n\n{DASH} a YWFhYWFh\n",
        "x" * 20_000,
        "two words\n12\n" + base64.b64encode(b"r" * 32).decode() + "\n\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(NoteProblem):
        parse_checkpoint(note)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_text_does_more_than_be_refused(text: str) -> None:
    for note in (text, HEAD.body + "\n" + text, sign_checkpoint(HEAD, KEY) + text):
        try:
            assert open_checkpoint(note, [OURS])[0] == HEAD
        except NoteProblem:
            continue


@pytest.mark.parametrize(
    "text", ["", "a", "a+b", "a+00000000+AQ==", PUBLISHED_KEY.replace("c74f", "c74e"), "a b+1+AQ=="]
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(NoteProblem):
        VerifierKey.parse(text)


def test_a_witness_says_when_it_has_seen_a_head() -> None:
    witness = VerifierKey.of("witness.example", OTHER, COSIGNATURE)
    line = cosign(HEAD, "witness.example", OTHER, 1_700_000_000)
    assert cosigned_at(HEAD, line, witness) == 1_700_000_000
    assert VerifierKey.parse(str(witness)) == witness
    larger = Checkpoint(ORIGIN, 13, b"r" * 32)
    for head, said in ((larger, line), (HEAD, cosign(larger, "witness.example", OTHER, 1)), (HEAD, "")):
        with pytest.raises(NoteProblem):
            cosigned_at(head, said, witness)
    forged = signature_line(witness, (5).to_bytes(8, "big") + b"s" * 64)
    with pytest.raises(NoteProblem, match="missing or wrong"):
        cosigned_at(HEAD, forged, witness)
