"""GitHub asked by its own command, `gh api`, which knows who you are.

`gh pr create` is not used: it fails alike for a pull request that exists, a name that is wrong and a
network that is gone, and `gh pr edit` asks for projects that are there no more (github.com/cli/cli,
as known 2026-11). The API's own answers tell them apart.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.core.redact.redaction import Redaction
from bridgewright.core.redact.values import redacted
from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.delivery.hub import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bridgewright.engineer.delivery.hub import Place

LIMIT_S = 60.0
"""How long one request may take."""
_STATUS = re.compile(r"HTTP/[\d.]+ (\d{3})")
_WHO = re.compile(r"gh auth login|authentication token|GH_TOKEN", re.IGNORECASE)
_NOTHING = Redaction()


def is_there() -> bool:
    """Whether gh can be run at all."""
    return shutil.which("gh") is not None


@dataclass(frozen=True, slots=True)
class Gh:
    """Asks for one repository's host, in a folder (of which gh needs nothing). `env` is what gh is given,
    the process's own unless told."""

    place: Place
    folder: Path
    env: Mapping[str, str] | None = field(default=None, repr=False)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """As `Hub.ask`."""
        words = ["api", "--hostname", self.place.host, "--include", "--method", method]
        words += ["--header", "Accept: application/vnd.github+json"]
        if body is not None:
            words += ["--input", "-"]
        done = self._run([*words, path], None if body is None else json.dumps(body).encode())
        head, _, content = (
            done.stdout.decode("utf-8", "replace").replace("\r\n", "\n").partition("\n\n")
        )
        status = _STATUS.match(head)
        if status is None:
            raise _silent(done.stderr.decode("utf-8", "replace"))
        try:
            return Answer(int(status[1]), json.loads(content) if content.strip() else None)
        except ValueError:
            raise DeliveryError(
                End.UNREACHABLE, f"{method} {path} was answered with no JSON"
            ) from None

    def _run(self, words: list[str], given: bytes | None) -> subprocess.CompletedProcess[bytes]:
        quiet = {"GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}
        try:
            return subprocess.run(  # noqa: S603 - words, no shell
                ["gh", *words],  # noqa: S607 - the gh of the machine
                cwd=self.folder,
                env={**(os.environ if self.env is None else self.env), **quiet},
                input=given or b"",
                capture_output=True,
                timeout=LIMIT_S,
                check=False,
            )
        except FileNotFoundError:
            raise DeliveryError(
                End.NO_GH, "there is no gh", remedy="install it (cli.github.com), or use --by api"
            ) from None
        except subprocess.TimeoutExpired:
            raise DeliveryError(
                End.UNREACHABLE, f"gh had no answer in {LIMIT_S:g} s", remedy="run it again"
            ) from None


def _silent(said: str) -> DeliveryError:
    text = redacted(" ".join(said.split()), _NOTHING)[:600]
    if _WHO.search(said):
        return DeliveryError(
            End.NO_GH,
            f"gh does not know who you are: {text}",
            remedy="gh auth login, or set GH_TOKEN",
        )
    return DeliveryError(End.UNREACHABLE, f"gh had no answer: {text}", remedy="run it again")
