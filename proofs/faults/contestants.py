"""The clients of both sides: each SDK in its default configuration but for the address, and the same
from a bridge. Nothing is imported before it is asked for: a cell pays for one SDK."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from proofs.faults import asking
from proofs.faults.subjects import Side

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[[Side, str], Any]


def _stripe_module(side: Side, url: str) -> Any:
    import stripe  # noqa: PLC0415

    stripe.api_key = os.environ["STRIPE_SECRET_KEY"]
    if side is Side.OURS:
        return asking.stripe_module(_bridge().attach(stripe))
    stripe.api_base = url
    return asking.stripe_module(stripe)


def _stripe_client(side: Side, url: str) -> Any:
    if side is Side.OURS:
        return asking.stripe_client(_bridge().connect("stripe"))
    return asking.stripe_client(_default_stripe(url))


def _stripe_async(side: Side, url: str) -> Any:
    if side is Side.OURS:
        return asking.stripe_async(_bridge().as_async().connect("stripe"))
    return asking.stripe_async(_default_stripe(url))


def _default_stripe(url: str) -> Any:
    import stripe  # noqa: PLC0415

    return stripe.StripeClient(os.environ["STRIPE_SECRET_KEY"], base_addresses={"api": url})


def _twilio(side: Side, url: str) -> Any:
    if side is Side.OURS:
        return asking.twilio(_bridge().connect("twilio"))
    from twilio.rest import Client  # noqa: PLC0415

    client = Client(*asking.account())
    client.api.base_url = url
    return asking.twilio(client)


def _twilio_async(side: Side, url: str) -> Any:
    if side is Side.OURS:
        return asking.twilio_async(_bridge().as_async().connect("twilio"))
    from twilio.http.async_http_client import AsyncTwilioHttpClient  # noqa: PLC0415
    from twilio.rest import Client  # noqa: PLC0415

    client = Client(*asking.account(), http_client=AsyncTwilioHttpClient())
    client.api.base_url = url
    return asking.twilio_async(client)


def _sendgrid(side: Side, url: str) -> Any:
    if side is Side.OURS:
        return asking.sendgrid(_bridge().connect("sendgrid"))
    from sendgrid import SendGridAPIClient  # noqa: PLC0415

    return asking.sendgrid(SendGridAPIClient(os.environ["SENDGRID_API_KEY"], host=url))


def _sqs(side: Side, url: str) -> Any:
    return asking.sqs(_aws(side, url, "sqs"), url)


def _s3(side: Side, url: str) -> Any:
    return asking.s3(_aws(side, url, "s3"))


def _aws(side: Side, url: str, service: str) -> Any:
    if side is Side.OURS:
        return _bridge().connect("aws").client(service)
    import boto3  # noqa: PLC0415

    return boto3.client(service, endpoint_url=url)


def _github(side: Side, url: str) -> Any:
    if side is Side.OURS:
        return asking.github(_bridge().connect("github"))
    return asking.github(_default_github(url))


def _github_async(side: Side, url: str) -> Any:
    if side is Side.OURS:
        return asking.github_async(_bridge().as_async().connect("github"))
    return asking.github_async(_default_github(url))


def _default_github(url: str) -> Any:
    from githubkit import GitHub  # noqa: PLC0415

    return GitHub(os.environ["GITHUB_TOKEN"], base_url=url)


def _plain(side: Side, url: str) -> Any:
    if side is Side.OURS:
        return asking.plain(_bridge().http("acme"))
    import httpx2  # noqa: PLC0415

    return asking.plain(httpx2.Client(base_url=url))


def _bridge() -> Any:
    from bridgewright import Bridge  # noqa: PLC0415

    return Bridge.from_env()


MAKERS: dict[str, Make] = {
    "stripe": _stripe_module,
    "StripeClient": _stripe_client,
    "stripe-async": _stripe_async,
    "twilio": _twilio,
    "twilio-async": _twilio_async,
    "sendgrid": _sendgrid,
    "boto3-sqs": _sqs,
    "boto3-s3": _s3,
    "githubkit": _github,
    "githubkit-async": _github_async,
    "httpx2": _plain,
}
