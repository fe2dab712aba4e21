"""The official SDKs in their default configuration, but for address and credential."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

from proofs.certificates import asking

if TYPE_CHECKING:
    from bridgewright.certify.ask import Ask


@functools.cache
def _stripe(secret: str, url: str) -> Any:
    import stripe as sdk  # noqa: PLC0415 - a cell pays for one SDK

    return sdk.StripeClient(f"sk_test_{secret}", base_addresses={"api": url})  # type: ignore[typeddict-item]


def stripe(ask: Ask) -> None:
    """`StripeClient`."""
    asking.stripe(_stripe(ask.secret, ask.base_url), ask)


@functools.cache
def _twilio(secret: str, url: str) -> Any:
    from twilio.rest import Client  # noqa: PLC0415

    client = Client(asking.ACCOUNT, secret)
    client.api.base_url = url
    return client


def twilio(ask: Ask) -> None:
    """`Client`."""
    asking.twilio(_twilio(ask.secret, ask.base_url), ask)


@functools.cache
def _sendgrid(secret: str, url: str) -> Any:
    from sendgrid import SendGridAPIClient  # noqa: PLC0415

    return SendGridAPIClient(f"SG.{secret}", host=url)


def sendgrid(ask: Ask) -> None:
    """`SendGridAPIClient`."""
    asking.sendgrid(_sendgrid(ask.secret, ask.base_url), ask)


@functools.cache
def _sqs(secret: str, url: str) -> Any:
    import boto3  # noqa: PLC0415

    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    return boto3.client(
        "sqs",
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="not the one that is looked for",  # noqa: S106
        aws_session_token=secret,
    )


def boto3_sqs(ask: Ask) -> None:
    """A client of SQS; the secret is the session's token, which goes over the wire."""
    asking.sqs(_sqs(ask.secret, ask.base_url), ask)


@functools.cache
def _githubkit(secret: str, url: str) -> Any:
    from githubkit import GitHub  # noqa: PLC0415

    return GitHub(f"ghp_{secret}", base_url=url)


def githubkit(ask: Ask) -> None:
    """`GitHub`."""
    asking.githubkit(_githubkit(ask.secret, ask.base_url), ask)


@functools.cache
def _pygithub(secret: str, url: str) -> Any:
    from github import Auth, Github  # noqa: PLC0415

    return Github(auth=Auth.Token(f"ghp_{secret}"), base_url=url)


def pygithub(ask: Ask) -> None:
    """`Github`."""
    asking.pygithub(_pygithub(ask.secret, ask.base_url), ask)


@functools.cache
def _slack(secret: str, url: str) -> Any:
    from slack_sdk import WebClient  # noqa: PLC0415

    return WebClient(f"xoxb-{secret}", base_url=f"{url}/api/")


def slack(ask: Ask) -> None:
    """`WebClient`."""
    asking.slack(_slack(ask.secret, ask.base_url), ask)
