"""A small repository of somebody's: `main` with an application, a bare remote, and an integration on its
branch. Each test spoils it in its own way."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.engineer.definition.reading import default
from bridgewright.engineer.verify.history import Range
from bridgewright.engineer.verify.repository import Repository
from bridgewright.engineer.verify.verdict import Order, Ports, Verdict, verify
from bridgewright.engineer.verify.words import About, Outcome, Reason, judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.engineer.verify.place import Integration

KEY = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
"""No key of anybody's, made at run time."""
BRANCH = "agent/integration-engineer"
FOLDER = "integrations/acme"
MANIFEST = """\
[integration]
name = "acme"
owner = "team-payments"

[auth]
kind = "bearer"
secrets = ["ACME_TOKEN"]

[environment]
ACME_TOKEN = "The key of the account."
ACME_WEBHOOK_SECRET = "Signs webhooks."

[operations.create_order]
call = "POST /orders"
timeout_s = 2.0

[operations.read_order]
call = "GET /orders/{id}"
timeout_s = 2.0

[sources.acme]
scheme = "standard"
secrets = ["ACME_WEBHOOK_SECRET"]
"""
CLIENT = '''\
"""Acme's orders."""

import hashlib
import hmac
import http.client
import json
import os


class AcmeError(Exception):
    """It did not work."""


def _ask(address, method, path, content, timeout):
    connection = http.client.HTTPConnection(*address, timeout=timeout)
    try:
        headers = {"authorization": "Bearer " + os.environ["ACME_TOKEN"]}
        connection.request(method, path, json.dumps(content), headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise AcmeError(answer.status)
        return json.loads(answer.read())
    except OSError as error:
        raise AcmeError("no answer") from error
    finally:
        connection.close()


def create_order(address, content):
    """Make an order."""
    return _ask(address, "POST", "/orders", content, timeout=0.5)


def read_order(address, order):
    return _ask(address, "GET", f"/orders/{order}", None, timeout=0.5)


def received(body, signature):
    """The event of a delivery, None for one that is forged."""
    key = os.environ["ACME_WEBHOOK_SECRET"].encode()
    expected = hmac.new(key, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        return None
    return json.loads(body)
'''
TESTS = '''\
"""Acme on a bad day."""

import http.server
import logging
import threading

import pytest

from integrations.acme import client


class Acme(http.server.BaseHTTPRequestHandler):
    status, seen, stalls = 200, [], threading.Event()

    def do_POST(self):
        self.seen.append(self.path)
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.status == 0:
            self.stalls.wait(20)
            return
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b'{"id": "1"}')

    do_GET = do_POST

    def log_message(self, *words):
        pass


@pytest.fixture
def acme(monkeypatch):
    monkeypatch.setenv("ACME_TOKEN", "canary-of-a-token")
    monkeypatch.setenv("ACME_WEBHOOK_SECRET", "canary-of-a-secret")
    Acme.status, Acme.seen, Acme.stalls = 200, [], threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Acme)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address
    Acme.stalls.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("call", [client.create_order, client.read_order])
def test_good(acme, caplog, call):
    caplog.set_level(logging.DEBUG)
    assert call(acme, "1") == {"id": "1"}
    assert "canary" not in caplog.text


@pytest.mark.parametrize("call", [client.create_order, client.read_order])
def test_broken(acme, call):
    Acme.status = 503
    with pytest.raises(client.AcmeError):
        call(acme, "1")
    assert len(Acme.seen) == 1


@pytest.mark.parametrize("call", [client.create_order, client.read_order])
def test_stalled(acme, call):
    Acme.status = 0
    ended = threading.Event()

    def caller():
        with pytest.raises(client.AcmeError):
            call(acme, "1")
        ended.set()

    threading.Thread(target=caller, daemon=True).start()
    assert ended.wait(3)


def test_forged(acme):
    assert client.received(b"{}", "00") is None
'''
FORGIVING = """\
from integrations.acme import client


def test_it_is_there():
    assert client.create_order
"""
CERTIFY = f'''\
"""What certifies it: a client of our tests, wherever they are."""

import os
import sys

sys.path.append({str(Path(__file__).parents[2])!r})
os.environ["FLAW"] = "{{flaw}}"
from tests.certify.reference import call as target
'''
KEPT = {
    FOLDER + "/integration.toml": MANIFEST,
    FOLDER + "/__init__.py": "",
    FOLDER + "/client.py": CLIENT,
    FOLDER + "/tests/test_client.py": TESTS,
    FOLDER + "/certify.py": CERTIFY.format(flaw=""),
}


@dataclass(frozen=True, slots=True)
class Workshop:
    """The clone that the work is done in."""

    path: Path

    def git(self, *words: str) -> str:
        """Run git as nobody in particular."""
        variables = {
            **os.environ,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_NAME": "Somebody" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "somebody@example.com" for who in ("AUTHOR", "COMMITTER")},
        }
        done = subprocess.run(
            ["git", *words],
            cwd=self.path,
            env=variables,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self, message: str, files: dict[str, str | bytes] | None = None) -> str:
        """Write files and commit them, whatever they are."""
        for name, content in (files or {}).items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def work(self, branch: str = "") -> Range:
        """What is on the branch that is checked out."""
        repository = Repository(self.path)
        base = repository.resolve("refs/remotes/origin/main")
        head = repository.resolve("HEAD")
        since = repository.fork_of(base, head)
        return Range(repository, base, since, head, branch or repository.branch())

    def judge(self, *only: About, ports: Ports | None = None, **more: object) -> Verdict:
        """Verify it, as far as asked."""
        ports = ports or Ports(rules=ruled)
        order = Order(self.work(), default(), ports, only=only, seed=7, **more)  # type: ignore[arg-type]
        return verify(order)


def ruled(root: Path, all_of_them: Sequence[Integration]) -> Outcome:
    """Someone who knows no rule."""
    del root, all_of_them
    return judged(About.RULES, (), "no rules")


def reasons(found: Verdict) -> set[Reason]:
    """What work is refused for."""
    return {each.reason for each in found.refusals}


def opened(folder: Path, files: dict[str, str | bytes] | None = None) -> Workshop:
    """A clone of a remote with `main`, on the branch of the work, which adds an integration."""
    shop = Workshop(folder / "clone")
    shop.path.mkdir(parents=True)
    shop.git("init", "-q", "-b", "main")
    settings = '[connections.other]\nprovider = "http"\n'
    shop.commit("feat: an application", {"app/models.py": "X = 1\n", "bridgewright.toml": settings})
    remote = folder / "remote.git"
    shop.git("init", "-q", "--bare", str(remote))
    shop.git("remote", "add", "origin", str(remote))
    shop.git("push", "-q", "origin", "main")
    shop.git("fetch", "-q", "origin")
    shop.git("switch", "-q", "-c", BRANCH)
    given: dict[str, str | bytes] = dict(KEPT) if files is None else files
    shop.commit("feat(integration): add acme orders", given)
    return shop
