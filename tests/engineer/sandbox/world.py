"""A made-up world around a checkout: a home, an outside, secrets with canaries in them, servers that
listen, and a process that is nobody's business. It says what a program changed, read or reached."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.engineer.sandbox.words import Grounds

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

CANARY = "CANARY-"
SUCCESS = "BREACHED"
"""What a probe prints that did what no difference of files can show."""
LASTING = b"98765"
"""In the words of every process that a probe leaves behind."""
_ENV = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
_HOME = (
    ".ssh/id_ed25519 .ssh/config .aws/credentials .config/gh/hosts.yml .docker/config.json .netrc"
    " .gitconfig .bashrc"
)
_PROJECT = (
    ".env .env.local .ENV prod.env .envs/live.txt config/prod.key certs/server.pem .npmrc .pypirc .netrc"
    " auth.json id_rsa integrations/acme/.env"
)
_OUTSIDE = ".env auth.json keys/server.pem .ssh/id_rsa"
_PLAIN = "README.md src/app.py integrations/acme/client.py .githooks/pre-commit vendored/x.txt"
_SYSTEM = ("/etc", "/usr/local/bin", "/opt", "/var/spool/cron", "/home")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty")


@dataclass(frozen=True, slots=True)
class Life:
    """Who listens in the world's files while one probe runs, and a process that is not its business."""

    doors: list[socket.socket]
    pipes: list[int]
    bystander: subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class World:
    """Where it is, and who listens in it."""

    top: Path
    tcp: socket.socket
    udp: socket.socket
    abstract: socket.socket
    name: str

    @property
    def project(self) -> Path:
        return self.top / "project"

    def grounds(self, scene: str) -> Grounds:
        """What the sandbox is told: beside the work, the outside can be read."""
        readable = (self.top / "outside", self.top / "remote.git")
        if scene == "linked":
            linked = self.top / "linked"
            return Grounds(linked, (linked,), readable)
        inner = Path("integrations/acme") if scene == "folder" else Path()
        return Grounds(self.project, (self.project / inner,), readable)

    def program(self, text: str, life: Life) -> str:
        """A probe's text with the places of this world."""
        places = {
            "OUT": self.top / "outside",
            "HOME": self.top / "home",
            "PROJECT": self.project,
            "REMOTE": self.top / "remote.git",
            "PORT": self.tcp.getsockname()[1],
            "UDP": self.udp.getsockname()[1],
            "ABSTRACT": self.name,
            "PID": life.bystander.pid,
        }
        for name, value in places.items():
            text = text.replace(f"@{name}@", str(value))
        return text

    @contextlib.contextmanager
    def fresh(self, template: Path) -> Generator[Life, None, None]:
        """The files as they were at first, with who listens in them."""
        subprocess.run(["rm", "-rf", *map(str, self.top.iterdir())], check=True)
        subprocess.run(["cp", "-a", f"{template}/.", str(self.top)], check=True)
        with contextlib.ExitStack() as stack:
            doors = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2)]
            _bind(doors[0], self.top / "outside/server.sock")
            _bind(doors[1], self.project / "dev.sock")
            pipes: list[int] = []
            for path in (self.top / "outside/pipe", self.project / "dev.pipe"):
                os.mkfifo(path)
                pipes.append(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
                stack.callback(os.close, pipes[-1])
            bystander = subprocess.Popen(["sleep", "1000"], start_new_session=True)
            stack.enter_context(bystander)
            stack.callback(bystander.kill)
            yield Life(doors, pipes, bystander)

    def heard(self, life: Life) -> list[str]:
        """Who outside heard or felt something."""
        found: list[str] = []
        for each in (self.tcp, self.abstract, *life.doors):
            with contextlib.suppress(BlockingIOError):
                each.accept()[0].close()
                found.append(f"a server heard: {each.getsockname()!r}")
        with contextlib.suppress(BlockingIOError):
            self.udp.recv(100)
            found.append("the receiver of datagrams heard")
        for pipe in life.pipes:
            with contextlib.suppress(BlockingIOError):
                if os.read(pipe, 100):
                    found.append("the reader of a pipe heard")
        state = Path(f"/proc/{life.bystander.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return found if state == "S" else [*found, f"the bystander's state is {state}"]


def _bind(door: socket.socket, path: Path) -> None:
    """By a short name, for a socket's is at most 107 bytes long."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        door.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
    door.listen()
    door.setblocking(False)  # noqa: FBT003 - the standard library's signature


def build(top: Path) -> None:
    """Make the files of the world, each secret with a canary of its own."""
    for folder, names in (("home", _HOME), ("project", _PROJECT), ("outside", _OUTSIDE)):
        for name in names.split():
            _write(top / folder / name, f"SECRET={CANARY}{folder}-{name.replace('/', '-')}\n")
    for name in _PLAIN.split():
        _write(top / "project" / name, "a plain file\n")
    for name in ("notes.txt", "script.sh", "folder/inner.txt"):
        _write(top / "outside" / name, "a plain file\n")
    (top / "outside/empty").mkdir()
    project = top / "project"
    (project / "link-out").symlink_to("../outside")
    (project / "link-file").symlink_to("../outside/notes.txt")
    (project / "envlink").symlink_to(".env")
    (project / "settings.link").symlink_to("envlink")
    os.link(project / ".env", project / "hard.txt")
    _repositories(top)


def _repositories(top: Path) -> None:
    project = top / "project"
    git(top, "init", "-q", "--bare", "--template=", "remote.git")
    (top / "remote.git/hooks").mkdir()
    for each in (project, project / "vendored"):
        git(each, "init", "-q", "-b", "main", "--template=")
        (each / ".git/hooks").mkdir()
    _write(project / ".git/info/exclude", "\n".join(_PROJECT.split()) + "\nvendored\nhard.txt\n")
    _write(project / ".gitsettings", "[alias]\n\tst = status\n")
    git(project, "config", "core.hooksPath", ".githooks")
    git(project, "config", "include.path", "../.gitsettings")
    git(project, "remote", "add", "origin", str(top / "remote.git"))
    git(project, "remote", "add", "tokened", f"https://x:{CANARY}remote@git.example/x.git")
    git(project, "add", "README.md", "src", ".githooks", ".gitsettings", "link-out")
    who = ("-c", "user.name=x", "-c", "user.email=x@x.invalid", "-c", "core.hooksPath=/dev/null")
    git(project, *who, "commit", "-q", "-m", "feat: begin")
    git(project, "worktree", "add", "-q", "../linked")
    _write(top / "linked/.env", f"SECRET={CANARY}linked\n")


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, env=_ENV, check=True, capture_output=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def guarded(world: World, scene: str) -> dict[str, tuple[object, ...]]:
    """Everything that must stay as it is: all but what is writable, and of that what is git's."""
    writable = world.grounds(scene).writable[0]
    rows: dict[str, tuple[object, ...]] = {}
    for path in (world.top, *_below(world.top, writable)):
        rows[str(path)] = _row(path, whole=path not in {writable, world.top})
    project = world.project
    kept = (
        [project / each for each in (".git", ".githooks", ".gitsettings", "vendored/.git", ".env")]
        if scene == "checkout"
        else [world.top / "linked/.git"]
    )
    for path in (each for top in kept for each in (top, *_below(top, None))):
        rows[str(path)] = _row(path, whole=True)
    for name in _SYSTEM:
        for path in (Path(name), *(Path(name).iterdir() if Path(name).is_dir() else ())):
            rows[str(path)] = _row(path, whole=False)
    for name in _DEVICES:
        found = os.stat(name)  # noqa: PTH116 - beside the others
        old = found.st_mtime < 1_100_000_000
        rows[name] = (oct(found.st_mode), old)
    return rows


def _below(top: Path, but: Path | None) -> Iterator[Path]:
    """What lies in a folder; of the one folder that is left out, only itself."""
    if not top.is_dir() or top.is_symlink():
        return
    for path in top.iterdir():
        yield path
        if path != but:
            yield from _below(path, but)


def _row(path: Path, *, whole: bool) -> tuple[object, ...]:
    """What a file is. Of the world's own and the writable folder, where others are made, the mode only."""
    try:
        found = path.lstat()
    except OSError as error:
        return (error.errno,)
    row: tuple[object, ...] = (oct(found.st_mode), found.st_uid, found.st_ino)
    if not whole:
        return row
    row += (found.st_mtime_ns, found.st_nlink if stat.S_ISREG(found.st_mode) else 0)
    if stat.S_ISREG(found.st_mode):
        return (*row, found.st_size, hashlib.sha256(path.read_bytes()).hexdigest())
    return (*row, str(path.readlink())) if stat.S_ISLNK(found.st_mode) else row


def differences(
    before: Mapping[str, tuple[object, ...]], after: Mapping[str, tuple[object, ...]]
) -> list[str]:
    """What is other than it was."""
    return [
        f"{name}: {before.get(name, 'nothing')} became {after.get(name, 'nothing')}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def copied(world: World, scene: str) -> list[str]:
    """Files in the writable folder that have a canary now and are not one of those that had."""
    writable = world.grounds(scene).writable[0]
    secrets = {writable / each for each in (*_PROJECT.split(), "hard.txt", ".env")}
    found: list[str] = []
    for path in _below(writable, None):
        inner = path.relative_to(writable).parts
        if path in secrets or path.is_symlink() or not path.is_file() or ".git" in inner:
            continue
        if path.stat().st_size < 1 << 20 and CANARY.encode() in path.read_bytes():
            if path.name in {each.rpartition("/")[2] for each in _PROJECT.split()}:
                continue  # moved with its folder: it is as unreadable there
            found.append(f"a secret was copied to {path}")
    return found


def lasting() -> list[str]:
    """Processes that a probe left."""
    found: list[str] = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                words = (path / "cmdline").read_bytes().split(b"\0")
                if LASTING in words:
                    found.append(f"process {path.name} lives: {words!r}")
    return found
