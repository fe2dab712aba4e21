"""What SendGrid's operations take and give, as JSON Schema."""

from __future__ import annotations

from typing import Any

from bridgewright.simulate.routes import Shape

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
_PERHAPS: Schema = {"type": ["string", "null"]}
_COMPLAINT: Schema = {
    "type": "object",
    "required": ["message", "field", "help"],
    "properties": {"message": TEXT, "field": _PERHAPS, "help": _PERHAPS},
}
_TROUBLE: Schema = {
    "type": "object",
    "required": ["errors"],
    "properties": {"errors": {"type": "array", "minItems": 1, "items": _COMPLAINT}},
}
_REFUSALS = (400, 401, 403, 404, 429, 501)


def thing(**properties: Schema) -> Schema:
    """An object that has all of these."""
    return {"type": "object", "required": sorted(properties), "properties": properties}


def many(item: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": item}


def texts(names: str) -> dict[str, Schema]:
    """Texts by these names."""
    return dict.fromkeys(names.split(), TEXT)


def shape(
    status: int,
    gives: Schema | None,
    *,
    query: str = "",
    body: Schema | None = None,
    more: dict[int, Schema | None] | None = None,
) -> Shape:
    """An operation that answers with this status and body, or refuses as SendGrid refuses."""
    answers: dict[int, Schema | None] = {status: gives} | (more or {})
    answers |= dict.fromkeys(_REFUSALS, _TROUBLE)
    return Shape(query=texts(query), body=body, body_needed=body is not None, gives=answers)


ADDRESS = thing(email={"type": "string", "format": "email"})
MAIL: Schema = {
    "type": "object",
    "required": ["personalizations", "from"],
    "properties": {
        "personalizations": many(
            {
                "type": "object",
                "required": ["to"],
                "properties": {
                    "to": {**many(ADDRESS), "minItems": 1},
                    "cc": many(ADDRESS),
                    "bcc": many(ADDRESS),
                    "subject": TEXT,
                    "custom_args": {"type": "object", "additionalProperties": TEXT},
                    "send_at": NUMBER,
                },
            }
        ),
        "from": ADDRESS,
        "reply_to": ADDRESS,
        "subject": {"type": "string", "minLength": 1},
        "content": many(thing(type={"enum": ["text/plain", "text/html"]}, value=TEXT)),
        "attachments": many(thing(content=TEXT, filename=TEXT)),
        "template_id": TEXT,
        "categories": many(TEXT),
        "custom_args": {"type": "object", "additionalProperties": TEXT},
        "headers": {"type": "object", "additionalProperties": TEXT},
        "send_at": NUMBER,
        "asm": thing(group_id=NUMBER),
        "mail_settings": {"type": "object"},
        "tracking_settings": {"type": "object"},
    },
}
RECIPIENTS = thing(recipient_emails=many({"type": "string", "format": "email"}))
GROUP = thing(id=NUMBER, name=TEXT, description=TEXT, is_default=FLAG, unsubscribes=NUMBER)
TEMPLATE = thing(
    **texts("id name updated_at"),
    generation={"enum": ["legacy", "dynamic"]},
    versions=many({"type": "object"}),
)
VERSION = thing(
    **texts("id template_id name subject html_content plain_content updated_at editor"),
    active={"enum": [0, 1]},
    generate_plain_content=FLAG,
)
WORDING: Schema = {
    "type": "object",
    "required": ["name"],
    "properties": texts("name subject html_content plain_content test_data")
    | {"active": {"enum": [0, 1]}, "editor": {"enum": ["code", "design"]}},
}
SIGNING = thing(id=TEXT, public_key=TEXT)
