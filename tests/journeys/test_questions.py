"""What providers ask without a signature, from end to end: it is answered, and nothing is stored."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright import Bridge, Secret
from bridgewright.settings import Settings, SourceSettings, StoreSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PING = b"webhook_id=12"
FORM = "application/x-www-form-urlencoded"
PROVIDERS = ("intercom", "woocommerce", "pagerduty", "sentry", "typeform")


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[Bridge]:
    sources = tuple(SourceSettings(name, secrets=(Secret("a-made-up-key"),)) for name in PROVIDERS)
    made = Bridge(Settings(store=StoreSettings(tmp_path / "asked.db"), sources=sources))
    yield made
    made.close()


def status(bridge: Bridge, method: str, name: str, body: bytes = b"", kind: str = "") -> int:
    lines: list[str] = []
    asked: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": f"/{name}",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": kind,
        "wsgi.input": io.BytesIO(body),
    }

    def start(line: str, headers: object, error: object = None) -> Any:
        del headers, error
        lines.append(line)

    list(bridge.wsgi(asked, start))
    return int(lines[0].partition(" ")[0])


def test_intercom_finds_our_url_by_head_and_by_nothing_else(bridge: Bridge) -> None:
    assert status(bridge, "HEAD", "intercom") == 200
    assert status(bridge, "GET", "intercom") == 405
    assert status(bridge, "POST", "intercom", b"{}") == 401
    assert status(bridge, "HEAD", "typeform") == 405


def test_a_webhook_of_woocommerce_can_be_saved(bridge: Bridge) -> None:
    assert status(bridge, "POST", "woocommerce", PING, FORM) == 200
    assert status(bridge, "POST", "woocommerce", PING) == 401
    assert status(bridge, "POST", "woocommerce", PING + b"&topic=order.created", FORM) == 401


@pytest.mark.parametrize(
    ("name", "refused"), [("pagerduty", 503), ("sentry", 503), ("typeform", 401)]
)
def test_a_refusal_is_one_after_which_the_provider_comes_again(
    bridge: Bridge, name: str, refused: int
) -> None:
    assert status(bridge, "POST", name, b"{}") == refused


def test_no_question_leaves_anything_behind(bridge: Bridge) -> None:
    status(bridge, "HEAD", "intercom")
    status(bridge, "POST", "woocommerce", PING, FORM)
    assert not list(bridge.events())
