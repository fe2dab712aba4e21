"""The registry of what libraries do about time, held against the libraries that are installed."""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright.engineer.check.calls.registry import registry

if TYPE_CHECKING:
    from bridgewright.engineer.check.calls.registry import Caller

REGISTRY = registry()
CALLERS = tuple(dict.fromkeys(REGISTRY.callers.values())) + REGISTRY.patterns
PROVEN = tuple(each for each in CALLERS if each.proof)


def installed(module: str) -> bool:
    return find_spec(module.partition(".")[0]) is not None


def found(path: str, start: Any) -> Any:
    for name in path.split("."):
        start = getattr(start, name.removesuffix("()"))
        start = start() if name.endswith("()") else start
    return start


def default(proof: str) -> object:
    """What a library does when nothing is said, as it is installed; None for waiting for ever."""
    module, name, *parameter = proof.split(":")
    thing = found(name, import_module(module))
    if parameter:
        given = inspect.signature(thing).parameters.get(parameter[0])
        thing = None if given is None or given.default is inspect.Parameter.empty else given.default
    # A class of its own, or an object, stands for the default of sockets, which is to wait for ever.
    return float(thing) if isinstance(thing, int | float) else None


@pytest.mark.parametrize("caller", PROVEN, ids=lambda each: f"{each.library}-{each.proof}")
def test_a_default_is_what_the_installed_library_says(caller: Caller) -> None:
    module = caller.proof.partition(":")[0]
    if not installed(module):
        pytest.skip(f"{caller.library} is not installed")
    assert default(caller.proof) == caller.default_s


def test_a_default_that_has_rotted_is_seen() -> None:
    assert default("urllib.request:urlopen:timeout") is None
    assert default("tests.engineer.check.test_defaults:patient:timeout") == 7.0


def patient(timeout: float = 7.0) -> float:
    return timeout


@pytest.mark.parametrize("name", sorted(REGISTRY.callers))
def test_a_name_is_one_of_the_installed_library(name: str) -> None:
    root = name.partition(".")[0].removesuffix("()")
    if not installed(root):
        pytest.skip(f"{root} is not installed")
    where, rest = root, name.partition(".")[2].split(".")
    thing: Any = import_module(root)
    for each in rest:
        where = f"{where}.{each}"
        plain = each.removesuffix("()")
        thing = getattr(thing, plain, None) or import_module(where)
        thing = thing() if each.endswith("()") else thing
    assert thing is not None


def test_what_cannot_be_proven_is_little_and_says_so() -> None:
    unproven = {each.library for each in CALLERS if not each.proof}
    assert unproven == {"grpcio"}


def test_every_library_that_has_versions_is_named_with_one() -> None:
    standard = {"urllib.request", "http.client", "smtplib", "ftplib", "imaplib", "poplib"}
    standard |= {"xmlrpc.client", "socket", "asyncio"}
    # Stubs are generated: what they do is said by the pages of gRPC, for every version.
    standard |= {"grpcio"}
    assert {each.library for each in CALLERS} - standard <= set(REGISTRY.versions)
