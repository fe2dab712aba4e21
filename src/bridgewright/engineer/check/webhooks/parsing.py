"""Where a body becomes values: the calls, of libraries and frameworks, that parse it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from bridgewright.engineer.check.source import last, texts

if TYPE_CHECKING:
    from bridgewright.engineer.check.source import Source

_PARSERS = frozenset(
    {
        "json.loads",
        "json.load",
        "orjson.loads",
        "ujson.loads",
        "simplejson.loads",
        "msgspec.json.decode",
        "xmltodict.parse",
        "xml.etree.ElementTree.fromstring",
        "yaml.safe_load",
    }
)
_METHODS = frozenset({"get_json", "model_validate_json", "parse_raw", "validate_json"})
_REQUEST = frozenset({"request", "req", "self.request", "flask.request"})


def is_parsed(source: Source, node: ast.AST) -> bool:
    """Whether a node parses the body of a request."""
    match node:
        case ast.Call(func=func, args=args):
            dotted = source.dotted(func)
            if dotted in _PARSERS:
                return not any(
                    "header" in text.lower() for arg in args for text in _read(source, arg)
                )
            return last(dotted) in _METHODS or _is_of_request(dotted)
        case ast.Attribute(attr="json", ctx=ast.Load()):
            return source.dotted(node.value) == "flask.request"
    return False


def _is_of_request(dotted: str) -> bool:
    owner, _, method = dotted.rpartition(".")
    return method == "json" and owner in _REQUEST


def _read(source: Source, node: ast.AST) -> list[str]:
    named = [source.dotted(each) for each in ast.walk(node) if isinstance(each, ast.Attribute)]
    return [*named, *texts(node)]
