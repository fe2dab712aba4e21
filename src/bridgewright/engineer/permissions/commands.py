"""What is known of commands: which run others, which change the shell, which write, and what of git, gh and
npm is harmless (`commands.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

RUNNERS = frozenset(
    """
    ash awk bash busybox bun bunx chroot cmake cscript csh dash deno docker doas ed emacs env expect
    fakeroot find fish flock gawk gcc gdb go git-shell ionice java jq julia just ksh ld.so less lua make
    man mawk mksh more nawk nc ncat nice node nodejs nohup npx nsenter octave osascript parallel perl
    php pip pip3 pipx pnpm podman poetry powershell pwsh pypy pypy3 pytest python python2 python3 R
    rbash rsync ruby run-parts sash scp screen script sed setarch setpriv setsid sh socat sqlite3 ssh
    stdbuf strace su sudo swift systemd-run tar taskset tclsh time timeout tmux torify tox unshare uv
    uvx valgrind vi view vim watch wish xargs xterm yarn zsh zip split gpg openssl curl wget ftp sftp
    telnet rsh at batch crontab install logrotate psql mysql
    """.split()
)
"""Commands that run other commands, or talk to others. An `allow` for everything does not reach them: a rule
has to name them."""
STATE = frozenset(
    """
    . source alias unalias bind builtin caller cd chdir command compgen complete compopt coproc declare
    dirs disown enable eval exec exit export fc fg bg getopts hash history jobs kill let local logout
    mapfile popd pushd read readarray readonly return set shift shopt suspend times trap type
    typeset ulimit umask unset wait
    """.split()
)
"""What changes the shell that all other commands run in, or what their names mean: refused, whatever a rule
says, for what follows it could not be judged by its words."""
WRITERS = frozenset(
    """
    chgrp chmod chown cp dd gunzip gzip bzip2 bunzip2 link ln mkdir mkfifo mknod mv patch rm rmdir shred
    csplit sponge tee touch truncate unlink unxz unzip xz zstd
    """.split()
)
"""Commands that write what their operands name: each operand is asked about as an edit."""


@dataclass(frozen=True, slots=True)
class Subcommand:
    """What may stand behind `git status`, say."""

    options: frozenset[str]
    operands: str | tuple[str, ...]

    def takes(self, option: str) -> bool:
        """Whether an option is known, its value behind an equals sign or next to it."""
        name, equals, _ = option.partition("=")
        return option in self.options or (bool(equals) and f"{name}=" in self.options)

    def wants_value(self, option: str) -> bool:
        """Whether the next word is this option's value."""
        return "=" not in option and f"{option}=" in self.options


@lru_cache(maxsize=1)
def subcommands() -> dict[tuple[str, str], Subcommand]:
    """By command and subcommand."""
    told = tomllib.loads((files(__package__) / "commands.toml").read_text("utf-8"))
    return {
        (command, name): Subcommand(frozenset(each["options"]), _operands(each["operands"]))
        for command, known in told.items()
        for name, each in known.items()
    }


def tabled() -> frozenset[str]:
    """Commands of which only what is known is allowed."""
    return frozenset(command for command, _ in subcommands())


def _operands(given: str | list[str]) -> str | tuple[str, ...]:
    return given if isinstance(given, str) else tuple(given)
