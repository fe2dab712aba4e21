"""What calls do with what they are given: carry it on, tell little of it, or take out what is secret."""

from __future__ import annotations

import ast
import re

from bridgewright.engineer.check.source import last

CLEANS = re.compile(
    r"(?i)redact|mask|scrub|saniti[sz]e|hash|digest|sha\d|md5|anonymi[sz]e|fingerprint|obfuscate|censor|tokeni[sz]e|pseudonym|hide|safe|preview|summar|shorten_id|encrypt"
)
TELLS_LITTLE = frozenset(
    {
        "len",
        "type",
        "bool",
        "id",
        "isinstance",
        "hasattr",
        "callable",
        "hash",
        "sum",
        "any",
        "all",
        "min",
        "max",
        "range",
        "int",
        "float",
        "abs",
        "round",
        "issubclass",
    }
)
CARRIES = frozenset(
    {
        "str",
        "repr",
        "ascii",
        "format",
        "dict",
        "list",
        "tuple",
        "set",
        "sorted",
        "json.dumps",
        "json.loads",
        "pprint.pformat",
        "copy.copy",
        "copy.deepcopy",
        "vars",
        "bytes",
        "textwrap.shorten",
        "reprlib.repr",
        "urllib.parse.unquote",
        "urllib.parse.parse_qs",
        "urllib.parse.urlencode",
        "html.escape",
        "base64.b64encode",
        "base64.b64decode",
        "orjson.loads",
        "orjson.dumps",
        "yaml.safe_load",
        "yaml.dump",
        "xmltodict.parse",
        "dataclasses.asdict",
        "iter",
        "next",
        "zip",
        "enumerate",
        "reversed",
        "filter",
        "map",
        "print",
        "codecs.decode",
    }
)
CARRIES_ON = frozenset(
    {
        "decode",
        "encode",
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "title",
        "replace",
        "format",
        "split",
        "rsplit",
        "splitlines",
        "join",
        "copy",
        "items",
        "values",
        "get",
        "pop",
        "hex",
        "model_dump",
        "model_dump_json",
        "dict",
        "to_dict",
        "json",
        "as_dict",
        "prettify",
        "partition",
        "rpartition",
        "removeprefix",
        "removesuffix",
        "reveal",
        "get_secret_value",
        "setdefault",
        "getlist",
        "expandtabs",
        "ljust",
        "rjust",
        "tobytes",
    }
)
PARTS = frozenset({"split", "partition", "rpartition"})
BODIES = frozenset({"text", "content", "body", "data", "raw", "_content"})
READS_BODY = frozenset(
    {"json", "text", "read", "body", "get_data", "get_json", "iter_lines", "aread", "getvalue"}
)
ANSWERS = re.compile(
    r"(?i)^(?:_?(?:resp|response|answer|reply|res|r|result|http_response|api_response|rsp|req|request)\d*)$"
)


def is_request(call: ast.Call) -> bool:
    """Whether a call looks like one that brings an answer: by its name, and by an address or what goes
    with one."""
    name = last(ast.unparse(call.func))
    ends = {
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "request",
        "send",
        "urlopen",
        "getresponse",
        "options",
        "head",
        "fetch",
    }
    if name not in ends:
        return False
    if name in {"urlopen", "getresponse", "fetch"}:
        return True
    url = any(
        isinstance(each, ast.JoinedStr)
        or (isinstance(each, ast.Constant) and "/" in str(each.value))
        or (
            isinstance(each, ast.Name | ast.Attribute)
            and re.search(r"(?i)url|path|endpoint|address|uri", last_name(each))
        )
        for each in call.args
    )
    said = {each.arg for each in call.keywords}
    return url or bool(said & {"timeout", "json", "params", "headers", "data", "auth", "url"})


def text_in(expr: ast.AST | None) -> str:
    """The literal text of an expression; empty for anything else."""
    return expr.value if isinstance(expr, ast.Constant) and isinstance(expr.value, str) else ""


def last_name(expr: ast.AST) -> str:
    """What a name, an attribute or a call ends with."""
    match expr:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func):
            return last_name(func)
        case _:
            pass
    return ""
