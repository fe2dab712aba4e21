"""How calls are authorised: as the user says, or as the specification declares it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.manifest.words import Auth, AuthKind
from bridgewright.engineer.scaffold.plan import variables_of

if TYPE_CHECKING:
    from bridgewright.engineer.scaffold.papers import Content

KEY_HEADER = "X-Api-Key"


def chosen(
    name: str, kind: AuthKind, header: str = "", token_url: str = "", scopes: tuple[str, ...] = ()
) -> Auth:
    """What a user asked for. `ConfigurationError` for OAuth2 that says nowhere to get tokens."""
    if kind is AuthKind.OAUTH2 and not token_url:
        raise ConfigurationError(
            "OAuth2 needs to know where tokens are granted",
            place="--auth oauth2",
            remedy="add --token-url https://…",
        )
    return Auth(
        kind,
        (header or KEY_HEADER) if kind is AuthKind.API_KEY else "",
        token_url if kind is AuthKind.OAUTH2 else "",
        scopes if kind is AuthKind.OAUTH2 else (),
        variables_of(name, kind),
    )


def declared(name: str, spec: Content) -> Auth:
    """What a slice declares: the first of its schemes that is known here; none where it declares none.

    `ConfigurationError` when all that it declares is something else (a key in the URL, a cookie, a user's
    OAuth2): then the user has to say.
    """
    schemes = (spec.get("components") or {}).get("securitySchemes") or {}
    for scheme in schemes.values():
        found = _of(name, scheme) if isinstance(scheme, dict) else None
        if found is not None:
            return found
    if schemes:
        raise ConfigurationError(
            "the specification declares no way of authorising that is written here",
            place="--spec",
            remedy="say which the provider takes: --auth api_key, basic, bearer, oauth2 or none",
        )
    return chosen(name, AuthKind.NONE)


def is_declared(auth: Auth, spec: Content) -> bool:
    """Whether a slice declares that kind of authorising."""
    schemes = (spec.get("components") or {}).get("securitySchemes") or {}
    found = [_of("", scheme) for scheme in schemes.values() if isinstance(scheme, dict)]
    return any(each is not None and each.kind is auth.kind for each in found)


def _of(name: str, scheme: dict[str, Any]) -> Auth | None:
    kind, word = scheme.get("type"), str(scheme.get("scheme", "")).lower()
    if kind == "apiKey" and scheme.get("in") == "header":
        return chosen(name, AuthKind.API_KEY, str(scheme.get("name", "")))
    if kind == "http" and word in ("basic", "bearer"):
        return chosen(name, AuthKind(word))
    flows = scheme.get("flows")
    flow = flows.get("clientCredentials") if isinstance(flows, dict) else None
    if kind == "oauth2" and isinstance(flow, dict) and flow.get("tokenUrl"):
        scopes = flow.get("scopes")
        wanted = tuple(map(str, scopes)) if isinstance(scopes, dict) else ()
        return chosen(name, AuthKind.OAUTH2, "", str(flow["tokenUrl"]), wanted)
    return None
