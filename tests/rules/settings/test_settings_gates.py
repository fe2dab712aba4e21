"""Where the shared gate is: by URL, or by reference to one that holds a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.settings import load
from bridgewright.settings.gates import GatesSettings

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "hunter2hunter2"


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379/0",
        "rediss://cache.example.com",
        "redis+cluster://node-1:7000",
        "unix:///run/redis.sock?db=2",
    ],
)
def test_a_url_without_a_password_stands_for_itself(url: str) -> None:
    assert GatesSettings(url).url({}, {}) == Secret(url)


def test_a_reference_is_looked_up_when_it_is_needed(tmp_path: Path) -> None:
    url = f"redis://:{PASSWORD}@cache:6379/0"
    assert GatesSettings("env:REDIS_URL").url({"REDIS_URL": url}, {}) == Secret(url)
    (tmp_path / "cache").write_text(url + "\n")
    assert GatesSettings("file:cache", folder=tmp_path).url({}, {}) == Secret(url)


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{PASSWORD}@cache:6379/0",
        f"redis://user:{PASSWORD}@cache",
        f"rediss://cache/0?password={PASSWORD}",
        f"{PASSWORD}",
        f"http://{PASSWORD}",
        "redis://",
        "redis://host:port",
        "unix://",
    ],
)
def test_a_password_or_what_is_no_url_is_refused_and_never_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        GatesSettings(url)
    assert PASSWORD not in str(caught.value)


def test_what_a_reference_leads_to_is_never_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        GatesSettings("env:REDIS_URL").url({"REDIS_URL": PASSWORD}, {})
    assert PASSWORD not in str(caught.value)


def test_file_and_environment_fill_it_and_paths_start_at_the_file(tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text('[gates]\nredis = "file:cache"\noutage = "refuse"\n')
    (tmp_path / "cache").write_text("redis://cache")
    settings = load(file, {"BRIDGEWRIGHT_GATES_LEASE_S": "0.5"})
    assert settings.gates.outage == "refuse"
    assert settings.gates.lease_s == 0.5
    assert settings.gates.url({}, {}) == Secret("redis://cache")
