"""Bodies as they stand in a cassette: JSON, a form or text where that is exact, else base64."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bridgewright.simulate.cassettes.placeholders import in_strings, literal
from bridgewright.simulate.cassettes.trouble import CassetteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.cassettes.placeholders import Placeholders

FORM = "application/x-www-form-urlencoded"
DEEPEST = 100
"""JSON nested deeper than this is kept as text."""

_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})"?', re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PREFERRED = {"json": "json", "form": "form", "html": "html", "xml": "html"}


@dataclass(frozen=True, slots=True)
class Body:
    """A body with placeholders for its secrets: of the kind `json` (its tree and the layout that
    restores it), `form` (its pairs), `text` or `base64`; `empty` has no content."""

    kind: str = "empty"
    content: Any = field(default=None, repr=False)
    layout: str = ""


_SPACES: dict[str, dict[str, Any]] = {
    "compact": {"separators": (",", ":")},
    "spaced": {},
    "indented": {"indent": 2},
    "wide": {"indent": 4},
}


def _layout(spaces: dict[str, Any], end: str, *, ascii_only: bool) -> Callable[[Any], str]:
    return lambda tree: json.dumps(tree, ensure_ascii=ascii_only, **spaces) + end


LAYOUTS = {
    f"{name}{ascii_name}{end_name}": _layout(spaces, end, ascii_only=bool(ascii_name))
    for name, spaces in _SPACES.items()
    for ascii_name in ("", "-ascii")
    for end_name, end in (("", ""), ("-line", "\n"))
}
"""How JSON is laid out by whoever wrote it: its spaces, whether what is not ASCII is escaped, whether
a line ends it."""

COMPACT = "compact"


def kept(raw: bytes, content_type: str, placeholders: Placeholders) -> Body:
    """A response's body for the file, from which `restored` makes the same bytes again."""
    if not raw:
        return Body()
    text = raw.decode("utf-8", "surrogateescape")
    kind = _kind(content_type, text)
    if kind == "json" and (body := _json(text, placeholders)) is not None:
        return body
    hidden = placeholders.hide(text, _PREFERRED.get(kind, ""))
    if _CONTROL.search(text) is None or hidden != literal(text):
        return Body("text", hidden)
    return Body("base64", b64encode(raw).decode())


def restored(body: Body, placeholders: Placeholders) -> bytes:
    """The bytes that a client gets, with this test's secrets in them."""
    match body.kind:
        case "json":
            return _octets(
                LAYOUTS[body.layout or COMPACT](in_strings(body.content, placeholders.reveal))
            )
        case "text":
            return _octets(placeholders.reveal(body.content))
        case "base64":
            return b64decode(body.content)
        case _:
            return b""


def asked(raw: bytes, content_type: str, encoding: str, placeholders: Placeholders) -> Body:
    """A request's body for the file and for matching: what it means, not how it is spelt.

    Compressed ones are unpacked, forms are pairs, and the boundary of a multipart body, which is
    new each time, is always the same.
    """
    raw = unpacked(raw, encoding) or raw
    if found := _BOUNDARY.search(content_type):
        raw = raw.replace(found[1].encode("latin-1", "replace"), b"boundary")
    if not raw:
        return Body()
    text = raw.decode("utf-8", "surrogateescape")
    kind = _kind(content_type, text)
    if kind == "form":
        pairs = parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
        return Body("form", [pair_text(*pair, placeholders) for pair in pairs])
    if kind == "json" and (body := _json(text, placeholders, exact=False)) is not None:
        return body
    hidden = placeholders.hide(text)
    if _CONTROL.search(text) is None or hidden != literal(text):
        return Body("text", hidden)
    return Body("base64", b64encode(raw).decode())


def pair_text(name: str, value: str, placeholders: Placeholders) -> str:
    """One field of a form or query, decoded: `amount=500`."""
    return f"{placeholders.hide(name).replace('=', '%3D')}={placeholders.hide(value)}"


def without_boundary(content_type: str) -> str:
    """A multipart type with the boundary that its body is recorded with."""
    return _BOUNDARY.sub("boundary=boundary", content_type)


