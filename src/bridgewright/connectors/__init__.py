"""Connectors: what we know of each provider, one folder each, and the catalogue of them.

A new provider is a new folder. Nothing else has to name it: the catalogue lists the folders that
are there and imports one only when it is asked for.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import importlib.util
import pkgutil
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.model.outbound import Outbox
    from bridgewright.core.model.reconciling import Reconciler
    from bridgewright.core.signing.webhook import Webhook
    from bridgewright.engine.call.connection import ClientMaker


def names() -> tuple[str, ...]:
    """The providers there is a connector for, in alphabetical order. Imports none of them."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg))


def refuse_unknown(provider: str, *, calls: bool = False) -> None:
    """`ConfigurationError` for a provider that there is no connector for, advising those that
    calls can be made by when it is wanted for `calls`."""
    if provider not in names():
        problem = f"there is no connector {provider!r}"
        raise ConfigurationError(problem, remedy=_advice(provider, calls=calls))


def webhook(provider: str) -> Webhook:
    """The inbound half of a connector; `ConfigurationError` for a provider that has none."""
    refuse_unknown(provider)
    module = f"{__name__}.{provider}.webhook"
    if importlib.util.find_spec(module) is None:
        problem = f"the connector {provider!r} does not receive webhooks"
        raise ConfigurationError(problem, remedy="remove the source that names it")
    found: Webhook = importlib.import_module(module).WEBHOOK
    return found


def client(provider: str) -> ClientMaker:
    """The outbound half of a connector; `ConfigurationError` for a provider that has none, or whose
    SDK is not installed."""
    refuse_unknown(provider, calls=True)
    module = f"{__name__}.{provider}.client"
    if importlib.util.find_spec(module) is None:
        problem = f"the connector {provider!r} makes no calls"
        raise ConfigurationError(problem, remedy=f"those that do: {', '.join(calling_names())}")
    try:
        found: ClientMaker = importlib.import_module(module).CLIENT
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("bridgewright"):
            raise
        problem = f"calls to {provider} need the package {error.name}, which is not installed"
        remedy = f"pip install 'bridgewright[{provider}]'"
        raise ConfigurationError(problem, remedy=remedy) from None
    return found


def outbox(provider: str) -> Outbox:
    """What a connector can send from the outbox; `ConfigurationError` for one that sends nothing, or
    whose SDK is not installed."""
    client(provider)  # refuses what makes no calls, and names the package that is not there
    module = f"{__name__}.{provider}.outbox"
    if importlib.util.find_spec(module) is None:
        problem = f"the connector {provider!r} sends nothing from the outbox"
        remedy = f"those that do: {', '.join(_with_half('outbox'))}"
        raise ConfigurationError(problem, remedy=remedy)
    found: Outbox = importlib.import_module(module).OUTBOX
    return found


def reconciler(provider: str) -> Reconciler:
    """How a provider is asked what we missed; `ConfigurationError` for one that cannot be."""
    refuse_unknown(provider)
    module = f"{__name__}.{provider}.reconcile"
    if importlib.util.find_spec(module) is None:
        problem = f"there is no way to ask {provider} what was missed"
        known = ", ".join(_with_half("reconcile"))
        raise ConfigurationError(problem, remedy=f"those that can be asked: {known}")
    found: Reconciler = importlib.import_module(module).RECONCILER
    return found


def calling_names() -> tuple[str, ...]:
    """The providers that calls can be made to. Imports no SDK."""
    return _with_half("client")


def receiving_names() -> tuple[str, ...]:
    """The providers that webhooks are received from. Imports none of them."""
    return _with_half("webhook")


@functools.cache
def signature_fields() -> Mapping[str, tuple[bytes, ...]]:
    """Each receiving provider's title with the header fields that its signature stands in. Imports
    all of them."""
    found = (webhook(name) for name in receiving_names())
    return {each.facts.title: each.signature_fields for each in found if each.signature_fields}


def of_package(package: str) -> str | None:
    """The connector that knows an SDK's package (`botocore`: aws), None when none does."""
    return _packages().get(package)


@functools.cache
def _packages() -> dict[str, str]:
    """Each SDK's packages, as the profiles name them (`PACKAGES`). Imports no SDK."""
    found: dict[str, str] = {}
    for provider in calling_names():
        profile = importlib.import_module(f"{__name__}.{provider}.profile")
        found |= dict.fromkeys(profile.PACKAGES, provider)
    return found


def _with_half(half: str) -> tuple[str, ...]:
    return tuple(name for name in names() if importlib.util.find_spec(f"{__name__}.{name}.{half}"))


def _advice(provider: str, *, calls: bool) -> str:
    known = calling_names() if calls else names()
    near = difflib.get_close_matches(provider.lower(), known, cutoff=0.5)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    told = f"known providers: {', '.join(known)}"
    return f'{told}. An API without an SDK: provider = "http", or bridge.http' if calls else told
