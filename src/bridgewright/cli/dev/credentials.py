"""Credentials for providers that exist on this machine only: both sides are ours, and none opens
anything."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

_CALLS = {
    "github": {"GITHUB_TOKEN": "ghp_simulated"},
    "sendgrid": {"SENDGRID_API_KEY": "SG.simulated.simulated"},
    "slack": {"SLACK_BOT_TOKEN": "xoxb-simulated"},
    "stripe": {"STRIPE_SECRET_KEY": "sk_test_simulated"},
    "twilio": {"TWILIO_ACCOUNT_SID": "AC" + "5" * 32, "TWILIO_AUTH_TOKEN": "5" * 32},
}
"""What each simulator takes, by the variables that our connectors read."""
_BYTES = 32


def for_calls(provider: str) -> Mapping[str, str]:
    """The variables with which calls to a simulated provider are made; none for one without any."""
    return _CALLS.get(provider, {})


def for_webhooks(
    provider: str, environ: Mapping[str, str]
) -> tuple[Mapping[str, str], Secret] | None:
    """The variable that our side verifies with, and the secret that the simulator signs with; None for
    a provider whose webhooks we do not know. What the environment holds is taken as it is."""
    try:
        webhook = connectors.webhook(provider)
    except ConfigurationError:
        return None
    variable = webhook.secret_variable
    if provider == "sendgrid":
        ours, theirs = _pair()
        return {variable: ours}, Secret(theirs)
    held = environ.get(variable) or _CALLS.get(provider, {}).get(variable)
    value = held or "whsec_" + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
    return {variable: value}, Secret(value)


def _pair() -> tuple[str, str]:
    """A public and a private key on P-256, as SendGrid and our connector write them."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - large, for one provider
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    made = ec.generate_private_key(ec.SECP256R1())
    der = serialization.Encoding.DER
    public = made.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = made.private_bytes(
        der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return base64.b64encode(public).decode(), base64.b64encode(private).decode()
