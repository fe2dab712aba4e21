"""The slice of a specification that an integration uses: chosen operations, and all that they refer to."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.scaffold.papers import shown, unfit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewright.engineer.scaffold.papers import Content, Papers, Place

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
MOST_NODES = 200_000
"""Values of a slice."""
DEEPEST = 100
_OF_ITEMS = frozenset({"parameters", "servers", "summary", "description"})
_UNUSED = frozenset({"callbacks", "links", "x-code-samples", "x-codeSamples", "externalDocs"})
_SECTIONS = {
    "parameters": "parameters",
    "responses": "responses",
    "requestBody": "requestBodies",
    "headers": "headers",
    "examples": "examples",
}
_CALL = re.compile(r"([A-Za-z]+)\s+(/\S*)")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One operation of a specification."""

    method: str
    path: str
    operation_id: str

    @property
    def call(self) -> str:
        """As the manifest says it: `POST /orders/{id}`."""
        return f"{self.method.upper()} {self.path}"


def operations(papers: Papers) -> Iterator[Chosen]:
    """Every operation, in the order of the document."""
    for path in papers.content.get("paths", {}):
        _, item = papers.follow(("", _pointer("paths", path)))
        for method in METHODS:
            operation = item.get(method) if isinstance(item, dict) else None
            if isinstance(operation, dict):
                yield Chosen(method, path, str(operation.get("operationId") or ""))


def choose(papers: Papers, wanted: Iterable[str]) -> tuple[Chosen, ...]:
    """The operations that are named, by `METHOD /path` or operationId, in the order they are named in.

    `ConfigurationError` for a name that is none of them, with those that are like it.
    """
    known = tuple(operations(papers))
    by_call = {each.call: each for each in known}
    by_id = {each.operation_id: each for each in known if each.operation_id}
    found: dict[Chosen, None] = {}
    for text in wanted:
        call = _CALL.fullmatch(text.strip())
        spelled = f"{call[1].upper()} {call[2]}" if call else text.strip()
        chosen = by_call.get(spelled) or by_id.get(spelled)
        if chosen is None:
            near = difflib.get_close_matches(spelled, [*by_call, *by_id], n=3, cutoff=0.5)
            remedy = f"did you mean {' or '.join(map(shown, near))}?" if near else ""
            remedy = remedy or f"it has {len(known)}; name one as in --op 'POST /orders'"
            raise ConfigurationError(
                f"the specification has no operation {shown(spelled)}", remedy=remedy
            )
        found[chosen] = None
    return tuple(found)


def prune(papers: Papers, chosen: Iterable[Chosen], events: Iterable[str] = ()) -> Content:
    """A document of its own with the chosen operations and webhooks, and what they refer to; references
    to other files lead to components of it. `ConfigurationError` for what is too large or leads out."""
    slicing = _Slicing(papers)
    content = papers.content
    paths: dict[str, Content] = {}
    for each in chosen:
        place, item = papers.follow(("", _pointer("paths", each.path)))
        into = paths.setdefault(
            each.path,
            {key: slicing.copied(item[key], place[0], ()) for key in _OF_ITEMS & set(item)},
        )
        at, operation = papers.follow((place[0], f"{place[1]}/{each.method}"))
        into[each.method] = slicing.copied(operation, at[0], ("operation",))
    made: Content = {"openapi": content["openapi"], "info": _about(content["info"])}
    for key in ("servers", "security"):
        if key in content:
            made[key] = slicing.copied(content[key], "", ())
    made["paths"] = paths
    for key in ("webhooks", "x-webhooks"):
        hooks = _webhooks(papers, slicing, key, frozenset(events))
        if hooks:
            made[key] = hooks
    components = slicing.components
    schemes = _schemes(papers, slicing, [content, *(o for i in paths.values() for o in i.values())])
    if schemes:
        components["securitySchemes"] = schemes
    if components:
        made["components"] = components
    return made


def event_names(papers: Papers) -> tuple[str, ...]:
    """The webhooks that a document declares."""
    found = (papers.content.get(key) for key in ("webhooks", "x-webhooks"))
    return tuple(name for each in found if isinstance(each, dict) for name in each)


