"""Git by its own command, from a list of words: no shell, no prompt, no editor, and none of the hooks
that the repository brings.

The words that come from outside are names of branches and paths: a name is checked before it is used,
and paths follow `--` and are taken literally.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.redact.redaction import Redaction
from bridgewright.core.redact.values import redacted
from bridgewright.engineer.delivery.ends import DeliveryError, End

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL_S = 60.0
"""How long a command may take that asks nobody else."""
REMOTE_S = 300.0
"""How long a fetch or a push may take: a large repository by a slow line."""
LEAST = (2, 38)
"""The git that can merge without touching the working tree (`merge-tree --write-tree`, 2022-10)."""

_PINNED = (
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "protocol.ext.allow=never"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.quotePath=true"),
    *("-c", "submodule.recurse=false"),
    *("-c", "diff.noprefix=false"),
    *("-c", "diff.mnemonicPrefix=false"),
    *("-c", "push.followTags=false"),
    *("-c", "color.ui=false"),
    "--literal-pathspecs",
    "--no-pager",
)
_ELSEWHERE = frozenset(
    "GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES"
    " GIT_COMMON_DIR GIT_NAMESPACE GIT_PREFIX GIT_EXTERNAL_DIFF GIT_DIFF_OPTS GIT_LITERAL_PATHSPECS"
    " GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS".split()
)
"""Variables that a hook has, and that would have git look elsewhere."""
_NAME = re.compile(r"(?!-)(?!.*(?:\.\.|//|@\{|\.lock(?:/|$)))[A-Za-z0-9_][\w./+-]{0,200}(?<![./])")
_LOCKED = re.compile(r"Unable to create '[^']*\.lock'|another git process|cannot lock ref")
_NOTHING = Redaction()
_MOST_SAID = 600


@dataclass(frozen=True, slots=True)
class Done:
    """What a command of git came to."""

    code: int
    out: str = field(repr=False)
    said: str = field(repr=False)

    @property
    def text(self) -> str:
        """What it printed, without the end of the last line."""
        return self.out.rstrip("\n")

    @property
    def reason(self) -> str:
        """What it complained of, in one line without a secret, for a message."""
        lines = " ".join(line.strip() for line in self.said.splitlines() if line.strip())
        return redacted(lines, _NOTHING)[:_MOST_SAID] or f"git ended with {self.code}"


@dataclass(frozen=True, slots=True)
class Git:
    """The repository around a folder; `env` is what git is given, the process's own unless told."""

    root: Path
    env: Mapping[str, str] = field(repr=False)

    def run(self, *words: str, given: str | None = None, limit_s: float = LOCAL_S) -> Done:
        """Do it, and say what it came to, whatever that is. `given` goes to its standard input."""
        try:
            done = subprocess.run(  # noqa: S603 - words, no shell; names are checked, paths follow --
                ["git", *_PINNED, *words],  # noqa: S607 - the git of the machine
                cwd=self.root,
                env=dict(self.env),
                input=b"" if given is None else given.encode("utf-8", "surrogateescape"),
                capture_output=True,
                timeout=limit_s,
                check=False,
            )
        except FileNotFoundError:
            raise ConfigurationError("there is no git", remedy="install git") from None
        except subprocess.TimeoutExpired:
            raise DeliveryError(
                End.UNREACHABLE,
                f"git {words[0]} was not done in {limit_s:g} s",
                remedy="see whether the remote answers (git ls-remote), and run it again",
            ) from None
        return Done(
            done.returncode,
            done.stdout.decode("utf-8", "surrogateescape"),
            done.stderr.decode("utf-8", "replace"),
        )

    def do(self, *words: str, given: str | None = None, limit_s: float = LOCAL_S) -> str:
        """Do it, and give what it printed; `DeliveryError` when git says no."""
        done = self.run(*words, given=given, limit_s=limit_s)
        if done.code:
            raise refused(done, words[0])
        return done.text

    def sha(self, ref: str) -> str:
        """The commit that a ref stands at, "" for none."""
        done = self.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        return "" if done.code else done.text

    def names(self, *words: str) -> tuple[str, ...]:
        """What a command with `-z` lists."""
        done = self.run(*words)
        if done.code:
            raise refused(done, words[0])
        return tuple(filter(None, done.out.split("\0")))

    def has(self, older: str, newer: str) -> bool:
        """Whether a commit is in another's history."""
        return self.run("merge-base", "--is-ancestor", older, newer).code == 0


def opened(folder: Path, env: Mapping[str, str] | None = None) -> Git:
    """The repository that a folder is in. `ConfigurationError` where there is none, or git is too old."""
    given = os.environ if env is None else env
    clean = {name: value for name, value in given.items() if name not in _ELSEWHERE}
    clean |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_EDITOR": "true",
        "GIT_MERGE_AUTOEDIT": "no",
        "LC_ALL": "C.UTF-8",
        "LANGUAGE": "",
    }
    clean.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
    git = Git(folder, clean)
    _refuse_old(git)
    top = git.run("rev-parse", "--show-toplevel")
    if top.code:
        raise ConfigurationError(
            f"{folder} is in no working tree of git: {top.reason}",
            remedy="change to the folder of your project",
        )
    return Git(Path(top.text), clean)


def refused(done: Done, what: str) -> DeliveryError:
    """What git's refusal means, where nothing more particular is known."""
    if _LOCKED.search(done.said):
        return DeliveryError(
            End.BUSY,
            f"git {what}: {done.reason}",
            remedy="wait for the other git; if there is none, one was killed: remove its .lock file",
        )
    if "tell me who you are" in done.said.lower() or "empty ident" in done.said:
        return DeliveryError(
            End.IN_THE_WAY,
            "git does not know in whose name to commit",
            remedy="set user.name and user.email (git config)",
        )
    return DeliveryError(End.IN_THE_WAY, f"git {what}: {done.reason}")


def name(text: str, what: str) -> str:
    """A name of a branch or a remote that can be nothing else; `ConfigurationError` for any other."""
    if _NAME.fullmatch(text) is None:
        raise ConfigurationError(
            f"{text[:80]!r} is no name of a {what}",
            remedy="use letters, digits and . _ / + -, as git allows them",
        )
    return text


def _refuse_old(git: Git) -> None:
    found = re.search(r"(\d+)\.(\d+)", git.do("version"))
    if found is None or (int(found[1]), int(found[2])) < LEAST:
        raise ConfigurationError(
            f"this git is too old: {found[0] if found else 'its version is unknown'}",
            remedy=f"install git {LEAST[0]}.{LEAST[1]} or newer",
        )
