"""Secrets are found where they are written, by line and column, and what only sounds like one is not."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.model.secret import Secret
from bridgewright.core.redact.redaction import known
from bridgewright.engineer.leaks.texts import OWN, Leak, leaks
from tests.rules.simulate.test_leak_gate import LONG, TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable

_SPELLING_NOTHING = "bcdfghjlmnpqrstvwzBCDFGHJLMNPQRSTVWZ" + string.digits
"""No draw of these is `fake` or `example`."""

PERSONAL = ("payment card", "e-mail")
SHAPED = {token: kind for token, kind in TOKENS.items() if kind not in PERSONAL}
CLEAN = [
    'api_key = os.environ["ACME_API_KEY"]',
    'API_KEY_HEADER = "X-Acme-Api-Key-2"',
    'secrets = ["ACME_API_KEY_2", "ACME_WEBHOOK_SECRET"]',
    'token_url = "https://api.acme.example/oauth2/token"',
    'token = resolver.secret("acme/production/key2")',
    'password = "correct-horse-battery-staple-2024"',
    'secret = "env:ACME_WEBHOOK_SECRET_V2"',
    'secret: str = "aws-sm://acme/production/key-1"',
    "def token_of(request: Request2WithAuthorization) -> str:",
    "token = make_token_for_account2(account)",
    'api_key = "<your key of 24 characters A1b2C3d4>"',
    'client_secret = "${ACME_CLIENT_SECRET_2026}"',
    "client_secret: ${{ secrets.ACME_CLIENT_SECRET }}",
    f'next_page_token = "{LONG}"',
    f'spec_sha256 = "{LONG}"',
    f'headers = {{"Acme-Signature": "t=1700000000,v1={LONG}"}}',
    f'token = "fake-{LONG}"',
    "npm_config_registry_cache_directory=1",
    "https://user:password@db/app",
    "postgresql://bridge:s3cr3tpass@localhost:5432/bridge",
    "postgresql://{user}:{password}@{host}/{name}",
    "AK" + "IAIOSFODNN7EXAMPLE",
    "gh" + "p_" + "x" * 36,
    'class="sk-spinner-three-bounce-inside"',
]


@pytest.mark.parametrize("token", SHAPED)
@pytest.mark.parametrize("around", ["{}", "x = '{}'\n", "# {} is it", "curl -H 'X: {}' .", "é{}"])
def test_a_token_is_found_by_its_shape_wherever_it_stands(token: str, around: str) -> None:
    found = leaks(f"first line\n{around.format(token)}")
    assert [leak.line for leak in found][:1] == [2]
    assert SHAPED[token] in found[0].kind
    assert token not in repr(found)


@pytest.mark.parametrize("line", CLEAN)
def test_what_only_sounds_like_a_secret_is_none(line: str) -> None:
    assert leaks(line) == ()


@pytest.mark.parametrize(
    "line",
    [
        'api_key = "{}"',
        "api_key: str = '{}'",
        '{{"client_secret": "{}"}}',
        'settings["password"] = "{}"',
        "ACME_API_KEY={}",
        "  webhook_secret: {}",
        'headers = {{"Authorization": "Bearer {}"}}',
        "Authorization: Basic {}",
        "https://api.acme.test/v1?access_token={}&page=2",
        'url_token = "https://api.acme.test/v1?access_token={}"',
        "Acme(token='{}')",
        "Acme(token=(\n    '{}'\n))",
    ],
)
@pytest.mark.parametrize("value", [LONG, LONG.lower(), "9f86d081884c7d659a2feaa0c55ad015"])
def test_what_dice_made_beside_a_secret_name_is_found(line: str, value: str) -> None:
    (found,) = leaks(line.format(value))
    assert found.kind.startswith("what looks like a secret")
    assert value not in repr(found)


def test_a_token_without_a_digit_is_no_word() -> None:
    drawn = "xkaUCinZdcCImKCbiLTOZIWEQLBHUnXDIhZx"
    assert [leak.column for leak in leaks("gh" + "p_" + drawn)] == [1]


@given(seed=st.integers(0, 2**32), before=st.text(alphabet=" \nab=#", max_size=40))
def test_its_line_and_column_are_those_where_it_begins(seed: int, before: str) -> None:
    dice = random.Random(seed)
    token = "gh" + "p_" + "".join(dice.choices(_SPELLING_NOTHING, k=36))
    text = f"{before} {token}"
    place = (text.count("\n") + 1, len(text.rpartition("\n")[2]) - len(token) + 1)
    assert [(leak.line, leak.column) for leak in leaks(text)] == [place]


def _base64(text: str) -> str:
    import base64  # noqa: PLC0415 - beside its only use

    return base64.b64encode(f"user:{text}".encode()).decode()


@pytest.mark.parametrize("spell", [str, repr, _base64])
def test_a_known_value_is_found_however_plain_its_words_are(spell: Callable[[str], str]) -> None:
    pattern = known([Secret("plain words only")])
    found = leaks(f"a\nb {spell('plain words only')}", pattern)
    assert [(leak.line, leak.kind) for leak in found] == [(2, OWN)]


def test_a_text_in_utf_16_hides_nothing() -> None:
    token = next(iter(SHAPED))
    raw = f"key\n{token}\n".encode("utf-16-le")
    assert [leak.line for leak in leaks(raw.decode("latin-1"))] == [2]


@given(st.text(max_size=300))
def test_any_text_is_looked_through(text: str) -> None:
    for leak in leaks(text):
        assert 1 <= leak.line <= text.count("\n") + 1


def test_a_place_is_a_line_with_its_file_when_there_is_one() -> None:
    assert Leak(3, 1, "k").place == "line 3"
    assert Leak(3, 1, "k", "a.py").place == "a.py:3"
