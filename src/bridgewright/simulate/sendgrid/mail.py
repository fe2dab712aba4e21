"""Mail as somebody asks for it, and everything that SendGrid says is wrong with it:
https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send, read 2026-11."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.sendgrid.trouble import HELP, Complaint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.simulate.wire import Content

MOST_RECIPIENTS = MOST_PERSONALIZATIONS = 1_000
MOST_CATEGORIES = 10
LONGEST_CATEGORY = 255
LONGEST_ARGUMENTS_BYTES = 50_000
FURTHEST_S = 72 * 3_600
_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_TEMPLATE = re.compile(r"d-[0-9a-f]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LISTS = ("personalizations", "content", "attachments", "categories", "reply_to_list")
_OBJECTS = (
    "from",
    "reply_to",
    "custom_args",
    "headers",
    "sections",
    "asm",
    "mail_settings",
    "tracking_settings",
)
_KNOWN = frozenset(
    (*_LISTS, *_OBJECTS, "subject", "template_id", "send_at", "batch_id", "ip_pool_name")
)
_RESERVED = frozenset(
    """x-sg-id x-sg-eid received dkim-signature content-type content-transfer-encoding to from
    subject reply-to cc bcc""".split()
)
_EXAMPLE = (
    '{"email" : "example@example.com"}  or {"email" : "example@example.com", "name" : "Example'
    ' Recipient"}.'
)
_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}


@dataclass(frozen=True, slots=True)
class Template:
    """What mail needs to know of a template: its id, and the subject that its active version has."""

    id: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What mail is judged by: the time, the templates there are, the groups to unsubscribe from."""

    now_s: float
    templates: Mapping[str, Template] = field(default_factory=dict)
    groups: frozenset[int] = frozenset()


def is_address(text: object) -> bool:
    """Whether it is an address of mail."""
    return isinstance(text, str) and _ADDRESS.fullmatch(text) is not None


def complaints_of(body: Content, rules: Rules) -> list[Complaint]:
    """All that is wrong with mail, in the order of its fields; what has the wrong type is not looked
    into."""
    unknown = sorted(set(body) - _KNOWN)
    found = [Complaint(f"Additional property {name} is not allowed") for name in unknown]
    found += _types(body)
    if found:
        return found
    parts = (
        _of_personalizations(body, rules),
        _of_from(body),
        _of_subject(body, rules),
        _of_content(body),
        _of_template(body, rules),
        _of_attachments(body),
        _of_categories(body),
        _of_arguments(body.get("custom_args"), "custom_args"),
        _of_headers(body),
        _of_time(body.get("send_at"), "send_at", rules),
        _of_group(body, rules),
        _of_settings(body),
    )
    return list(chain.from_iterable(parts))


def _types(body: Content) -> Iterator[Complaint]:
    kinds = dict.fromkeys(_LISTS, list) | dict.fromkeys(_OBJECTS, dict)
    for name, kind in kinds.items():
        value = body.get(name)
        if value is not None and not isinstance(value, kind):
            yield _of_type(kind, value, name, name)


def _of_type(kind: type, value: object, name: str, section: str) -> Complaint:
    given = _NAMES.get(type(value), "number")
    message = f"Invalid type. Expected: {_NAMES[kind]}, given: {given}."
    return _complaint(message, name, section)


def _complaint(message: str, name: str, section: str) -> Complaint:
    return Complaint(message, name, f"{HELP}message.{section}")


def _of_personalizations(body: Content, rules: Rules) -> Iterator[Complaint]:
    given = body.get("personalizations") or ()
    if not given:
        message = (
            "The personalizations field is required and must have at least one personalization."
        )
        yield Complaint(message, "personalizations", f"{HELP}-Personalizations-Errors")
    if len(given) > MOST_PERSONALIZATIONS:
        message = (
            f"The personalization block is limited to {MOST_PERSONALIZATIONS} personalizations per"
            f" API request. You have provided {len(given)} personalizations. Please consider"
            " splitting this into multiple requests and resending your request."
        )
        yield _complaint(message, "personalizations", "personalizations")
    if sum(map(_recipients, given)) > MOST_RECIPIENTS:
        message = (
            f"There is a limit of {MOST_RECIPIENTS} total recipients (to + cc + bcc) per request."
        )
        yield _complaint(message, "personalizations", "recipient-errors")
    for place, each in enumerate(given):
        name = f"personalizations.{place}"
        if not isinstance(each, dict):
            yield _of_type(dict, each, name, "personalizations")
            continue
        yield from _of_recipients(each, name)
        yield from _of_arguments(each.get("custom_args"), f"{name}.custom_args")
        yield from _of_time(each.get("send_at"), f"{name}.send_at", rules)


def _recipients(personalization: object) -> int:
    if not isinstance(personalization, dict):
        return 0
    lists = (personalization.get(kind) for kind in ("to", "cc", "bcc"))
    return sum(len(each) for each in lists if isinstance(each, list))


