"""`python -m tests.scripts [NAME]`: what official SDKs see of our simulators, and of the vendors.

Without `--live` everything stays on this machine. With it, the same script is run against the vendor, by
the credentials in the environment, and what differs is printed; it spends nothing but what each script
says it does. Exits with 1 where something differs, and with 2 where a variable is missing.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bridgewright.simulate import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.scripts.step import Step

SIMULATED: dict[str, tuple[str, dict[str, str]]] = {
    "boto3": (
        "aws",
        {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "key", "AWS_REGION": "eu-west-1"},
    ),
    "githubkit": (
        "github",
        {
            "GITHUB_TOKEN": "ghp_simulated",
            "GITHUB_REPOSITORY": "octo/hello",
            "GITHUB_APP_ID": "1",
            "GITHUB_INSTALLATION_ID": "3",
        },
    ),
    "pygithub": ("github", {"GITHUB_TOKEN": "ghp_simulated", "GITHUB_REPOSITORY": "octo/hello"}),
    "sendgrid": ("sendgrid", {"SENDGRID_API_KEY": "SG.key", "SENDGRID_FROM": "shop@example.com"}),
    "slack": ("slack", {"SLACK_BOT_TOKEN": "xoxb-1"}),
    "stripe": ("stripe", {"STRIPE_SECRET_KEY": "sk_test_script"}),
    "twilio": (
        "twilio",
        {
            "TWILIO_ACCOUNT_SID": "AC" + "5" * 32,
            "TWILIO_AUTH_TOKEN": "5" * 32,
            "TWILIO_FROM": "+15005550006",
            "TWILIO_TO": "+14155550123",
        },
    ),
}
"""Each script: the provider it is for, and what stands for the environment there."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.scripts", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SIMULATED))
    parser.add_argument("--live", action="store_true", help="run them against the vendors too")
    asked = parser.parse_args(arguments)
    unknown = set(asked.names) - set(SIMULATED)
    if unknown:
        parser.error(f"there is no script {', '.join(sorted(unknown))}: {', '.join(SIMULATED)}")
    return max(played(name, live=asked.live) for name in asked.names or SIMULATED)


def played(name: str, *, live: bool) -> int:
    """Run one script; how the process is to end."""
    script: Any = import_module(f"tests.scripts.{name}")
    with _simulated(name) as (url, environ):
        here = script.run(url, environ)
    if not live:
        print(f"{name}: {len(here)} steps at the simulator")
        return 0
    missing = [each for each in script.ENVIRONMENT if each not in os.environ]
    if missing:
        print(f"{name}: to run it against the vendor, set {', '.join(missing)}", file=sys.stderr)
        return 2
    differ = different(here, script.run(None, os.environ))
    print(f"{name}: {len(here)} steps, {len(differ)} differ")
    for line in differ:
        print(f"  {line}")
    return int(bool(differ))


def different(here: Sequence[Step], there: Sequence[Step]) -> list[str]:
    """What one side saw and the other did not, step by step."""
    seen_here, seen_there = ({step.name: step.seen for step in side} for side in (here, there))
    lines = []
    for name in dict.fromkeys((*seen_here, *seen_there)):
        ours, theirs = seen_here.get(name, "no such step"), seen_there.get(name, "no such step")
        if ours != theirs:
            lines.append(f"{name}: simulated {ours!r}, live {theirs!r}")
    return lines


@contextmanager
def _simulated(name: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    provider, environ = SIMULATED[name]
    if name == "githubkit":
        environ = environ | {"GITHUB_PRIVATE_KEY": _private_key()}
    simulator = catalogue.simulator(provider)
    try:
        yield simulator.start(), environ
    finally:
        simulator.close()


def _private_key() -> str:
    from tests.keys import pem, rsa_key  # noqa: PLC0415 - for one script

    return pem(rsa_key())


if __name__ == "__main__":
    sys.exit(main())
