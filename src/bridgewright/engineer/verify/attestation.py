"""A certificate that somebody signed: what takes minutes is done once, by who has the key.

It says of one tree, by its name in git, what its integrations reached; a changed byte is another tree.
The key must be out of the reach of whoever writes the work: a file in the repository proves nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright.certify.certificate import SUITE
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.signing import ed25519
from bridgewright.core.signing.keyring import UnfitKeyError
from bridgewright.engineer.verify.resilience import reaches
from bridgewright.engineer.verify.words import Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgewright.engineer.verify.place import Integration
    from bridgewright.engineer.verify.repository import Repository

KIND = "bridgewright.attestation/1"
MOST_AGE_DAYS = 30
MOST_BYTES = 1_000_000
_SKEW = timedelta(minutes=5)
_PRIVATE = "PRIVATE KEY"
_REMEDY = "make a key with: openssl genpkey -algorithm ed25519; openssl pkey -pubout gives its public half"


@dataclass(frozen=True, slots=True)
class Attested:
    """What was found of one integration: the lowest level of its certificates, and its mutants."""

    name: str
    level: str
    places: tuple[str, ...]
    seeds: tuple[int, ...]
    mutants: int
    caught: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed."""

    tree: str
    made_at: str
    version: str
    integrations: tuple[Attested, ...]
    suite: str = SUITE

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "kind": KIND,
            "tree": self.tree,
            "made_at": self.made_at,
            "suite": self.suite,
            "version": self.version,
            "integrations": [
                {
                    "name": each.name,
                    "level": each.level,
                    "places": list(each.places),
                    "seeds": list(each.seeds),
                    "mutants": each.mutants,
                    "caught": each.caught,
                }
                for each in self.integrations
            ],
        }


def sealed(statement: Statement, key: Any) -> bytes:
    """The attestation as a file. `key` is an Ed25519 private key of the package cryptography."""
    content = statement.record()
    signature = key.sign(_message(content))
    public = key.public_key().public_bytes_raw()
    envelope = {"statement": content, "key": _text(public), "signature": _text(signature)}
    return (json.dumps(envelope, indent=2, sort_keys=True) + "\n").encode()


def _message(content: Mapping[str, Any]) -> bytes:
    told = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{KIND}\n{told}".encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signatures count (public keys of 32 bytes), and until when."""

    keys: tuple[bytes, ...]
    now: datetime
    most_age: timedelta = timedelta(days=MOST_AGE_DAYS)


def refusals(
    data: bytes, trust: Trust, tree: str, integrations: Sequence[Integration]
) -> tuple[Refusal, ...]:
    """Why an attestation does not show what it is handed over for; nothing where it does."""
    content, why = _opened(data, trust.keys)
    if content is None:
        mend = "have it signed by who has the key, or leave it away: then everything is run again"
        return (Refusal(Reason.FORGED_CERTIFICATE, "attestation", why, mend),)
    found = _stale(content, tree, trust)
    mend = "make it again: bridgewright engineer verify --attest KEYFILE"
    if found:
        return (Refusal(Reason.STALE_CERTIFICATE, "attestation", found, mend),)
    return tuple(_short(content, integrations))


def _opened(data: bytes, trusted: Sequence[bytes]) -> tuple[dict[str, Any] | None, str]:
    """What is signed by a trusted key, or why nothing is."""
    if len(data) > MOST_BYTES:
        return None, "is too large"
    try:
        envelope = json.loads(data, object_pairs_hook=_once)
        content, signature = (
            envelope["statement"],
            base64.b64decode(envelope["signature"], validate=True),
        )
        kind = content["kind"]
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        return None, "is no attestation"
    if kind != KIND:
        return None, f"is not of the kind {KIND}"
    message = _message(content)
    if any(ed25519.public_key(key).verifies(signature, message) for key in trusted):
        return content, ""
    return None, "is not signed by a key that is trusted"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "a key twice"
        raise ValueError(msg)
    return found


