"""What is certified: a Python function, a program, or a webhook endpoint."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLACE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Function:
    """`package.module:function`, called with an `Ask`: what it raises is a failure, what it returns
    a success. Async functions are awaited. Its attribute `prepare`, where it has one, is called with an
    `Ask` before: what takes long to make is made there, and is not timed."""

    place: str


@dataclass(frozen=True, slots=True)
class Program:
    """A command that reads its ask from the environment, does one call and exits with 0 or not.

    With `session` it does many: see docs/certify.md.
    """

    command: tuple[str, ...]
    session: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook endpoint that somebody else has started."""

    url: str


@dataclass(frozen=True, slots=True)
class App:
    """`package.module:app`, an ASGI application that is served in a process of its own."""

    place: str


Outbound = Function | Program
Inbound = Endpoint | App


def parse(words: Sequence[str], *, scheme: str = "", session: bool = False) -> Outbound | Inbound:
    """What the words of a command line name; with a `scheme`, it is taken to receive webhooks.

    ConfigurationError for what is neither, and for an endpoint that is not on loopback.
    """
    [first, *more] = words
    if first.startswith(("http://", "https://")):
        return _endpoint(first, scheme)
    if not more and _PLACE.fullmatch(first) and not Path(first).exists():
        return App(first) if scheme else Function(first)
    found = shutil.which(first)
    if found is None:
        raise ConfigurationError(
            f"{first!r} is neither package.module:name, nor a program, nor a URL",
            remedy="name a function that takes an Ask, a program that reads BASE_URL, an ASGI"
            " application with --scheme, or the URL of an endpoint",
        )
    if scheme:
        raise ConfigurationError(
            "a program makes calls, and --scheme is for what receives webhooks",
            remedy="leave --scheme away, or name the URL of the running endpoint",
        )
    return Program((str(Path(found).resolve()), *more), session)


def _endpoint(url: str, scheme: str) -> Endpoint:
    if not scheme:
        raise ConfigurationError(
            "nothing says how deliveries to this endpoint are signed",
            remedy="add --scheme stripe, github, standard…",
        )
    host = urlsplit(url).hostname
    if host not in _LOOPBACK:
        raise ConfigurationError(
            f"{host} is not this machine, and forged deliveries go to loopback only",
            remedy="start the endpoint here, or tunnel to it from 127.0.0.1",
        )
    return Endpoint(url)