def _about(info: Content) -> Content:
    return {key: str(info[key]) for key in ("title", "version") if key in info}


def _webhooks(papers: Papers, slicing: _Slicing, key: str, events: frozenset[str]) -> Content:
    declared = papers.content.get(key)
    kept: Content = {}
    for name in declared if isinstance(declared, dict) else {}:
        if name in events:
            place, item = papers.follow(("", _pointer(key, name)))
            kept[name] = slicing.copied(item, place[0], ())
    return kept


def _schemes(papers: Papers, slicing: _Slicing, those: Iterable[Any]) -> Content:
    """The security schemes that the document or one of its operations asks for."""
    wanted: dict[str, None] = {}
    for each in those:
        needs = each.get("security") if isinstance(each, dict) else None
        for need in needs if isinstance(needs, list) else []:
            wanted |= dict.fromkeys(need if isinstance(need, dict) else {})
    found: Content = {}
    for name in wanted:
        place, scheme = papers.follow(("", _pointer("components", "securitySchemes", name)))
        if isinstance(scheme, dict):
            found[name] = slicing.copied(scheme, place[0], ())
    return found


@dataclass(slots=True)
class _Slicing:
    """Copies what it is given, and takes along what that refers to."""

    papers: Papers
    components: dict[str, Content] = field(default_factory=dict)
    _named: dict[Place, str] = field(default_factory=dict)
    _nodes: int = 0

    def copied(self, node: Any, file: str, trail: tuple[str, ...]) -> Any:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise unfit(f"the slice has more than {MOST_NODES} values", "choose fewer operations")
        if len(trail) > DEEPEST:
            raise unfit(f"it is nested more than {DEEPEST} levels deep")
        if isinstance(node, list):
            return [self.copied(each, file, trail) for each in node]
        if not isinstance(node, dict):
            return node
        if isinstance(node.get("$ref"), str) and trail[-1:] != ("properties",):
            return {"$ref": self._taken(file, node["$ref"], trail)}
        operation = trail == ("operation",)
        kept = {k: v for k, v in node.items() if not (operation and k in _UNUSED)}
        if trail[-1:] == ("mapping",):
            return {k: self._mapped(file, v, trail) for k, v in kept.items()}
        return {key: self.copied(value, file, (*trail, key)) for key, value in kept.items()}

    def _mapped(self, file: str, value: Any, trail: tuple[str, ...]) -> Any:
        """What a discriminator's value stands for: a reference, or a schema's name."""
        if isinstance(value, str) and ("#" in value or "/" in value):
            return self._taken(file, value, trail)
        return value

    def _taken(self, file: str, reference: str, trail: tuple[str, ...]) -> str:
        place = self.papers.target(file, reference)
        if place in self._named:
            return self._named[place]
        node = self.papers.node(place)
        if node is None:
            raise unfit(f"{shown(reference)} leads to nothing")
        section = next((_SECTIONS[key] for key in reversed(trail) if key in _SECTIONS), "schemas")
        inside = {"schema", "schemas", "content", "properties", "items", "allOf", "anyOf", "oneOf"}
        if inside & set(trail[-2:]):
            section = "schemas"
        pieces = place[1].split("/")
        if not place[0] and pieces[1:2] == ["components"] and len(pieces) == 4:  # noqa: PLR2004
            section, name = pieces[2], pieces[3].replace("~1", "/").replace("~0", "~")
        else:
            file_name = place[0].rpartition("/")[2].partition(".")[0]
            name = "_".join(re.findall(r"\w+", pieces[-1] or file_name)) or "part"
        taken = self.components.setdefault(section, {})
        while name in taken:
            name += "_"
        self._named[place] = "#" + _pointer("components", section, name)
        taken[name] = None
        taken[name] = self.copied(node, place[0], (section,))
        return self._named[place]


def _pointer(*keys: str) -> str:
    return "".join(f"/{key.replace('~', '~0').replace('/', '~1')}" for key in keys)