def _stale(content: Mapping[str, Any], tree: str, trust: Trust) -> str:
    """Why a true attestation does not hold any more, or not for this."""
    if content["tree"] != tree:
        return (
            f"is of the tree {content['tree'][:10]}, and this is {tree[:10]}: something was changed"
        )
    if content["suite"] != SUITE:
        return f"is by version {content['suite']} of the suite, and this is version {SUITE}"
    made_at = datetime.fromisoformat(content["made_at"])
    if made_at > trust.now + _SKEW:
        return "is from the future"
    if trust.now - made_at > trust.most_age:
        return f"is of {made_at.date()}, older than {trust.most_age.days} days"
    return ""


def _short(content: Mapping[str, Any], integrations: Sequence[Integration]) -> list[Refusal]:
    """What it says of integrations, and that is not enough."""
    known = {each["name"]: each for each in content["integrations"]}
    found = []
    for each in integrations:
        said = known.get(each.name)
        asked = each.manifest.level
        if said is None:
            told = "the attestation says nothing of it"
            found.append(Refusal(Reason.STALE_CERTIFICATE, each.name, told))
        elif (said["places"] or each.manifest.operations) and not reaches(said["level"], asked):
            told = f"it is attested {said['level'] or 'no level'}, and {asked.word} is asked for"
            found.append(Refusal(Reason.NOT_RESILIENT, each.name, told))
        elif said["caught"] < said["mutants"]:
            told = f"its tests caught {said['caught']} of {said['mutants']} mutants"
            found.append(Refusal(Reason.TESTS_CANNOT_FAIL, each.name, told))
    return found


def private_key(path: Path, repository: Repository) -> Any:
    """An Ed25519 private key from its PEM file. `ConfigurationError` for any other file, and for one in
    the repository."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - large
        Ed25519PrivateKey,
    )
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - large
        load_pem_private_key,
    )

    _outside(path, repository)
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        problem = "is no Ed25519 private key in PEM, without a password"
        raise ConfigurationError(problem, place=path.name, remedy=_REMEDY)
    return key


def public_key(given: str, repository: Repository, head: str) -> bytes:
    """A public key: its 32 bytes in base64, or the name of a PEM file. `ConfigurationError` for anything
    else, for a file in the repository, and for a key whose private half is in it."""
    path = Path(given)
    try:
        raw = base64.b64decode(given, validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if len(raw) != ed25519.KEY_BYTES:
        _outside(path, repository)
        raw = _raw(path)
    if raw in _exposed(repository, head):
        problem = "the private half of this key is in the repository: anybody could sign by it"
        raise ConfigurationError(
            problem, place=given, remedy="make a new key, and keep it elsewhere"
        )
    return raw


def _raw(path: Path) -> bytes:
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - large
        load_pem_public_key,
    )

    try:
        key = load_pem_public_key(path.read_bytes())
        raw: bytes = key.public_bytes_raw()  # type: ignore[union-attr]
        ed25519.public_key(raw)
    except (OSError, ValueError, AttributeError, UnfitKeyError):
        problem = "is no Ed25519 public key, neither in base64 nor in a PEM file"
        raise ConfigurationError(problem, place=path.name, remedy=_REMEDY) from None
    return raw


def _outside(path: Path, repository: Repository) -> None:
    if path.resolve().is_relative_to(repository.root.resolve()):
        problem = "is in the repository: whoever writes the work could sign it too"
        raise ConfigurationError(problem, place=path.name, remedy="keep the key elsewhere")


def _exposed(repository: Repository, head: str) -> frozenset[bytes]:
    """The public halves of private keys that a commit holds."""
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - large
        load_pem_private_key,
    )

    found = set()
    for name in repository.holding(head, _PRIVATE):
        data = repository.file(head, name) or b""
        for part in data.split(b"-----BEGIN ")[1:]:
            try:
                key = load_pem_private_key(b"-----BEGIN " + part, None)
                found.add(key.public_key().public_bytes_raw())  # type: ignore[union-attr]
            except (ValueError, TypeError, AttributeError):
                continue
    return frozenset(found)


def instant(now: datetime) -> str:
    """As statements have it."""
    return now.astimezone(UTC).isoformat(timespec="seconds")
