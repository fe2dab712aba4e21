"""The canary hunt: secrets and personal data planted in calls through real SDKs, and every place where
they could come to light: logs with the root at DEBUG, exceptions, tracebacks with the locals of our
frames, facts, reports, reprs."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import bridgewright
from bridgewright import Bridge, outcome_of
from bridgewright.cli.records import JsonLines, Lines
from bridgewright.core.model.fact import CallAttempted
from bridgewright.settings import Settings, StoreSettings
from bridgewright.settings.outbound import ConnectionSettings, References
from tests.contracts.loopback import Loopback, Reply
from tests.rules.exporters.test_logs import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bridgewright.core.model.fact import Fact

EMAIL = "jane.canary@example.com"
CARD = "4242424242424242"
PHONE = "+15005550006"
SID = "AC" + "a1" * 16
TOKEN = "canary5e7f0123456789abcdef01234567"
STRIPE_KEY = "sk_test_canary4eC39HqLyjWDarjtT1"
SENDGRID_KEY = "SG.canaryngeVfQFYQlKU0uf.TwL2iGABf9DHoTfcanary"
GITHUB_TOKEN = "ghp_canary6C7e42F292c6912E7710c838347A"
AWS_SECRET = "canarybPxRfiCYEXAMPLEKEY/wJalrXUtnFEMI"
AWS_SESSION = "canaryFwoGZXIvYXdzEBYaDEXAMPLEsession"
PERSONAL = (EMAIL, CARD, PHONE)
OURS = str(Path(bridgewright.__file__).parent)
LOST = Reply(lost=True)


@dataclass(frozen=True, slots=True)
class Quarry:
    """One SDK: the secrets of its connection, one write through its client, and an answer it takes."""

    provider: str
    secrets: Mapping[str, str]
    write: Callable[[Any], object]
    answer: Mapping[str, object]

    def credentials(self) -> tuple[str, ...]:
        """What must not be seen of its secrets: themselves, and as Basic credentials."""
        values = tuple(self.secrets.values())
        secret = values[-1]
        return *values[bool(self.provider == "twilio") :], base64.b64encode(
            f"{values[0]}:{secret}".encode()
        ).decode()

    def settings(self, base_url: str, folder: Path) -> ConnectionSettings:
        """A connection to `base_url`, with bodies in the log; its secrets are in files."""
        secrets = {}
        for name, value in self.secrets.items() if self.provider != "aws" else ():
            (folder / name).write_text(value)
            secrets[name] = References((f"file:{name}",), folder)
        return ConnectionSettings(
            self.provider,
            base_url=base_url,
            log_bodies=True,
            async_transport="httpx2",
            secrets=secrets,
        )


def _charge(client: Any) -> object:
    return client.v1.customers.create({"email": EMAIL, "metadata": {"card": CARD}, "phone": PHONE})


def _message(client: Any) -> object:
    return client.messages.create(to=PHONE, from_="+15005550001", body=f"{EMAIL} {CARD}")


def _mail(client: Any) -> object:
    body = {
        "personalizations": [{"to": [{"email": EMAIL}]}],
        "from": {"email": "shop@example.com"},
        "subject": CARD,
        "content": [{"type": "text/plain", "value": PHONE}],
    }
    return client.client.mail.send.post(request_body=body)


def _queue(session: Any) -> object:
    keys = {"aws_access_key_id": "AKIACANARY", "aws_secret_access_key": AWS_SECRET}
    client = session.client("sqs", region_name="eu-west-1", aws_session_token=AWS_SESSION, **keys)
    queue = f"{client.meta.endpoint_url}/1/q"
    return client.send_message(QueueUrl=queue, MessageBody=f"{EMAIL} {CARD} {PHONE}")


def _issue(client: Any) -> object:
    return client.rest.issues.create("acme", "shop", title=f"{EMAIL} {CARD}", body=PHONE)


QUARRIES = (
    Quarry("stripe", {"api_key": STRIPE_KEY}, _charge, {"id": "cus_1", "object": "customer"}),
    Quarry("twilio", {"account_sid": SID, "auth_token": TOKEN}, _message, {"sid": "SM1"}),
    Quarry("sendgrid", {"api_key": SENDGRID_KEY}, _mail, {}),
    Quarry("aws", {"session": AWS_SESSION, "secret": AWS_SECRET}, _queue, {"MessageId": "1"}),
    Quarry("github", {"token": GITHUB_TOKEN}, _issue, {"id": 1}),
)


def _replies(quarry: Quarry, ending: str) -> tuple[Reply, ...]:
    # What AWS's own chain finds is not known to us, and AWS echoes none of it.
    echoed = () if quarry.provider == "aws" else quarry.credentials()
    canaries = (*PERSONAL, *echoed)
    key = (*echoed, "-")[0]
    more = {"echo": canaries, "authorization": f"Bearer {key}"}
    echo = json.dumps({**quarry.answer, **more}).encode()
    refusal = {"error": {"message": "no", "type": "invalid_request_error", **more}, "message": "no"}
    headers = {
        "Request-Id": "req_1",
        "Server": f"x {key}",
        "X-Api-Key": key,
        "Set-Cookie": f"s={key}",
    }
    endings = {
        "success": Reply(202 if quarry.provider == "sendgrid" else 201, echo, headers),
        "refusal": Reply(400, json.dumps(refusal).encode(), headers),
        "outage": Reply(503, json.dumps(refusal).encode(), headers),
        "lost answer": LOST,
        "cut answer": Reply(200, echo, headers, cut=True),
        "a page": Reply(200, f"<p>{EMAIL} {key}</p>".encode(), headers, kind="text/html"),
    }
    return (endings[ending],)


@contextmanager
def _listening() -> Iterator[list[logging.LogRecord]]:
    root, handler = logging.getLogger(), Kept()
    levels = {name: logging.getLogger(name).level for name in (None, "bridgewright")}
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield handler.records
    finally:
        root.removeHandler(handler)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _traces(error: BaseException) -> Iterator[traceback.TracebackException]:
    seen: BaseException | None = error
    while seen is not None:
        yield traceback.TracebackException.from_exception(seen, capture_locals=True, compact=True)
        seen = seen.__cause__ or seen.__context__


def _locals_of_ours(error: BaseException) -> str:
    """The locals of our frames, along an error and its causes. Those of an SDK hold what its caller
    handed it, in clear, and so do those of a connector's client, which the SDK calls."""
    return "\n".join(
        f"{frame.name}:{frame.lineno} {frame.locals}"
        for trace in _traces(error)
        for frame in trace.stack
        if frame.filename.startswith(OURS) and "/connectors/" not in frame.filename
    )


