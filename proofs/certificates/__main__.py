"""Plays the suite: `python -m proofs certificates [--only NAME,…] [--seed N]`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.certify.inbound.suite import InboundOrder
from bridgewright.certify.inbound.suite import certify as certify_inbound
from bridgewright.certify.reports.page import page
from bridgewright.certify.reports.records import record
from bridgewright.certify.suite import Order, certify
from bridgewright.certify.target import App, Function
from bridgewright.simulate.faults.answers import ANSWERS
from bridgewright.simulate.wire import json_reply
from proofs.certificates.index import index

if TYPE_CHECKING:
    from bridgewright.certify.certificate import Certificate
    from bridgewright.simulate.faults.answers import Answer
    from bridgewright.simulate.wire import Heard, Reply

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "certificates"
SEED = 20_261_129


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is certified: a function of `module` here. `keys` says that its provider knows idempotency
    keys."""

    name: str
    place: str
    answer: Answer
    keys: bool = False
    ours: bool = False


def _slack(heard: Heard) -> Reply:
    del heard
    content = {"ok": True, "ts": "1790000000.000100", "channel": "C1", "user": "U1"}
    return json_reply({**content, "message": {"text": "hello"}})


def _subject(module: str, name: str, answers: str, *, keys: bool = False) -> Subject:
    shown = name.replace("_", "-")
    ours = module == "ours"
    title = f"bridgewright-{shown}" if ours else shown
    answer = ANSWERS.get(answers, _slack)
    return Subject(title, f"proofs.certificates.{module}:{name}", answer, keys, ours)


SUBJECTS = (
    _subject("bare", "naive", "plain", keys=True),
    _subject("bare", "httpx2", "plain", keys=True),
    _subject("bare", "requests", "plain", keys=True),
    _subject("bare", "aiohttp", "plain", keys=True),
    _subject("bare", "tenacity_httpx", "plain", keys=True),
    _subject("vendors", "stripe", "stripe", keys=True),
    _subject("vendors", "twilio", "twilio"),
    _subject("vendors", "sendgrid", "sendgrid"),
    _subject("vendors", "boto3_sqs", "sqs"),
    _subject("vendors", "githubkit", "github"),
    _subject("vendors", "pygithub", "github"),
    _subject("vendors", "slack", "slack"),
    _subject("ours", "http", "plain", keys=True),
    _subject("ours", "http_async", "plain", keys=True),
    _subject("ours", "stripe", "stripe", keys=True),
    _subject("ours", "twilio", "twilio"),
    _subject("ours", "sendgrid", "sendgrid"),
    _subject("ours", "aws", "sqs"),
    _subject("ours", "github", "github"),
)
INBOX = "bridgewright-inbox"


def main() -> int:
    """Play, write down; 1 where one of ours is not Gold."""
    parser = argparse.ArgumentParser(prog="python -m proofs certificates")
    parser.add_argument("--only", default="", help="names, with commas between them")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    only = {name for name in given.only.split(",") if name}
    FOLDER.mkdir(exist_ok=True)
    for subject in SUBJECTS:
        if not only or subject.name in only:
            _write(subject.name, _outbound(subject, given.seed))
    if not only or INBOX in only:
        _write(INBOX, _inbound(given.seed))
    known = [(each.name, each.ours) for each in SUBJECTS] + [(INBOX, True)]
    records = [(name, ours, _read(name)) for name, ours in known if _place(name).exists()]
    (FOLDER / "index.md").write_text(index(records), "utf-8")
    short = [name for name, ours, each in records if ours and each["level"] != "gold"]
    print(f"ours that are not Gold: {', '.join(short) or 'none'}", file=sys.stderr)
    return 1 if short else 0


def _outbound(subject: Subject, seed: int) -> Certificate:
    target = Function(subject.place)
    return certify(Order(target, seed, answer=subject.answer, keys=subject.keys))


def _inbound(seed: int) -> Certificate:
    app = App("proofs.certificates.inbox:app")
    return certify_inbound(InboundOrder(app, "stripe", seed, path="/webhooks/stripe"))


def _place(name: str) -> Path:
    return FOLDER / f"{name}.json"


def _read(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(_place(name).read_text("utf-8"))
    return found


def _write(name: str, certificate: Certificate) -> None:
    told = record(certificate)
    _place(name).write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (FOLDER / f"{name}.html").write_text(page(certificate), "utf-8")
    print(f"{name}: {told['level']} in {certificate.took_s:.0f} s", file=sys.stderr)
    for each in certificate.results:
        if each.why:
            print(f"  {each.check.code} {each.status}: {'; '.join(each.why)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
