"""A project with a real remote, which the simulated GitHub follows, and the two ways to ask it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright import Bridge
from bridgewright.engineer.delivery.api import Api
from bridgewright.engineer.delivery.gh import Gh
from bridgewright.engineer.delivery.git import opened
from bridgewright.engineer.delivery.hub import Place
from bridgewright.engineer.delivery.message import message
from bridgewright.engineer.delivery.words import BRANCH, Course, Order
from bridgewright.settings import load
from bridgewright.simulate.github.simulator import TOKEN, GitHubSimulator

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from bridgewright.engineer.delivery.git import Git
    from bridgewright.engineer.delivery.hub import Hub

PLACE = Place("github.com", "octo/hello")
COURSE = Course()
WAYS = ("gh", "api")
MANIFEST = """\
[integration]
name = "acme"
owner = "team-payments"

[auth]
kind = "api_key"
header = "X-Api-Key"
secrets = ["ACME_API_KEY"]

[environment]
ACME_API_KEY = "The key of the account."

[budgets.orders]
concurrency = 4

[operations.create_order]
call = "POST /orders"
timeout_s = 15.0
budget = "orders"
"""


def order_of(body: str = "Closes #7", **course: Any) -> Order:
    """The package of Acme and the findings, as its first commit."""
    paths = ("integrations/acme", "docs/findings.md")
    return Order(Course(**course), paths, message("feat", "integration", "add Acme"), body)


@dataclass(frozen=True, slots=True)
class Site:
    """`clone` is where the work is done, `bare` the remote, `env` what commands are given."""

    folder: Path
    simulator: GitHubSimulator
    env: dict[str, str]
    stack: ExitStack
    below: str = ""

    @property
    def bare(self) -> Path:
        return self.folder / "bare.git"

    @property
    def clone(self) -> Path:
        return self.folder / "clone"

    @property
    def git(self) -> Git:
        return opened(self.clone, self.env)

    def run(self, *words: str, where: Path | None = None) -> str:
        """Plain git, as a person has it."""
        done = subprocess.run(
            ["git", *words], cwd=where or self.clone, env=self.env, capture_output=True, check=True
        )
        return done.stdout.decode().rstrip("\n")

    def write(self, path: str, text: str, where: Path | None = None) -> None:
        file = (where or self.clone) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def hub(self, way: str = "gh") -> Hub:
        if way == "gh":
            return Gh(PLACE, self.clone, self.env)
        bridge = Bridge(load(environ=self.env, with_sources=False))
        self.stack.callback(bridge.close)
        return Api(bridge.connect("github"))

    def order(self, body: str = "Closes #7", **course: Any) -> Order:
        """What is delivered, unless told otherwise."""
        return order_of(body, **course)

    def colleague(self) -> Path:
        """Another clone."""
        where = self.folder / "colleague"
        if not where.exists():
            self.run("clone", "-q", str(self.bare), str(where), where=self.folder)
        self.run("fetch", "-q", "--prune", where=where)
        return where

    def on_main(self, path: str, text: str, subject: str = "chore: follow up") -> str:
        """A commit of a colleague's on main, pushed; its name."""
        where = self.colleague()
        if self.tip("main"):
            self.run("switch", "-q", "main", where=where)
            self.run("reset", "-q", "--hard", "origin/main", where=where)
        self.write(path, text, where)
        self.run("add", "-A", where=where)
        self.run("commit", "-qm", subject, where=where)
        self.run("push", "-q", "origin", "main", where=where)
        return self.run("rev-parse", "HEAD", where=where)

    def squash(self) -> None:
        """The branch merged as GitHub's button does, and its pull request with it."""
        where = self.colleague()
        self.run("switch", "-q", "main", where=where)
        self.run("reset", "-q", "--hard", "origin/main", where=where)
        self.run("merge", "-q", "--squash", f"origin/{BRANCH}", where=where)
        self.run("commit", "-qm", "feat(integration): add Acme (#1)", where=where)
        self.run("push", "-q", "origin", "main", where=where)
        Gh(PLACE, self.clone, self.env).ask(
            "PUT", "repos/octo/hello/pulls/1/merge", {"merge_method": "squash"}
        )

    def tip(self, branch: str = BRANCH) -> str:
        """Where the remote has a branch, "" for nowhere."""
        wanted = f"refs/heads/{branch}"
        listed = self.run("ls-remote", "--heads", str(self.bare), wanted, where=self.folder)
        return listed.partition("\t")[0]

    def commits(self, branch: str = BRANCH) -> list[str]:
        """The subjects of what the remote's branch has and its main has not, merges left out."""
        log = ("log", "--no-merges", "--format=%s", f"main..{branch}")
        return self.run(*log, where=self.bare).splitlines()

    def requests(self) -> list[dict[str, Any]]:
        """Every pull request there is."""
        return [
            dict(each) for each in self.simulator.issues("octo/hello") if "pull_request" in each
        ]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Our own command, in the clone, or in the folder of it that is `below`."""
        return subprocess.run(
            [sys.executable, "-m", "bridgewright", "engineer", *words],
            cwd=self.clone / self.below,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )


def founded(folder: Path, simulator: GitHubSimulator, stack: ExitStack) -> Site:
    """A remote with one commit, a clone of it in which Acme was begun, and GitHub beside them."""
    site = cloned(folder, simulator, stack)
    site.write("integrations/acme/integration.toml", MANIFEST)
    site.write("integrations/acme/__init__.py", '"""Acme."""\n')
    return site


def cloned(folder: Path, simulator: GitHubSimulator, stack: ExitStack) -> Site:
    """A remote with one commit, a clone of it, and GitHub beside them."""
    socket = folder / "gh.sock"
    config = folder / "gh"
    config.mkdir()
    (config / "config.yml").write_text(f"http_unix_socket: {socket}\n")
    (folder / "token").write_text(TOKEN)
    (folder / "gitconfig").write_text(
        "[user]\nname = Ada\nemail = ada@example.com\n[init]\ndefaultBranch = main\n"
        f'[url "{folder}/bare.git"]\ninsteadOf = https://github.com/octo/hello.git\n'
    )
    url = simulator.start()
    simulator.stand.listen_at(socket)
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "HOME": str(folder),
        "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GH_CONFIG_DIR": str(config),
        "GH_TOKEN": TOKEN,
        "BRIDGEWRIGHT_CONNECTIONS_GITHUB_BASE_URL": url,
        "BRIDGEWRIGHT_CONNECTIONS_GITHUB_SECRETS_TOKEN": f"file:{folder}/token",
    }
    site = Site(folder, simulator, env, stack)
    site.run("init", "-q", "--bare", str(site.bare), where=folder)
    site.on_main("README.md", "# Hello\n", "docs: begin")
    site.run("clone", "-q", "https://github.com/octo/hello.git", str(site.clone), where=folder)
    simulator.follow("octo/hello", site.bare)
    return site