def _found(canaries: tuple[str, ...], places: Mapping[str, str]) -> list[str]:
    return [
        f"{canary} in {place}: …{text[max(0, text.index(canary) - 200) :][:300]}…"
        for place, text in places.items()
        for canary in canaries
        if canary in text
    ]


@pytest.mark.parametrize("quarry", QUARRIES, ids=lambda quarry: quarry.provider)
@pytest.mark.parametrize(
    "ending", ["success", "refusal", "outage", "lost answer", "cut answer", "a page"]
)
def test_no_canary_comes_to_light(quarry: Quarry, ending: str, tmp_path: Path) -> None:
    facts: list[Fact] = []
    places, local = dict[str, str](), ""
    with _listening() as records, Loopback(*_replies(quarry, ending)) as server:
        settings = Settings(
            StoreSettings(tmp_path / "store.db"),
            connections=(quarry.settings(server.url, tmp_path),),
        )
        bridge = Bridge(settings)
        bridge.observe(facts.append)
        client = bridge.connect(quarry.provider)
        try:
            quarry.write(client)
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises is looked into
            report, local = outcome_of(error), _locals_of_ours(error)
            places |= {
                "str": str(error),
                "repr": repr(error),
                "traceback": "".join(traceback.format_exception(error)),
                "report": repr(report),
            }
            assert report is not None
        bridge.close()
        places |= {"bridge": repr(bridge), "settings": repr(settings), "facts": repr(facts)}
    assert server.received
    attempts = [fact for fact in facts if isinstance(fact, CallAttempted)]
    assert attempts[0].request_body
    places["facts as values"] = repr([asdict(fact) for fact in facts])
    for form in (Lines(), JsonLines(), logging.Formatter()):
        places[type(form).__name__] = "\n".join(form.format(record) for record in records)
    places["records"] = "\n".join(repr(record.__dict__) for record in records)
    assert "call ended" in places["Lines"]
    assert _found((*PERSONAL, *quarry.credentials()), places) == []
    assert _found(quarry.credentials(), {"locals": local}) == []
