"""Verify v2: https://www.twilio.com/docs/verify/api, and its pages of errors 60202 and 60203, read
2026-11. A code is good for ten minutes, can be sent five times and tried five times."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from bridgewright.simulate.twilio import dates
from bridgewright.simulate.twilio.paging import meta_page
from bridgewright.simulate.twilio.texting import is_number
from bridgewright.simulate.twilio.trouble import TroubleError, invalid, missing, unsimulated
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from bridgewright.simulate.twilio.account import Account
    from bridgewright.simulate.twilio.asked import Asked
    from bridgewright.simulate.wire import Content

GOOD_FOR_S = 600.0
MOST_SENDS = MOST_CHECKS = 5
LONGEST_NAME = 30
_CODE_LENGTHS = range(4, 11)
_CHANNELS = frozenset("sms call email whatsapp rcs".split())
_LATER = frozenset("sna auto".split())
_STEP, _BEGIN = 314_159_269, 271_828


@dataclass(frozen=True, slots=True)
class Verifier:
    """One of Verify's services: what codes look like, and who is said to send them."""

    sid: str
    friendly_name: str
    code_length: int
    created_at_s: float


@dataclass(frozen=True, slots=True)
class Verification:
    """Somebody who is to prove that a number or an address is his; `sends` are instant and channel."""

    sid: str
    verifier: str
    to: str
    code: str = field(repr=False)
    created_at_s: float
    updated_at_s: float
    sends: tuple[tuple[float, str], ...]
    checks: int = 0
    status: str = "pending"

    def open_at(self, now_s: float) -> bool:
        """Whether its code can still be tried."""
        return self.status == "pending" and now_s < self.created_at_s + GOOD_FOR_S


def create_verifier(account: Account, asked: Asked) -> Reply:
    """Make a service."""
    name = asked.text("FriendlyName")
    if not name or len(name) > LONGEST_NAME:
        raise _wrong("FriendlyName", name)
    if asked.text("CustomCodeEnabled", "false") != "false":
        raise unsimulated("CustomCodeEnabled of a service of Verify")
    length = asked.number("CodeLength", 6, _CODE_LENGTHS, 60200)
    made = Verifier(account.new_sid("VA"), name, length, account.now())
    account.verifiers[made.sid] = made
    return json_reply(_shown(account, asked, made), HTTPStatus.CREATED)


def list_verifiers(account: Account, asked: Asked) -> Reply:
    """A page of services, newest first."""
    found = tuple(reversed(account.verifiers.values()))
    return json_reply(meta_page(asked, "services", found, partial(_shown, account, asked)))


def fetch_verifier(account: Account, asked: Asked, verifier: str) -> Reply:
    """One service."""
    return json_reply(_shown(account, asked, _verifier(account, asked, verifier)))


def delete_verifier(account: Account, asked: Asked, verifier: str) -> Reply:
    """Take a service away, and what it was to verify."""
    del account.verifiers[_verifier(account, asked, verifier).sid]
    rest = {k: v for k, v in account.verifications.items() if v.verifier != verifier}
    account.verifications = rest
    return Reply(HTTPStatus.NO_CONTENT)


def send(account: Account, asked: Asked, verifier: str) -> Reply:
    """Send a code: a new one, or the one that was sent already and is still good."""
    known = _verifier(account, asked, verifier)
    to, channel = _addressed(asked)
    if asked.text("CustomCode"):
        raise unsimulated("CustomCode of a verification")
    now = account.now()
    found = _open(account, verifier, to)
    if found is None:
        sid = account.new_sid("VE")
        serial = int.from_bytes(bytes.fromhex(sid[2:]))
        code = f"{(serial * _STEP + _BEGIN) % 10**known.code_length:0{known.code_length}}"
        found = Verification(sid, verifier, to, code, now, now, sends=())
    if len(found.sends) >= MOST_SENDS:
        raise TroubleError(HTTPStatus.TOO_MANY_REQUESTS, 60203, "Max send attempts reached")
    made = replace(found, sends=(*found.sends, (now, channel)), updated_at_s=now)
    account.verifications[made.sid] = made
    return json_reply(_told(account, asked, made), HTTPStatus.CREATED)


def fetch(account: Account, asked: Asked, verifier: str, named: str) -> Reply:
    """A verification that is open, by its SID or by whom it is for."""
    return json_reply(_told(account, asked, _one(account, asked, verifier, named)))


def update(account: Account, asked: Asked, verifier: str, named: str) -> Reply:
    """Cancel or approve a verification that is open."""
    status = asked.text("Status")
    found = _one(account, asked, verifier, named)
    if status not in {"canceled", "approved"}:
        raise _wrong("Status", status)
    made = replace(found, status=status, updated_at_s=account.now())
    account.verifications[made.sid] = made
    return json_reply(_told(account, asked, made))


