"""Runs commands, each in a sandbox of its own."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.sandbox import probe, view
from bridgewright.engineer.sandbox.environment import environment
from bridgewright.engineer.sandbox.process import Asked, Ended, finished
from bridgewright.engineer.sandbox.repository import identity, kept
from bridgewright.engineer.sandbox.search import look
from bridgewright.engineer.sandbox.words import Bounds, Grounds, Limit, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_WORDS = 4096
_SHELLS_SIGNALS = 128
_BLOCK_BYTES = 512
_LIMITED = """\
ulimit -c 0
ulimit -f "$1" 2>/dev/null
ulimit -d "$2" 2>/dev/null
[ "$3" = 0 ] || ulimit -u "$3" 2>/dev/null || ulimit -p "$3" 2>/dev/null
shift 3
exec "$@"
"""
"""Set inside, where the kernel counts the sandbox's own tasks and not those of the whole user. A bound
that cannot be set is lower already."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Where commands of the agent run.

    `grounds` are what they see and may change, `bounds` what they may use. `declared` are names of
    variables that have a dummy for a value inside. `env` is what the environment is chosen from: by
    default that of this process, of which only PATH, LANG, LC_*, TZ and CI go in. `bwrap` is the
    bubblewrap that is started.

    What is hidden is looked up before each command. A file that somebody else creates meanwhile is not
    hidden, nor is what was committed: git's objects can be read.
    """

    grounds: Grounds
    bounds: Bounds = field(default_factory=Bounds)
    declared: tuple[str, ...] = ()
    env: Mapping[str, str] | None = field(default=None, repr=False)
    bwrap: str = probe.BWRAP

    def run(self, words: Sequence[str], *, given: bytes = b"", insist: bool = False) -> Outcome:
        """Run a program by its words (no shell, unless it is one), with `given` as standard input, and
        wait until it and all that it started are gone. The first word is the caller's own choice, never
        a model's: a program that is given by its path is shown with its toolchain.

        `ConfigurationError`, and nothing was run, for grounds that cannot be granted and where no
        sandbox can be had; unless `insist` is true: then it runs without one, with only its
        environment and its bounds, and can change and read all that you can. That is for a machine
        which is itself thrown away.
        """
        if not words or len(words) > _MOST_WORDS or any("\0" in each for each in words):
            raise ConfigurationError(
                f"a command has 1 to {_MOST_WORDS} words without NUL", remedy="split it up"
            )
        grounds = view.settled(self.grounds)
        with tempfile.TemporaryDirectory(prefix="bridgewright-sandbox-") as spare:
            outcome = self._inside(list(words), grounds, given, Path(spare))
            if outcome is not None:
                return outcome
            lack = probe.lack(self.bwrap)
            if lack is None:
                raise ConfigurationError(
                    "the sandbox changed while it was set up, and nothing was run",
                    remedy="run it again",
                )
            if not insist:
                raise lack.error()
            return self._outside(list(words), grounds, given, spare)

    def _inside(
        self, words: list[str], grounds: Grounds, given: bytes, spare: Path
    ) -> Outcome | None:
        """None when bubblewrap is not there, or did not come as far as the command."""
        bwrap = shutil.which(self.bwrap)
        if bwrap is None:
            return None
        env = os.environ if self.env is None else self.env
        inner = environment(env, self.declared, view.HOME, view.SCRATCH)
        tools = view.tools(words[0], inner["PATH"], (sys.prefix, sys.base_prefix))
        git = kept(grounds.work)
        found = look(view.shown(grounds), (*tools, *git.seen))
        guarded = {each: identity(each) for each in view.guarded(grounds, found, git)}
        parts = view.Parts(grounds, found, git, tools, spare, self.bounds.scratch_bytes)
        options = "\0".join([*view.words(parts, inner), ""]).encode("utf-8", "surrogateescape")
        asked = Asked(self._limited(words, self.bounds.tasks), {}, given, "/", (bwrap, options))
        ended = finished(asked, self.bounds)
        if ended is None:
            return None
        after = look(grounds.writable).repositories
        planted = {each for each in after if each not in guarded}
        planted |= {each for each, was in guarded.items() if identity(each) != was}
        return _outcome(ended, sandboxed=True, planted=tuple(sorted(map(str, planted))))

    def _outside(self, words: list[str], grounds: Grounds, given: bytes, spare: str) -> Outcome:
        env = os.environ if self.env is None else self.env
        plain = environment(env, self.declared, spare, spare)
        asked = Asked(self._limited(words, 0), plain, given, str(grounds.work))
        ended = finished(asked, self.bounds)
        if ended is None:
            raise ConfigurationError("/bin/sh could not be started", remedy="use a POSIX system")
        return _outcome(ended, sandboxed=False, planted=())

    def _limited(self, words: list[str], tasks: int) -> list[str]:
        blocks, kilobytes = self.bounds.file_bytes // _BLOCK_BYTES, self.bounds.memory_bytes // 1024
        numbers = [str(blocks), str(kilobytes), str(tasks)]
        return ["/bin/sh", "-c", _LIMITED, "sh", *numbers, *words]


def _outcome(ended: Ended, *, sandboxed: bool, planted: tuple[str, ...]) -> Outcome:
    code, limit = ended.code, ended.limit
    number = None
    if code is not None and (code < 0 or code > _SHELLS_SIGNALS):
        number = -code if code < 0 else code - _SHELLS_SIGNALS
        number = number if number in signal.valid_signals() else None
    if number == signal.SIGXFSZ:
        limit = Limit.FILE_SIZE
    return Outcome(
        status=code if number is None else None,
        signal=number,
        output=ended.output.text(),
        cut_bytes=ended.output.cut_bytes,
        elapsed_s=ended.elapsed_s,
        limit=limit,
        sandboxed=sandboxed,
        planted=planted,
    )