def _of_recipients(given: Content, name: str) -> Iterator[Complaint]:
    if not given.get("to"):
        message = (
            "The to array is required for all personalization objects, and must have at least one"
            " email object with a valid email address."
        )
        yield _complaint(message, f"{name}.to", "personalizations.to")
    seen: set[str] = set()
    for kind in ("to", "cc", "bcc"):
        listed = given.get(kind) or ()
        if not isinstance(listed, list | tuple):
            yield _of_type(list, listed, f"{name}.{kind}", f"personalizations.{kind}")
            continue
        for place, each in enumerate(listed):
            email = each.get("email") if isinstance(each, dict) else None
            if not is_address(email):
                at = f"{name}.{kind}.{place}.email"
                yield _complaint(
                    "Does not contain a valid address.", at, f"personalizations.{kind}"
                )
            elif str(email).lower() in seen:
                message = (
                    "Each email address in the personalization block should be unique between to,"
                    f" cc, and bcc. We found the first duplicate instance of [{email}] in the"
                    f" {name}.{kind} field."
                )
                yield _complaint(message, name, "recipient-errors")
            seen.add(str(email).lower())


def _of_from(body: Content) -> Iterator[Complaint]:
    sender = body.get("from") or {}
    if not sender.get("email"):
        message = (
            "The from object must be provided for every email send. It is an object that requires"
            f" the email parameter, but may also contain a name parameter.  e.g. {_EXAMPLE}"
        )
        yield _complaint(message, "from.email", "from")
    elif not is_address(sender["email"]):
        yield _complaint("The from email does not contain a valid address.", "from.email", "from")
    answers = [body["reply_to"]] if body.get("reply_to") else body.get("reply_to_list") or ()
    for each in answers:
        if not isinstance(each, dict) or not is_address(each.get("email")):
            message = "The reply_to email does not contain a valid address."
            yield _complaint(message, "reply_to.email", "reply_to")


def _of_subject(body: Content, rules: Rules) -> Iterator[Complaint]:
    subject = body.get("subject")
    if subject is not None and not (isinstance(subject, str) and subject):
        message = "The subject of your email must be a string at least one character in length."
        yield _complaint(message, "subject", "subject")
        return
    template = rules.templates.get(str(body.get("template_id")))
    each = [p.get("subject") for p in body.get("personalizations") or () if isinstance(p, dict)]
    if subject is None and not (each and all(each)) and not (template and template.subject):
        message = (
            "The subject is required. You can get around this requirement if you use a template"
            " with a subject defined or if every personalization has a subject defined."
        )
        yield _complaint(message, "subject", "subject")


def _of_content(body: Content) -> Iterator[Complaint]:
    given = body.get("content") or ()
    if not given and not body.get("template_id"):
        message = (
            "Unless a valid template_id is provided, the content parameter is required. There must"
            " be at least one defined content block. We typically suggest both text/plain and"
            " text/html blocks are included, but only one block is required."
        )
        yield _complaint(message, "content", "content")
    kinds = [each.get("type") if isinstance(each, dict) else None for each in given]
    for place, each in enumerate(given):
        name = f"content.{place}"
        if not isinstance(each, dict):
            yield _of_type(dict, each, name, "content")
            continue
        if not (isinstance(kinds[place], str) and kinds[place]):
            message = "The content type must be a string at least one character in length."
            yield _complaint(message, f"{name}.type", "content.type")
        if not (isinstance(each.get("value"), str) and each["value"]):
            message = "The content value must be a string at least one character in length."
            yield _complaint(message, f"{name}.value", "content.value")
    if any(kinds.count(kind) > 1 for kind in ("text/plain", "text/html")):
        message = "If present, text/plain and text/html may only be provided once."
        yield _complaint(message, "content", "content")
    ordered = {"text/plain": 0, "text/html": 1}
    ranks = [ordered.get(str(kind), 2) for kind in kinds]
    if ranks != sorted(ranks):
        message = (
            "Following RFC 1341, section 7.2, if either text/html or text/plain are to be sent in"
            " your email: text/plain needs to be first, followed by text/html, followed by any"
            " other content."
        )
        yield _complaint(message, "content", "content.value")


def _of_template(body: Content, rules: Rules) -> Iterator[Complaint]:
    given = body.get("template_id")
    if given is None:
        return
    if not (isinstance(given, str) and _TEMPLATE.fullmatch(given)):
        message = f"The template_id must be a valid GUID, you provided '{given}'."
        yield _complaint(message, "template_id", "template_id")
    elif given not in rules.templates:
        message = (
            f"The Template ID must be a valid template id for your account. You provided {given}."
        )
        yield _complaint(message, "template_id", "template_id")


