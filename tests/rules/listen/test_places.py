"""Events go to this machine only, and a token goes nowhere where it could be read."""

from __future__ import annotations

import pytest

from bridgewright.cli.listen.places import server_at, target_at
from bridgewright.core.errors import ConfigurationError


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/hook",
        "http://127.0.0.1:8000/hook?a=b",
        "http://127.9.9.9/",
        "http://[::1]:8000",
        "https://localhost/hook",
        "http://LOCALHOST:80/",
    ],
)
def test_this_machine_is_a_target(url: str) -> None:
    assert target_at(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "http://localhost.example.com/hook",
        "http://127.0.0.1.example.com/",
        "http://10.0.0.1/",
        "http://0.0.0.0:8000/",
        "http://[::]/",
        "http://169.254.169.254/latest",
        "http://user:secret@localhost/",
        "http://localhost@example.com/",
        "ftp://localhost/",
        "localhost:8000",
        "http://127.0.0.1\\@example.com/",
        "",
    ],
)
def test_nothing_else_is(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        target_at(url)
    assert "secret" not in str(caught.value)


def test_a_server_elsewhere_is_asked_by_https_only() -> None:
    assert server_at("https://hooks.example.com/in/") == "https://hooks.example.com/in"
    assert server_at("http://127.0.0.1:8085/") == "http://127.0.0.1:8085"
    with pytest.raises(ConfigurationError, match="could be read"):
        server_at("http://hooks.example.com")
    with pytest.raises(ConfigurationError, match="query"):
        server_at("https://hooks.example.com/?a=b")
