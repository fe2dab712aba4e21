"""A receiver on loopback that keeps what it is sent, and answers as it is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass(frozen=True, slots=True)
class Arrived:
    headers: dict[str, str]
    body: bytes


class Receiver:
    """`statuses` are what it answers, in turn; 200 after them."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = list(statuses)
        self._news = threading.Condition()
        self._arrived: list[Arrived] = []

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(receiver._next())
                self.send_header("content-length", "0")
                self.end_headers()
                receiver._take(Arrived(headers, body))

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        return self

    def __exit__(self, *failure: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self, count: int) -> list[Arrived]:
        """What arrived, once there are so many."""
        with self._news:
            assert self._news.wait_for(lambda: len(self._arrived) >= count, 20)
            return list(self._arrived)

    def _next(self) -> int:
        with self._news:
            return self._statuses.pop(0) if self._statuses else 200

    def _take(self, arrived: Arrived) -> None:
        with self._news:
            self._arrived.append(arrived)
            self._news.notify_all()
