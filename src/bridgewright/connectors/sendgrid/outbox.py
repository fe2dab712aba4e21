"""What of SendGrid can be sent from the outbox: mail. It knows no key, and keeps no list of mails that
every account could ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.outbound import Outbound, never, short
from bridgewright.core.policy.arguments import refuse_names, refuse_types, unknown_operation

if TYPE_CHECKING:
    from bridgewright.core.model.outbound import Arguments, Attempted

_OPERATION = "sendgrid.mail.send"
_FIELDS: dict[str, Any] = {
    "asm": dict,
    "attachments": list,
    "batch_id": str,
    "categories": list,
    "content": list,
    "custom_args": dict,
    "from": dict,
    "headers": dict,
    "ip_pool_name": str,
    "mail_settings": dict,
    "personalizations": list,
    "reply_to": dict,
    "reply_to_list": list,
    "send_at": int,
    "subject": str,
    "template_id": str,
    "tracking_settings": dict,
}
"""The body of `POST /v3/mail/send` (docs.sendgrid.com, Mail Send, 2026-11-23)."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """SendGrid's operation."""

    def find(self, name: str) -> Outbound:
        """`mail.send`, and nothing else."""
        if name != "mail.send":
            raise unknown_operation(f"sendgrid.{name}", (_OPERATION,))
        return Outbound(name, _check, never, _send, _result)


def _check(arguments: Arguments) -> None:
    refuse_names(_OPERATION, arguments, _FIELDS, ("personalizations", "from"))
    refuse_types(_OPERATION, arguments, _FIELDS)
    if "content" not in arguments and "template_id" not in arguments:
        problem = f"{_OPERATION} has neither 'content' nor 'template_id'"
        raise ConfigurationError(problem, remedy="give one of them: a mail says something")


def _send(attempted: Attempted) -> Any:
    return attempted.client.client.mail.send.post(request_body=dict(attempted.arguments))


def _result(answer: Any) -> str:
    return short(answer.headers.get("X-Message-Id", ""))


OUTBOX = Catalogue()
