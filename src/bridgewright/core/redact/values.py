"""Values that give themselves away, in any text: keys, tokens, addresses, phone and card numbers.

Every pattern is linear in the text: classes that follow each other have no character in common, or
are possessive, and what may be long has a bound. `MAX_TEXT_CHARS` bounds the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.core.redact.fields import is_secret
from bridgewright.core.redact.pan import cards
from bridgewright.core.redact.redaction import MASK, spelt_alike

if TYPE_CHECKING:
    from bridgewright.core.redact.redaction import Redaction

MAX_TEXT_CHARS = 65_536
"""What is looked at of one text (64 K); the rest is withheld."""

_SEAM_CHARS = 320
"""Dropped before a cut: the longest address that the cut may have made unrecognisable."""

_APART = r"(?<![A-Za-z0-9])"
_VENDOR = re.compile(
    _APART + r"(?:"
    r"(?P<name>(?:sk|rk)[_-]|whsec_|ghp_|gho_|ghu_|ghs_|ghr_|github_pat_|glpat-|xox[a-z][.-]|xapp-"
    r"|AIza|npm_|pypi-|hf_|shp(?:at|ca|pa|ss)_|SG\.)[A-Za-z0-9_\-.]{10,}+"
    r"|(?P<aws>A(?:KIA|SIA))[A-Z0-9]{8,}+)"
)
"""Keys that providers mark as theirs; the mark is kept, the rest is masked."""

_JWT = re.compile(_APART + r"eyJ[A-Za-z0-9_\-]{8,}+(?:\.[A-Za-z0-9_\-]*+){0,4}")
_CREDENTIALS = re.compile(
    r"(?i:\b(?P<scheme>bearer|basic|negotiate|token|hmac))(?P<gap>[ \t]{1,8}|%20|\+)"
    r"(?=[^\s\"'<>]{0,23}[0-9A-Z_\-+/=.])[^\s\"'<>,;&]{8,}+"
)
_SIGNED = re.compile(
    r"(?i:\b(?P<scheme>aws4-hmac-sha256|digest|signature|hmac))[ \t]{1,8}(?=[A-Za-z]{1,32}=)[^\r\n]++"
)
_USERINFO = re.compile(r"://[^\s/?#@\"'<>]{1,1024}+@")
_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{1,64}+-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{1,64}+-----")
_DOMAIN = re.compile(r"(?:@|%40)(?:[^\W_](?:[\w\-]{0,61})\.){1,8}[^\W\d_][\w\-]{1,62}")
_BEFORE_AT = frozenset(".+-_%")
_MAX_LOCAL_CHARS = 64
_PHONE = re.compile(r"(?:\+|%2[Bb])[1-9](?:[ ()./\-]{0,3}[0-9]){7,14}(?![0-9])")
_NAME = re.compile(
    r"(?<![\w\-.\[\]])(?P<name>[\w\-.\[\]]++)"
    r"(?:\\?[\"'][ \t]{0,4}+,[ \t]{0,4}+(?=b?[\"'])|(?:\\?[\"'])?+[ \t]{0,4}+(?:=>|[:=])[ \t]{0,4}+)"
)
_VALUE = re.compile(
    r"\\\"(?:[^\"\\]++|\\(?!\"))*+(?:\\\")?|[bru]?\"(?:[^\"\\]++|\\.)*+\"?|[bru]?\\?'(?:[^'\\]++|\\.)*+'?|[{\[(].*+|[^\s\"'&,;<>]++",
    re.DOTALL,
)
_LINE = re.compile(r"[^\r\n]*+")
_QUOTED = re.compile(r"[bru]?\\?[\"']")
_WHOLE_LINES = frozenset({"authorization", "proxyauthorization", "cookie", "setcookie"})
_ESCAPED = re.compile(r"\\u00([2-7][0-9a-fA-F])")


def redacted(text: str, redaction: Redaction, *, named: bool = False) -> str:
    """The text without what must not leave; longer ones are cut first, and say so.

    `named` masks `name=value` and `"name": "value"` as well where the name is of a secret: for text
    without a structure that a parser could find.
    """
    if redaction.known is not None:
        text = redaction.known.sub(MASK, text)
    cut = len(text) > MAX_TEXT_CHARS
    if cut:
        text = text[:MAX_TEXT_CHARS]
    text = without_keys(text)
    if named:
        text = _without_named(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text), redaction)
    text = _without_addresses(text, redaction)
    text = _without_cards(text)
    return f"{text[:-_SEAM_CHARS]}… (cut)" if cut else text


SIGNS = (
    "@ %40 %2b + eyj -----b sk_ rk_ sk- rk- whsec_ ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- xox xapp-"
    " aiza npm_ pypi- hf_ shp sg. akia asia bearer basic digest negotiate token hmac signature"
).split()
"""One of these is in every text, in lower case, that `redacted` would change, but for card numbers and
the secrets that are known."""

_DIGITS = re.compile(r"[0-9][0-9 \-.]{11}")


def unsuspicious(text: str, redaction: Redaction) -> bool:
    """Whether a short text can be shown as it is: a quick look, for the hot path of a call."""
    lower = text.lower()
    for sign in SIGNS:  # quicker than one pattern of them all
        if sign in lower:
            return False
    return _DIGITS.search(text) is None and (
        redaction.known is None or redaction.known.search(text) is None
    )


def without_keys(text: str) -> str:
    """The text without keys and tokens that give themselves away, and with all else as it is: for source
    that somebody is to change word by word."""
    text = _without_pem(text)
    if "://" in text:
        text = _USERINFO.sub(f"://{MASK}@", text)
    text = _JWT.sub(f"jwt:{MASK}", text)
    text = _SIGNED.sub(rf"\g<scheme> {MASK}", text)
    text = _CREDENTIALS.sub(rf"\g<scheme>\g<gap>{MASK}", text)
    return _VENDOR.sub(_vendor_mask, text)


def _vendor_mask(found: re.Match[str]) -> str:
    return f"{found['name'] or found['aws']}{MASK}"


def _without_pem(text: str) -> str:
    kept, position = [], 0
    while begin := _PEM_BEGIN.search(text, position):
        kept += [text[position : begin.start()], f"pem:{MASK}"]
        end = _PEM_END.search(text, begin.end())
        if end is None:
            return "".join(kept)
        position = end.end()
    return "".join((*kept, text[position:])) if kept else text


def _without_named(text: str, redaction: Redaction) -> str:
    kept, position, found = [], 0, _NAME.search(text)
    while found is not None:
        end = found.end()
        if is_secret(found["name"], redaction):
            whole = spelt_alike(found["name"]) in _WHOLE_LINES and not _QUOTED.match(text, end)
            value = (_LINE if whole else _VALUE).match(text, end)
            if value is not None:
                kept += [text[position:end], MASK]
                position = end = value.end()
        found = _NAME.search(text, end)
    return "".join((*kept, text[position:])) if kept else text


def _without_addresses(text: str, redaction: Redaction) -> str:
    if "+" in text or "%2" in text:
        text = _PHONE.sub(lambda found: redaction.pseudonym("phone", _phone(found[0])), text)
    if "@" not in text and "%40" not in text:
        return text
    kept, position = [], 0
    for domain in _DOMAIN.finditer(text):
        begin = _local_begin(text, domain.start(), position)
        if begin == domain.start():
            continue
        address = text[begin : domain.end()].replace("%40", "@")
        kept += [text[position:begin], redaction.pseudonym("email", address)]
        position = domain.end()
    return "".join((*kept, text[position:])) if kept else text


def _local_begin(text: str, at: int, least: int) -> int:
    begin, least = at, max(least, at - _MAX_LOCAL_CHARS)
    while begin > least and (text[begin - 1].isalnum() or text[begin - 1] in _BEFORE_AT):
        begin -= 1
    return begin


def _phone(text: str) -> str:
    return "".join(character for character in text.replace("%2", "") if character.isdigit())


def _without_cards(text: str) -> str:
    kept, position = [], 0
    for begin, end, digits in cards(text):
        kept += [text[position:begin], f"card:{MASK}{digits[-4:]}"]
        position = end
    return "".join((*kept, text[position:])) if kept else text
