"""Cassettes of VCR, and HAR files, made into ours."""

from __future__ import annotations

import importlib
import json
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bridgewright.simulate.cassettes.deck import AfterLast, Deck
from bridgewright.simulate.cassettes.document import Tape, content_of, text_of
from bridgewright.simulate.cassettes.exchange import asked_of
from bridgewright.simulate.cassettes.keeping import change
from bridgewright.simulate.cassettes.leaks import leaks
from bridgewright.simulate.cassettes.masks import masks
from bridgewright.simulate.cassettes.matching import matching
from bridgewright.simulate.cassettes.placeholders import Placeholders
from bridgewright.simulate.cassettes.recording import Passed, exchange_of, packed, plain
from bridgewright.simulate.cassettes.trouble import CassetteError, LeakError
from bridgewright.simulate.wire import Heard, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bridgewright.core.model.secret import Secret
    from bridgewright.simulate.cassettes.cassette import Handling

    Pairs = tuple[tuple[str, str], ...]

_DROPPED = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})


@dataclass(frozen=True, slots=True)
class _Foreign:
    """One exchange as another tool wrote it down."""

    method: str
    url: str = field(repr=False)
    asked_headers: Pairs = field(repr=False)
    asked_body: bytes = field(repr=False)
    reply: Reply = field(repr=False)
    at: datetime | None = None


def import_cassette(  # noqa: PLR0913 - from where to where, and how
    source: Path,
    target: Path,
    handling: Handling,
    *,
    secrets: Mapping[str, Secret] | None = None,
    upstream: str = "",
    recorded_at: datetime | None = None,
) -> int:
    """Write our cassette of what VCR (YAML or JSON) or a browser (HAR) recorded; how many exchanges.

    `upstream` is the base URL whose exchanges are taken, needed where there are several hosts. VCR
    notes no times: `recorded_at` (now unless told) is theirs. YAML is read by PyYAML, which is not
    installed with us. CassetteError for what cannot be read, LeakError for what must not be written;
    what is there already is replaced.
    """
    found = tuple(_read(source))
    base = upstream.rstrip("/") or _only_origin(found, source)
    chosen = [each for each in found if _below(each.url, base)]
    if not chosen:
        raise CassetteError(f"nothing in it was asked of {base}", place=f"{source}")
    at = (recorded_at or datetime.now(UTC)).timestamp()
    unnumbered = [_passed(number, each, base, at) for number, each in enumerate(chosen, start=1)]
    pairs = [(each.heard, each.reply) for each in unnumbered]
    placeholders = Placeholders(dict(secrets or {}), masks(pairs, handling.masked, target.name))
    rule = matching(handling.volatile)
    deck = Deck((), rule, AfterLast.ERROR)
    passed = [
        Passed(
            each.order,
            deck.next_turn(rule.key(asked_of(each.heard, placeholders))),
            each.heard,
            each.reply,
            each.at_s,
        )
        for each in unnumbered
    ]
    content = content_of(Tape(base, tuple(exchange_of(each, placeholders) for each in passed)))
    leaked = (*leaks(content, placeholders, handling.allowed), *packed(passed, 0))
    if leaked:
        raise LeakError(f"{target}", leaked)
    change(target, lambda _: text_of(content))
    return len(passed)


def _passed(order: int, foreign: _Foreign, base: str, at_s: float) -> Passed:
    target = foreign.url[len(base) :] or "/"
    headers = tuple((name.lower(), value) for name, value in foreign.asked_headers)
    heard = Heard(foreign.method.upper(), target, headers, foreign.asked_body, 1, order, 0.0)
    when = at_s if foreign.at is None else foreign.at.timestamp()
    return Passed(order, order, heard, plain(foreign.reply), when)


def _below(url: str, base: str) -> bool:
    return url.startswith(base) and url[len(base) :][:1] in {"", "/", "?"}


