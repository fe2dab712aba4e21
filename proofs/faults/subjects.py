"""Who is put through the faults: SDKs, what they are asked, and what must not be seen anywhere."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum

CANARY = "c4n4ry"
"""Every secret here begins with it, so that nothing else can be taken for one."""
TWILIO_ACCOUNT = "AC" + "7" * 32
_KEY = f"{CANARY}KEY8Q2mXw7Rk4Vn9TsLp3Yb"
SECRETS = {
    "api key": _KEY,
    "encoded api key": b64encode(f"{TWILIO_ACCOUNT}:{_KEY}".encode()).decode(),
    "session token": f"{CANARY}TOKENp4Vn9Ts8Q2mXw7RkLp",
    "personal data": f"{CANARY}.person",
    "answer": f"{CANARY}.answer",
}
"""What is searched for: where a credential, or a body of either direction, went that should not go
there."""
PERSON = f"{SECRETS['personal data']}@example.org"
SLOW_HOST = "provider.example"
"""The name of the provider where names resolve slowly."""


class Side(StrEnum):
    """The SDK as it comes, or on Bridgewright."""

    DEFAULT = "default"
    OURS = "ours"


class Deed(StrEnum):
    """What a cell asks of its SDK."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Subject:
    """One SDK in one of its forms, on our side by the connection of that name.

    `answers` names its provider among the fault server's; `repeatable` says whether its write may be
    sent twice: the provider knows a key of it, or twice is as good as once. `bodiless` says that the
    provider answers its write by status and header alone, so that a body changes nothing.
    `waits_a_minute` says that the provider asks for that where an answer of 429 names no time: a call
    with less left then ends at once.
    """

    name: str
    connection: str
    answers: str
    repeatable: bool = False
    bodiless: bool = False
    waits_a_minute: bool = False


SUBJECTS = (
    Subject("stripe", "stripe", "stripe", repeatable=True),
    Subject("StripeClient", "stripe", "stripe", repeatable=True),
    Subject("stripe-async", "stripe", "stripe", repeatable=True),
    Subject("twilio", "twilio", "twilio"),
    Subject("twilio-async", "twilio", "twilio"),
    Subject("sendgrid", "sendgrid", "sendgrid", bodiless=True),
    Subject("boto3-sqs", "aws", "sqs"),
    Subject("boto3-s3", "aws", "s3", repeatable=True, bodiless=True),
    Subject("githubkit", "github", "github", waits_a_minute=True),
    Subject("githubkit-async", "github", "github", waits_a_minute=True),
    Subject("httpx2", "acme", "plain"),
)
"""`httpx2` as it comes stands beside `bridge.http`."""


def environment(connection: str, base_url: str, deadline_s: float) -> dict[str, str]:
    """The variables that a cell finds its credentials and its connection's settings in."""
    key = SECRETS["api key"]
    found = {
        "STRIPE_SECRET_KEY": f"sk_test_{key}",
        "TWILIO_ACCOUNT_SID": TWILIO_ACCOUNT,
        "TWILIO_AUTH_TOKEN": key,
        "SENDGRID_API_KEY": f"SG.{key}.{key}",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": key,
        "AWS_SESSION_TOKEN": SECRETS["session token"],
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "GITHUB_TOKEN": f"ghp_{key}",
        "ACME_TOKEN": key,
    }
    place = f"BRIDGEWRIGHT_CONNECTIONS_{connection.upper()}"
    if connection == "acme":
        found[f"{place}_PROVIDER"] = "http"
    return found | {f"{place}_BASE_URL": base_url, f"{place}_DEADLINE_S": f"{deadline_s:g}"}
