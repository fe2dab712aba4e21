"""The ways in which providers of the catalogue sign, and deliveries that somebody else signed."""

from __future__ import annotations

import base64
import importlib
import pkgutil
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import tests.ways
from bridgewright import connectors
from bridgewright.certify.contracts.signed import (
    Fields,
    Vector,
    Way,
    delivery,
    resolved,
    secret_text,
)

__all__ = ["Fields", "Vector", "Way", "delivery", "resolved", "secret_text"]


def pair_text(number: int) -> tuple[str, str]:
    """A private and a public ed25519 key as Standard Webhooks write them."""
    private = Ed25519PrivateKey.from_private_bytes((number + 1).to_bytes(32, "big"))
    raw, public = private.private_bytes_raw(), private.public_key().public_bytes_raw()
    return "whsk_" + base64.b64encode(raw).decode(), "whpk_" + base64.b64encode(public).decode()


def way(provider: str, *told: Any, **more: Any) -> Way:
    """A way of a provider of the catalogue."""
    return Way(connectors.webhook(provider), *told, **more)


def vector(provider: str, *told: Any, **more: Any) -> Vector:
    """A delivery to a provider of the catalogue."""
    return Vector(connectors.webhook(provider), *told, **more)


def _modules() -> list[object]:
    names = sorted(found.name for found in pkgutil.iter_modules(tests.ways.__path__))
    return [importlib.import_module(f"tests.ways.{name}") for name in names]


_FOUND = _modules()
WAYS: tuple[Way, ...] = tuple(way for module in _FOUND for way in getattr(module, "WAYS", ()))
"""Every way to sign, of every provider in the catalogue."""
VECTORS: tuple[Vector, ...] = tuple(
    vector for module in _FOUND for vector in getattr(module, "VECTORS", ())
)


def way_of(provider: str) -> Way:
    """The first way of a provider."""
    return next(each for each in WAYS if each.provider == provider)
