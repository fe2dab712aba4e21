"""What a command sees of the machine, in bubblewrap's words.

It is an allow-list. The root is empty but for the system's programs and libraries, /etc, the tools on
the search path, and the grounds; so nobody's home is there, no socket below /run, no /srv and no /mnt.
Then come the folders that can be written to, and over them what must not be written to or read.
The order of the words is the order of the mounts: what comes later lies on top.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.sandbox.credentials import SYSTEM
from bridgewright.engineer.sandbox.repository import Kept, cleaned
from bridgewright.engineer.sandbox.words import Grounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewright.engineer.sandbox.search import Found

SCRATCH = "/tmp"  # noqa: S108 - the sandbox's own
HOME = f"{SCRATCH}/home"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/nix/store")
_SHM_BYTES = 64 << 20
_DEVICES = {
    "null": (1, 3),
    "zero": (1, 5),
    "full": (1, 7),
    "random": (1, 8),
    "urandom": (1, 9),
    "tty": (5, 0),
}
_SEPARATED = (
    *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"),
    *("--cap-drop", "ALL", "--hostname", "sandbox", "--clearenv"),
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a view is made of: the grounds, what was found in them, what git needs and obeys, the tools,
    and `spare`, a folder outside for what lies over credentials."""

    grounds: Grounds
    found: Found
    kept: Kept
    tools: tuple[Path, ...]
    spare: Path
    scratch_bytes: int


def settled(grounds: Grounds) -> Grounds:
    """The same grounds with no link in any path. `ConfigurationError` for what cannot be granted."""
    work = _real(grounds.work, "the folder of the work")
    if not work.is_dir() or _too_much(work):
        raise ConfigurationError(
            "it is no folder that a command can be let loose in",
            place=str(work),
            remedy="name the checkout; never /, a folder of the system, or a home",
        )
    writable = tuple(_granted(each, grounds.work, work) for each in grounds.writable)
    readable = tuple(_real(each, "a readable path") for each in grounds.readable)
    for each in readable:
        if each == Path("/") or each.is_relative_to("/proc") or each.is_relative_to("/dev"):
            raise ConfigurationError("it cannot be shown", place=str(each), remedy="name less")
    return Grounds(work, writable, readable)


def shown(grounds: Grounds) -> tuple[Path, ...]:
    """The folders in which somebody may have put a credential: all that is seen but the system's."""
    roots = sorted({grounds.work, *grounds.readable})
    return tuple(
        each for each in roots if not any(each != o and each.is_relative_to(o) for o in roots)
    )


def words(parts: Parts, environment: dict[str, str]) -> list[str]:
    """The options of bubblewrap that make the view."""
    return [
        *_SEPARATED,
        *(word for pair in environment.items() for word in ("--setenv", *pair)),
        *_system(parts.spare, parts.scratch_bytes),
        *(word for pair in _readable(parts) for word in ("--ro-bind", *pair)),
        *(w for each in parts.grounds.writable for w in ("--bind", str(each), str(each))),
        *_kept(parts),
        *_hidden(parts),
        *("--remount-ro", "/dev", "--remount-ro", "/proc", "--remount-ro", "/"),
        *("--chdir", str(parts.grounds.work)),
    ]


def _system(spare: Path, scratch_bytes: int) -> Iterator[str]:
    for name in _SYSTEM:
        if os.path.islink(name):  # noqa: PTH114 - beside its fellow
            yield from ("--symlink", os.readlink(name), name)  # noqa: PTH115
        elif os.path.isdir(name):  # noqa: PTH112
            yield from ("--ro-bind", name, name)
    yield from ("--proc", "/proc", "--dev", "/dev")
    for name, source in _own_devices(spare):
        yield from ("--dev-bind", source, f"/dev/{name}")
    yield from ("--perms", "1777", "--size", str(_SHM_BYTES), "--tmpfs", "/dev/shm")  # noqa: S108
    yield from ("--perms", "1777", "--size", str(scratch_bytes), "--tmpfs", SCRATCH)
    yield from ("--perms", "0700", "--dir", HOME)
    yield from ("--dir", "/run", "--dir", "/var", "--symlink", "../tmp", "/var/tmp")  # noqa: S108
    yield from ("--symlink", "../run", "/var/run")


def _own_devices(spare: Path) -> Iterator[tuple[str, str]]:
    """Devices of the sandbox's own where root asks: the machine's are root's, who could change the mode
    of /dev/null for everybody."""
    if os.geteuid() != 0:
        return
    try:
        for name, number in _DEVICES.items():
            os.mknod(spare / name, stat.S_IFCHR | 0o666, os.makedev(*number))
            (spare / name).chmod(0o666)
        os.close(os.open(spare / "null", os.O_RDWR))
    except OSError:
        return  # a root that may make no devices, or none here, has the machine's
    for name in _DEVICES:
        yield name, str(spare / name)


def _readable(parts: Parts) -> Iterator[tuple[str, str]]:
    """What is shown, and where, from the top down so that none lies on another. A tool that is reached
    by a link outside of all this is shown where the link is, too."""
    grounds = parts.grounds
    real = {grounds.work, *grounds.readable, *parts.kept.seen}
    real |= {Path(os.path.realpath(each)) for each in parts.tools}
    real = {each for each in real if not _of_the_system(each)}
    linked = {
        each
        for each in parts.tools
        if each not in real and not _of_the_system(each) and not _below_any(each, real)
    }
    for place in sorted(real | linked):
        yield os.path.realpath(place), str(place)


