"""A webhook endpoint that passes every check, written by hand; and by one switch, one that does not.

`FLAW` in its environment is the code of the one check that it is to fail.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import sqlite3
import threading
import time
from contextlib import closing, suppress
from typing import Any

from bridgewright.certify.effects import PoisonedError, happened

FLAW = os.environ.get("FLAW", "")
BOOKS = "inbox.db"
TOLERANCE_S = 300
POISON_PAUSE_S = 0.05
QUEUE: list[bytes] = []
WORKING = threading.Lock()
TWO = threading.Barrier(2)
ALONE_S = 0.3
CAME = threading.Event()


def books() -> sqlite3.Connection:
    connection = sqlite3.connect(BOOKS, timeout=10, isolation_level=None)
    unique = "" if FLAW == "E6" else "UNIQUE"
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS inbox (id TEXT {unique}, body BLOB, state TEXT, tries INTEGER)"
    )
    connection.execute("CREATE TABLE IF NOT EXISTS seen (object TEXT UNIQUE, version INTEGER)")
    return connection


def signed(header: str, body: bytes) -> bool:
    if FLAW == "E1" and not header:
        return True
    fields = dict(part.partition("=")[::2] for part in header.split(","))
    at, given = fields.get("t", ""), fields.get("v1", "")
    if not at.isdigit() or (FLAW != "E2" and abs(time.time() - int(at)) > TOLERANCE_S):
        return False
    if FLAW == "E3":
        body = json.dumps(json.loads(body)).encode()
    keys = [os.environ["STRIPE_WEBHOOK_SECRET"]]
    if FLAW != "E4":
        keys.append(os.environ["STRIPE_WEBHOOK_SECRET_PREVIOUS"])
    made = (hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256) for key in keys)
    return any(hmac.compare_digest(each.hexdigest(), given) for each in made)


def beside_another() -> None:
    """Wait until another delivery is as far, or it is plain that there is none."""
    with suppress(threading.BrokenBarrierError):
        TWO.wait(ALONE_S)
    if TWO.broken:
        TWO.reset()


def taken(header: str, body: bytes) -> int:
    """Keep a delivery; the status to answer with."""
    if not signed(header, body):
        return 401
    name = json.loads(body)["id"]
    if FLAW == "E5":
        name += header
    if FLAW == "E8":
        QUEUE.append(body)
        return 200
    with closing(books()) as connection:
        if FLAW == "E6":
            known = connection.execute("SELECT 1 FROM inbox WHERE id = ?", (name,)).fetchone()
            beside_another()
            if known:
                return 200
        connection.execute("INSERT OR IGNORE INTO inbox VALUES (?, ?, 'waiting', 0)", (name, body))
    if FLAW == "E9":
        work_once()
    return 200


def handle(body: bytes, connection: sqlite3.Connection) -> None:
    told = json.loads(body)["certify"]
    found = connection.execute(
        "SELECT version FROM seen WHERE object = ?", (told["object"],)
    ).fetchone()
    if FLAW != "E7" and found and found[0] > told["version"]:
        return
    happened(body)
    if FLAW == "E0":
        happened(body)
    connection.execute(
        "INSERT OR REPLACE INTO seen VALUES (?, ?)", (told["object"], told["version"])
    )


def work_once() -> bool:
    """Work through one item; one thread at a time, whoever calls."""
    with WORKING, closing(books()) as connection:
        if FLAW == "E8" and QUEUE:
            body = QUEUE.pop(0)
            if not connection.execute(
                "SELECT 1 FROM inbox WHERE id = ?", (json.loads(body)["id"],)
            ).fetchone():
                connection.execute(
                    "INSERT INTO inbox VALUES (?, ?, 'waiting', 0)", (json.loads(body)["id"], body)
                )
        row = connection.execute(
            "SELECT rowid, body, tries FROM inbox WHERE state = 'waiting' ORDER BY tries, rowid"
        ).fetchone()
        if row is None:
            return bool(QUEUE)
        number, body, tries = row
        try:
            handle(body, connection)
        except PoisonedError:
            CAME.wait(POISON_PAUSE_S)
            state = "dead" if tries >= 3 and FLAW != "E10" else "waiting"
            more = 0 if FLAW == "E10" else 1
        else:
            state, more = "done", 1
        connection.execute(
            "UPDATE inbox SET state = ?, tries = tries + ? WHERE rowid = ?", (state, more, number)
        )
        return True


def work() -> None:
    while True:
        if FLAW == "E9" or not work_once():
            CAME.wait()
            CAME.clear()


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        threading.Thread(target=work, daemon=True).start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message.get("more_body", False)
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    status = await asyncio.to_thread(taken, headers.get("stripe-signature", ""), body)
    CAME.set()
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})
