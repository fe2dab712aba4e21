"""What a delivery may have been before something changed it on its way: other bodies, other URLs.

Each alteration comes with the words for it. All are finite lists: a delivery of any bytes gives at
most some forty.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bridgewright.core.model.finding import Mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.core.model.inbound import Delivery

RAW = "hand over the raw bytes as they came, before anything parses them"
UNTOUCHED = "have the proxy or the framework pass the body on untouched: as bytes, not as text"


@dataclass(frozen=True, slots=True)
class Altered:
    """A delivery as it may have been sent. `public_url` is None where the source's own holds."""

    mistake: Mistake
    wrong: str
    matched: str
    step: str
    delivery: Delivery = field(repr=False)
    public_url: str | None = field(default=None, repr=False)


def bodies(delivery: Delivery) -> Iterator[Altered]:
    """Other bodies of which this one may have been made."""
    seen = {delivery.body}
    for mistake, matched, body in (
        *_line_ends(delivery.body),
        *_charsets(delivery.body),
        *_json(delivery.body),
    ):
        if body not in seen:
            seen.add(body)
            wrong, step = _BODY_WORDS[mistake]
            yield Altered(mistake, wrong, matched, step, replace(delivery, body=body))


_BODY_WORDS = {
    Mistake.LINE_ENDS: ("the ends of the body or of its lines were changed on the way", UNTOUCHED),
    Mistake.CHARSET: ("the body was read in one character set and written in another", UNTOUCHED),
    Mistake.JSON_REWRITTEN: ("the body's JSON was parsed and written again on the way", RAW),
}

_Body = tuple[Mistake, str, bytes]


def _line_ends(body: bytes) -> Iterator[_Body]:
    unix = body.replace(b"\r\n", b"\n")
    yield Mistake.LINE_ENDS, "the body without the line end after it", body.rstrip(b"\r\n")
    yield Mistake.LINE_ENDS, "the body with a line end after it", body + b"\n"
    yield Mistake.LINE_ENDS, "the body with CR LF after it", body + b"\r\n"
    yield Mistake.LINE_ENDS, "the body with LF where it has CR LF", unix
    yield Mistake.LINE_ENDS, "the body with CR LF where it has LF", unix.replace(b"\n", b"\r\n")
    yield Mistake.LINE_ENDS, "the body without the space around it", body.strip()


def _charsets(body: bytes) -> Iterator[_Body]:
    mark = b"\xef\xbb\xbf"
    yield Mistake.CHARSET, "the body without its byte order mark", body.removeprefix(mark)
    yield Mistake.CHARSET, "the body with a byte order mark", mark + body
    for read, written in (("utf-8", "latin-1"), ("utf-8", "cp1252"), ("latin-1", "utf-8")):
        found = _recoded(body, read, written)
        if found is not None:
            yield Mistake.CHARSET, f"the body in {written} where it is in {read}", found


def _recoded(body: bytes, read: str, written: str) -> bytes | None:
    try:
        return body.decode(read).encode(written)
    except UnicodeError:
        return None


def _slashes(text: str) -> str:
    return text.replace("/", "\\/")


def _no_markup(text: str) -> str:
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _as_it_is(text: str) -> str:
    return text


_WRITERS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("", _as_it_is),
    (", with slashes escaped", _slashes),
    (", with < > & escaped", _no_markup),
)
_LAYOUTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("compact", {"separators": (",", ":")}),
    ("spaced", {}),
    ("indented by 2", {"indent": 2}),
    ("indented by 4", {"indent": 4}),
)


def _json(body: bytes) -> Iterator[_Body]:
    """The same JSON as others would write it: compact, spaced, indented; escaped, sorted, or not."""
    value = _parsed(body)
    if value is None:
        return
    for (layout, given), ascii_only, sort in itertools.product(
        _LAYOUTS, (False, True), (False, True)
    ):
        text = _written(value, given, ascii_only=ascii_only, sort=sort)
        if text is None:
            continue
        words = f"the same JSON, {layout}"
        words += ", everything beyond ASCII escaped" if ascii_only else ""
        words += ", its keys sorted" if sort else ""
        for more, write in _WRITERS if "separators" in given or not given else _WRITERS[:1]:
            made = write(text).encode("utf-8", "surrogatepass")
            yield Mistake.JSON_REWRITTEN, words + more, made


