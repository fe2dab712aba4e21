"""What a user's declarations make of an API."""

from __future__ import annotations

from typing import Any

import pytest

from bridgewright.connectors.http.profile import declared
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.call import Request, Response, Safety

BASE = "https://api.acme.example/v1"
JSON = ("content-type", "application/json")


def _safety(method: str, path: str, **promises: Any) -> Safety:
    return declared("acme", BASE, **promises).classify(Request(method, BASE + path)).safety


@pytest.mark.parametrize(
    ("method", "safety"),
    [
        ("GET", Safety.SAFE),
        ("HEAD", Safety.SAFE),
        ("PUT", Safety.IDEMPOTENT),
        ("DELETE", Safety.IDEMPOTENT),
        ("POST", Safety.UNSAFE),
        ("PATCH", Safety.UNSAFE),
        ("BREW", Safety.UNSAFE),
    ],
)
def test_without_declarations_the_method_decides(method: str, safety: Safety) -> None:
    assert _safety(method, "/orders") is safety


@pytest.mark.parametrize(
    ("path", "safety"),
    [
        ("/search/orders", Safety.SAFE),
        ("/search/orders?q=1", Safety.SAFE),
        ("/search/orders/7", Safety.UNSAFE),
        ("/search/", Safety.UNSAFE),
        ("/research/orders", Safety.UNSAFE),
        ("/reports/a/b/c", Safety.SAFE),
        ("/files/a.b/preview", Safety.SAFE),
        ("/files/axb/other", Safety.UNSAFE),
    ],
)
def test_declared_operations_are_safe_and_no_others(path: str, safety: Safety) -> None:
    safe = ["POST /search/{index}", "POST /reports/**", "POST /files/*/preview"]
    assert _safety("POST", path, safe=safe) is safety


def test_an_operation_is_named_as_it_was_declared_and_never_by_its_path() -> None:
    profile = declared("acme", BASE, idempotent=["PATCH /users/{id}"])
    found = profile.classify(Request("PATCH", f"{BASE}/users/ann@example.com"))
    assert (found.name, found.safety) == ("PATCH /users/{id}", Safety.IDEMPOTENT)
    assert profile.classify(Request("POST", f"{BASE}/users/ann@example.com")).name == "POST"


def test_a_declared_header_gives_every_write_a_key() -> None:
    profile = declared("acme", BASE, idempotency_header="Idempotency-Key", keys_live_s=60)
    assert profile.classify(Request("POST", f"{BASE}/orders")).safety is Safety.KEYED
    assert profile.classify(Request("GET", f"{BASE}/orders")).safety is Safety.SAFE
    assert profile.idempotency is not None
    assert (profile.idempotency.header, profile.idempotency.lifetime_s) == ("idempotency-key", 60)


@pytest.mark.parametrize(
    ("content_type", "method", "response", "good"),
    [
        ("application/json", "GET", Response(200, (JSON,), b"[]"), True),
        ("application/json", "GET", Response(200, (("content-type", "x/y+json"),), b"[]"), True),
        ("application/json", "GET", Response(200, (JSON,), b"{never"), False),
        ("application/json", "GET", Response(200, (), b"[]"), False),
        ("application/json", "POST", Response(204), True),
        ("application/json", "POST", Response(200), False),
        ("application/json", "HEAD", Response(200), True),
        ("text/csv", "GET", Response(200, (("content-type", "text/csv; header=x"),), b"a"), True),
        ("text/csv", "GET", Response(200, (("content-type", "text/html"),), b"<"), False),
        (None, "GET", Response(200, (("content-type", "text/html"),), b"<"), False),
        (None, "GET", Response(200, (), b"anything"), True),
    ],
)
def test_a_success_has_the_declared_shape(
    content_type: str | None, method: str, response: Response, *, good: bool
) -> None:
    profile = declared("acme", BASE, content_type=content_type)
    accepts = profile.classify(Request(method, BASE)).accepts
    assert accepts is not None
    assert (accepts(response) is None) is good


@pytest.mark.parametrize(
    ("base_url", "promises"),
    [
        ("api.acme.example", {}),
        ("ftp://api.acme.example", {}),
        ("https://ann:canary@api.acme.example", {}),
        (BASE, {"safe": ["search"]}),
        (BASE, {"safe": ["POST search"]}),
        (BASE, {"idempotency_header": "Idempotency Key"}),
    ],
)
def test_what_cannot_be_is_refused(base_url: str, promises: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        declared("acme", base_url, **promises)
    assert "canary" not in str(caught.value)
