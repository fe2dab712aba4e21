"""Who asks: a person by a token, an installation by its own, the app by its signed word, or nobody.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app,
as known 2026-11: RS256; `iat` in the past, `exp` at most ten minutes ahead, `iss` the app.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.github.trouble import refused
from bridgewright.simulate.github.world import APP, BOT

if TYPE_CHECKING:
    from bridgewright.simulate.github.records import Grant
    from bridgewright.simulate.github.world import World

USER, INSTALLED, APPLICATION, ANONYMOUS = "user", "installation", "app", "anonymous"
LONGEST_S = 600.0
"""How far ahead the end of an app's word may be."""
SKEW_S = 5.0
"""How far ahead of GitHub's clock a word may be dated: hardly."""
_DOTS = 2
_ALGORITHMS = ("RS256",)


@dataclass(frozen=True, slots=True)
class Caller:
    """One who asks; `login` is "" for who has none. Limits are counted by `purse`."""

    kind: str
    login: str = ""
    purse: str = ""
    grant: Grant | None = field(default=None, repr=False)


def recognise(authorization: str | None, world: World) -> Caller:
    """Who has this word; 401 for a word that opens nothing."""
    if not authorization:
        return Caller(ANONYMOUS, purse="ip:127.0.0.1")
    kind, _, word = authorization.partition(" ")
    if kind.lower() == "basic":
        word = _password(word)
    word = word.strip()
    if word in world.tokens:
        login = world.tokens[word]
        return Caller(USER, login, f"user:{login}")
    grant = world.grants.get(word)
    if grant is not None and grant.ends_at_s > world.now():
        return Caller(INSTALLED, BOT, f"installation:{grant.installation}", grant)
    raise refused(401, "Bad credentials")


def recognise_app(authorization: str | None, now_s: float, key: str | None) -> Caller:
    """The app, by its signed word: looked into where there is a `key` to verify it by, and taken on
    trust where there is none."""
    kind, _, word = (authorization or "").partition(" ")
    if kind != "Bearer" or word.count(".") != _DOTS:
        raise refused(401, "A JSON web token could not be decoded")
    if key is not None:
        _check(_claims(word.strip(), key), now_s)
    return Caller(APPLICATION, BOT, f"app:{APP}")


def _claims(word: str, key: str) -> dict[str, Any]:
    import jwt  # noqa: PLC0415 - heavy, and few ask as an app

    checks = {f"verify_{name}": False for name in ("exp", "iat", "nbf", "aud", "iss")}
    try:
        return dict(jwt.decode(word, key, algorithms=list(_ALGORITHMS), options=checks))  # type: ignore[arg-type]
    except jwt.PyJWTError:
        raise refused(401, "A JSON web token could not be decoded") from None


def _check(claims: dict[str, Any], now_s: float) -> None:
    ends, made = claims.get("exp"), claims.get("iat")
    if not isinstance(ends, int | float) or ends <= now_s:
        text = (
            "'Expiration time' claim ('exp') must be a numeric value representing the future time"
            " at which the assertion expires"
        )
        raise refused(401, text)
    if ends > now_s + LONGEST_S + SKEW_S:
        raise refused(401, "'Expiration time' claim ('exp') is too far in the future")
    if not isinstance(made, int | float) or made > now_s + SKEW_S:
        text = (
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion"
            " was issued"
        )
        raise refused(401, text)
    if not claims.get("iss"):
        raise refused(401, "Missing 'issuer' claim ('iss') in assertion")


def _password(word: str) -> str:
    try:
        pair = base64.b64decode(word, validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        return ""
    name, _, password = pair.partition(":")
    return password if password and password != "x-oauth-basic" else name  # noqa: S105 - GitHub's word for "the token is the name"
