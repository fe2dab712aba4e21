"""Secrets are found wherever they are written, and words that only speak of them are left alone."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.check.secrets.naming import holds_secret
from bridgewright.engineer.check.secrets.values import is_secret_of

if TYPE_CHECKING:
    from tests.engineer.check.conftest import Inspect

DRAWN = "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=32))
PLACES = {
    "assignment": 'token = "{}"\n',
    "annotated": 'token: str = "{}"\n',
    "attribute": 'import stripe\n\nstripe.api_key = "{}"\n',
    "entry": 'settings = {{"client_secret": "{}"}}\n',
    "keyword": 'client = connect(api_key="{}")\n',
    "bytes": 'signing_key = b"{}"\n',
    "wrapped": 'API_KEY = SecretStr("{}")\n',
    "joined": 'token = "{}" + "tail9"\n',
    "header": 'headers = {{"Authorization": "Bearer {}"}}\n',
    "header by a name that says nothing": (
        'K = "{}"\n\n\ndef headers():\n    return {{"Authorization": f"Bearer {{K}}"}}\n'
    ),
    "header set": 'K = "{}"\nheaders = {{}}\nheaders["X-Api-Key"] = K\n',
    "pair": 'answer = ask(auth=("shop", "{}"))\n',
    "login": 'server.login("shop", "{}")\n',
    "positional": 'import hmac\n\ndigest = hmac.new(b"{}", body, "sha256")\n',
    "address": 'URL = "https://maps.example/geocode?api_key={}"\n',
    "login in an address": 'DSN = "postgresql://shop:{}@db.example/shop"\n',
    "comparison": 'def known(token):\n    return token == "{}"\n',
    "unpacked": 'user, password = "shop", "{}"\n',
}
DEFAULTS = {
    "getenv": 'import os\n\nX = os.getenv("ACME_TOKEN", "{}")\n',
    "environ": 'import os\n\nX = os.environ.get("ACME_TOKEN", "{}")\n',
    "or": 'import os\n\nX = os.environ.get("ACME_TOKEN") or "{}"\n',
    "alias": 'from os import environ as env\n\nX = env.get("ACME_TOKEN", "{}")\n',
    "if": 'import os\n\nX = os.environ["ACME_TOKEN"] if ready else "{}"\n',
    "parameter": 'def ask(url, token="{}"):\n    return url\n',
    "field": 'class Settings(BaseSettings):\n    token: str = "{}"\n',
    "described field": 'class Settings(BaseSettings):\n    token: str = Field(default="{}")\n',
    "option": 'parser.add_argument("--token", default="{}")\n',
    "settings": 'X = settings.get("acme_token", "{}")\n',
    "constant": 'import os\n\nD = "{}"\nX = os.getenv("ACME_TOKEN", D)\n',
}


def codes(inspected: Inspect, text: str) -> set[str]:
    return {each.code for each in inspected({"app/shop.py": text}, "BW201", "BW202")}


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_found_wherever_it_is_written(inspected: Inspect, place: str) -> None:
    assert codes(inspected, PLACES[place].format(DRAWN)) == {"BW201"}


@pytest.mark.parametrize("place", DEFAULTS)
def test_a_default_of_a_secret_is_told_once_and_as_that(inspected: Inspect, place: str) -> None:
    assert codes(inspected, DEFAULTS[place].format(DRAWN)) == {"BW202"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("word", ["", "<your token>", "changeme", "example-token", "nextPageToken"])
def test_a_stand_in_is_no_secret(inspected: Inspect, place: str, word: str) -> None:
    assert codes(inspected, PLACES[place].format(word)) == set()


@pytest.mark.parametrize("place", DEFAULTS)
def test_nothing_and_a_place_are_no_default(inspected: Inspect, place: str) -> None:
    assert codes(inspected, DEFAULTS[place].format("")) == set()
    assert codes(inspected, DEFAULTS[place].format("env:OTHER_NAME")) == set()


ABOUT = ("url", "name", "header", "field", "type", "id", "hash", "ttl", "path", "pattern", "count")
NAMES = ("token", "password", "secret", "api_key", "access_token", "client_secret", "private_key")


@given(st.sampled_from(NAMES), st.sampled_from(ABOUT), st.text(string.ascii_letters, max_size=12))
def test_what_is_about_a_secret_holds_none(name: str, about: str, value: str) -> None:
    assert holds_secret(name)
    for form in (f"{name}_{about}", f"{name.upper()}_{about.upper()}"):
        assert not holds_secret(form)
        assert not is_secret_of(form, f"{value}{DRAWN}")


@given(st.text(max_size=60))
def test_any_name_and_value_have_an_answer(text: str) -> None:
    assert is_secret_of(text, text) in {True, False}
    assert not is_secret_of("colour", text)


def test_tests_may_make_up_secrets_but_not_have_real_ones(inspected: Inspect) -> None:
    live = "sk_" + "live_" + DRAWN[:24]
    files = {"tests/test_a.py": f'token = "{DRAWN}"\n', "tests/test_b.py": f'token = "{live}"\n'}
    assert [each.path for each in inspected(files, "BW201")] == ["tests/test_b.py"]


@pytest.mark.parametrize(
    "text",
    [
        "ask(verify=False)",
        "session.verify = False",
        "context.check_hostname = False",
        "import ssl\ncontext.verify_mode = ssl.CERT_NONE",
        "import ssl\nask(context=ssl._create_unverified_context())",
        "OFF = False\nask(verify=OFF)",
        'BASE_URL = "http://api.shop.example"',
        'import requests\nrequests.get("http://api.shop.example/orders", timeout=3)',
        'import os\nHOST = os.getenv("SHOP_URL", "http://shop.example")',
    ],
)
def test_what_anybody_can_listen_to_is_found(inspected: Inspect, text: str) -> None:
    assert [each.code for each in inspected({"app/a.py": f"{text}\n"}, "BW205")] == ["BW205"]


@pytest.mark.parametrize(
    "text",
    [
        'ask(verify="/etc/ssl/ours.pem")',
        "ask(verify=True)",
        "ask(verify=context)",
        'BASE_URL = "http://127.0.0.1:8080"',
        'BASE_URL = "http://localhost/"',
        'SOAP = "http://schemas.xmlsoap.org/soap/envelope/"',
        'BASE_URL = "https://api.shop.example"',
        'def is_plain(url):\n    return url.startswith("http://")',
    ],
)
def test_what_is_encrypted_or_stays_here_is_left_alone(inspected: Inspect, text: str) -> None:
    assert inspected({"app/a.py": f"{text}\n"}, "BW205") == ()
