"""`tests/test_NAME.py`: every operation by its specification, simulated, with what goes wrong."""

from __future__ import annotations

import pprint
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.manifest.words import AuthKind, Retry
from bridgewright.engineer.scaffold.pin import SPEC

if TYPE_CHECKING:
    from bridgewright.engineer.scaffold.drafts import Draft
    from bridgewright.engineer.scaffold.plan import Hook, Plan

_WIDTH = 90
_WEBHOOK_IMPORTS = """from bridgewright.connectors import webhook
from bridgewright.core.model.moment import from_seconds
from bridgewright.settings import SourceSettings, StoreSettings"""


def trials_file(plan: Plan) -> str:
    """The module."""
    calls = "".join(f"    {each.name!r}: {_call(each)},\n" for each in plan.drafts)
    empty = frozenset(each.name for each in plan.drafts if not each.answer)
    own = ["asked"] if any("asked." in _call(each) for each in plan.drafts) else []
    own += ["client", "operations"]
    own += ["webhooks"] if plan.hook is not None else []
    return f'''"""What the integration does when {plan.title} does not: by its specification, simulated.

Each operation is tried with a 429, a 503, a lost answer, a timeout and a malformed body, and does what
integration.toml says of it. A secret that shows in a log, in output or in a failure fails the test.
"""

from __future__ import annotations

import json
import os
{"import time" if plan.hook is not None else ""}
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright import Bridge, CallError, OutcomeUnknown, RetryLater, Secret
{_WEBHOOK_IMPORTS if plan.hook is not None else ""}
from bridgewright.engineer.manifest.reading import read
from bridgewright.engineer.manifest.words import Retry
from bridgewright.settings import Settings
from bridgewright.settings.outbound import ConnectionSettings, References
from bridgewright.simulate.faults.rules import Kind
from {plan.package} import {", ".join(own)}

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.connectors.http.client import HttpClient
    from bridgewright.pytest_plugin.kit import Kit
    from bridgewright.pytest_plugin.leaks import Leaks

    Connect = Callable[[str], HttpClient]

{f"WEBHOOK = webhook({plan.hook.scheme!r})" if plan.hook is not None else ""}
PACKAGE = Path(__file__).resolve().parents[1]
MANIFEST = read(PACKAGE)
SPEC = json.loads((PACKAGE / {SPEC!r}).read_text("utf-8"))
CALLS: dict[str, Callable[[HttpClient], object]] = {{
{calls}}}
"""Each operation, called with the least that it takes."""
SILENT: frozenset[str] = {_set(empty)}
"""Those that answer with nothing."""

each_operation = pytest.mark.parametrize("operation", CALLS)

{_door(plan)}
{_HELPERS if plan.guarded else _unguarded(_HELPERS)}
{_connecting(plan)}
{_trials(plan)}
{_of_webhooks(plan.hook) if plan.hook is not None else ""}'''


def literal(value: Any) -> str:
    """A value as code, by `repr`."""
    return pprint.pformat(value, width=_WIDTH, sort_dicts=False)


def _set(names: frozenset[str]) -> str:
    return f"frozenset({sorted(names)!r})"


def _call(draft: Draft) -> str:
    return f"lambda http: operations.{draft.name}({', '.join(arguments(draft, 'http'))})"


def arguments(draft: Draft, client: str) -> list[str]:
    """The least that a function takes, with samples of the specification."""
    given = [client]
    given += [f"{each.name}={literal(each.sample)}" for each in draft.required]
    if draft.body is not None and (draft.body.required or draft.body.sample):
        model = f"asked.{draft.body.model}.model_validate"
        given.append(f"body={model}({literal(draft.body.sample)})")
    return given


_HELPERS = '''
@dataclass(frozen=True, slots=True)
class Planted:
    """A vault of secrets that are made up for one test, and looked for wherever it writes."""

    leaks: Leaks

    def fetch(self, rest: str) -> Secret:
        """One of them, by its variable."""
        return Secret(self.leaks.secret(rest))


def alone(operation: str) -> dict[str, Any]:
    """The specification with one operation, so that it answers by its examples."""
    declared = MANIFEST.operations[operation]
    method, item = declared.method.lower(), SPEC["paths"][declared.path]
    others = {"get", "put", "post", "delete", "options", "head", "patch", "trace"} - {method}
    kept = {name: value for name, value in item.items() if name not in others}
    return {**SPEC, "paths": {declared.path: kept}}
'''
_OPEN = """
    kept[method] = {**kept[method], "security": []}  # other credentials are looked for below
"""


def _unguarded(helpers: str) -> str:
    """The specification without the credentials that it declares, for calls are made with others."""
    last = "    return {**SPEC"
    return helpers.replace(last, f"{_OPEN[1:]}{last}")


