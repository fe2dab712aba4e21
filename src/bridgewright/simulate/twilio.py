"""A Twilio that keeps messages and calls in memory: create, fetch, list, and nothing that recognises
a repeat.

Shapes after Twilio's Messages and Calls resources and its page of error codes, as read 2026-11.
"""

from __future__ import annotations

import base64
import itertools
import re
import time
from collections import Counter
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, urlencode

from bridgewright.simulate.stand import Mood, Stand
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.stand import Linger
    from bridgewright.simulate.wire import Content, Heard

ACCOUNT = "AC" + "5" * 32
"""The account that a simulator has, unless it is given another one."""
PAGE_SIZE = 50
LARGEST_PAGE = 1_000
_PATH = re.compile(
    r"/2010-04-01/Accounts/(?P<account>[^/]+)/(?P<kind>Messages|Calls)(?:/(?P<sid>[^/]+))?\.json"
)
_DATE = re.compile(r"(?:DateSent|StartTime)(?P<bound>[<>]?)")
_MORE = "https://www.twilio.com/docs/errors/"


class TwilioSimulator:
    """A Twilio for tests, demos and proofs: `start` gives the base URL of its API.

    A request needs the account's SID, or an API key (`SK…`), and any secret. `stand.be` says how it
    treats requests; `messages` and `messages_per` are what it really sent, in the order it did.
    """

    def __init__(
        self,
        account: str = ACCOUNT,
        now: Callable[[], float] = time.time,
        *,
        slow_s: float = 1.0,
    ) -> None:
        self.stand = Stand("twilio", self._answer, _refused, slow_s=slow_s)
        self.account = account
        self._now = now
        self._serial = itertools.count(1)
        self._requests = itertools.count(1)
        self._messages: dict[str, Content] = {}
        self._calls: dict[str, Content] = {}
        self._sent_at: dict[str, datetime] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def start(self) -> str:
        """Open for business; the base URL that stands for https://api.twilio.com."""
        return self.stand.start()

    def close(self) -> None:
        """Hang up on everybody."""
        self.stand.close()

    def be(self, mood: Mood, *, requests: int | None = None, seconds: float | None = None) -> None:
        """Treat what comes like this: for so many requests, for so long, or until told otherwise."""
        self.stand.be(mood, requests=requests, seconds=seconds)

    def messages(self) -> tuple[Content, ...]:
        """Every message that was sent, oldest first."""
        return tuple(self._messages.values())

    def calls(self) -> tuple[Content, ...]:
        """Every call there was, oldest first."""
        return tuple(self._calls.values())

    def text_in(self, body: str, sender: str = "+15005550009") -> Content:
        """Somebody sends a message to the account; the message."""
        asked = {"Body": body, "From": sender, "To": "+15005550006"}
        message = self._kept_message(asked)
        message |= {"direction": "inbound", "status": "received"}
        return message

    def ring_in(self, status: str = "completed", caller: str = "+15005550009") -> Content:
        """Somebody called the account; the call."""
        at = datetime.fromtimestamp(int(self._now()), UTC)
        sid = f"CA{next(self._serial):032x}"
        call = _call(sid, self.account, caller, status, at)
        self._calls[sid], self._sent_at[sid] = call, at
        return call

    def messages_per(self, name: str = "body") -> Counter[str]:
        """How many messages there are for each value of a field of theirs."""
        return Counter(str(message[name]) for message in self.messages())

    async def _answer(self, heard: Heard, linger: Linger) -> Reply:
        await linger()
        reply = self._judged(heard)
        stamp = ("twilio-request-id", f"RQ{next(self._requests):032x}")
        return Reply(reply.status, (*reply.headers, stamp), reply.body)

    def _judged(self, heard: Heard) -> Reply:
        if not self._knows(heard):
            return _trouble(401, 20003, "Authenticate")
        found = _PATH.fullmatch(heard.path)
        if found is None or found["account"] != self.account:
            return _trouble(404, 20404, f"The requested resource {heard.path} was not found")
        kept = self._messages if found["kind"] == "Messages" else self._calls
        if found["sid"] is not None:
            thing = kept.get(found["sid"])
            lost = f"The requested resource {heard.path} was not found"
            return _trouble(404, 20404, lost) if thing is None else json_reply(thing)
        if heard.method == "POST" and kept is self._messages:
            return self._create(heard)
        return json_reply(self._page(heard, found["kind"].lower(), tuple(kept.values())))

    def _knows(self, heard: Heard) -> bool:
        _, _, packed = (heard.header("authorization") or "").partition(" ")
        name, _, secret = base64.b64decode(packed).decode("latin-1").partition(":")
        return bool(secret) and (name == self.account or name.startswith("SK"))

    def _create(self, heard: Heard) -> Reply:
        asked = dict(parse_qsl(heard.body.decode(errors="replace"), keep_blank_values=True))
        if not asked.get("To"):
            return _trouble(400, 21604, "A 'To' phone number is required.")
        if not asked.get("From") and not asked.get("MessagingServiceSid"):
            return _trouble(400, 21603, "A 'From' phone number is required.")
        if not (asked.get("Body") or asked.get("MediaUrl") or asked.get("ContentSid")):
            return _trouble(400, 21602, "Message body is required.")
        return json_reply(self._kept_message(asked), 201)

    def _kept_message(self, asked: dict[str, str]) -> Content:
        at = datetime.fromtimestamp(int(self._now()), UTC)
        message = _message(f"SM{next(self._serial):032x}", self.account, asked, at)
        self._messages[message["sid"]] = message
        self._sent_at[message["sid"]] = at
        return message

    def _page(self, heard: Heard, name: str, kept: tuple[Content, ...]) -> Content:
        asked = heard.query
        wanted = [each for each in reversed(kept) if self._matches(each, asked)]
        size = min(int(asked.get("PageSize", PAGE_SIZE)), LARGEST_PAGE)
        number = int(asked.get("Page", 0))
        rest = wanted[number * size :]
        following = urlencode(asked | {"Page": number + 1, "PageSize": size})
        return {
            name: rest[:size],
            "page": number,
            "page_size": size,
            "first_page_uri": f"{heard.path}?{urlencode(asked | {'Page': 0, 'PageSize': size})}",
            "next_page_uri": f"{heard.path}?{following}" if len(rest) > size else None,
            "uri": heard.target,
        }

    def _matches(self, message: Content, asked: dict[str, str]) -> bool:
        sent_at = self._sent_at[message["sid"]]
        dates = ((_DATE.fullmatch(name), value) for name, value in asked.items())
        return (
            asked.get("To", message["to"]) == message["to"]
            and asked.get("From", message["from"]) == message["from"]
            and all(_on(sent_at, found["bound"], value) for found, value in dates if found)
        )