def _of_attachments(body: Content) -> Iterator[Complaint]:
    for place, each in enumerate(body.get("attachments") or ()):
        name = f"attachments.{place}"
        if not isinstance(each, dict):
            yield _of_type(dict, each, name, "attachments")
            continue
        content = each.get("content")
        if not (isinstance(content, str) and content):
            message = "The attachment content must be a string at least one character in length."
            yield _complaint(message, f"{name}.content", "attachments.content")
        elif not _is_base64(content):
            message = "The attachment content must be base64 encoded."
            yield _complaint(message, f"{name}.content", "attachments.content")
        if not (isinstance(each.get("filename"), str) and each["filename"]):
            yield _complaint("filename is required.", f"{name}.filename", "attachments.filename")
        if each.get("disposition", "attachment") not in ("inline", "attachment"):
            message = (
                'The disposition of your attachment can be either "inline" or "attachment". You'
                f" provided {each['disposition']}."
            )
            yield _complaint(message, f"{name}.disposition", "attachments.disposition")


def _is_base64(text: str) -> bool:
    try:
        b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _of_categories(body: Content) -> Iterator[Complaint]:
    given = body.get("categories") or []
    if len(given) > MOST_CATEGORIES:
        message = (
            f"There is a limit of {MOST_CATEGORIES} categories for each email that is sent. You"
            f" provided {len(given)} categories."
        )
        yield _complaint(message, "categories", "categories")
    if not all(isinstance(each, str) for each in given):
        yield _complaint("Categories must be an array of strings.", "categories", "categories")
        return
    for each in given:
        if len(each) > LONGEST_CATEGORY:
            over = f"{LONGEST_CATEGORY} characters. {each} exceeds this limit."
            message = f"Each category must not be longer than {over}"
            yield _complaint(message, "categories", "categories")
        if not each.isascii():
            message = "Categories can not contain non-ASCII characters."
            yield _complaint(message, "categories", "categories")
    for each in sorted({each for each in given if given.count(each) > 1}):
        message = (
            f"The categories must be a unique list, and you have included {each} more than once."
        )
        yield _complaint(message, "categories", "categories")


def _of_arguments(given: Any, name: str) -> Iterator[Complaint]:
    if given is None:
        return
    if not isinstance(given, dict):
        yield _of_type(dict, given, name, "custom_args")
        return
    if not all(isinstance(value, str) for value in given.values()):
        message = "All values of custom arguments object must be strings"
        yield _complaint(message, name, "custom_args")
    if sum(len(f"{key}{value}".encode(errors="replace")) for key, value in given.items()) > (
        LONGEST_ARGUMENTS_BYTES
    ):
        message = (
            "The combined size of both global and personalization custom arguments may not exceed"
            f" {LONGEST_ARGUMENTS_BYTES:,} bytes per personalization."
        )
        yield _complaint(message, name, "custom_args")


def _of_headers(body: Content) -> Iterator[Complaint]:
    for name, value in (body.get("headers") or {}).items():
        if not isinstance(value, str):
            yield _complaint("The header values must be strings.", "headers", "headers")
        if not name.isascii() or " " in name:
            message = "Header keys can't contain non-ASCII characters and empty spaces."
            yield _complaint(message, "headers", "headers")
        if name.lower() in _RESERVED:
            message = "Header can not be one of the reserved keys."
            yield _complaint(message, "headers", "headers")


def _of_time(given: Any, name: str, rules: Rules) -> Iterator[Complaint]:
    if given is None:
        return
    if isinstance(given, bool) or not isinstance(given, int):
        message = (
            "The send_at parameter is expecting a UNIX timestamp as an integer. We will send"
            " immediately if you include a send_at timestamp that is in the past."
        )
        yield _complaint(message, name, "send_at")
    elif given > rules.now_s + FURTHEST_S:
        message = "Scheduling more than 72 hours in advance is forbidden."
        yield _complaint(message, name, "send_at")


def _of_group(body: Content, rules: Rules) -> Iterator[Complaint]:
    given = body.get("asm")
    if given is None:
        return
    group = given.get("group_id")
    if isinstance(group, bool) or not isinstance(group, int):
        yield _complaint("The ASM group ID must be an integer.", "asm.group_id", "asm.group_id")
    elif group not in rules.groups:
        message = (
            "The ASM group ID must be a valid Group ID on your account. You provided"
            f" {str(group)[:40]}."
        )
        yield _complaint(message, "asm.group_id", "asm.group_id")


def _of_settings(body: Content) -> Iterator[Complaint]:
    words = {"sandbox_mode": "The sandbox mode enable param should be a boolean value."}
    for section in ("mail_settings", "tracking_settings"):
        for name, setting in (body.get(section) or {}).items():
            enable = setting.get("enable") if isinstance(setting, dict) else setting
            if not isinstance(enable, bool):
                plain = f"The {name.replace('_', ' ')} enable param should be a boolean value."
                at = f"{section}.{name}.enable"
                yield _complaint(words.get(name, plain), at, f"{section}.{name}")
