"""X.509 certificates that providers sign with (RFC 5280): parsed once, and believed while they are valid.

Whom a certificate belongs to is proven by where it was fetched from: the host rule and TLS come first.
What is checked here is what it says of itself: whose name it is in, and from when until when. Chains
are not built: which roots a machine trusts is not for a pure rule to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.model.moment import Moment, from_datetime
from bridgewright.core.signing.keyring import UnfitKeyError
from bridgewright.core.signing.rsa import RsaKey

if TYPE_CHECKING:
    import re

    from cryptography import x509

MAX_PEM_BYTES = 65_536
"""A certificate takes 2 KB, a chain of four less than 10."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate's key, the names it is for (in lower case), and when it counts."""

    key: RsaKey
    names: frozenset[str]
    not_before: Moment
    not_after: Moment

    def valid(self, now: Moment) -> bool:
        """Whether `now` lies within its validity, both ends included (RFC 5280, section 4.1.2.5)."""
        return self.not_before <= now <= self.not_after

    def named(self, form: re.Pattern[str]) -> bool:
        """Whether one of its names is wholly of this form."""
        return any(form.fullmatch(name) for name in self.names)


def from_pem(content: bytes) -> Certificate:
    """The first certificate in PEM, which is the sender's own. `UnfitKeyError` when there is none,
    or none with an RSA key that is long enough."""
    from cryptography import x509  # noqa: PLC0415 - large, and most sources never need it

    if len(content) > MAX_PEM_BYTES:
        msg = f"is longer than {MAX_PEM_BYTES} bytes"
        raise UnfitKeyError(msg)
    msg = "is no certificate in PEM"
    try:
        found = x509.load_pem_x509_certificate(content)
        return Certificate(
            RsaKey.of(found.public_key()),
            _names(found),
            from_datetime(found.not_valid_before_utc),
            from_datetime(found.not_valid_after_utc),
        )
    except UnfitKeyError:
        raise
    except Exception as error:  # the parser's errors have no common kind
        raise UnfitKeyError(msg) from error


def _names(found: x509.Certificate) -> frozenset[str]:
    """The DNS names of its extension, or where it has none the common name (RFC 6125, 6.4.4)."""
    from cryptography import x509  # noqa: PLC0415 - see from_pem

    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        common = found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return frozenset(str(each.value).lower() for each in common)
    return frozenset(name.lower() for name in extension.value.get_values_for_type(x509.DNSName))