def _on(at: datetime, bound: str, text: str) -> bool:
    """Whether an instant is on, before (`<`) or after (`>`) a day or an instant; both ends count."""
    wanted = datetime.fromisoformat(text)
    if len(text) == len("2026-11-23"):
        day = wanted.date()
        return (
            at.date() == day if not bound else _ordered(at.date() <= day, at.date() >= day, bound)
        )
    wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)
    return at == wanted if not bound else _ordered(at <= wanted, at >= wanted, bound)


def _ordered(before: bool, after: bool, bound: str) -> bool:  # noqa: FBT001 - two answers to choose of
    return before if bound == "<" else after


def _message(sid: str, account: str, asked: dict[str, str], at: datetime) -> Content:
    uri = f"/2010-04-01/Accounts/{account}/Messages/{sid}"
    date = format_datetime(at)
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": asked.get("Body", ""),
        "date_created": date,
        "date_sent": date,
        "date_updated": date,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": asked.get("From"),
        "messaging_service_sid": asked.get("MessagingServiceSid"),
        "num_media": "1" if "MediaUrl" in asked else "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": asked["To"],
        "uri": f"{uri}.json",
    }


def _call(sid: str, account: str, caller: str, status: str, at: datetime) -> Content:
    date = format_datetime(at)
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": "2010-04-01",
        "date_created": date,
        "date_updated": date,
        "direction": "inbound",
        "duration": "12" if status == "completed" else None,
        "end_time": date,
        "from": caller,
        "start_time": date,
        "status": status,
        "to": "+15005550006",
        "uri": f"/2010-04-01/Accounts/{account}/Calls/{sid}.json",
    }


def _trouble(status: int, code: int, message: str) -> Reply:
    content = {"code": code, "message": message, "more_info": f"{_MORE}{code}", "status": status}
    return json_reply(content, status)


def _refused(mood: Mood) -> Reply:
    if mood is Mood.DOWN:
        return _trouble(503, 20503, "Service Unavailable")
    return _trouble(429, 20429, "Too Many Requests")
