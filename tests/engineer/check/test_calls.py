"""However a call is reached, what bounds it is seen, and what cannot be seen is not passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.engineer.check.calls.bounds import Length, Measure
from bridgewright.engineer.check.calls.registry import registry
from bridgewright.engineer.check.origins.scopes import scopes
from bridgewright.engineer.check.origins.tracing import Tracer
from bridgewright.engineer.check.rule import Verdict

if TYPE_CHECKING:
    from tests.engineer.check.conftest import Inspect

WAYS = {
    "module": "import requests\n\ndef asked(url):\n    return requests.get(url{})\n",
    "alias": "import requests as http\n\ndef asked(url):\n    return http.get(url{})\n",
    "name": "from requests import get as ask\n\ndef asked(url):\n    return ask(url{})\n",
    "local": "import requests\n\ndef asked(url):\n    ask = requests.get\n    return ask(url{})\n",
    "session": "import requests\n\ndef asked(url):\n    s = requests.Session()\n    return s.get(url{})\n",
    "with": (
        "import requests\n\ndef asked(url):\n    with requests.Session() as s:\n"
        "        return s.get(url{})\n"
    ),
    "closing": (
        "import requests\nfrom contextlib import closing\n\ndef asked(url):\n"
        "    with closing(requests.Session()) as s:\n        return s.get(url{})\n"
    ),
    "global": (
        "import requests\nS = None\n\ndef start():\n    global S\n    S = requests.Session()\n\n"
        "def asked(url):\n    return S.get(url{})\n"
    ),
    "attribute": (
        "import requests\n\nclass Shop:\n    def __init__(self):\n        self._s = requests.Session()\n\n"
        "    def asked(self, url):\n        return self._s.get(url{})\n"
    ),
    "chained": (
        "import requests\n\nclass Net:\n    def __init__(self):\n        self.s = requests.Session()\n\n"
        "class Shop:\n    def __init__(self, net: Net):\n        self.net = net\n\n"
        "    def asked(self, url):\n        return self.net.s.get(url{})\n"
    ),
    "annotated": (
        "import requests\n\ndef asked(s: requests.Session | None, url):\n    return s.get(url{})\n"
    ),
    "subclass": (
        "import requests\n\nclass Shop(requests.Session):\n    def asked(self, url):\n"
        "        return self.get(url{})\n"
    ),
    "factory": (
        "import requests\n\ndef made():\n    s = requests.Session()\n    s.trust_env = False\n"
        "    return s\n\n"
        "def asked(url):\n    return made().get(url{})\n"
    ),
    "manager": (
        "import contextlib\nimport requests\n\n@contextlib.contextmanager\ndef opened():\n"
        "    s = requests.Session()\n    yield s\n\n"
        "def asked(url):\n    with opened() as s:\n        return s.get(url{})\n"
    ),
    "walrus": "import requests\n\ndef asked(url):\n    return (s := requests.Session()).get(url{})\n",
    "either": (
        "import requests\n\ndef asked(url, s=None):\n    s = s or requests.Session()\n"
        "    return s.get(url{})\n"
    ),
    "thread": (
        "import asyncio\nimport requests\n\nasync def asked(url):\n"
        "    return await asyncio.to_thread(requests.get, url{})\n"
    ),
    "pool": "import requests\n\ndef asked(pool, url):\n    return pool.submit(requests.get, url{})\n",
    "partial": (
        "import requests\nfrom functools import partial\n\nask = partial(requests.get{})\n\n"
        "def asked(url):\n    return ask(url)\n"
    ),
}
ENDLESS = ("", ", timeout=None", ", timeout=(3, None)", ', timeout=float("inf")')
FINITE = (", timeout=3", ", timeout=(3, 10.0)", ", timeout=min(3, 10)", ', **{"timeout": 3}')
OPEN = (", timeout=settings.timeout", ", **options()")


def codes(inspected: Inspect, text: str) -> set[str]:
    return {each.code for each in inspected({"app/shop.py": text}, "BW102", "BW103")}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("said", ENDLESS)
def test_a_call_without_an_end_is_found_however_it_is_reached(
    inspected: Inspect, way: str, said: str
) -> None:
    assert codes(inspected, WAYS[way].format(said)) == {"BW102"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("said", FINITE)
def test_a_call_with_an_end_is_none(inspected: Inspect, way: str, said: str) -> None:
    assert codes(inspected, WAYS[way].format(said)) == set()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("said", OPEN)
def test_what_cannot_be_told_is_undecided(inspected: Inspect, way: str, said: str) -> None:
    found = inspected({"app/shop.py": WAYS[way].format(said)}, "BW102", "BW103")
    assert {(each.code, each.verdict) for each in found} == {("BW103", Verdict.UNKNOWN)}


def test_a_session_of_another_module_is_known_there(inspected: Inspect) -> None:
    files = {
        "app/net.py": "import requests\n\nSESSION = requests.Session()\n",
        "app/shop.py": "from app.net import SESSION\n\ndef asked(url):\n    return SESSION.get(url)\n",
        "app/stock.py": "from . import net\n\ndef asked(url):\n    return net.SESSION.get(url, timeout=3)\n",
    }
    found = inspected(files, "BW102")
    assert [(each.path, each.line) for each in found] == [("app/shop.py", 4)]


BOUND_LATER = {
    "settimeout": (
        "import socket\n\ndef asked(host):\n    peer = socket.socket()\n    peer.settimeout({})\n"
        "    peer.connect((host, 25))\n"
    ),
    "default of sockets": (
        "import socket\nimport smtplib\n\nsocket.setdefaulttimeout({})\n"
        "server = smtplib.SMTP('mail.example')\n"
    ),
    "client's attribute": (
        "from sendgrid import SendGridAPIClient\n\nsg = SendGridAPIClient()\nsg.client.timeout = {}\n"
    ),
    "method put over": (
        "import functools\nimport requests\n\ns = requests.Session()\n"
        "s.request = functools.partial(s.request, timeout={})\n\ndef asked(url):\n    return s.get(url)\n"
    ),
    "class of its own": (
        "import requests\n\nclass Bounded(requests.Session):\n    def request(self, *args, **kwargs):\n"
        "        kwargs.setdefault('timeout', {})\n        return super().request(*args, **kwargs)\n\n"
        "def asked(url):\n    return Bounded().get(url)\n"
    ),
    "scope": (
        "import asyncio\n\nasync def asked(host):\n    async with asyncio.timeout({}):\n"
        "        return await asyncio.open_connection(host, 25)\n"
    ),
    "wait_for": (
        "import asyncio\n\nasync def asked(host):\n"
        "    return await asyncio.wait_for(asyncio.open_connection(host, 25), {})\n"
    ),
}


@pytest.mark.parametrize("way", BOUND_LATER)
def test_what_is_bounded_elsewhere_is_bounded_if_that_is_finite(
    inspected: Inspect, way: str
) -> None:
    assert codes(inspected, BOUND_LATER[way].format(5)) == set()
    assert codes(inspected, BOUND_LATER[way].format(None)) != set()


def length(text: str) -> Length:
    import ast  # noqa: PLC0415 - parsed here only

    tree = ast.parse(f"import aiohttp, httpx, math, urllib3\n{text}")
    made = scopes(tree, "app", "")
    tracer = Tracer({"app": made.top}, made.of)
    (binding,) = made.top.names["limit"]
    assert binding.value is not None
    return Measure(tracer, registry()).length(binding.value, made.top)


@given(seconds=st.floats(0.001, 1e6), read=st.booleans(), connect=st.booleans())
def test_a_limit_is_as_long_as_its_longest_phase(
    *, seconds: float, read: bool, connect: bool
) -> None:
    phases = [seconds if each else None for each in (connect, read)]
    expected = Length.FINITE if read and connect else Length.ENDLESS
    assert length(f"limit = ({phases[0]}, {phases[1]})") is expected
    said = f"connect={phases[0]}, read={phases[1]}"
    assert length(f"limit = urllib3.Timeout({said})") is expected
    assert length(f"limit = httpx.Timeout({seconds}, {said})") is expected
    assert length(f"limit = urllib3.Timeout(total={seconds}, {said})") is Length.FINITE
    said = f"sock_connect={phases[0]}, sock_read={phases[1]}"
    assert length(f"limit = aiohttp.ClientTimeout({said})") is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("limit = math.inf", Length.ENDLESS),
        ("limit = 1e999", Length.ENDLESS),
        ("limit = aiohttp.ClientTimeout(total=0)", Length.ENDLESS),
        ("limit = httpx.Timeout(None)", Length.ENDLESS),
        ("limit = asked or 10", Length.FINITE),
        ("limit = asked if asked is not None else 10", Length.FINITE),
        ("limit = asked()", Length.UNKNOWN),
        ("limit = 3 if quick else None", Length.ENDLESS),
        ("limit = ends_at - now()", Length.FINITE),
    ],
)
def test_lengths_are_read_as_python_would(text: str, expected: Length) -> None:
    assert length(text) is expected


def test_a_client_is_raw_only_within_an_integration_and_not_for_the_bridge(
    inspected: Inspect,
) -> None:
    made = "import httpx2\n\nclient = httpx2.Client(timeout=3)\n"
    handed = (
        "import httpx2\nfrom bridgewright import transports\n\n"
        "wire = transports.Httpx2(httpx2.Client(timeout=3))\n"
    )
    files = {
        "app/a.py": made,
        "integrations/acme/b.py": made,
        "integrations/acme/c.py": handed,
        "tests/test_d.py": made,
    }
    assert [each.path for each in inspected(files, "BW101")] == ["integrations/acme/b.py"]


def test_a_bridge_that_blocks_is_found_in_a_coroutine_and_not_in_a_function(
    inspected: Inspect,
) -> None:
    text = (
        "from bridgewright import Bridge\n\n{} asked(bridge: Bridge):\n"
        "    return bridge.http('acme').get('/orders')\n"
    )
    assert inspected({"app/a.py": text.format("def")}, "BW105") == ()
    assert len(inspected({"app/a.py": text.format("async def")}, "BW105")) >= 1


def test_a_request_on_something_unknown_is_undecided_within_an_integration(
    inspected: Inspect,
) -> None:
    text = "def asked(client):\n    return client.get('/orders'{})\n"
    for said, count in (("", 1), (", timeout=3", 0), (", deadline_s=3", 0)):
        files = {"integrations/acme/b.py": text.format(said)}
        assert len(inspected(files, "BW103")) == count
