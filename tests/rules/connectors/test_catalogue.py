"""The catalogue of connectors."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError


def test_the_catalogue_lists_what_there_is() -> None:
    assert {"stripe", "github", "standard"} <= set(connectors.names())


@pytest.mark.parametrize(("asked", "meant"), [("strpe", "stripe"), ("GitHub", "github")])
def test_an_unknown_provider_is_answered_with_the_nearest_name(asked: str, meant: str) -> None:
    with pytest.raises(ConfigurationError, match=f"Did you mean {meant}"):
        connectors.webhook(asked)


@pytest.mark.parametrize("asked", ["", "zzzzzzzz", "stripe.webhook", "../stripe", "\0"])
def test_a_provider_like_no_other_is_answered_with_all_names(asked: str) -> None:
    with pytest.raises(ConfigurationError, match="stripe"):
        connectors.webhook(asked)


@pytest.mark.slow
def test_listing_imports_no_connector_and_verifying_by_hmac_no_cryptography() -> None:
    script = """
import contextlib
import sys
from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
names = connectors.names()
assert not [name for name in sys.modules if name.startswith("bridgewright.connectors.")]
bound = 0
for name in connectors.receiving_names():
    webhook = connectors.webhook(name)
    with contextlib.suppress(ConfigurationError):  # its keys are of another kind
        webhook.scheme([Secret("whsec_" + "A" * 43)])
        bound += 1
assert not {"cryptography", "jwt"} & set(sys.modules)
print(bound)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) >= 15
