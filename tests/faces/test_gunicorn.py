"""A bridge made in the master of `gunicorn --preload` works in every child."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx2
import pytest

from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.core.effects import Survey
from bridgewright.core.model.secret import Secret
from tests.faces.test_mounts import signed

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "whsec_preloaded"
APP = """
import os
from fastapi import FastAPI
from bridgewright import Bridge

bridge = Bridge.from_env()
bridge.migrate()  # used before the fork, which is the hard case


@bridge.on("stripe", "*")
def handle(event):
    with open(os.environ["RAN"], "a") as ran:
        ran.write(f"{event.id}\\n")


app = FastAPI(lifespan=bridge.lifespan)
app.mount("/webhooks", bridge.inbox)


@app.get("/pid")
def pid():
    return os.getpid()
"""


@pytest.mark.slow
def test_a_bridge_that_was_used_before_the_fork_serves_in_every_worker(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(APP)
    environ = os.environ | {
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "BRIDGEWRIGHT_STORE": str(tmp_path / "s.db"),
        "RAN": str(tmp_path / "ran"),
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)]),
    }
    command = [sys.executable, "-m", "gunicorn", "shop:app", "--preload", "--workers", "2"]
    command += ["--worker-class", "uvicorn_worker.UvicornWorker", "--bind", "127.0.0.1:0"]
    server = subprocess.Popen(
        command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        url, children = _started(server)
        served = _deliver(url, 60, children)
    finally:
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=60)
    assert served == children, said
    store = SqliteStore(tmp_path / "s.db")
    [count] = store.answer(Survey()).sources
    store.close()
    assert (count.accepted, count.done + count.waiting) == (60, 60)
    ran = (tmp_path / "ran").read_text().split()
    assert len(ran) == len(set(ran)) == count.done


def _started(server: subprocess.Popen[str]) -> tuple[str, set[int]]:
    """Where it listens, and its children once both are up."""
    url, children = "", set()
    assert server.stderr is not None
    while len(children) < 2 or not url:
        line = server.stderr.readline()
        assert line, "gunicorn ended before its workers were up"
        if found := re.search(r"Listening at: (\S+)", line):
            url = found[1]
        if found := re.search(r"Booting worker with pid: (\d+)", line):
            children.add(int(found[1]))
    return url, children


def _deliver(url: str, events: int, children: set[int]) -> set[int]:
    """Deliver on fresh connections until both children have answered; the children that did."""
    served: set[int] = set()
    for n in range(events):
        body = json.dumps({"id": f"evt_{n}", "type": "invoice.paid"}).encode()
        with httpx2.Client(trust_env=False, timeout=30) as client:
            fields = signed(body, Secret(SECRET))
            answer = client.post(f"{url}/webhooks/stripe", content=body, headers=fields)
            assert answer.status_code == 200
    for _ in range(2_000):
        with httpx2.Client(trust_env=False, timeout=30) as client:
            served.add(client.get(f"{url}/pid").json())
        if served == children:
            break
    return served
