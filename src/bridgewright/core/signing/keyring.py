"""Keys: parsed and prepared once, when a source is bound, and never shown."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bridgewright.core.model.secret import Secret

K = TypeVar("K")

MAX_KEYS = 16
"""More keys than any rotation needs; each one costs every delivery another digest of its body."""


class UnfitKeyError(ValueError):
    """What is wrong with a key, in words that do not contain it. Becomes a `ConfigurationError`."""


@dataclass(frozen=True, slots=True, repr=False)
class Keyring(Generic[K]):
    """The keys a source is verified with, ready for use, in the order they were configured."""

    keys: tuple[K, ...]

    def __iter__(self) -> Iterator[K]:
        return iter(self.keys)

    def __len__(self) -> int:
        return len(self.keys)

    def __repr__(self) -> str:
        return f"Keyring({len(self)})"


def bind(provider: str, secrets: Sequence[Secret], prepare: Callable[[str], K]) -> Keyring[K]:
    """Prepare every secret. One that cannot be a key is a `ConfigurationError` that says which."""
    if not secrets:
        problem = f"{provider} has no webhook key, so nothing it sends could be verified"
        raise ConfigurationError(problem, remedy="name at least one secret for this source")
    if len(secrets) > MAX_KEYS:
        problem = f"{provider} has {len(secrets)} webhook keys; at most {MAX_KEYS} are checked"
        raise ConfigurationError(problem, remedy="remove those that are no longer in use")
    prepared = []
    for number, secret in enumerate(secrets, start=1):
        which = f"webhook key {number} of {len(secrets)} for {provider}"
        prepared.append(_prepared(which, secret, prepare))
    return Keyring(tuple(prepared))


def _prepared(which: str, secret: Secret, prepare: Callable[[str], K]) -> K:
    try:
        return prepare(secret.reveal())
    except UnfitKeyError as flaw:
        problem = f"{which} {flaw}"
    remedy = "copy the secret again from where the provider shows it"
    raise ConfigurationError(problem, remedy=remedy)


def verbatim(text: str) -> bytes:
    """A key that is its own text. `UnfitKeyError` when it is empty, padded with space, or not text."""
    if not text.strip():
        msg = "is empty"
        raise UnfitKeyError(msg)
    if text != text.strip():
        msg = "has a space or a line end at its start or end"
        raise UnfitKeyError(msg)
    encoded = _utf8(text)
    if encoded is None:
        msg = "is not valid UTF-8 text"
        raise UnfitKeyError(msg)
    return encoded


def _utf8(text: str) -> bytes | None:
    try:
        return text.encode()
    except UnicodeEncodeError:  # it carries the text: it must not become the context of another
        return None


def after_prefix(text: str, prefix: str) -> str:
    """What follows `prefix`. `UnfitKeyError` when the key does not begin with it."""
    verbatim(text)
    if not text.startswith(prefix):
        msg = f"does not begin with {prefix}"
        raise UnfitKeyError(msg)
    rest = text.removeprefix(prefix)
    if not rest:
        msg = f"has nothing after {prefix}"
        raise UnfitKeyError(msg)
    return rest


def from_base64(text: str) -> bytes:
    """The bytes of standard base64, padded or not. `UnfitKeyError` for anything else."""
    decoded = _decoded(text)
    if decoded is None:
        msg = "is not base64 after its prefix"
        raise UnfitKeyError(msg)
    return decoded


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
