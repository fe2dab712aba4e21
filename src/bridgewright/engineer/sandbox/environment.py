"""The environment of a command: made from an allow-list, with nothing of anybody's in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DUMMY = "not-a-real-value"
"""What a declared name has for a value: enough for a program that only asks whether it is set."""
ORDINARY_PATH = "/usr/local/bin:/usr/bin:/bin"
_PASSED = re.compile(r"PATH|LANG|LC_[A-Z]+|TZ|CI")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_OURS = re.compile(
    r"PATH|HOME|TMPDIR|IFS|ENV|BASH_.*|SHELLOPTS|PS4|LD_.*|DYLD_.*|GCONV_PATH|PYTHON.*|PERL.*|RUBY.*"
    r"|NODE_.*|GIT_.*|JAVA_TOOL_OPTIONS"
)
"""What tells programs where to find their parts is nobody's setting to declare."""


def environment(
    given: Mapping[str, str], declared: Iterable[str], home: str, scratch: str
) -> dict[str, str]:
    """PATH, LANG, LC_*, TZ and CI as they are, HOME and TMPDIR as told, and a dummy for each name that
    is declared. `ConfigurationError` for a name that is none, or that steers programs."""
    made = {name: value for name, value in given.items() if _PASSED.fullmatch(name)}
    made.setdefault("PATH", ORDINARY_PATH)
    for name in declared:
        if not _NAME.fullmatch(name) or _OURS.fullmatch(name):
            raise ConfigurationError(
                f"{name[:80]!r} is no name of a variable that may be declared",
                remedy="declare the names of the integration's own settings",
            )
        made.setdefault(name, DUMMY)
    return made | {"HOME": home, "TMPDIR": scratch}