def unpacked(raw: bytes, encoding: str, most_bytes: int = 67_108_864) -> bytes | None:
    """What gzip or deflate holds, up to 64 MiB; None for what cannot be unpacked."""
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return raw
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        return None
    for window in (31, 15, -15):  # gzip, zlib, and deflate as some servers send it
        machine = zlib.decompressobj(window)
        try:
            plain = machine.decompress(raw, most_bytes)
        except zlib.error:
            continue
        return plain if machine.eof and not machine.unused_data else _joined(raw, most_bytes)
    return None


def _joined(raw: bytes, most_bytes: int) -> bytes | None:
    """What several gzip files after one another hold, as HTTP allows."""
    try:
        plain = gzip.decompress(raw) if len(raw) * 1_100 < most_bytes else None
    except (OSError, EOFError, zlib.error):
        return None
    return plain


def _json(text: str, placeholders: Placeholders, *, exact: bool = True) -> Body | None:
    """JSON as a tree; None where a tree would not restore it, or its numbers hold a secret."""
    try:
        tree = json.loads(text, parse_constant=_refuse)
        if _deeper(tree, DEEPEST):
            return None
        hidden = in_strings(tree, placeholders.hide)
        layout = next((name for name, lay in LAYOUTS.items() if lay(tree) == text), "")
        spoilt = placeholders.holds(json.dumps(_numbers(tree)))
    except (ValueError, RecursionError):
        return None
    if (exact and not layout) or spoilt:
        return None
    return Body("json", hidden, layout if exact else "")


def _refuse(name: str) -> None:
    """NaN and its like are no JSON, whatever Python thinks: kept as text."""
    raise ValueError(name)


def _numbers(value: object) -> list[object]:
    """The numbers of a tree, wherever they stand."""
    if isinstance(value, dict):
        return [number for each in value.values() for number in _numbers(each)]
    if isinstance(value, list):
        return [number for each in value for number in _numbers(each)]
    return [] if isinstance(value, str | bool | None) else [value]


def _deeper(value: object, left: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if left == 0:
        return True
    return any(
        _deeper(each, left - 1) for each in (value.values() if isinstance(value, dict) else value)
    )


def _kind(content_type: str, text: str) -> str:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == FORM:
        return "form"
    if "json" in kind or (kind in {"", "text/plain"} and text.lstrip()[:1] in {"{", "["}):
        return "json"
    return next((name for name in ("html", "xml") if name in kind), "")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def written(body: Body) -> Any:
    """A body as the file holds it."""
    match body.kind:
        case "empty":
            return None
        case "json":
            return {"json": body.content, **({"layout": body.layout} if body.layout else {})}
        case "text" if "\n" in body.content.rstrip("\n"):
            return {"text": body.content.splitlines(keepends=True)}
        case _:
            return {body.kind: body.content}


def read(value: Any, place: str) -> Body:
    """A body out of the file; CassetteError, with the place, for what is none."""
    if value is None:
        return Body()
    if not isinstance(value, dict):
        raise CassetteError("a body is null or an object", place=place)
    match value:
        case {"json": tree, **rest} if set(rest) <= {"layout"}:
            layout = rest.get("layout", "")
            if layout and layout not in LAYOUTS:
                raise CassetteError(
                    f"there is no layout {layout!r}",
                    place=f"{place}/layout",
                    remedy=f"There are: {', '.join(LAYOUTS)}",
                )
            return Body("json", tree, layout)
        case {"text": str(text)} if len(value) == 1:
            return Body("text", text)
        case {"text": list(lines)} if len(value) == 1 and _texts(lines):
            return Body("text", "".join(lines))
        case {"form": list(pairs)} if len(value) == 1 and _texts(pairs):
            return Body("form", pairs)
        case {"base64": str(text)} if len(value) == 1:
            return _base64(text, place)
        case _:
            remedy = "Write one of json (with layout), text, form and base64"
            raise CassetteError("a body of no known kind", place=place, remedy=remedy)


def _base64(text: str, place: str) -> Body:
    try:
        b64decode(text, validate=True)
    except ValueError:
        raise CassetteError("this is no base64", place=f"{place}/base64") from None
    return Body("base64", text)


def _texts(values: list[Any]) -> bool:
    return all(isinstance(each, str) for each in values)
