"""What stands in a message of SNS, and the text that its signature is of. Sources: README.md."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bridgewright.core.model.inbound import Reason, Rejected
from bridgewright.core.signing import envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.model.moment import Moment

NOTIFICATION, SUBSCRIBE, UNSUBSCRIBE = (
    "Notification",
    "SubscriptionConfirmation",
    "UnsubscribeConfirmation",
)
HASHES = {"1": "sha1", "2": "sha256"}
"""SignatureVersion, and the hash that goes with it."""

_OF_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_OF_CONFIRMATION = (
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
)
SIGNED = {
    NOTIFICATION: _OF_NOTIFICATION,
    SUBSCRIBE: _OF_CONFIRMATION,
    UNSUBSCRIBE: _OF_CONFIRMATION,
}
"""What is signed of each type, in the order of its names. Only a notification's subject may be absent."""

_HOST = re.compile(r"sns\.[a-z0-9-]{3,32}\.amazonaws\.com(\.cn)?")
_URL = re.compile(r"https://([a-z0-9.-]+)(/[!-~]*)?")
_MAX_URL = 2_048


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A message whose signature was not looked at yet."""

    kind: str
    topic: str
    at: Moment
    text: bytes
    hash: str
    signature: bytes
    certificate_url: str


def taken(body: bytes) -> Message | Rejected:
    """The message in `body`, or why there is none whose signature could be looked at."""
    fields = _fields(body)
    if isinstance(fields, Rejected):
        return fields
    kind, signature = fields["Type"], fields["Signature"]
    algorithm = HASHES.get(str(fields.get("SignatureVersion")))
    if algorithm is None:
        return Rejected(Reason.UNKNOWN_ALGORITHM, "SignatureVersion is neither 1 nor 2")
    at, text, decoded = _when(fields), signed_text(fields), _decoded(signature)
    if at is None or text is None or decoded is None:
        return Rejected(Reason.MALFORMED, "a signed field is absent, or not what SNS writes")
    untrusted = _untrusted(fields)
    if untrusted is not None:
        return untrusted
    url: str = fields["SigningCertURL"]
    return Message(kind, fields["TopicArn"], at, text, algorithm, decoded, url)


def _untrusted(fields: Mapping[str, Any]) -> Rejected | None:
    """Why a URL in the message is none that we would go to."""
    url = fields.get("SigningCertURL")
    if not of_sns(url) or not is_certificate(str(url)):
        return Rejected(Reason.UNTRUSTED_KEY, "SigningCertURL is not a .pem at SNS's own host")
    if fields["Type"] != NOTIFICATION and not of_sns(fields["SubscribeURL"]):
        return Rejected(Reason.UNTRUSTED_KEY, "SubscribeURL is not at SNS's own host")
    return None


def of_sns(url: object) -> bool:
    """Whether this is `https`, at `sns.<region>.amazonaws.com` (`.cn`), without user or port."""
    if not isinstance(url, str) or len(url) > _MAX_URL:
        return False
    found = _URL.fullmatch(url)
    return found is not None and _HOST.fullmatch(found[1]) is not None and "\\" not in url


def is_certificate(url: str) -> bool:
    """Whether the path of this URL of SNS's names a certificate."""
    parts = urlsplit(url)
    return parts.path.endswith(".pem") and not parts.query and not parts.fragment


def signed_text(fields: Mapping[str, Any]) -> bytes | None:
    """The text that is signed, None when a field is absent or could be mistaken for two.

    Names and values stand on lines of their own. All but the message itself are kept to one line:
    otherwise the same text could be cut into other fields.
    """
    lines = []
    for name in SIGNED[fields["Type"]]:
        value = fields.get(name)
        if name == "Subject" and value is None:
            continue
        if not isinstance(value, str) or not (name == "Message" or _one_line(value)):
            return None
        lines += [name, value]
    try:
        return ("\n".join(lines) + "\n").encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return None


def _one_line(value: str) -> bool:
    return 0 < len(value) <= _MAX_URL and value.isprintable()


def _when(fields: Mapping[str, Any]) -> Moment | None:
    value = fields.get("Timestamp")
    return envelope.occurred_at(value) if isinstance(value, str) else None


def _decoded(signature: object) -> bytes | None:
    """The bytes of base64, written in the one way that has no bits to spare."""
    if not isinstance(signature, str) or len(signature) > _MAX_URL:
        return None
    try:
        found = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if base64.b64encode(found).decode() == signature else None


def _fields(body: bytes) -> dict[str, Any] | Rejected:
    """The fields of a signed message, or why there are none. One that names a field twice is
    refused: parsers of other languages take the other one."""
    found = envelope.parsed(body)
    if isinstance(found, str):
        return Rejected(Reason.MALFORMED, found)
    kind = found.get("Type")
    if not isinstance(kind, str) or kind not in SIGNED or not found.get("Signature"):
        return Rejected(Reason.MISSING, "no signed message of SNS (raw delivery carries none)")
    try:
        json.loads(body, object_pairs_hook=_once)
    except ValueError:
        return Rejected(Reason.MALFORMED, "the body names a field twice")
    return found


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        msg = "a name twice"
        raise ValueError(msg)
