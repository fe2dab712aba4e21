"""An API that we know nothing of, as its user declares it. Sources: README.md."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import urlsplit

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.call import Operation, Safety
from bridgewright.core.policy.numbers import CallNumbers, Quota
from bridgewright.core.policy.profile import CallProfile, Idempotency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bridgewright.core.model.call import Request, Response

PACKAGES: tuple[str, ...] = ()
"""There is no SDK whose clients could be attached."""

OPTIONS = ("key_header", "token_url", "scopes")
"""What a connection is told of credentials, beside themselves."""

A_DAY_S = 86_400.0
JSON = "application/json"
_BY_METHOD = {
    "GET": Safety.SAFE,
    "HEAD": Safety.SAFE,
    "OPTIONS": Safety.SAFE,
    "PUT": Safety.IDEMPOTENT,
    "DELETE": Safety.IDEMPOTENT,
}
_WITHOUT_BODY = frozenset({202, 204, 205, 304})
_PARSED_BYTES = 1_048_576
_PLACE = re.compile(r"\{[^{}/]*\}|\*")
_OPERATION = re.compile(r"([A-Z]+) (/\S*)")
_FIELD = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True, slots=True)
class Declared:
    """One operation that a user declares: `POST /v1/quotes/{id}/preview`; `{…}` and `*` stand for one
    segment each, `**` for any rest."""

    text: str
    method: str
    path: re.Pattern[str]
    safety: Safety

    @property
    def name(self) -> str:
        """How logs and errors call it: as it was declared."""
        return self.text

    def fits(self, method: str, path: str) -> bool:
        """Whether a request is one of it."""
        return self.method == method and self.path.fullmatch(path) is not None


class Promises(TypedDict, total=False):
    """What may be declared of an API beside its name and its URL; see `declared`."""

    idempotency_header: str | None
    keys_live_s: float
    safe: Sequence[str]
    idempotent: Sequence[str]
    quotas: Mapping[str, tuple[Quota, ...]] | None
    content_type: str | None
    unprocessed: Sequence[int]
    in_progress: Sequence[int]
    request_id_headers: Sequence[str]
    keyed: Sequence[str] | None
    unsafe: Sequence[str]
    groups: Mapping[str, Sequence[str]]
    numbers: CallNumbers | None
    key_header: str
    token_url: str
    scopes: Sequence[str]


def split(promises: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What was promised of operations, and what of credentials, as options of a connection."""
    rest = {name: value for name, value in promises.items() if name not in OPTIONS}
    options = {name: promises[name] for name in OPTIONS if promises.get(name)}
    if "scopes" in options:
        options["scopes"] = " ".join(options["scopes"])
    return rest, options