def _door(plan: Plan) -> str:
    """Where OAuth2 grants tokens, as a specification of its own."""
    if plan.auth.kind is not AuthKind.OAUTH2:
        return ""
    return """GRANTED = "granted-5f1d7c20"
DOOR = {
    "openapi": "3.1.0",
    "info": {"title": "door", "version": "1"},
    "paths": {
        "/token": {
            "post": {
                "operationId": "token",
                "responses": {
                    "200": {
                        "description": "A token.",
                        "content": {
                            "application/json": {
                                "example": {"access_token": GRANTED, "expires_in": 3600}
                            }
                        },
                    }
                },
            }
        }
    },
}
"""


def _connecting(plan: Plan) -> str:
    secrets = {name: f"planted:{variable}" for name, variable in plan.secrets}
    refers = ", ".join(f'"{n}": References(("{text}",))' for n, text in secrets.items())
    options, door = "", ""
    if plan.auth.kind is AuthKind.OAUTH2:
        door = '        door = bw.sim.declare("door", DOOR)\n        bw.leaks.plant("token", GRANTED)\n'
        options = '            options={"token_url": f"{door.url}/token"},\n'
    return f'''
@pytest.fixture
def connect(bw: Kit) -> Iterator[Connect]:
    """A client of the simulated provider, by the clock of the test, for one operation."""
    bridges: list[Bridge] = []
    for name in MANIFEST.auth.secrets:
        if os.environ.get(name):  # nobody is told a secret of this machine either
            bw.leaks.plant(name, os.environ[name])

    def connected(operation: str) -> HttpClient:
        simulated = bw.sim.declare(client.CONNECTION, alone(operation))
{door}        connection = ConnectionSettings(
            client.CONNECTION,
            provider="http",
            base_url=simulated.url,
            secrets={{{refers}}},
{options}        )
        settings = Settings(connections=(connection,), vaults={{"planted": Planted(bw.leaks)}})
        bridge = Bridge(settings)
        bridges.append(bridge)
        bw.drive(bridge)
        return client.connect(bridge)

    yield connected
    for each in bridges:
        each.close()
'''


def _carried(plan: Plan) -> str:
    """How a test looks for the credential of a request."""
    match plan.auth.kind:
        case AuthKind.NONE:
            return ""
        case AuthKind.API_KEY:
            [variable] = plan.auth.secrets
            header = plan.auth.header.lower()
            return f"    assert asked.heard.header({header!r}) == bw.leaks.secret({variable!r})\n"
        case AuthKind.BEARER:
            [variable] = plan.auth.secrets
            word = f'f"Bearer {{bw.leaks.secret({variable!r})}}"'
        case AuthKind.OAUTH2:
            word = 'f"Bearer {GRANTED}"'
        case AuthKind.BASIC:
            return (
                '    scheme, _, given = (asked.heard.header("authorization") or "").partition(" ")\n'
                '    assert scheme == "Basic"\n'
                "    assert given\n"
            )
    return f'    assert asked.heard.header("authorization") == {word}\n'


_TRIALS = """
@each_operation
def test_what_is_asked_is_what_the_specification_takes(
    bw: Kit, connect: Connect, operation: str
) -> None:
    http = connect(operation)
    CALLS[operation](http)
    asked = bw.wire.once(f"{client.CONNECTION}.*")
    assert asked.heard.method == MANIFEST.operations[operation].method
@carried@

@each_operation
def test_a_429_is_waited_for(bw: Kit, connect: Connect, operation: str) -> None:
    http, began_s = connect(operation), bw.clock.now()
    bw.faults.on(f"{client.CONNECTION}.*").first(1).status(429, retry_after=2)
    CALLS[operation](http)
    assert bw.wire.attempts(f"{client.CONNECTION}.*") == 2
    assert bw.clock.now() - began_s >= 2


@each_operation
def test_a_long_429_is_handed_on(bw: Kit, connect: Connect, operation: str) -> None:
    http = connect(operation)
    bw.faults.on(f"{client.CONNECTION}.*").status(429, retry_after=3600)
    with pytest.raises(RetryLater):
        CALLS[operation](http)
    assert bw.wire.attempts(f"{client.CONNECTION}.*") == 1


@each_operation
def test_a_503_is_tried_again_only_where_that_is_safe(
    bw: Kit, connect: Connect, operation: str
) -> None:
    http = connect(operation)
    bw.faults.on(f"{client.CONNECTION}.*").first(1).status(503)
    if MANIFEST.operations[operation].retry is Retry.NEVER:
        with pytest.raises(CallError):
            CALLS[operation](http)
        assert bw.wire.attempts(f"{client.CONNECTION}.*") == 1
    else:
        CALLS[operation](http)
        assert bw.wire.attempts(f"{client.CONNECTION}.*") == 2


@each_operation
def test_a_lost_answer_does_nothing_twice(bw: Kit, connect: Connect, operation: str) -> None:
    http, declared = connect(operation), MANIFEST.operations[operation]
    bw.faults.on(f"{client.CONNECTION}.*").first(1).lose_response()
    if declared.retry is Retry.NEVER:
        with pytest.raises(OutcomeUnknown):
            CALLS[operation](http)
        assert bw.wire.attempts(f"{client.CONNECTION}.*") == 1
        return
    CALLS[operation](http)
    assert bw.wire.attempts(f"{client.CONNECTION}.*") == 2
    if declared.retry is Retry.KEYED:
        assert bw.wire.same_header(declared.idempotency.header, f"{client.CONNECTION}.*")


@in_progress@
@each_operation
def test_a_timeout_ends_the_whole_call(bw: Kit, connect: Connect, operation: str) -> None:
    http = connect(operation)
    bw.faults.on(f"{client.CONNECTION}.*").stall()
    asked = bw.clock.start(lambda: CALLS[operation](http))
    took_s = bw.clock.run_until_idle()
    with pytest.raises(CallError):
        asked.result(60)
    assert took_s == pytest.approx(MANIFEST.operations[operation].timeout.total_s, abs=0.5)


@each_operation
@pytest.mark.parametrize("kind", [Kind.HTML, Kind.NOT_JSON])
def test_a_malformed_body_is_no_success(
    bw: Kit, connect: Connect, operation: str, kind: Kind
) -> None:
    http = connect(operation)
    if operation in SILENT and kind is Kind.NOT_JSON:
        kind = Kind.GARBAGE
    bw.faults.on(f"{client.CONNECTION}.*").answer_with(kind)
    with pytest.raises(CallError):
        CALLS[operation](http)


def test_the_limits_are_those_that_are_declared(bw: Kit, connect: Connect) -> None:
    [budget] = MANIFEST.budgets.values()
    assert client.NUMBERS.concurrency == budget.concurrency
    http, began_s = connect(@first@), bw.clock.now()
    for _ in range((budget.burst or 0) + 1):
        CALLS[@first@](http)
    assert bw.clock.now() - began_s >= (budget.burst or 0) / (budget.rate_per_s or 1) / 2
"""


