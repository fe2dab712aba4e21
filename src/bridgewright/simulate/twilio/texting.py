"""A message as somebody asks for it: what it must say, and what Twilio answers when it does not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.simulate.twilio import dates
from bridgewright.simulate.twilio.asked import is_url
from bridgewright.simulate.twilio.trouble import INVALID, invalid, unsimulated

if TYPE_CHECKING:
    from bridgewright.simulate.twilio.asked import Asked

LONGEST_BODY = 1_600
MOST_MEDIA = 10
LONGEST_VALIDITY_S = 36_000
SOONEST_S, LATEST_S = 300.0, 35 * 86_400.0
"""How far ahead a message can be scheduled."""
_CHANNELS = ("whatsapp:", "messenger:", "rcs:")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_SENDER = re.compile(r"\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 &+_-]{1,11}", re.ASCII)
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}", re.ASCII)
_GSM = re.compile(
    r"[A-Za-z0-9@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\-./:;<=>?¡ÄÖÑÜ§¿äöñüà^{}\\\[~\]|€]*"
)
_TWICE = re.compile(r"[\^{}\\\[~\]|€]")
_UNSIMULATED = (
    "ApplicationSid",
    "ContentSid",
    "ContentVariables",
    "FallbackFrom",
    "PersistentAction",
    "ShortenUrls",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that can be sent; `send_at_s` is 0 for now, `sender` "" where a service chooses."""

    to: str
    sender: str = ""
    body: str = field(default="", repr=False)
    service: str = ""
    media: tuple[str, ...] = ()
    callback: str = ""
    send_at_s: float = 0.0
    validity_s: float = LONGEST_VALIDITY_S

    @property
    def segments(self) -> int:
        """In how many parts it is sent: 160 characters of GSM-7, 70 of any other, fewer of many."""
        return segments_of(self.body)


def segments_of(body: str) -> int:
    """How many messages of the network a text takes: one at least."""
    if _GSM.fullmatch(body):
        length, alone, together = len(body) + len(_TWICE.findall(body)), 160, 153
    else:
        length, alone, together = len(body.encode("utf-16-le", "replace")) // 2, 70, 67
    return 1 if length <= alone else -(-length // together)


def drafted(asked: Asked, now_s: float) -> Draft:
    """What a request for a message asks for; TroubleError for one that Twilio refuses."""
    for name in _UNSIMULATED:
        if asked.text(name):
            raise unsimulated(f"{name} of a message")
    to, sender, service = asked.text("To"), asked.text("From"), asked.text("MessagingServiceSid")
    media = asked.all("MediaUrl")
    _refuse_addresses(to, sender, service)
    if not asked.text("Body") and not media:
        raise invalid(21602, "Message body is required.")
    if len(asked.text("Body")) > LONGEST_BODY:
        over = f"The concatenated message body exceeds the {LONGEST_BODY} character limit"
        raise invalid(21617, over)
    if len(media) > MOST_MEDIA:
        raise invalid(21623, "Number of media files exceeds allowed limit")
    if not all(map(is_url, media)):
        raise invalid(21620, "Invalid media URL(s)")
    return Draft(
        to,
        sender,
        asked.text("Body"),
        service,
        media,
        asked.url("StatusCallback", 21609),
        _send_at_s(asked, now_s),
        asked.number("ValidityPeriod", LONGEST_VALIDITY_S, range(1, LONGEST_VALIDITY_S + 1), 21638),
    )


def is_number(text: str) -> bool:
    """Whether a text is a phone number (E.164), or an address of a channel."""
    return _NUMBER.fullmatch(text) is not None or text.startswith(_CHANNELS)


def _refuse_addresses(to: str, sender: str, service: str) -> None:
    if not to:
        raise invalid(21604, "A 'To' phone number is required.")
    if not sender and not service:
        raise invalid(21603, "A 'From' phone number is required.")
    if service and not _SERVICE.fullmatch(service):
        raise invalid(21705, f"The Messaging Service Sid {service} is invalid.")
    if not is_number(to):
        raise invalid(21211, f"The 'To' number {to} is not a valid phone number.")
    if sender and not _SENDER.fullmatch(sender) and not sender.startswith(_CHANNELS):
        kinds = "phone number, shortcode, or alphanumeric sender ID"
        raise invalid(21212, f"The 'From' number {sender} is not a valid {kinds}.")
    if to == sender:
        raise invalid(21266, f"'To' and 'From' number cannot be the same: {to}")


def _send_at_s(asked: Asked, now_s: float) -> float:
    if not asked.text("ScheduleType"):
        return 0.0  # without it, Twilio sends at once whatever SendAt says
    if asked.text("ScheduleType") != "fixed":
        raise invalid(INVALID, "Invalid ScheduleType value: only fixed is allowed")
    if not asked.text("MessagingServiceSid"):
        raise invalid(35118, "MessagingServiceSid is required to schedule a message")
    if not asked.text("SendAt"):
        raise invalid(35111, "SendAt timestamp is missing")
    at_s = dates.read("SendAt", asked.text("SendAt")).timestamp()
    if not now_s + SOONEST_S <= at_s <= now_s + LATEST_S:
        raise invalid(35114, "SendAt time must be between 300 seconds and 35 days in the future")
    return at_s
