"""Twilio's operations, named as its SDK names them, and what each takes and gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.simulate.routes import Route, Routes, Shape
from bridgewright.simulate.twilio import calls, messages, numbers, verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.wire import Reply

    Schema = dict[str, Any]
    Operation = Callable[..., Reply]

_ACCOUNT = "/2010-04-01/Accounts/{account}"
_VERIFY = "/v2/Services"
_FORM = "application/x-www-form-urlencoded"
_TEXT: Schema = {"type": "string"}
_PERHAPS: Schema = {"type": ["string", "null"]}
_TROUBLE: Schema = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "properties": {
        "code": {"type": "integer"},
        "message": _TEXT,
        "more_info": _TEXT,
        "status": {"type": "integer"},
    },
}


def _object(texts: str, perhaps: str = "", **others: Schema) -> Schema:
    properties = dict.fromkeys(texts.split(), _TEXT) | dict.fromkeys(perhaps.split(), _PERHAPS)
    properties |= others
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _sid(prefix: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}[0-9a-f]{{32}}$"}


_MESSAGE = _object(
    "account_sid api_version body direction num_media num_segments price_unit status to uri",
    "date_created date_sent date_updated error_message from messaging_service_sid price",
    sid=_sid("(SM|MM)"),
    error_code={"type": ["integer", "null"]},
    subresource_uris={"type": "object"},
)
_CALL = _object(
    "account_sid api_version direction from price_unit status to uri",
    "date_created date_updated duration end_time price start_time",
    sid=_sid("CA"),
    subresource_uris={"type": "object"},
)
_NUMBER = _object(
    "account_sid friendly_name phone_number sms_url status_callback uri voice_url",
    "date_created date_updated",
    sid=_sid("PN"),
    capabilities={"type": "object"},
)
_SERVICE = _object(
    "account_sid date_created date_updated friendly_name url",
    sid=_sid("VA"),
    code_length={"type": "integer", "minimum": 4, "maximum": 10},
    links={"type": "object"},
)
_CHECK = _object(
    "account_sid channel date_created date_updated service_sid to",
    sid=_sid("VE"),
    status={"enum": ["pending", "approved", "canceled"]},
    valid={"type": "boolean"},
)
_VERIFICATION: Schema = _CHECK | {
    "required": [*_CHECK["required"], "send_code_attempts"],
    "properties": _CHECK["properties"] | {"send_code_attempts": {"type": "array"}},
}
_PAGING = "Page PageSize PageToken"


def _page(key: str, item: Schema) -> Schema:
    whole = {"type": "integer", "minimum": 0}
    properties: Schema = {key: {"type": "array", "items": item}, "uri": _TEXT}
    properties |= dict.fromkeys(("page", "page_size", "start", "end"), whole)
    properties |= dict.fromkeys(("next_page_uri", "previous_page_uri"), _PERHAPS)
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _meta_page(key: str, item: Schema) -> Schema:
    properties: Schema = {key: {"type": "array", "items": item}, "meta": {"type": "object"}}
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _gives(status: int, schema: Schema | None, *more: int) -> dict[int, Schema | None]:
    refusals = (400, 401, 403, 404, 429, 501, *more)
    return {status: schema} | dict.fromkeys(refusals, _TROUBLE)


def _form(names: str, given: dict[int, Schema | None], needed: str = "") -> Shape:
    fields = dict.fromkeys(names.split(), _TEXT)
    body: Schema = {"type": "object", "properties": fields, "required": needed.split()}
    return Shape(body=body, body_needed=bool(needed), content_type=_FORM, gives=given)


def _query(names: str, given: dict[int, Schema | None]) -> Shape:
    return Shape(query=dict.fromkeys(names.split(), _TEXT), gives=given)


_TEXTS, _CALLS = f"{_ACCOUNT}/Messages", f"{_ACCOUNT}/Calls"
_NUMBERS = f"{_ACCOUNT}/IncomingPhoneNumbers"
_SENT = "From MessagingServiceSid Body MediaUrl StatusCallback ValidityPeriod ScheduleType SendAt"
_CALLED = "Url Twiml StatusCallback StatusCallbackEvent Timeout"
_DATES = "DateSent DateSent< DateSent>"
_TIMES = "StartTime StartTime< StartTime> EndTime EndTime< EndTime>"
_URLS = "FriendlyName SmsUrl VoiceUrl StatusCallback"

_OF_MESSAGES = (
    (
        "POST",
        f"{_TEXTS}.json",
        "messages.create",
        messages.create,
        _form(f"To {_SENT}", _gives(201, _MESSAGE), "To"),
    ),
    (
        "GET",
        f"{_TEXTS}.json",
        "messages.list",
        messages.listed,
        _query(f"To From {_DATES} {_PAGING}", _gives(200, _page("messages", _MESSAGE))),
    ),
    (
        "GET",
        f"{_TEXTS}/{{sid}}/Media.json",
        "messages.media.list",
        messages.media,
        _query(_PAGING, _gives(200, _page("media_list", {}))),
    ),
    (
        "GET",
        f"{_TEXTS}/{{sid}}.json",
        "messages.fetch",
        messages.fetch,
        _query("", _gives(200, _MESSAGE)),
    ),
    (
        "POST",
        f"{_TEXTS}/{{sid}}.json",
        "messages.update",
        messages.update,
        _form("Body Status", _gives(200, _MESSAGE, 409)),
    ),
    (
        "DELETE",
        f"{_TEXTS}/{{sid}}.json",
        "messages.delete",
        messages.delete,
        _query("", _gives(204, None, 409)),
    ),
)
_OF_CALLS = (
    (
        "POST",
        f"{_CALLS}.json",
        "calls.create",
        calls.create,
        _form(f"To From {_CALLED}", _gives(201, _CALL), "To From"),
    ),
    (
        "GET",
        f"{_CALLS}.json",
        "calls.list",
        calls.listed,
        _query(f"To From Status {_TIMES} {_PAGING}", _gives(200, _page("calls", _CALL))),
    ),
    ("GET", f"{_CALLS}/{{sid}}.json", "calls.fetch", calls.fetch, _query("", _gives(200, _CALL))),
    (
        "POST",
        f"{_CALLS}/{{sid}}.json",
        "calls.update",
        calls.update,
        _form("Status Url Twiml", _gives(200, _CALL)),
    ),
    (
        "DELETE",
        f"{_CALLS}/{{sid}}.json",
        "calls.delete",
        calls.delete,
        _query("", _gives(204, None, 409)),
    ),
)
_OF_NUMBERS = (
    (
        "POST",
        f"{_NUMBERS}.json",
        "incoming_phone_numbers.create",
        numbers.create,
        _form(f"PhoneNumber {_URLS}", _gives(201, _NUMBER), "PhoneNumber"),
    ),
    (
        "GET",
        f"{_NUMBERS}.json",
        "incoming_phone_numbers.list",
        numbers.listed,
        _query(f"PhoneNumber {_PAGING}", _gives(200, _page("incoming_phone_numbers", _NUMBER))),
    ),
    (
        "GET",
        f"{_NUMBERS}/{{sid}}.json",
        "incoming_phone_numbers.fetch",
        numbers.fetch,
        _query("", _gives(200, _NUMBER)),
    ),
    (
        "POST",
        f"{_NUMBERS}/{{sid}}.json",
        "incoming_phone_numbers.update",
        numbers.update,
        _form(_URLS, _gives(200, _NUMBER)),
    ),
    (
        "DELETE",
        f"{_NUMBERS}/{{sid}}.json",
        "incoming_phone_numbers.delete",
        numbers.delete,
        _query("", _gives(204, None)),
    ),
)
_OF_VERIFY = (
    (
        "POST",
        _VERIFY,
        "services.create",
        verify.create_verifier,
        _form("FriendlyName CodeLength", _gives(201, _SERVICE), "FriendlyName"),
    ),
    (
        "GET",
        _VERIFY,
        "services.list",
        verify.list_verifiers,
        _query(_PAGING, _gives(200, _meta_page("services", _SERVICE))),
    ),
    (
        "GET",
        f"{_VERIFY}/{{verifier}}",
        "services.fetch",
        verify.fetch_verifier,
        _query("", _gives(200, _SERVICE)),
    ),
    (
        "DELETE",
        f"{_VERIFY}/{{verifier}}",
        "services.delete",
        verify.delete_verifier,
        _query("", _gives(204, None)),
    ),
    (
        "POST",
        f"{_VERIFY}/{{verifier}}/Verifications",
        "verifications.create",
        verify.send,
        _form("To Channel", _gives(201, _VERIFICATION), "To Channel"),
    ),
    (
        "GET",
        f"{_VERIFY}/{{verifier}}/Verifications/{{named}}",
        "verifications.fetch",
        verify.fetch,
        _query("", _gives(200, _VERIFICATION)),
    ),
    (
        "POST",
        f"{_VERIFY}/{{verifier}}/Verifications/{{named}}",
        "verifications.update",
        verify.update,
        _form("Status", _gives(200, _VERIFICATION), "Status"),
    ),
    (
        "POST",
        f"{_VERIFY}/{{verifier}}/VerificationCheck",
        "verification_checks.create",
        verify.check,
        _form("To VerificationSid Code", _gives(201, _CHECK), "Code"),
    ),
)

ROUTES: Routes[Operation] = Routes(
    [
        *(Route(*each) for each in (*_OF_MESSAGES, *_OF_CALLS, *_OF_NUMBERS)),
        *(
            Route(method, path, f"verify.v2.{name}", operation, shape)
            for method, path, name, operation, shape in _OF_VERIFY
        ),
    ]
)
