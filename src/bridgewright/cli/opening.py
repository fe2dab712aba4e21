"""Opening what a command needs: the store as an operator, or an application's bridge."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.bridge import AsyncBridge, Bridge
from bridgewright.bridge.wiring import store_of
from bridgewright.core.errors import ConfigurationError, StoreError
from bridgewright.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.settings import Settings

DEFAULT_ATTRIBUTE = "bridge"


@contextmanager
def operator() -> Iterator[Bridge]:
    """A bridge that looks at the store: needs no secrets, and makes no store by looking."""
    settings = load(with_sources=False)
    require_store(settings)
    bridge = Bridge(settings)
    try:
        yield bridge
    finally:
        bridge.close()


def require_store(settings: Settings) -> None:
    """Refuse to look at a store that is not there: an empty one would tell nothing but lies."""
    if not has_store(settings):
        where = settings.store.shown
        step = "set BRIDGEWRIGHT_STORE, or change to its folder"
        msg = f"there is no store at {where}: nothing was received yet, or it is elsewhere ({step})"
        raise StoreError(msg)


def has_store(settings: Settings) -> bool:
    """Whether the store that the settings name is there; looking makes none."""
    store = store_of(settings.store)
    try:
        return store.exists()
    finally:
        store.close()


def application(place: str) -> AsyncBridge:
    """The bridge at `module:attribute` (`bridge` where no attribute is named), imported with the
    working directory on the path, as Python itself would."""
    module_name, _, attribute = place.partition(":")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    found = _import(module_name, place)
    for name in (attribute or DEFAULT_ATTRIBUTE).split("."):
        found = getattr(found, name, None)
    if isinstance(found, Bridge):
        return found.as_async()
    if isinstance(found, AsyncBridge):
        return found
    what = "nothing" if found is None else f"a {type(found).__name__}"
    problem = f"{place} is {what}, not a Bridge"
    raise ConfigurationError(problem, remedy="name it as module:attribute, for example app:bridge")


def _import(name: str, place: str) -> object:
    if not all(part.isidentifier() for part in name.split(".")):
        problem = f"{place} does not name a module"
        raise ConfigurationError(
            problem, remedy="name it as module:attribute, for example app:bridge"
        )
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise  # the module is there, and something that it imports is not
        problem = f"there is no module {error.name} here or on the path"
        remedy = "run the command in the folder that holds it"
        raise ConfigurationError(problem, remedy=remedy) from None
