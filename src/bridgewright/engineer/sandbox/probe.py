"""Whether a sandbox can be had on this machine, and if not, why and what to do about it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from bridgewright.core.errors import ConfigurationError

BWRAP = "bwrap"
_TRIED_S = 20.0
_MOST_SAID = 300
_SMALLEST = (
    *("--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"),
    *("--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--", "/bin/sh", "-c", ":"),
)
_FORBIDDEN = re.compile(r"(?i)namespace|permission|not permitted|uid map|no space left|loopback")


@dataclass(frozen=True, slots=True)
class Lack:
    """Why there is no sandbox, and the next step."""

    reason: str
    remedy: str

    def error(self) -> ConfigurationError:
        """As a refusal to run anything."""
        return ConfigurationError(
            f"the command was not run, for there is no sandbox: {self.reason}", remedy=self.remedy
        )


def lack(bwrap: str = BWRAP) -> Lack | None:
    """Start the smallest sandbox; None when it started. It takes about 20 ms."""
    try:
        done = subprocess.run(  # noqa: S603 - words of our own
            [bwrap, *_SMALLEST],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=_TRIED_S,
        )
    except FileNotFoundError:
        return Lack(
            "bubblewrap (bwrap) is not installed",
            "install the package bubblewrap (Linux; elsewhere, work in a Linux container)",
        )
    except OSError as error:
        return Lack(f"{bwrap} cannot be started: {error.strerror}", "reinstall bubblewrap")
    except subprocess.TimeoutExpired:
        return Lack(
            f"bubblewrap did not start in {_TRIED_S:g} s", "see what `bwrap --version` says"
        )
    said = " ".join(done.stderr.split())[:_MOST_SAID] or f"it ended with {done.returncode}"
    return _meant(said) if done.returncode else None


def _meant(said: str) -> Lack:
    """What bubblewrap's complaint comes to."""
    if "unknown option" in said.lower():
        return Lack(f"this bubblewrap is too old ({said})", "install bubblewrap 0.8 or newer")
    if _FORBIDDEN.search(said):
        return Lack(
            f"this system forbids it ({said})",
            "allow user namespaces: kernel.unprivileged_userns_clone=1 or"
            " user.max_user_namespaces above 0; on Ubuntu 24.04 an AppArmor profile for bwrap, or"
            " kernel.apparmor_restrict_unprivileged_userns=0; in a container a seccomp profile"
            " that permits unshare and mount",
        )
    return Lack(f"bubblewrap did not start ({said})", "run `bwrap --ro-bind / / true` and see")
