"""The operations and webhooks of a pinned document, each as what goes in or what comes out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.packs.words import Way
from bridgewright.engineer.findings.provider import schemas
from bridgewright.engineer.findings.provider.evidence import Seen, seen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.findings.fields import FieldSpec, Kind
    from bridgewright.engineer.findings.provider.document import Document

_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\b")
_FORM = ("application/x-www-form-urlencoded", "multipart/form-data")
_NAMES = re.compile(r"\{[^}]*\}")
_MARKS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Side:
    """One direction of an operation or a webhook: its fields by path. `strict`: the schema says of some
    field that it is required, so that its silence about others means something."""

    call: str
    way: Way
    fields: Mapping[str, FieldSpec]
    headers: frozenset[str] = frozenset()
    form: bool = False
    strict: bool = True
    choices: Mapping[str, frozenset[Kind]] = field(default_factory=dict)
    pii: frozenset[str] = frozenset()
    seen: Mapping[str, Seen] = field(default_factory=dict)


def request(document: Document, method: str, path: str) -> Side | None:
    """What an operation takes; None where the document does not have it."""
    found = _operation(document, method, path)
    if found is None:
        return None
    shared, operation = found
    body = document.resolved(operation.get("requestBody"))
    kind, media = _media(document, body)
    parameters = [document.resolved(p) for p in (*_listed(shared), *_listed(operation))]
    made = schemas.body(document, media.get("schema"), writing=True)
    fields = made.fields
    if body.get("required") is not True and kind:
        fields = {name: _optional(spec) for name, spec in fields.items()}
    headers = set()
    for each in parameters:
        name = each.get("name")
        if not isinstance(name, str) or each.get("in") == "cookie":
            continue
        schema = each.get("schema")
        required = each.get("required") is True or each.get("in") == "path"
        if name not in fields:
            fields[name] = schemas.field_of(document, name, schema, required=required)
            if each.get("in") == "header":
                headers.add(name)
    return Side(
        f"{method} {path}",
        Way.REQUEST,
        fields,
        frozenset(headers),
        kind in _FORM,
        choices=made.choices,
        pii=_pii(document, media.get("schema")),
    )


def response(document: Document, method: str, path: str) -> Side | None:
    """What an operation gives when it succeeds; None where the document does not say."""
    found = _operation(document, method, path)
    if found is None:
        return None
    answers = document.resolved(found[1].get("responses"))
    good = sorted(each for each in answers if each.startswith("2"))
    for status in (*good, "default"):
        media = _media(document, document.resolved(answers.get(status)))[1]
        if "schema" in media:
            return _given(document, f"{method} {path}", media)
    return None


def webhook(document: Document, event: str) -> Side | None:
    """What an event brings; None where the document does not have it. Names differ in their marks:
    `issues.opened` is `issues-opened` too."""
    for section in ("webhooks", "x-webhooks"):
        named = document.section(section)
        match = next((each for each in named if _plain(each) == _plain(event)), None)
        if match is None:
            continue
        for operation in document.resolved(named[match]).values():
            body = document.resolved(document.resolved(operation).get("requestBody"))
            media = _media(document, body)[1]
            if "schema" in media:
                return _given(document, f"webhook {event}", media)
    return None


def _given(document: Document, call: str, media: dict[str, Any]) -> Side:
    schema = media["schema"]
    made = schemas.body(document, schema, writing=False)
    fields = made.fields
    return Side(
        call,
        Way.RESPONSE,
        fields,
        strict=any(each.required and "[]" not in each.name[-2:] for each in fields.values()),
        choices=made.choices,
        pii=_pii(document, schema),
        seen=seen(fields, _examples(document, media)),
    )


def _operation(document: Document, method: str, path: str) -> tuple[Any, dict[str, Any]] | None:
    paths = document.section("paths")
    wanted = _NAMES.sub("{}", path)
    alike = [each for each in paths if each == path]
    alike += [each for each in paths if _NAMES.sub("{}", each) == wanted]
    for each in alike:
        item = document.resolved(paths[each])
        if isinstance(item.get(method.lower()), dict):
            return item, item[method.lower()]
    return None


def _media(document: Document, holder: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    content = document.resolved(holder.get("content"))
    for kind in (*(each for each in content if _JSON.match(each)), *_FORM):
        if kind in content:
            return kind, document.resolved(content[kind])
    return "", {}


def _examples(document: Document, media: dict[str, Any]) -> list[Any]:
    schema = document.resolved(media.get("schema"))
    named = document.resolved(media.get("examples")).values()
    found = [document.resolved(each).get("value") for each in named]
    found += [each["example"] for each in (media, schema) if "example" in each]
    several = schema.get("examples")
    return [*found, *(several if isinstance(several, list) else [])]


def _pii(document: Document, schema: Any) -> frozenset[str]:
    """Fields of the first level that the provider itself marks as personal (`x-twilio`, `x-pii`)."""
    properties = schemas.shaped(document, schema).properties
    found = set()
    for name, each in properties.items():
        node = document.resolved(each)
        twilio = document.resolved(node.get("x-twilio"))
        if "pii" in twilio or node.get("x-pii") is True:
            found.add(name)
    return frozenset(found)


def _optional(spec: FieldSpec) -> FieldSpec:
    return replace(spec, required=False)


def _listed(holder: dict[str, Any]) -> list[Any]:
    found = holder.get("parameters")
    return found if isinstance(found, list) else []


def _plain(name: str) -> str:
    return _MARKS.sub(" ", name.lower())
