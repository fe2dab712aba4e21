"""Keys of ECDSA, and what they sign."""

from __future__ import annotations

import base64
import string
import textwrap

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Delivery, Headers, Reason, Rejected, Verified
from bridgewright.core.signing.ecdsa import (
    EcdsaScheme,
    Fields,
    private_key,
    public_key,
    sign_ecdsa,
)
from bridgewright.core.signing.keyring import Keyring, UnfitKeyError
from tests.ways.ecdsa_keys import pair

FIELDS = Fields(b"signature", b"time")
PRIVATE, PUBLIC = (secret.reveal() for secret in pair(7))


def _scheme(*texts: str) -> EcdsaScheme:
    return EcdsaScheme(FIELDS, Keyring(tuple(public_key(text) for text in texts)), 300.0)


def _pem(text: str) -> str:
    lines = "\n".join(textwrap.wrap(text, 64))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"


def _sent(body: bytes, **changed: bytes) -> Delivery:
    fields = dict(sign_ecdsa(FIELDS, private_key(PRIVATE), body, NOW))
    fields |= {name.encode(): value for name, value in changed.items()}
    return Delivery("source", Headers(fields.items()), body, NOW)


def test_a_key_is_taken_with_the_lines_of_pem_and_without() -> None:
    for text in (PUBLIC, _pem(PUBLIC), f"\n{_pem(PUBLIC)}\n", _pem(PUBLIC).replace("\n", "\r\n")):
        assert isinstance(_scheme(text).verify(_sent(b"{}"), NOW), Verified)


def _other_curve() -> str:
    key = ec.derive_private_key(1, ec.SECP384R1()).public_key()
    return base64.b64encode(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()


def _other_kind() -> str:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    return base64.b64encode(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
        _pem("AAAA"),
        "AAAA",
        "\ud800",
        PUBLIC[:-8],
        PRIVATE,
        _other_curve(),
        _other_kind(),
    ],
)
def test_what_is_no_public_key_of_p_256_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(UnfitKeyError) as caught:
        public_key(text)
    assert text.strip() == "" or text not in str(caught.value)


@pytest.mark.parametrize("text", ["", "AAAA", PUBLIC, _pem(PUBLIC)])
def test_what_is_no_private_key_cannot_sign(text: str) -> None:
    with pytest.raises(UnfitKeyError):
        private_key(text)


def test_no_key_shows_itself() -> None:
    assert repr(private_key(PRIVATE)) == "PrivateKey(****)"
    assert PUBLIC not in repr(public_key(PUBLIC)) + repr(_scheme(PUBLIC))


def test_base64_has_one_spelling() -> None:
    sent = _sent(b"{}")
    good = dict(sent.headers.items())[b"signature"]
    bare, alphabet = good.rstrip(b"="), (string.ascii_letters + string.digits + "+/").encode()
    others = [bare[:-1] + bytes([last]) + good[len(bare) :] for last in alphabet]
    others += [bare, bare + b"=", bare + b"===", b"\n" + good, good + b"\n", good + b"===="]
    for other in set(others) - {good}:
        fields = {**dict(sent.headers.items()), b"signature": other}
        changed = Delivery("source", Headers(fields.items()), b"{}", NOW)
        assert isinstance(_scheme(PUBLIC).verify(changed, NOW), Rejected)


def test_bytes_after_the_signature_or_a_longer_form_of_its_numbers_are_rejected() -> None:
    good = base64.b64decode(dict(_sent(b"{}").headers.items())[b"signature"])
    r, s = decode_dss_signature(good)
    for raw in (good + b"\0", b"\x30\x81" + good[1:], encode_dss_signature(r, 0)):
        sent = _sent(b"{}", signature=base64.b64encode(raw))
        found = _scheme(PUBLIC).verify(sent, NOW)
        assert isinstance(found, Rejected)
        assert found.reason in {Reason.MISMATCH, Reason.MALFORMED}
    assert s


@pytest.mark.parametrize("time", [b"0" + b"%d" % (NOW // 1_000_000), b"1e9", b"-1", b" 1"])
def test_a_time_that_is_written_otherwise_was_not_signed(time: bytes) -> None:
    assert isinstance(_scheme(PUBLIC).verify(_sent(b"{}", time=time), NOW), Rejected)
