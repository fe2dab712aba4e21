"""Every scheme in the catalogue keeps the contract of a scheme. A new provider joins by being there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bridgewright import connectors
from bridgewright.certify.contracts.scheme import SchemeContract
from bridgewright.certify.contracts.webhook import VectorContract, WebhookContract
from bridgewright.core.signing.webhook import Checked
from tests.signed import VECTORS, WAYS, way_of

if TYPE_CHECKING:
    from bridgewright.certify.contracts.signed import Vector, Way

every_provider = pytest.mark.parametrize("provider", connectors.receiving_names())


@pytest.mark.parametrize("way", WAYS, ids=str)
class TestSchemes(SchemeContract):
    pass


@pytest.mark.parametrize("way", [way_of(each) for each in connectors.receiving_names()], ids=str)
class TestWebhooks(WebhookContract):
    pass


@pytest.mark.parametrize("vector", VECTORS, ids=str)
class TestForeignDeliveries(VectorContract):
    @pytest.fixture
    def way(self, vector: Vector) -> Way:
        return way_of(vector.provider)


@every_provider
def test_a_connector_has_the_name_of_its_folder(provider: str) -> None:
    assert connectors.webhook(provider).provider == provider


@every_provider
def test_each_provider_has_a_way_and_a_delivery_that_somebody_else_signed(provider: str) -> None:
    facts = connectors.webhook(provider).facts
    assert way_of(provider)
    assert any(vector.provider == provider for vector in VECTORS) or facts.checked is Checked.NOT
