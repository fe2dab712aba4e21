"""Which names hold a secret, and which are only about one."""

from __future__ import annotations

import re

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PASSWORD = re.compile(r"passw(?:or)?d|passphrase|passcode|pwd$|^pass$")
_SECRET = re.compile(
    r"secret|token|bearer|credential|api_?key|access_?key|private_?key|signing_?key|encryption_?key"
    r"|auth_?key|master_?key|account_?key|license_?key|secure_?key|authorization|jwt$|dsn$|connection_?string"
)
_KEY = re.compile(r"(?:^|_)key$")
_OTHER_KEYS = re.compile(
    r"(?:^|_)(?:public|primary|foreign|cache|sort|idempotency|partition|routing|object|dedupe|group|lookup|row"
    r"|translation|i18n|storage|registry|dict)_?key$"
)
_ABOUT = re.compile(
    r"(?:^|_)(?:name|names|header|headers|url|uri|endpoint|path|file|filename|field|fields|label|type|types|kind|id|ids"
    r"|env|var|variable|arn|ref|prefix|suffix|pattern|regex|re|format|hash|digest|fingerprint|length|len|size|ttl"
    r"|expiry|expires|expires_in|expires_at|count|limit|scheme|algorithm|alg|scope|scopes|issuer|class|service|store"
    r"|vault|manager|param|params|parameter|attribute|help|hint|prompt|placeholder|message|error|policy|version"
    r"|location|place|option|keys|words|chars|bits|bytes|alphabet|charset|rule|rules|reset|changed|title|mask)$"
)
_MADE_UP = re.compile(r"^(?:example|sample|dummy|fake|mock|stub|no)_")
_PAGING = re.compile(
    r"(?:^|_)(?:next|page|paging|pagination|continuation|sync|start|starting|cursor|resume|client_request|csrf|xsrf"
    r"|csrfmiddleware|stop|pad|eos|bos|unk|mask|sep|cls|special|max|min|num|total|prompt|completion|input|output)"
    r"_?tokens?$"
)
_CURSOR = re.compile(r"(?:^|_)(?:next|cursor|after|continue|has_more|starting_after)(?:_|$)")


def words(name: str) -> str:
    """`accessToken`, `ACCESS-TOKEN` and `access token` as `access_token`."""
    return re.sub(r"[^A-Za-z0-9]+", "_", _HUMP.sub("_", name)).strip("_").lower()


def is_password(name: str) -> bool:
    """Whether a name holds a word that a person made up."""
    spelt = words(name)
    return _PASSWORD.search(spelt) is not None and not any(
        each.search(spelt) for each in (_ABOUT, _MADE_UP)
    )


def holds_secret(name: str) -> bool:
    """Whether the value of a name is a secret: `access_token`, but not `token_url` or `next_token`."""
    spelt = words(name)
    if _ABOUT.search(spelt) or _PAGING.search(spelt) or _MADE_UP.search(spelt):
        return False
    return _PASSWORD.search(spelt) is not None or _SECRET.search(spelt) is not None


def is_paging(name: str) -> bool:
    """Whether a name is of a place in a list: `next_page_token`, `cursor`."""
    spelt = words(name)
    return _PAGING.search(spelt) is not None or _CURSOR.search(spelt) is not None


def may_hold_secret(name: str) -> bool:
    """Whether a name says no more than that its value is a key."""
    spelt = words(name)
    return not any(each.search(spelt) for each in (_OTHER_KEYS, _MADE_UP)) and bool(
        _KEY.search(spelt)
    )