def declared(  # noqa: PLR0913 - what there is to declare
    name: str,
    base_url: str,
    *,
    idempotency_header: str | None = None,
    keys_live_s: float = A_DAY_S,
    safe: Iterable[str] = (),
    idempotent: Iterable[str] = (),
    quotas: Mapping[str, tuple[Quota, ...]] | None = None,
    content_type: str | None = JSON,
    unprocessed: Iterable[int] = (429,),
    in_progress: Iterable[int] = (),
    numbers: CallNumbers | None = None,
    request_id_headers: Iterable[str] = ("x-request-id", "request-id"),
    keyed: Iterable[str] | None = None,
    unsafe: Iterable[str] = (),
    groups: Mapping[str, Iterable[str]] | None = None,
    token_url: str = "",
) -> CallProfile:
    """The profile of an API, from what its documentation promises.

    `name` is how logs call it, `base_url` where it is. GET, HEAD and OPTIONS are safe, PUT and DELETE
    idempotent, everything else unsafe: never sent again once it may have happened. `safe` and
    `idempotent` name more operations (`POST /search`, `PATCH /users/{id}`). With an
    `idempotency_header` every unsafe operation carries a key in it, minted once a call, by which the
    API recognises a repeat for `keys_live_s` seconds (default: a day, the shortest that is common);
    `keyed` names those that do, where not all of them do. `unsafe` are operations that are not sent
    again, whatever their method promises.
    `content_type` is what a success must have (default JSON, and then it must parse; None for
    anything but a page of HTML that nobody asked for); 202, 204 and 205 may be empty. `unprocessed`
    are statuses that the API documents as "nothing was done" (default 429); `in_progress` those by
    which it says that an earlier request under the same key is not done yet, to be asked again
    (default none: 409 also means a conflict for good; draft-ietf-httpapi-idempotency-key-header-07,
    2.7, read 2026-11, recommends it). `quotas` are those of ""
    for the whole account, and of each of `groups`: operations that fail and are limited apart.
    `token_url` is where OAuth2 grants tokens, which is asked again like a read. Raises
    `ConfigurationError` for what cannot be.
    """
    header = None if idempotency_header is None else idempotency_header.lower()
    if header is not None and not _FIELD.fullmatch(header):
        problem = f"{idempotency_header!r} is no name of a header field"
        raise ConfigurationError(problem, place=name, remedy="use one like Idempotency-Key")
    _refuse_url(name, base_url)
    told = (
        (Safety.SAFE, safe),
        (Safety.IDEMPOTENT, idempotent),
        (Safety.UNSAFE, unsafe),
        (Safety.KEYED, keyed or ()),
    )
    known = _known(name, told, groups or {}, all_keyed=header is not None and keyed is None)
    if header is None and keyed is not None:
        problem = "it names operations that carry a key, and no field that would carry it"
        raise ConfigurationError(problem, place=name, remedy="declare idempotency_header")
    prefix = urlsplit(base_url).path.rstrip("/")
    wanted = None if content_type is None else content_type.lower()

    def classify(request: Request) -> Operation:
        if token_url and request.url == token_url:
            return TOKEN
        return _operation(request, prefix, known, wanted)

    return CallProfile(
        provider=name,
        base_url=base_url,
        classify=classify,
        numbers=numbers or CallNumbers(),
        quotas=quotas or {},
        idempotency=None if header is None else Idempotency(header, keys_live_s),
        unprocessed=frozenset(unprocessed),
        refusals=frozenset(in_progress),
        request_id_headers=tuple(each.lower() for each in request_id_headers),
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What was declared of operations, the groups that they are in, and whether all that is unsafe by
    its method carries a key."""

    operations: tuple[Declared, ...] = ()
    groups: tuple[tuple[str, Declared], ...] = ()
    all_keyed: bool = False


def _known(
    name: str,
    told: Iterable[tuple[Safety, Iterable[str]]],
    groups: Mapping[str, Iterable[str]],
    *,
    all_keyed: bool,
) -> _Known:
    operations = tuple(_declared(name, each, safety) for safety, texts in told for each in texts)
    grouped = (
        (group, _declared(name, each, Safety.UNSAFE))
        for group, texts in groups.items()
        for each in texts
    )
    return _Known(operations, tuple(grouped), all_keyed)


def _operation(request: Request, prefix: str, known: _Known, wanted: str | None) -> Operation:
    method = request.method.upper()
    path = urlsplit(request.url).path.removeprefix(prefix) or "/"
    found = next((each for each in known.operations if each.fits(method, path)), None)
    safety = _BY_METHOD.get(method, Safety.UNSAFE) if found is None else found.safety
    if found is None and known.all_keyed and safety is Safety.UNSAFE:
        safety = Safety.KEYED
    group = next((name for name, each in known.groups if each.fits(method, path)), "")
    asked = request.header("accept")
    shape = Shape(wanted, page_asked="html" in (asked or ""), head=method == "HEAD")
    return Operation(method if found is None else found.name, safety, group, accepts=shape.wrong)


def _wrong_token(response: Response) -> str | None:
    """What is wrong with the answer of a token endpoint, None when it brings a token."""
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return "its body is no JSON"
    token = found.get("access_token") if isinstance(found, dict) else None
    good = isinstance(token, str) and token.isascii() and token.isprintable() and token.strip()
    return None if good else "it brings no access_token"


TOKEN = Operation("POST token", Safety.SAFE, "oauth2", accepts=_wrong_token)
"""A token is fetched. To fetch two does no harm, and the API is not down when its door is."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a success looks like."""

    wanted: str | None
    page_asked: bool = False
    head: bool = False

    def wrong(self, response: Response) -> str | None:
        """What is wrong with a 2xx answer, None when it is one of this API."""
        if self.head:
            return None
        empty = not response.body and response.stream is None
        if empty and response.status in _WITHOUT_BODY:
            return None
        kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
        if self.wanted is None:
            page = kind == "text/html" and not self.page_asked
            return "it is a page of HTML" if page else None
        if self.wanted == JSON:
            return _wrong_json(response, kind)
        return None if kind == self.wanted else f"its content is not {self.wanted}"


def _wrong_json(response: Response, kind: str) -> str | None:
    if kind != JSON and not kind.endswith("+json"):
        return "its content is not JSON"
    if response.stream is not None or len(response.body) > _PARSED_BYTES:
        return None
    try:
        json.loads(response.body)
    except (ValueError, RecursionError):
        return "its body is no JSON"
    return None


def _declared(name: str, text: str, safety: Safety) -> Declared:
    found = _OPERATION.fullmatch(text)
    if found is None:
        problem = f"{text!r} is no operation"
        raise ConfigurationError(problem, place=name, remedy='write it as "POST /search"')
    method, path = found.groups()
    parts = (_pattern(part) for part in path.split("/"))
    return Declared(text, method, re.compile("/".join(parts)), safety)


def _pattern(part: str) -> str:
    if part == "**":
        return ".*"
    pieces = _PLACE.split(part)
    return "[^/]+".join(re.escape(piece) for piece in pieces)


def _refuse_url(name: str, base_url: str) -> None:
    parts = urlsplit(base_url)
    whole = parts.scheme in ("http", "https") and parts.hostname and not parts.query
    if not whole or "@" in parts.netloc:
        problem = "its base_url is no absolute URL of http or https without credentials and query"
        raise ConfigurationError(
            problem, place=name, remedy="give one like https://api.example.com"
        )


CALL_PROFILE = CallProfile(
    provider="http",
    base_url="",
    classify=lambda request: _operation(request, "", _Known(), JSON),
)
"""An API of which nothing was declared but where it is."""