def check(account: Account, asked: Asked, verifier: str) -> Reply:
    """Try a code: approved when it is the right one, pending when it is not."""
    _verifier(account, asked, verifier)
    code = asked.text("Code")
    if not (code.isascii() and code.isdecimal() and len(code) in _CODE_LENGTHS):
        raise _wrong("Code", code)
    named = asked.text("VerificationSid") or asked.text("To")
    if not named:
        raise _wrong("To", "")
    found = _one(account, asked, verifier, named)
    if found.checks >= MOST_CHECKS:
        raise TroubleError(HTTPStatus.TOO_MANY_REQUESTS, 60202, "Max check attempts reached")
    status = "approved" if code == found.code else "pending"
    made = replace(found, checks=found.checks + 1, status=status, updated_at_s=account.now())
    account.verifications[made.sid] = made
    told = _told(account, asked, made)
    kept = {k: v for k, v in told.items() if k not in {"lookup", "send_code_attempts", "url"}}
    return json_reply(kept, HTTPStatus.CREATED)


def code_of(account: Account, to: str) -> str:
    """The code that somebody was sent last and can still try; LookupError when there is none."""
    now = account.now()
    found = [v for v in account.verifications.values() if v.to == to and v.open_at(now)]
    if not found:
        raise LookupError(f"no code that is still good was sent to {to}")
    return found[-1].code


def _addressed(asked: Asked) -> tuple[str, str]:
    to, channel = asked.text("To"), asked.text("Channel")
    if channel in _LATER:
        raise unsimulated(f"the channel {channel} of Verify")
    if channel not in _CHANNELS:
        raise _wrong("Channel", channel)
    right = ("@" in to[1:-1]) if channel == "email" else is_number(to)
    if not right:
        raise _wrong("To", to)
    return to, channel


def _wrong(name: str, value: str) -> TroubleError:
    return invalid(60200, f"Invalid parameter `{name}`: {value}")


def _verifier(account: Account, asked: Asked, sid: str) -> Verifier:
    found = account.verifiers.get(sid)
    if found is None:
        raise missing(asked.path)
    return found


def _open(account: Account, verifier: str, to: str) -> Verification | None:
    now = account.now()
    mine = (v for v in account.verifications.values() if v.verifier == verifier and v.to == to)
    return next((each for each in mine if each.open_at(now)), None)


def _one(account: Account, asked: Asked, verifier: str, named: str) -> Verification:
    _verifier(account, asked, verifier)
    found = account.verifications.get(named)
    if found is not None and found.verifier == verifier and found.open_at(account.now()):
        return found
    known = _open(account, verifier, named)
    if known is None:
        raise missing(asked.path.removeprefix("/v2"))
    return known


def _shown(account: Account, asked: Asked, verifier: Verifier) -> Content:
    url = f"{asked.origin}/v2/Services/{verifier.sid}"
    at = dates.stamped(verifier.created_at_s)
    return {
        "account_sid": account.sid,
        "code_length": verifier.code_length,
        "custom_code_enabled": False,
        "date_created": at,
        "date_updated": at,
        "do_not_share_warning_enabled": False,
        "dtmf_input_required": True,
        "friendly_name": verifier.friendly_name,
        "links": {
            "verification_checks": f"{url}/VerificationCheck",
            "verifications": f"{url}/Verifications",
        },
        "lookup_enabled": False,
        "psd2_enabled": False,
        "sid": verifier.sid,
        "skip_sms_to_landlines": False,
        "tts_name": None,
        "url": url,
    }


def _told(account: Account, asked: Asked, made: Verification) -> Content:
    attempts = [
        {
            "attempt_sid": f"VL{place:08x}{made.sid[10:]}",
            "channel": channel,
            "time": dates.stamped(at_s),
        }
        for place, (at_s, channel) in enumerate(made.sends)
    ]
    return {
        "account_sid": account.sid,
        "amount": None,
        "channel": made.sends[-1][1],
        "date_created": dates.stamped(made.created_at_s),
        "date_updated": dates.stamped(made.updated_at_s),
        "lookup": {},
        "payee": None,
        "send_code_attempts": attempts,
        "service_sid": made.verifier,
        "sid": made.sid,
        "sna": None,
        "status": made.status,
        "to": made.to,
        "url": f"{asked.origin}/v2/Services/{made.verifier}/Verifications/{made.sid}",
        "valid": made.status == "approved",
    }