def _trials(plan: Plan) -> str:
    parts = {
        "@carried@": _carried(plan),
        "@in_progress@": _in_progress(plan),
        "@first@": repr(plan.drafts[0].name),
    }
    text = _TRIALS
    for place, part in parts.items():
        text = text.replace(place, part)
    return text


def _in_progress(plan: Plan) -> str:
    keyed = [each.name for each in plan.drafts if each.retry is Retry.KEYED]
    if not keyed:
        return ""
    return f"""@pytest.mark.parametrize("operation", {keyed!r})
def test_a_write_that_is_in_progress_is_asked_for_again(
    bw: Kit, connect: Connect, operation: str
) -> None:
    http = connect(operation)
    bw.faults.on(f"{{client.CONNECTION}}.*").first(1).status(client.IN_PROGRESS)
    CALLS[operation](http)
    assert bw.wire.same_header("{plan.key_header}", f"{{client.CONNECTION}}.*")
    assert bw.wire.attempts(f"{{client.CONNECTION}}.*") == 2

"""


def _of_webhooks(hook: Hook) -> str:
    samples = dict(zip(hook.events, hook.samples, strict=True))
    return f'''

EVENTS: dict[str, object] = {literal(samples)}
"""Each event as the provider could tell it."""


@pytest.fixture
def told(bw: Kit, tmp_path: Path) -> Iterator[tuple[Bridge, list[str]]]:
    """A bridge that receives, and the types of what it handed over."""
    secret = Secret(WEBHOOK.example_key)
    source = SourceSettings(webhooks.SOURCE, provider={hook.scheme!r}, secrets=(secret,))
    store = StoreSettings(tmp_path / "inbox.db")
    bridge, types = Bridge(Settings(store, sources=(source,))), list[str]()
    webhooks.hand_over(bridge, lambda event: types.append(event.type))
    bw.leaks.plant("webhook", secret)
    yield bridge, types
    bridge.close()


def signed(body: bytes, number: int = 1) -> dict[str, str]:
    """The header fields with which the provider sends this body now."""
    now, secret = from_seconds(time.time()), Secret(WEBHOOK.example_key)
    made = WEBHOOK.sign([secret], body, message_id=f"msg_{{number}}", at=now)
    return {{name.decode(): value.decode() for name, value in made.headers}}


@pytest.mark.parametrize("event_type", EVENTS)
def test_what_is_signed_is_handed_over_once(
    told: tuple[Bridge, list[str]], event_type: str
) -> None:
    bridge, types = told
    body = json.dumps(EVENTS[event_type]).encode()
    for _ in range(2):
        answer = bridge.receive(webhooks.SOURCE, headers=signed(body), body=body)
        assert answer.status < 300
    bridge.work(until_idle=True)
    assert types == [event_type]


@pytest.mark.parametrize("event_type", EVENTS)
def test_a_forged_or_changed_webhook_is_refused(
    told: tuple[Bridge, list[str]], event_type: str
) -> None:
    bridge, types = told
    body = json.dumps(EVENTS[event_type]).encode()
    for headers in ({{}}, signed(body + b" ")):
        answer = bridge.receive(webhooks.SOURCE, headers=headers, body=body)
        assert 400 <= answer.status < 500
    bridge.work(until_idle=True)
    assert types == []
'''
