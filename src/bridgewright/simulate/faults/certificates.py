"""Certificates of an authority made for one run: a good one, and the three kinds that are to be refused.

Keys are P-256 and made anew in each process; nothing is written but what `Authority.write` is asked to.
"""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.simulate.faults.ordeal import Ordeal
from bridgewright.simulate.listener import HOST

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

STRANGER = "provider.example"
"""Whom the certificate for somebody else is for."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key."""

    certificate: x509.Certificate = field(repr=False)
    key: EllipticCurvePrivateKey = field(repr=False)

    def pem(self) -> bytes:
        """The certificate as trust stores take it."""
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

        return self.certificate.public_bytes(Encoding.PEM)

    def context(self) -> ssl.SSLContext:
        """What a server with this identity shakes hands by."""
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "identity.pem")
            path.write_bytes(key + self.pem())
            context.load_cert_chain(path)
        return context


@cache
def authority() -> Identity:
    """The authority of this process, which clients are told to trust."""
    return _issued("Bridgewright certification", None, authority=True)


@cache
def context_of(ordeal: Ordeal) -> ssl.SSLContext:
    """The server's side of a port over TLS."""
    match ordeal:
        case Ordeal.TLS_WRONG_HOST:
            found = _issued(STRANGER, authority())
        case Ordeal.TLS_EXPIRED:
            found = _issued(HOST, authority(), age=_DAY * 30)
        case Ordeal.TLS_SELF_SIGNED:
            found = _issued(HOST, None)
        case _:
            found = _issued(HOST, authority())
    return found.context()


def _issued(
    name: str, issuer: Identity | None, *, age: timedelta = _DAY, authority: bool = False
) -> Identity:
    """A certificate for a name, good for a week from a day ago unless its age is another."""
    from cryptography import x509  # noqa: PLC0415 - slow to import, and needed by few
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins_at = datetime.now(UTC) - age
    signer = key if issuer is None else issuer.key
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins_at)
        .not_valid_after(begins_at + _DAY * 7)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if not authority:
        named = x509.IPAddress(ipaddress.ip_address(HOST)) if name == HOST else x509.DNSName(name)
        built = built.add_extension(x509.SubjectAlternativeName([named]), critical=False)
    else:
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        built = built.add_extension(usage, critical=True)
    return Identity(built.sign(signer, hashes.SHA256()), key)
