"""Numbers of an account, and where Twilio asks about what comes in for them:
https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource, read 2026-11."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from bridgewright.simulate.twilio import dates
from bridgewright.simulate.twilio.account import VERSION
from bridgewright.simulate.twilio.paging import page
from bridgewright.simulate.twilio.texting import is_number
from bridgewright.simulate.twilio.trouble import invalid, missing, unsimulated
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from bridgewright.simulate.twilio.account import Account
    from bridgewright.simulate.twilio.asked import Asked
    from bridgewright.simulate.wire import Content

_TAKEN = "+15005550000"
_URLS = ("SmsUrl", "VoiceUrl", "StatusCallback")


@dataclass(frozen=True, slots=True)
class Number:
    """One number that the account has."""

    sid: str
    phone_number: str
    friendly_name: str
    created_at_s: float
    updated_at_s: float
    sms_url: str = ""
    voice_url: str = ""
    status_callback: str = ""


def shown(account: Account, number: Number) -> Content:
    """A number as the API shows it."""
    return {
        "account_sid": account.sid,
        "api_version": VERSION,
        "capabilities": {"fax": False, "mms": True, "sms": True, "voice": True},
        "date_created": dates.written(number.created_at_s),
        "date_updated": dates.written(number.updated_at_s),
        "friendly_name": number.friendly_name,
        "phone_number": number.phone_number,
        "sid": number.sid,
        "sms_method": "POST",
        "sms_url": number.sms_url,
        "status": "in-use",
        "status_callback": number.status_callback,
        "status_callback_method": "POST",
        "uri": f"/{VERSION}/Accounts/{account.sid}/IncomingPhoneNumbers/{number.sid}.json",
        "voice_method": "POST",
        "voice_url": number.voice_url,
    }


def create(account: Account, asked: Asked) -> Reply:
    """Buy a number: any that nobody here has."""
    wanted = asked.text("PhoneNumber")
    if not wanted:
        raise unsimulated("buying a number without naming it")
    if not is_number(wanted) or wanted == "+15005550001":
        raise invalid(21421, f"{wanted} is not a valid number")
    if wanted == _TAKEN or any(n.phone_number == wanted for n in account.numbers.values()):
        raise invalid(21422, f"{wanted} is not available.")
    now = account.now()
    name = asked.text("FriendlyName", wanted)
    number = _changed(Number(account.new_sid("PN"), wanted, name, now, now), asked)
    if not account.tested:
        account.numbers[number.sid] = number
    return json_reply(shown(account, number), HTTPStatus.CREATED)


def _changed(number: Number, asked: Asked) -> Number:
    for name in ("SmsMethod", "VoiceMethod", "StatusCallbackMethod"):
        if asked.text(name, "POST").upper() != "POST":
            raise unsimulated(f"{name} other than POST")
    given = {name: asked.url(name, 21609) for name in _URLS if asked.has(name)}
    return replace(
        number,
        friendly_name=asked.text("FriendlyName", number.friendly_name),
        sms_url=given.get("SmsUrl", number.sms_url),
        voice_url=given.get("VoiceUrl", number.voice_url),
        status_callback=given.get("StatusCallback", number.status_callback),
    )


def listed(account: Account, asked: Asked) -> Reply:
    """A page of numbers, newest first; `PhoneNumber` finds one of them."""
    found = [
        each
        for each in reversed(account.numbers.values())
        if asked.text("PhoneNumber", each.phone_number) == each.phone_number
    ]
    return json_reply(page(asked, "incoming_phone_numbers", found, partial(shown, account)))


def fetch(account: Account, asked: Asked, sid: str) -> Reply:
    """One number."""
    return json_reply(shown(account, _one(account, asked, sid)))


def update(account: Account, asked: Asked, sid: str) -> Reply:
    """Say where Twilio is to ask."""
    number = _changed(_one(account, asked, sid), asked)
    account.numbers[sid] = replace(number, updated_at_s=account.now())
    return json_reply(shown(account, account.numbers[sid]))


def delete(account: Account, asked: Asked, sid: str) -> Reply:
    """Give a number back."""
    del account.numbers[_one(account, asked, sid).sid]
    return Reply(HTTPStatus.NO_CONTENT)


def _one(account: Account, asked: Asked, sid: str) -> Number:
    found = account.numbers.get(sid)
    if found is None:
        raise missing(asked.path)
    return found
