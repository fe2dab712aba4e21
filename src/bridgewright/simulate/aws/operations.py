"""What a request asks of AWS: `sqs.SendMessage`, `s3.PutObject`, as boto3 calls it.

JSON services say so in `X-Amz-Target`, those of the query protocol in `Action`, and REST services by
method, path and query, for which botocore's own description of the service is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.wire import Heard

_TARGETS = {
    "AmazonSQS": "sqs",
    "DynamoDB_20120810": "dynamodb",
    "secretsmanager": "secretsmanager",
}
_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_ACTION = re.compile(r"[A-Za-z0-9]{1,80}")
_FORM = "application/x-www-form-urlencoded"
_PART = re.compile(r"\{(\w+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One operation of a REST service; the query and header fields that tell it from its siblings."""

    name: str
    method: str
    path: re.Pattern[str]
    fixed: tuple[tuple[str, str], ...]
    queries: tuple[str, ...]
    headers: tuple[str, ...]

    def likeness(self, heard: Heard, path: str, query: Mapping[str, list[str]]) -> int:
        """How much speaks for it: -1 when it is something else, and more the more it asks for."""
        if self.method != heard.method or not self.path.fullmatch(path):
            return -1
        fits = (
            all(name in query and value in {"", query[name][0]} for name, value in self.fixed)
            and all(name in query for name in self.queries)
            and all(heard.header(name) is not None for name in self.headers)
        )
        return len(self.fixed) + len(self.queries) + len(self.headers) if fits else -1


class Operations:
    """Names requests; descriptions of services are read when the first of their requests comes."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[_Candidate, ...]] = {}

    def __call__(self, heard: Heard) -> str:
        """`service.Operation`, or "" for what is not simulated."""
        service, query = signed_for(heard), query_of(heard)
        target = heard.header("x-amz-target")
        if target is not None:
            prefix, _, name = target.partition(".")
            known = _TARGETS.get(prefix)
            return f"{known}.{name}" if known and _ACTION.fullmatch(name) else ""
        if service in {"sns", "ses", "sqs", "sts"} and not heard.path.startswith("/v2/"):
            name = action_of(heard)
            return f"{service}.{name}" if name else ""
        if service == "ses":
            service = "sesv2"
        if service not in {"s3", "sesv2"} or heard.path.startswith("/moto-api"):
            return ""
        name = self._by_rest(service, heard, query)
        return f"{service}.{name}" if name else ""

    def _by_rest(self, service: str, heard: Heard, query: Mapping[str, list[str]]) -> str:
        if service not in self._read:
            self._read[service] = _described(service)
        path, best, most = _path(heard), "", -1
        for each in self._read[service]:
            likeness = each.likeness(heard, path, query)
            if likeness > most:
                best, most = each.name, likeness
        return best


def signed_for(heard: Heard) -> str:
    """The service that a request is signed for; S3 for one that is not signed, as S3 allows."""
    return _scope(heard)[1] or "s3"


def region_of(heard: Heard) -> str:
    """The region that a request is signed for; "" for one that is not signed."""
    return _scope(heard)[0]


def _scope(heard: Heard) -> tuple[str, str]:
    found = _SCOPE.search(heard.header("authorization") or "")
    if found is not None:
        return found[1], found[2]
    parts = query_of(heard).get("X-Amz-Credential", [""])[0].split("/")
    return (parts[2], parts[3]) if len(parts) == 5 else ("", "")  # noqa: PLR2004 - key, day, region, service, end


def action_of(heard: Heard) -> str:
    """The `Action` of the query protocol, from body or query; "" for none."""
    name = fields_of(heard).get("Action", "")
    return name if _ACTION.fullmatch(name) else ""


def fields_of(heard: Heard) -> dict[str, str]:
    """The fields of the query protocol."""
    fields = {name: values[0] for name, values in query_of(heard).items()}
    if (heard.header("content-type") or "").startswith(_FORM):
        form = parse_qs(heard.body.decode(errors="replace"), keep_blank_values=True)
        fields |= {name: values[0] for name, values in form.items()}
    return fields


def query_of(heard: Heard) -> dict[str, list[str]]:
    """The query of a request: names without a value, as S3 has them, too."""
    return parse_qs(urlsplit(heard.target).query, keep_blank_values=True)


def _path(heard: Heard) -> str:
    """The path with the bucket in it, where that is in the host instead."""
    host = (heard.header("host") or "").rpartition(":")[0]
    bucket = host.removesuffix(".localhost") if host.endswith(".localhost") else ""
    return f"/{bucket}{heard.path}".rstrip("/") or "/" if bucket else heard.path.rstrip("/") or "/"


def _described(service: str) -> tuple[_Candidate, ...]:
    from botocore.loaders import Loader  # noqa: PLC0415 - only those who simulate AWS have it

    model = Loader().load_service_model(service, "service-2")
    return tuple(_candidate(name, each, model) for name, each in model["operations"].items())


def _candidate(name: str, operation: Mapping[str, Any], model: Mapping[str, Any]) -> _Candidate:
    path, _, query = operation["http"]["requestUri"].partition("?")
    fixed = tuple(
        (key, values[0])
        for key, values in parse_qs(query, keep_blank_values=True).items()
        if not values[0].startswith("{")
    )
    shape = model["shapes"].get(operation.get("input", {}).get("shape", ""), {})
    needed = [shape["members"][each] for each in shape.get("required", ())]
    queries, headers = (
        tuple(each["locationName"] for each in needed if each.get("location") == place)
        for place in ("querystring", "header")
    )
    lowered = tuple(each.lower() for each in headers)
    return _Candidate(name, operation["http"]["method"], _pattern(path), fixed, queries, lowered)


def _pattern(path: str) -> re.Pattern[str]:
    parts, at = [], 0
    for found in _PART.finditer(path):
        parts += [re.escape(path[at : found.start()]), ".+" if found[2] else "[^/]+"]
        at = found.end()
    return re.compile("".join(parts) + re.escape(path[at:].rstrip("/")) or "/", re.DOTALL)
