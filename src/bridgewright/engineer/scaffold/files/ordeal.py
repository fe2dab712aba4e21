"""`certify.py` and `certify.json`: what `bridgewright certify` is given to try."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bridgewright.engineer.manifest.words import SAFE_METHODS, AuthKind
from bridgewright.engineer.scaffold.files.trials import arguments, literal
from bridgewright.engineer.scaffold.plan import first

if TYPE_CHECKING:
    from bridgewright.engineer.scaffold.drafts import Draft
    from bridgewright.engineer.scaffold.plan import Plan

ANSWERS = "certify.json"
_WRITES = frozenset({"POST"})
_ANYTHING = {"id": "thing_1"}
_DOOR = '''

class _Door(BaseHTTPRequestHandler):
    """Grants the token that is looked for."""

    def do_POST(self) -> None:
        """One token."""
        self.rfile.read(int(self.headers["content-length"]))
        token = self.server.token  # type: ignore[attr-defined]
        said = json.dumps({"access_token": token, "expires_in": 3600}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: it would tell of the token."""


def _door(token: str) -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Door)
    server.token = token  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/token"
'''


def chosen(plan: Plan) -> tuple[Draft | None, Draft | None]:
    """The read and the write that are tried; None where the client itself is, for want of one."""
    read, write = first(plan.drafts, SAFE_METHODS - {"HEAD"}), None
    for each in plan.drafts:
        if each.method in _WRITES and each.answer and each.body is not None and each.body.person:
            write = write or each
    return read, write


def answers_file(plan: Plan) -> str:
    """How the provider answers them on a good day: `bridgewright certify --answers`."""
    read, write = chosen(plan)
    content = {
        "read": _ANYTHING if read is None else read.good,
        "write": _ANYTHING if write is None else write.good,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n"


def command(plan: Plan) -> str:
    """The command that certifies the integration."""
    _, write = chosen(plan)
    keyless = " --no-keys" if write is None or not write.header else ""
    place = f"{plan.folder}/{plan.name}/{ANSWERS}"
    return f"bridgewright certify {plan.package}.certify:target --answers {place}{keyless} --level silver"


def certify_file(plan: Plan) -> str:
    """The module."""
    read, write = chosen(plan)
    asked_for, wrote = _did_read(read), _wrote(write)
    return f'''"""What `{command(plan)}` tries.

One read and one write of the integration, against a provider that stalls, drips, loses answers and
redirects elsewhere.
"""

from __future__ import annotations

{_imports(plan, asked_for + wrote)}
{_HOLDING}

def target(ask: Ask) -> None:
    """One call."""
    http = prepare(ask)
    if ask.operation == "read":
{asked_for}
        return
{wrote}

target.prepare = prepare  # type: ignore[attr-defined]

{_bridge(plan)}
{_DOOR if plan.auth.kind is AuthKind.OAUTH2 else ""}'''


def _imports(plan: Plan, code: str) -> str:
    oauth = plan.auth.kind is AuthKind.OAUTH2
    server = "from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer"
    own = sorted(["client", *(name for name in ("asked", "operations") if f"{name}." in code)])
    lines = [
        *(["import json"] if oauth else []),
        "import threading",
        "from dataclasses import dataclass",
        *([server] if oauth else []),
        "from pathlib import Path",
        "from typing import TYPE_CHECKING",
        "",
        f"from bridgewright import Bridge, Secret{', keyed' if 'keyed(' in code else ''}",
        "from bridgewright.settings import Settings",
        f"from bridgewright.settings.outbound import ConnectionSettings{', References' * bool(plan.secrets)}",
        f"from {plan.package} import {', '.join(own)}",
        "",
        "if TYPE_CHECKING:",
        "    from bridgewright.certify.ask import Ask",
        "    from bridgewright.connectors.http.client import HttpClient",
    ]
    return "\n".join(lines)


_HOLDING = '''
_CLIENTS: dict[str, HttpClient] = {}
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Asked:
    """A vault with the secret that is looked for afterwards."""

    secret: Secret

    def fetch(self, rest: str) -> Secret:
        """It, whatever it is called."""
        del rest
        return self.secret


def prepare(ask: Ask) -> HttpClient:
    """The client of an address, made once."""
    with _LOCK:
        if ask.base_url not in _CLIENTS:
            _CLIENTS[ask.base_url] = client.connect(_bridge(ask))
        return _CLIENTS[ask.base_url]
'''


def _bridge(plan: Plan) -> str:
    secrets = ", ".join(f'{name!r}: References(("asked:{name}",))' for name, _ in plan.secrets)
    oauth = plan.auth.kind is AuthKind.OAUTH2
    options = '        options={"token_url": _door(ask.secret)},\n' if oauth else ""
    return f"""
def _bridge(ask: Ask) -> Bridge:
    connection = ConnectionSettings(
        client.CONNECTION,
        provider="http",
        base_url=ask.base_url,
        deadline_s=ask.deadline_s,
        concurrency=ask.limit,
        breaker_open_s=ask.recovery_s,
        rate_per_s=1_000.0,
        ca_file=Path(ask.ca_file) if ask.ca_file else None,
        secrets={{{secrets}}},
{options}    )
    return Bridge(Settings(connections=(connection,), vaults={{"asked": Asked(Secret(ask.secret))}}))
"""


def _did_read(read: Draft | None) -> str:
    if read is None:
        return '        http.get("/things/1", timeout=ask.deadline_s)'
    return f"        operations.{read.name}({', '.join(arguments(read, 'http'))})"


def _wrote(write: Draft | None) -> str:
    if write is None or write.body is None:
        call = 'http.post("/things", json={"person": ask.person}, timeout=ask.deadline_s)'
        return f"    {call}\n"
    sample = write.body.sample if isinstance(write.body.sample, dict) else {}
    rest = {name: value for name, value in sample.items() if name != write.body.person}
    model = f"asked.{write.body.model}.model_validate"
    body = f"{model}({{**{literal(rest)}, {write.body.person!r}: ask.person}})"
    given = [each for each in arguments(write, "http") if not each.startswith("body=")]
    call = f"operations.{write.name}({', '.join([*given, 'body=body'])})"
    if not write.header:
        return f"    body = {body}\n    {call}\n"
    return (
        f"    body = {body}\n"
        "    if ask.key is None:\n"
        f"        {call}\n"
        "        return\n"
        "    with keyed(ask.key):\n"
        f"        {call}\n"
    )
