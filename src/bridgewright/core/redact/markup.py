"""XML and HTML without the content of elements whose name says that it is secret."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from bridgewright.core.redact.fields import is_secret
from bridgewright.core.redact.redaction import MASK
from bridgewright.core.redact.values import redacted

if TYPE_CHECKING:
    from bridgewright.core.redact.redaction import Redaction

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z_][\w:.\-]{0,127}+)(?P<rest>[^<>]{0,4096}+)>")


def markup_without_secrets(text: str, redaction: Redaction) -> str:
    """The text with the content of secret elements masked, entities read, secrets masked by value.

    An element that is secret and never ends masks everything after it.
    """
    kept: list[str] = []
    position, within = 0, ""
    for tag in _TAG.finditer(text):
        name = tag["name"].rpartition(":")[2]
        if within:
            if tag["end"] and name == within:
                kept.append(MASK)
                position, within = tag.start(), ""
            continue
        kept.append(text[position : tag.end()])
        position = tag.end()
        if not tag["end"] and not tag["rest"].endswith("/") and is_secret(name, redaction):
            within = name
    kept.append(MASK if within else text[position:])
    return redacted(unescape("".join(kept)), redaction, named=True)
