"""SendGrid as the engine needs to know it. Pure; sources and dates: README.md."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgewright.core.model.call import Operation, Safety
from bridgewright.core.model.inbound import WebhookProfile
from bridgewright.core.policy.numbers import Quota
from bridgewright.core.policy.profile import CallProfile
from bridgewright.core.timing.pushback import Form, PushbackRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.call import Request, Response

RESOURCES = frozenset(
    """
    access_settings account activity addresses alerts api_keys asm assign authenticated_domains
    batch blocks body bounces branded_links browsers campaigns categories click clients
    contactdb contacts count credits custom_fields default delete designs devices dns dns_records
    domains download email emails enforced_tls engagement event exports field_definitions footer
    forward_bounce forward_spam geo global groups imports inbound integrations invalid_emails ips
    links lists mail mail_settings mailbox_providers marketing messages monitor new_relic open
    parse partner_settings password pending plain_content pools preprocess profile provision public
    recipients remaining remove_email reputations reserved_fields resend resend_verification
    reverse_dns schedule scheduled scheduled_sends scopes search segments send senders settings
    single_sends singlesends spam_check spam_reports sso stats status steps_completed subscription
    subusers sums suppression suppressions teammates template templates test test_email tracking
    tracking_settings unsubscribes user username validate validations verified_senders verify
    versions warmup webhooks website_access whitelabel whitelist
    """.split()
)
"""The fixed segments of SendGrid's paths. All else is somebody's: ids, and the addresses of mail
that suppressions are asked for by. So names are built from this closed list alone."""

_BY_METHOD = {
    "GET": Safety.SAFE,
    "HEAD": Safety.SAFE,
    "PUT": Safety.IDEMPOTENT,
    "DELETE": Safety.IDEMPOTENT,
}
_SEARCHES = frozenset({"marketing.contacts.search.post", "marketing.contacts.search.emails.post"})
_MAIL_SEND = "mail.send.post"
_SANDBOX = b'"sandbox_mode"'
_OK, _ACCEPTED, _NO_CONTENT = 200, 202, 204


def classify(request: Request) -> Operation:
    """The operation of a request, by its method and path, and what sending it twice would do.

    SendGrid knows no idempotency key, so a POST is UNSAFE: mail sent twice arrives twice. Searches
    are POSTs that change nothing.
    """
    method, path = request.method.upper(), urlsplit(request.url).path
    words = [each for each in path.split("/") if each in RESOURCES]
    name = ".".join((*words, method.lower()))
    safety = Safety.SAFE if name in _SEARCHES else _BY_METHOD.get(method, Safety.UNSAFE)
    if name == _MAIL_SEND:
        body = request.body if isinstance(request.body, bytes) else b""
        empty = frozenset({_OK, _ACCEPTED}) if _SANDBOX in body else frozenset({_ACCEPTED})
    else:
        empty = frozenset() if safety is Safety.SAFE else frozenset({_ACCEPTED, _NO_CONTENT})
    return Operation(name, safety, group=words[0] if words else "", accepts=_shape(empty))


@cache  # four shapes in all
def _shape(empty: frozenset[int]) -> Callable[[Response], str | None]:
    """What a success looks like: JSON, or nothing at all with one of the statuses in `empty`."""

    def accepts(response: Response) -> str | None:
        if not response.body:
            return None if response.status in empty else "it is empty"
        kind = response.header("content-type") or ""
        if "json" not in kind.lower():
            return "its content is not JSON"
        try:
            json.loads(response.body)
        except (ValueError, RecursionError):
            return "its body is no JSON"
        return None

    return accepts


PROFILE = CallProfile(
    provider="sendgrid",
    base_url="https://api.sendgrid.com",
    classify=classify,
    quotas={"messages": (Quota(6, 60.0),)},
    pushback=(PushbackRule("x-ratelimit-reset", Form.EPOCH, when_empty="x-ratelimit-remaining"),),
    request_id_headers=("x-message-id", "x-request-id"),
    log_headers=frozenset(
        {
            "x-message-id",
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
        }
    ),
    secret_fields=frozenset({"api_key", "password", "authorization"}),
)
"""SendGrid limits each endpoint for itself and says how much is left in `X-RateLimit-*`. It publishes
no table of the numbers: its headers are obeyed, and the one limit that it names is kept (the Email
Activity Feed, 6 requests a minute)."""

PACKAGES = ("sendgrid", "python_http_client")
"""The packages of the SDK."""

WEBHOOK_PROFILE = WebhookProfile(max_body_bytes=8 * 1_048_576, deadline_s=10.0)
"""Any 2xx is success. No maximum size was found; 8 MiB is ours: a batch that is refused is lost."""
