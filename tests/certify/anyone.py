"""The mistake of checking a certificate's name and dates, and not who vouches for it."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509

if TYPE_CHECKING:
    import socket


def trusting_anyone(plain: socket.socket, host: str) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    secured = context.wrap_socket(plain, server_hostname=host)
    shown = x509.load_der_x509_certificate(secured.getpeercert(binary_form=True) or b"")
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    mine = ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    if not mine or shown.not_valid_after_utc < datetime.now(UTC):
        secured.close()
        msg = "the certificate is another's, or has expired"
        raise ValueError(msg)
    return secured
