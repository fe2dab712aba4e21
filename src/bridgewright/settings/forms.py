"""What is wrong with a text that should be a name, a path, a URL: said without repeating it."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]{1,100}){1,8}")
_TOKEN = re.compile(r"[!-~]{16,512}")
NEW_TOKEN = 'make one: python -c "import secrets; print(secrets.token_urlsafe(32))"'  # noqa: S105 - how to make one
"""How to come by a token that nobody guesses."""
TRANSPORTS = ("httpx2", "aiohttp", "urllib3")


def wrong_name(text: str) -> str | None:
    """A name of ours: of a source, a connection, a connector."""
    if _NAME.fullmatch(text):
        return None
    return "may hold only a-z, 0-9, - and _, at most 63 of them, and begins with a letter or digit"


def wrong_path(text: str) -> str | None:
    """A path that deliveries come in at."""
    if not text.startswith("/"):
        return 'must begin with "/"'
    if not _PATH.fullmatch(text) or {".", ".."} & set(text.split("/")):
        return "may hold only letters, digits, - . _ ~ between single slashes, and ends without one"
    return None


def is_store_url(text: str) -> bool:
    """Whether a text is the URL of a store that machines share."""
    return text.startswith(("postgresql://", "postgres://"))


def wrong_store(text: str) -> str | None:
    """A store: the path of a file, or the URL of a database."""
    if is_store_url(text):
        try:
            _ = urlsplit(text).port
        except ValueError:
            return "is not a URL"
        return None
    if _URL.match(text):
        return "must be the path of a file, or begin with postgresql://"
    return "names no file" if text.endswith("/") else None


def wrong_url(text: str) -> str | None:
    """An absolute HTTP URL without credentials."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "must be a URL that begins with http:// or https:// and names a host"
    if parts.username is not None or parts.password is not None:
        return "holds a user or password, which do not belong into a URL: leave them out"
    return "is not a URL" if any(c.isspace() or not c.isprintable() for c in text) else None


def wrong_host(text: str) -> str | None:
    """An address to listen on."""
    return "is not a host name or address" if any(c.isspace() or c == "/" for c in text) else None


def wrong_networks(text: str) -> str | None:
    """Networks of IP addresses, divided by commas."""
    try:
        for part in text.split(","):
            ipaddress.ip_network(part.strip())
    except ValueError:
        return "must be networks like 10.0.0.0/8, divided by commas"
    return None


def wrong_transport(text: str) -> str | None:
    """A transport by name."""
    return None if text in TRANSPORTS else f"must be one of {', '.join(TRANSPORTS)}"


def wrong_token(text: str) -> str | None:
    """A token that is shown in a header field."""
    return (
        None if _TOKEN.fullmatch(text) else "must be 16 to 512 printable characters, none a space"
    )
