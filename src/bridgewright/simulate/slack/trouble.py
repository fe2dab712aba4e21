"""Refusals as Slack words them: 200 with `ok: false`. https://docs.slack.dev/apis/web-api, read 2026-11."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Content

_WORDS = {
    429: "ratelimited",
    500: "internal_error",
    503: "service_unavailable",
}


class SlackError(Exception):
    """A method that is not carried out; `code` is Slack's word for why, `messages` what it adds."""

    def __init__(self, code: str, *messages: str) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages

    def content(self) -> Content:
        """The body that says so."""
        told: Content = {"ok": False, "error": self.code}
        if self.messages:
            told["response_metadata"] = {"messages": [f"[ERROR] {each}" for each in self.messages]}
        return told

    def reply(self) -> Reply:
        """The answer: 200, for Slack tells errors in the body."""
        return json_reply(self.content())


class HookError(Exception):
    """An incoming webhook that is not carried out: a status, and a word in plain text."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code

    def reply(self) -> Reply:
        """The answer, as https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
        has it, read 2026-11."""
        return plain(self.code, self.status)


def plain(text: str, status: int = 200) -> Reply:
    """An answer in plain text."""
    return Reply(status, (("content-type", "text/plain; charset=utf-8"),), text.encode())


def missing(name: str) -> SlackError:
    """A method was not told what it needs."""
    return SlackError("invalid_arguments", f"missing required field: {name}")


def throttled(wait_s: int) -> Reply:
    """429, with the seconds to wait: https://docs.slack.dev/apis/web-api/rate-limits, read 2026-11."""
    return json_reply({"ok": False, "error": "ratelimited"}, 429, retry_after=str(wait_s))


def refused(status: int) -> Reply:
    """An error of the whole service."""
    if status == 429:  # noqa: PLR2004 - Too Many Requests
        return throttled(30)
    word = _WORDS.get(status, "fatal_error")
    return json_reply({"ok": False, "error": word}, status)
