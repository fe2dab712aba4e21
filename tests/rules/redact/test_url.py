"""URLs that may be told."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.redact.url import shown_url
from tests.rules.redact.canaries import REDACTION, canaries, plain, survives


@given(canary=canaries, before=plain, name=st.sampled_from(["q", "token", "a b", "email[]", ""]))
def test_a_canary_in_path_query_userinfo_or_fragment_does_not_survive(
    canary: str, before: str, name: str
) -> None:
    encoded, prefix = quote(canary, safe=""), quote(before, safe="")
    for url in (
        f"https://api.example.com/v1/{encoded}/x?limit=3",
        f"https://api.example.com/v1?{quote_plus(name)}={prefix}%20{encoded}&b=1",
        f"https://api.example.com/v1?{quote_plus(name)}={quote_plus(canary)}",
        f"https://user:{encoded}@api.example.com/v1",
        f"https://{encoded}@api.example.com/v1",
        f"https://api.example.com/v1#{encoded}",
    ):
        shown = shown_url(url, REDACTION)
        assert not survives(canary, shown)
        assert not survives(encoded, shown)
        assert urlsplit(shown).hostname == "api.example.com"


@given(text=st.text())
def test_any_text_comes_out_printable(text: str) -> None:
    assert "\n" not in shown_url(text, REDACTION)
    shown_url(f"https://{text}", REDACTION).encode()


@pytest.mark.parametrize(
    "url",
    [
        "https://api.stripe.com/v1/customers/cus_NffrFeUfNV2Hib",
        "https://api.stripe.com/v1/charges?limit=3&starting_after=ch_3MmlLrLkdIwHu7ix0snN0B15",
        "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
        "https://api.twilio.com/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json",
        "http://[::1]:8080/",
        "",
    ],
)
def test_a_url_without_secrets_stays_as_it_is(url: str) -> None:
    assert shown_url(url, REDACTION) == url


def test_parameters_are_withheld_by_name_and_keep_their_place() -> None:
    url = (
        "https://bucket.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2Fb"
        "&X-Amz-Signature=00ff&code=4&state=x&api_key=k&ACCESS_TOKEN=t&Expires=3"
    )
    pairs = dict(parse_qsl(urlsplit(shown_url(url, REDACTION)).query))
    assert pairs.pop("X-Amz-Algorithm") == "AWS4-HMAC-SHA256"
    assert pairs.pop("Expires") == "3"
    assert set(pairs.values()) == {"REDACTED"}
    assert set(pairs) == {
        *("X-Amz-Credential", "X-Amz-Signature", "code", "state", "api_key", "ACCESS_TOKEN"),
    }


def test_the_path_of_a_slack_hook_is_its_secret() -> None:
    shown = shown_url("https://hooks.slack.com/services/T00/B00/XXXXXXXX", REDACTION)
    assert shown == "https://hooks.slack.com/services/REDACTED"
