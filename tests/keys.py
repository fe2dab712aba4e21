"""Private keys and certificates for tests: made once, when the first test asks."""

from __future__ import annotations

import base64
import functools
import json
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.moment import as_datetime, later

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

    from bridgewright.core.model.moment import Moment

A_DAY_S = 86_400.0
FOR_EVER_S = 400_000 * A_DAY_S


@functools.cache
def rsa_key(number: int = 0, bits: int = 2_048) -> rsa.RSAPrivateKey:
    """A key of RSA; numbers make different ones."""
    del number
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


@functools.cache
def ec_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    """A key on P-256; numbers make different ones."""
    return ec.derive_private_key(number + 1, ec.SECP256R1())


@functools.cache
def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """A private key in PEM."""
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode()


@functools.cache
def certificate(
    common_name: str,
    key: CertificateIssuerPrivateKeyTypes | None = None,
    *,
    begins: Moment | None = None,
    ends: Moment | None = None,
    alternative: tuple[str, ...] = (),
) -> bytes:
    """A certificate in PEM, signed by its own key, valid for longer than any test needs."""
    key = rsa_key() if key is None else key
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(as_datetime(later(NOW, -2e9) if begins is None else begins))
        .not_valid_after(as_datetime(later(NOW, 2e11) if ends is None else ends))
    )
    if alternative:
        names = x509.SubjectAlternativeName([x509.DNSName(each) for each in alternative])
        made = made.add_extension(names, critical=False)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def number_text(number: int, size: int) -> str:
    """A number as a JWK writes it (RFC 7518, section 6)."""
    return base64.urlsafe_b64encode(number.to_bytes(size, "big")).rstrip(b"=").decode()


def jwk(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, kid: str) -> dict[str, object]:
    """The public half of a key as a JWK."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        point = key.public_key().public_numbers()
        x, y = number_text(point.x, 32), number_text(point.y, 32)
        return {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig"} | {
            "kid": kid,
            "x": x,
            "y": y,
        }
    public = key.public_key().public_numbers()
    n, e = number_text(public.n, key.key_size // 8), number_text(public.e, 3)
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, "n": n, "e": e}


def jwks(*keys: dict[str, object]) -> bytes:
    """A set of keys as it is published."""
    return json.dumps({"keys": keys}).encode()
