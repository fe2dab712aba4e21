"""The table as a page."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from bridgewright import __version__
from proofs.faults.judge import LARGEST_MB, MOST_REQUESTS, RULES, SLACK_S, broken, verdicts
from proofs.faults.play import DEADLINE_S, PATIENCE_S
from proofs.faults.subjects import SUBJECTS, Deed, Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from proofs.faults.play import Played

PACKAGES = "stripe twilio sendgrid boto3 githubkit httpx2 httpx aiohttp urllib3 requests".split()


def page(results: Sequence[Played], command: str, took_s: float) -> str:
    """All of it: how it was made, the score, what fails, and every cell."""
    return "\n".join(
        [*_preface(command, took_s), *_score(results), *_failures(results), *_tables(results), ""]
    )


def _preface(command: str, took_s: float) -> list[str]:
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"
    )
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        "# Official SDKs under fault, as they come and on Bridgewright",
        "",
        (
            f"`{command}`, {datetime.now(UTC):%Y-%m-%d}, {took_s / 60:.0f} minutes; {machine};"
            f" Python {platform.python_version()}, bridgewright {__version__}; {versions}."
        ),
        "",
        (
            "One process and one fault server on loopback for each cell; the fault is chosen by the port"
            " (`bridgewright.simulate.faults`). *default* is the SDK in its default configuration but for"
            f" the address, killed after {PATIENCE_S:.0f} s and then said to hang; *ours* is the same SDK"
            f" on a bridge with a deadline of {DEADLINE_S:.0f} s; a cell of ours that is late by less than"
            " a second among the others is played again alone. Slow DNS is played by a resolver in the"
            " cell's own process that takes a minute, for both sides."
        ),
        "",
        (
            "**n** requests that the server received · **done** how often a write may have happened, by"
            " the server's account: a known key counts once, a request without one each time, and"
            " everything counts that was not turned away in so many words · **s** seconds until the call"
            " ended · **MB** growth of the process's peak memory · **seen** secrets found in logs at"
            " DEBUG, standard error, message, `repr`, attributes and traceback of the exception, or at"
            " the other host."
        ),
        "",
        (
            "Reads are lists, fetches and attributes; writes are a customer (Stripe sends a key with it),"
            " a text message, a mail, a queue message, an object, an issue, a POST. Of these only the"
            " customer and the object may be sent twice: the others have to end in an error that says so"
            " when nobody knows whether they happened."
        ),
        "",
    ]


def _score(results: Sequence[Played]) -> list[str]:
    lines = [
        "## Score",
        "",
        (
            f"Cells that keep a rule, of those it says something about. *ends*: within the deadline and"
            f" {SLACK_S} s on our side; before it is killed on the other. *bounded*: at most"
            f" {LARGEST_MB:.0f} MB of growth under bodies and heads that are too large. *tells*: what"
            " `outcome_of` says of an error of ours can be true by the server's account. *no storm*: at"
            f" most {MOST_REQUESTS} requests."
        ),
        "",
        f"| SDK | side | {' | '.join(RULES)} |",
        f"|---|---|{'---:|' * len(RULES)}",
    ]
    for subject in SUBJECTS:
        for side in Side:
            mine = [
                each for each in results if each.cell.subject == subject and each.cell.side is side
            ]
            if mine:
                counts = " | ".join(_share(mine, rule) for rule in RULES)
                lines.append(f"| {subject.name} | {side} | {counts} |")
    return [*lines, ""]


def _share(results: Iterable[Played], rule: str) -> str:
    said = [
        found[rule] for each in results if not each.problem and rule in (found := verdicts(each))
    ]
    return f"{sum(said)}/{len(said)}" if said else "-"


def _failures(results: Sequence[Played]) -> list[str]:
    ours = [each for each in results if each.cell.side is Side.OURS]
    failing = [(each, why) for each in ours if (why := broken(each))]
    lines = ["## Cells of ours that fail", ""]
    if not failing:
        return [*lines, f"None, of {len(ours)}.", ""]
    for each, why in failing:
        cell = each.cell
        lines.append(f"- {cell.subject.name}, {cell.deed}, {cell.fault}: {'; '.join(why)}")
    return [*lines, ""]


def _tables(results: Sequence[Played]) -> list[str]:
    lines: list[str] = []
    for subject in SUBJECTS:
        for deed in Deed:
            mine = [
                each for each in results if each.cell.subject == subject and each.cell.deed is deed
            ]
            if mine:
                lines += [f"## {subject.name}, {deed}", "", *_table(mine), ""]
    return lines


def _table(results: Sequence[Played]) -> list[str]:
    lines = [
        (
            "| fault | default n | done | s | ends in | MB | seen"
            " | ours n | done | s | ends in | MB | seen |"
        ),
        "|---|---:|---:|---:|---|---:|---|---:|---:|---:|---|---:|---|",
    ]
    sides = {(each.cell.fault, each.cell.side): each for each in results}
    for fault in dict.fromkeys(each.cell.fault for each in results):
        row = [fault.replace("_", " ")]
        for side in Side:
            row += _cells(sides.get((fault, side)))
        lines.append(f"| {' | '.join(row)} |")
    return lines


def _cells(played: Played | None) -> list[str]:
    if played is None:
        return ["-"] * 6
    if played.problem:
        return ["-", "-", "-", f"**not played**: {_plain(played.problem)}", "-", "-"]
    done = "-" if played.cell.deed is Deed.READ else str(played.effects)
    counts = [str(played.requests), done]
    if played.hung:
        return [*counts, f"> {PATIENCE_S:.0f}", "**hangs**", "-", _plain(", ".join(played.seen))]
    error = f"`{played.error}`" if played.error else "success"
    ended = f"{error} ({played.outcome.replace('_', ' ')})" if played.outcome else error
    return [
        *counts,
        f"{played.elapsed_s:.2f}",
        ended,
        f"{played.grown_mb:.0f}",
        _plain(", ".join(played.seen)),
    ]


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")
