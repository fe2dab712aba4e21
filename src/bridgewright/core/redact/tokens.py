"""Secrets by what they look like: the shapes that issuers mark as theirs, and texts drawn by dice."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_APART = r"(?<![A-Za-z0-9])"
SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("a secret key of Stripe", _APART + r"[sr]k_(?:live|test)_[A-Za-z0-9]{8,}"),
        ("a webhook signing secret", _APART + r"wh(?:sec|sk)_[A-Za-z0-9+/=_-]{12,}"),
        ("a token of GitHub", _APART + r"(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{16,}"),
        ("a token of GitLab", _APART + r"gl(?:pat|oas|ptt|rt)-[A-Za-z0-9_-]{16,}"),
        ("a token of Slack", _APART + r"(?:xox[a-z]-|xapp-)[A-Za-z0-9-]{10,}"),
        ("a webhook URL of Slack", r"hooks\.slack\.com/(?:services|workflows|triggers)/T"),
        ("an access key of AWS", _APART + r"A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Z0-9])"),
        ("a key of SendGrid", _APART + r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
        ("an API key of Twilio", _APART + r"SK[0-9a-f]{32}(?![0-9a-f])"),
        (
            "a key of Google",
            _APART + r"(?:AIza[A-Za-z0-9_-]{30,}|GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[\w-]{20,})",
        ),
        ("a key of OpenAI or Anthropic", _APART + r"sk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}"),
        ("a token of Shopify", _APART + r"shp(?:at|ca|pa|ss)_[A-Za-z0-9]{16,}"),
        ("a token of a package registry", _APART + r"(?:npm_|pypi-|hf_)[A-Za-z0-9_-]{20,}"),
        ("a JSON Web Token", _APART + r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*"),
        ("a private key", r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----"),
        ("a URL with a password", r"://[^\s/?#@:\"'<>]{1,256}:[^\s/?#@\"'<>]{1,256}@"),
    )
)
"""Secrets that their issuers mark as theirs."""

_MARK = re.compile(
    r"[sr]k[_-]|wh(?:sec|sk)_|gh[pousr]_|github_pat_|gl(?:pat|oas|ptt|rt)-|xox[a-z]-|xapp-|hooks\.slack"
    r"|A[KS]IA|SG\.|SK[0-9a-f]{8}|AIza|GOCSPX-|ya29\.|shp(?:at|ca|pa|ss)_|npm_|pypi-|hf_|eyJ|-----B|://"
)
"""One of these is in every text that a shape is found in: most have none, and are done with sooner."""

_OPAQUE_CHARS = 16
_OPAQUE_BITS = 3.0


def tokens(text: str) -> Iterator[tuple[int, int, str]]:
    """Where tokens stand in a text, from and to, and the kind of each; one kind after the other."""
    if _MARK.search(text) is None:
        return
    for kind, pattern in SHAPES:
        for found in pattern.finditer(text):
            yield found.start(), found.end(), kind


def is_opaque(text: str) -> bool:
    """Whether a text looks drawn by dice: 16 characters or more of several kinds, few of them twice."""
    text = text.strip()
    if len(text) < _OPAQUE_CHARS or any(character.isspace() for character in text):
        return False
    kinds = (str.isdigit, str.islower, str.isupper)
    if sum(any(map(kind, text)) for kind in kinds) < 2:  # noqa: PLR2004 - two kinds
        return False
    shares = (count / len(text) for count in Counter(text).values())
    return -sum(share * math.log2(share) for share in shares) >= _OPAQUE_BITS
