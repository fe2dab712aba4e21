"""Where secrets are kept: the vault of AWS over a real server, and references that name a vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3  # type: ignore[import-untyped]
import pytest

from bridgewright.adapters.vaults.aws import AwsSecrets
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.settings.loading import load
from bridgewright.settings.references import resolve
from tests.contracts.amazon import KEYS, simulated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgewright.core.ports import Vault

KEPT = "sk_test_kept_in_a_vault"


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with simulated() as url:
        yield boto3.client("secretsmanager", endpoint_url=url, **KEYS)


class Ticking:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_secret_is_a_text_or_a_field_of_json(client: Any) -> None:
    client.create_secret(Name="prod/plain", SecretString=f"{KEPT}\n")
    client.create_secret(Name="prod/json", SecretString=f'{{"secret_key": "{KEPT}", "n": 1}}')
    vault: Vault = AwsSecrets(client)
    assert vault.fetch("prod/plain") == Secret(KEPT)
    assert vault.fetch("prod/json#secret_key") == Secret(KEPT)
    assert KEPT not in repr(vault)


@pytest.mark.parametrize("rest", ["prod/none", "prod/odd#n", "prod/odd#other", "prod/text#x"])
def test_what_is_not_there_is_refused_and_no_secret_is_repeated(client: Any, rest: str) -> None:
    for name, text in (("prod/odd", f'{{"n": 1, "k": "{KEPT}"}}'), ("prod/text", KEPT)):
        try:
            client.create_secret(Name=name, SecretString=text)
        except client.exceptions.ResourceExistsException:
            continue
    with pytest.raises(ConfigurationError) as refused:
        AwsSecrets(client).fetch(rest)
    assert KEPT not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_changed_secret_is_asked_for_again_after_its_time(client: Any) -> None:
    client.create_secret(Name="prod/changed", SecretString="old-value")
    clock = Ticking()
    vault = AwsSecrets(client, ttl_s=300, clock=clock)
    assert vault.fetch("prod/changed") == Secret("old-value")
    client.put_secret_value(SecretId="prod/changed", SecretString="new-value")
    clock.now = 299
    assert vault.fetch("prod/changed") == Secret("old-value")
    clock.now = 300
    assert vault.fetch("prod/changed") == Secret("new-value")


def test_a_reference_asks_the_vault_of_its_name(client: Any, tmp_path: Path) -> None:
    client.create_secret(Name="prod/hook", SecretString="whsec_" + "a" * 32)
    vaults = {"aws": AwsSecrets(client)}
    assert resolve("aws:prod/hook", {}, tmp_path, vaults) == Secret("whsec_" + "a" * 32)
    with pytest.raises(ConfigurationError, match=r"or aws:"):
        resolve("other:prod/hook", {}, tmp_path, vaults)
    file = tmp_path / "bridgewright.toml"
    file.write_text('[sources.stripe]\nsecrets = ["aws:prod/hook"]\n')
    settings = load(file, {}, vaults=vaults)
    assert settings.sources[0].secrets == (Secret("whsec_" + "a" * 32),)