def _parsed(body: bytes) -> dict[str, Any] | list[Any] | None:
    """The JSON object or list that the body is; None for what cannot be parsed, or not deep enough."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _written(value: object, given: dict[str, Any], *, ascii_only: bool, sort: bool) -> str | None:
    try:
        return json.dumps(value, ensure_ascii=ascii_only, sort_keys=sort, **given)
    except (ValueError, RecursionError):
        return None


_DEFAULT_PORTS = {"https": 443, "http": 80}
_OTHER_SCHEME = {"https": "http", "http": "https"}
_PARTS = {
    Mistake.URL: "host or path",
    Mistake.URL_SCHEME: "scheme (http or https)",
    Mistake.URL_PORT: "port",
    Mistake.URL_SLASH: "slash at the end",
    Mistake.URL_QUERY: "query",
}
_SET_URL = (
    "set public_url of this source to the URL exactly as the provider was given it, or trust the"
    " proxy that changes it (trusted_hops)"
)
_Change = dict[Mistake, str]
"""Which parts of a URL are written otherwise, and how."""


def urls(delivery: Delivery, public_url: str) -> Iterator[Altered]:
    """The delivery as if it had been sent to its URL written otherwise: scheme, port, slash, query,
    and the URL that the request itself names where another one is configured."""
    seen = delivery.url.partition("?")[0]
    bases: list[tuple[str, _Change]] = [(public_url or seen, {})]
    if public_url and seen and seen != public_url:
        bases.append((seen, {Mistake.URL: "as the request itself names it"}))
    tried = set()
    for base, differs in bases:
        for url, query, changed in _spellings(base, delivery.query):
            if (url, query) not in tried and (differs or changed):
                tried.add((url, query))
                yield _sent_to(delivery, url, query, differs | changed)


def _sent_to(delivery: Delivery, url: str, query: bytes, changed: _Change) -> Altered:
    parts = " and ".join(f"its {_PARTS[mistake]}" for mistake in changed)
    whole = url + ("?" + query.decode("latin-1") if query else "")
    return Altered(
        next(iter(changed)) if len(changed) == 1 else Mistake.URL,
        f"the provider signed a URL that differs from the one we take it for in {parts}",
        f"the URL {', '.join(changed.values())}",
        _SET_URL,
        replace(delivery, url=whole, query=query),
        url,
    )


def _spellings(base: str, query: bytes) -> Iterator[tuple[str, bytes, _Change]]:
    try:
        parts = urlsplit(base)
        port = parts.port
    except ValueError:  # no URL at all
        return
    if parts.scheme not in _OTHER_SCHEME or not parts.hostname:
        return
    host = parts.netloc.rpartition("@")[2]
    bare = host if port is None else host.removesuffix(f":{port}")
    path = parts.path
    slash = (path[:-1], "without the slash at its end") if path.endswith("/") else None
    paths = ((path, ""), slash or (path + "/", "with a slash at its end"))
    asked = ((query, ""), (b"", "without its query")) if query else ((b"", ""),)
    schemes = (parts.scheme, _OTHER_SCHEME[parts.scheme])
    for scheme, (way, slashed), (rest, unasked) in itertools.product(schemes, paths, asked):
        default = _DEFAULT_PORTS[scheme]
        for name, ported in (
            (host, ""),
            (bare, "without its port"),
            (f"{bare}:{default}", f"with the port {default}"),
        ):
            changed = {
                Mistake.URL_SCHEME: f"with {scheme}" if scheme != parts.scheme else "",
                Mistake.URL_PORT: ported if name != host else "",
                Mistake.URL_SLASH: slashed,
                Mistake.URL_QUERY: unasked,
            }
            told = {mistake: words for mistake, words in changed.items() if words}
            yield f"{scheme}://{name}{way}", rest, told