def _only_origin(found: tuple[_Foreign, ...], source: Path) -> str:
    origins = sorted(
        {f"{urlsplit(each.url).scheme}://{urlsplit(each.url).netloc}" for each in found}
    )
    if len(origins) == 1:
        return origins[0]
    if not origins:
        raise CassetteError("there is no exchange in it", place=f"{source}")
    raise CassetteError(
        f"it holds exchanges with {len(origins)} hosts, and a cassette stands before one",
        place=f"{source}",
        remedy=f"Pass upstream, one of: {', '.join(origins)}",
    )


def _read(source: Path) -> Iterator[_Foreign]:
    content = _parsed(source)
    try:
        match content:
            case {"interactions": [*interactions]}:
                kind, read, entries = "interactions", _from_vcr, interactions
            case {"log": {"entries": [*logged]}}:
                kind, read, entries = "log/entries", _from_har, logged
            case _:
                raise CassetteError(
                    "this is neither a cassette of VCR nor a HAR", place=f"{source}"
                )
    except RecursionError:
        raise CassetteError("this is nested too deep", place=f"{source}") from None
    for number, entry in enumerate(entries):
        try:
            yield read(entry)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            place = f"{source}#/{kind}/{number}"
            problem = f"this exchange cannot be read ({type(error).__name__})"
            raise CassetteError(problem, place=place) from None


def _parsed(source: Path) -> Any:
    try:
        text = source.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CassetteError(f"it cannot be read: {error.strerror}", place=f"{source}") from None
    except UnicodeDecodeError:
        raise CassetteError("it is not UTF-8", place=f"{source}") from None
    try:
        return json.loads(text)
    except ValueError:
        return _from_yaml(text, source)
    except RecursionError:
        raise CassetteError("this is nested too deep", place=f"{source}") from None


def _from_yaml(text: str, source: Path) -> Any:
    try:
        yaml = importlib.import_module("yaml")
    except ModuleNotFoundError:
        raise CassetteError(
            "it is not JSON, and reading YAML needs PyYAML",
            place=f"{source}",
            remedy="pip install pyyaml, or record it with VCR's serializer='json'",
        ) from None
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        raise CassetteError("it is neither JSON nor YAML", place=f"{source}") from None


def _from_vcr(entry: dict[str, Any]) -> _Foreign:
    """An interaction of VCR.py, whose header values are lists (cassette format 1, read 2026-11)."""
    request, response = entry["request"], entry["response"]
    return _Foreign(
        request["method"],
        request["uri"],
        tuple(_listed(request.get("headers") or {})),
        _octets(request.get("body")),
        Reply(
            int(response["status"]["code"]),
            tuple(_without_framing(_listed(response.get("headers") or {}))),
            _octets(response.get("body")),
        ),
    )


def _listed(headers: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, values in headers.items():
        for value in values if isinstance(values, list) else [values]:
            text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
            yield name, text


def _octets(body: Any) -> bytes:
    """A body of VCR: text, bytes, or either under `string` or `base64_string`."""
    if isinstance(body, dict):
        if body.get("base64_string") is not None:
            return b64decode(body["base64_string"], validate=True)
        body = body.get("string")
    if body is None:
        return b""
    return body if isinstance(body, bytes) else str(body).encode("utf-8", "surrogateescape")


def _from_har(entry: dict[str, Any]) -> _Foreign:
    """An entry of HAR 1.2, whose content is unpacked already whatever its header says (read 2026-11)."""
    request, response = entry["request"], entry["response"]
    posted = request.get("postData") or {}
    content = response.get("content") or {}
    text = content.get("text") or ""
    packed_body = content.get("encoding") == "base64"
    fields = _without_framing((each["name"], each["value"]) for each in response["headers"])
    return _Foreign(
        request["method"],
        request["url"],
        tuple((each["name"], each["value"]) for each in request["headers"]),
        str(posted.get("text") or "").encode(),
        Reply(
            int(response["status"]),
            tuple(pair for pair in fields if pair[0].lower() != "content-encoding"),
            b64decode(text, validate=True) if packed_body else text.encode(),
        ),
        _instant(entry.get("startedDateTime")),
    )


def _instant(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _without_framing(headers: Any) -> Iterator[tuple[str, str]]:
    return (pair for pair in headers if pair[0].lower() not in _DROPPED)