def guarded(grounds: Grounds, found: Found, kept: Kept) -> tuple[Path, ...]:
    """What lies in a writable folder and must be the same afterwards: git's, and what git obeys."""
    return tuple(
        path
        for path in sorted({*found.repositories, *kept.obeyed})
        if _below_any(path, grounds.writable)
    )


def _kept(parts: Parts) -> Iterator[str]:
    """What is in a writable folder and stays as it is. So do the names of the folders above it: each
    is a mount of its own, which cannot be moved away for another to take its place."""
    granted = parts.grounds.writable
    above: list[Path] = []
    protected: list[Path] = []
    for path in guarded(parts.grounds, parts.found, parts.kept):
        if path.is_symlink() or path != Path(os.path.realpath(path)):
            raise ConfigurationError(
                "a repository of git, or what one obeys, is a link here and cannot be protected",
                place=str(path),
                remedy="put what it leads to in its place, or grant less",
            )
        inner = [each for each in path.parents if any(g in each.parents for g in granted)]
        above += [each for each in inner if each not in above]
        protected.append(path)
    for each in sorted(above):
        yield from ("--bind", str(each), str(each))
    for each in protected:
        yield from ("--ro-bind", str(each), str(each))


def _hidden(parts: Parts) -> Iterator[str]:
    empty = parts.spare / "empty"
    empty.touch()
    for path in (*parts.found.files, *parts.found.doors):
        yield from ("--ro-bind", str(empty), str(path))
    for path in parts.found.folders:
        yield from ("--tmpfs", str(path), "--remount-ro", str(path))
    configs = [
        name
        for each in (*parts.found.repositories, *parts.kept.seen)
        for name in (each / "config", each / "config.worktree")
    ]
    for number, path in enumerate(sorted(set(configs))):
        if path.is_file() and (text := cleaned(path)) is not None:
            copy = parts.spare / f"config-{number}"
            copy.write_text(text, "utf-8", "surrogateescape")
            yield from ("--ro-bind", str(copy), str(path))
    for name in SYSTEM:
        if os.path.isdir(name):  # noqa: PTH112
            yield from ("--tmpfs", name, "--remount-ro", name)
        elif os.path.isfile(name):  # noqa: PTH113
            yield from ("--ro-bind", str(empty), name)


def _of_the_system(path: Path) -> bool:
    return _below_any(path, _SYSTEM) or _below_any(path, map(os.path.realpath, _SYSTEM))


def _below_any(path: Path, folders: Iterable[str | Path]) -> bool:
    return any(path.is_relative_to(each) for each in folders)


def _too_much(work: Path) -> bool:
    return Path.home().resolve().is_relative_to(work) or _of_the_system(work) or len(work.parts) < 3  # noqa: PLR2004 - / and a folder of the root


def _granted(path: Path, asked: Path, work: Path) -> Path:
    """A path that can be written to: in the work, and by no link."""
    inner = work / path.relative_to(asked) if path.is_relative_to(asked) else work / path
    real = _real(inner, "a writable path")
    if real != inner or not real.is_relative_to(work) or ".git" in real.parts:
        raise ConfigurationError(
            "it is not of the work: a link leads there, it lies outside, or it is git's",
            place=str(path),
            remedy="name a folder or a file in the checkout, by its own path",
        )
    return real


def _real(path: Path, what: str) -> Path:
    try:
        return Path(os.path.realpath(path, strict=True))
    except OSError as error:
        raise ConfigurationError(
            f"{what} cannot be found: {error.strerror}", place=str(path), remedy="make it first"
        ) from None


def tools(program: str, search: str, prefixes: Iterable[str]) -> tuple[Path, ...]:
    """The folders of the programs on a search path, wherever they are installed: the folder above a
    `bin`, unless that is a home or holds more than tools. Of one more program, given by its whole path:
    the same where a `lib` is beside its `bin`, else it alone."""
    found: set[Path] = set()
    starts = [Path(each) for each in search.split(os.pathsep) if each]
    starts += [Path(each, "bin") for each in prefixes]
    if os.path.isabs(program) and os.access(program, os.X_OK) and Path(program).is_file():  # noqa: PTH117
        for path in (Path(program), Path(os.path.realpath(program))):
            if path.parent.name == "bin" and (path.parent.parent / "lib").is_dir():
                starts.append(path.parent)
            else:
                found.add(path)
    homes = {Path.home(), Path.home().resolve()}
    for start in starts:
        for folder in (start, Path(os.path.realpath(start))):
            above = folder.parent
            whole = folder.name in {"bin", "shims", "Scripts"} and above.name != ".local"
            wide = above in homes or any(each.is_relative_to(above) for each in homes)
            chosen = above if whole and not wide and len(above.parts) > 2 else folder  # noqa: PLR2004
            if chosen.is_dir() and not any(each.is_relative_to(chosen) for each in homes):
                found.add(chosen)
    return tuple(sorted(found))
