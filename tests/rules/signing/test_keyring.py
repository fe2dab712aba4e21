"""Keys that cannot be keys, and what is said of them."""

from __future__ import annotations

import base64
import contextlib
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Rejected
from bridgewright.core.model.secret import Secret
from tests.signed import delivery, pair_text, secret_text, way_of

PRIVATE, PUBLIC = pair_text(1)
OTHER_PUBLIC = pair_text(2)[1]


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _pair(private: str, public: str) -> str:
    raw = base64.b64decode(private.removeprefix("whsk_"))
    return "whsk_" + _b64(raw + base64.b64decode(public.removeprefix("whpk_")))


@pytest.mark.parametrize(
    ("provider", "secret", "said"),
    [
        ("stripe", "", "is empty"),
        ("stripe", "sk_live_CANARY", "does not begin with whsec_"),
        ("stripe", "whsec_", "has nothing after whsec_"),
        ("stripe", "whsec_CANARY\r\n", "line end"),
        ("stripe", "whsec_CANARY\udcff", "not valid UTF-8"),
        ("github", "  ", "is empty"),
        ("github", " CANARY", "has a space"),
        ("standard", "CANARY", "does not begin with whsec_"),
        ("standard", "v1,whsec_CANARY", "does not begin with whsec_"),
        ("standard", "whsec_CANARY!", "is not base64"),
        ("standard", "whsec_CANARY\N{SNOWMAN}", "is not base64"),
        ("standard", "whsec_" + "CANARY-_" * 6, "is not base64"),
        ("standard", "whsec_" + _b64(b"CANARY" * 3), "holds 18 bytes"),
        ("standard", "whsec_" + _b64(b"C" * 65), "holds 65 bytes"),
        ("standard", "whpk_" + _b64(b"CANARY"), "holds 6 bytes; an ed25519 public key has 32"),
        ("standard", PRIVATE, "is a private key"),
    ],
)
def test_a_flawed_key_is_named_by_its_flaw_and_never_shown(
    provider: str, secret: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        connectors.webhook(provider).scheme([Secret(secret)])
    assert "key 1 of 1" in str(caught.value)
    _assert_hidden(caught.value, secret)


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (PUBLIC, "does not begin with whsec_"),
        ("whsk_" + _b64(b"CANARY"), "32 or 64"),
        (_pair(PRIVATE, OTHER_PUBLIC), "the public key of another"),
    ],
)
def test_a_key_that_cannot_sign_is_refused(secret: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        connectors.webhook("standard").sign([Secret(secret)], b"{}", message_id="m", at=NOW)
    _assert_hidden(caught.value, secret)


def _assert_hidden(error: ConfigurationError, secret: str) -> None:
    shown = "".join(traceback.format_exception(error)) + repr(error)
    value = secret.partition("_")[2].strip()
    assert "CANARY" not in shown
    assert not value or value not in shown
    chain: BaseException | None = error
    while chain is not None:
        assert not isinstance(chain, UnicodeError)  # it carries the text it failed on
        chain = chain.__context__


@pytest.mark.slow
@given(st.text(max_size=60))
def test_any_text_is_a_key_or_a_configuration_error(text: str) -> None:
    for provider in connectors.receiving_names():
        for prefix in ("", "whsec_", "whpk_", "whsk_"):
            with contextlib.suppress(ConfigurationError):
                terms = way_of(provider).terms
                scheme = connectors.webhook(provider).scheme([Secret(prefix + text)], terms)
                assert isinstance(scheme.verify(delivery(b"", ()), NOW), Rejected)


@given(st.integers(24, 64))
def test_a_shared_secret_may_come_without_its_padding(length: int) -> None:
    text = "whsec_" + _b64(bytes(range(length)))
    sign, scheme = connectors.webhook("standard").sign, connectors.webhook("standard").scheme
    padded = sign([Secret(text)], b"{}", message_id="m", at=NOW)
    assert sign([Secret(text.rstrip("="))], b"{}", message_id="m", at=NOW) == padded
    scheme([Secret(text.rstrip("="))])


def test_a_private_key_may_come_with_its_public_half() -> None:
    sign = connectors.webhook("standard").sign
    both = _pair(PRIVATE, PUBLIC)
    alone = sign([Secret(PRIVATE)], b"{}", message_id="m", at=NOW)
    assert sign([Secret(both)], b"{}", message_id="m", at=NOW) == alone


def test_keys_of_both_kinds_are_valid_at_once() -> None:
    keys = [Secret(secret_text(1)), Secret(PUBLIC)]
    assert "Keyring(2)" in repr(connectors.webhook("standard").scheme(keys))
