"""A model that says what a script says: OpenAI's chat completions, streamed, on loopback."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    Call = tuple[str, dict[str, object]]


@contextmanager
def model(
    script: Sequence[Call],
) -> Generator[tuple[dict[str, Any], list[dict[str, Any]]], None, None]:
    """Settings of OpenCode that reach it, and every request that it was sent, as it comes."""
    left, asked = list(script), list[dict[str, Any]]()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append(request)
            call = left.pop(0) if left and request.get("tools") else None
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for chunk in _chunks(len(asked), call):
                self.wfile.write(f"data: {chunk}\n\n".encode())

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield _settings(server.server_port), asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _chunks(number: int, call: Call | None) -> Iterator[str]:
    delta: dict[str, object] = {"role": "assistant", "content": "Done."}
    if call is not None:
        told = {"name": call[0], "arguments": json.dumps(call[1])}
        one = {"index": 0, "id": f"call_{number}", "type": "function", "function": told}
        delta = {"role": "assistant", "tool_calls": [one]}
    frame: dict[str, object] = {
        "id": f"chat-{number}",
        "object": "chat.completion.chunk",
        "model": "scripted",
    }
    yield json.dumps({**frame, "choices": [{"index": 0, "delta": delta}]})
    reason = "stop" if call is None else "tool_calls"
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    end: dict[str, object] = {"index": 0, "delta": {}, "finish_reason": reason}
    yield json.dumps({**frame, "choices": [end], "usage": usage})
    yield "[DONE]"


def _settings(port: int) -> dict[str, Any]:
    limit = {"context": 100_000, "output": 4_096}
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "options": {"baseURL": f"http://127.0.0.1:{port}/v1", "apiKey": "none"},
        "models": {"scripted": {"tool_call": True, "limit": limit}},
    }
    return {
        "autoupdate": False,
        "share": "disabled",
        "enabled_providers": ["fake"],
        "provider": {"fake": provider},
    }
