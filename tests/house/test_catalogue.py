"""Every connector that receives says what it rests on: facts with their sources, and when they were read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridgewright import connectors
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.signing.webhook import Checked, Webhook

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "webhooks.md"
DATE = re.compile(r"\b20\d\d-(0[1-9]|1[0-2])(-[0-3]\d)?\b")
HEAD = re.compile(r"^\| *Fact *\| *What we do[^|]*\| *Source[^|]*\|$")
every_provider = pytest.mark.parametrize("provider", connectors.receiving_names())


def readme(provider: str) -> str:
    return (ROOT / "src/bridgewright/connectors" / provider / "README.md").read_text("utf-8")


def lacks(text: str) -> list[str]:
    """What a README's facts lack: a table, a source in each row, a date in each chapter."""
    wrong = [] if any(map(HEAD.match, text.splitlines())) else ["no table of facts"]
    for chapter in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        title = chapter.partition("\n")[0]
        lines = chapter.splitlines()
        start = next((place for place, line in enumerate(lines) if HEAD.match(line)), len(lines))
        for line in lines[start + 2 :]:
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if line.startswith("|") and (len(cells) != 3 or not all(cells)):
                wrong.append(f"{title}: a row is not fact, deed and source: {line[:60]}")
        if not DATE.search(chapter):
            wrong.append(f"{title}: no date")
    return wrong


@every_provider
def test_every_fact_in_a_readme_has_its_source_and_a_date(provider: str) -> None:
    assert lacks(readme(provider)) == []


@every_provider
def test_a_readme_names_the_variable_of_the_secret_and_every_option(provider: str) -> None:
    webhook, text = connectors.webhook(provider), readme(provider)
    assert f"`{webhook.secret_variable}`" in text
    for option in webhook.options:
        assert re.search(rf"(`|^){option.name}\b", text, re.MULTILINE)
        assert not option.variable or f"`{option.variable}`" in text


@every_provider
def test_facts_are_complete_and_at_one_with_the_rules(provider: str) -> None:
    webhook = connectors.webhook(provider)
    facts, profile = webhook.facts, webhook.profile
    needed = (
        facts.title,
        facts.freshness,
        facts.dedupe,
        facts.event_type,
        facts.how,
        facts.retries,
    )
    assert all(text.strip() == text != "" for text in needed)
    assert any(DATE.search(source) for source in facts.sources)
    assert facts.weak or Coverage.BODY in facts.coverage
    assert facts.handshake or webhook.greet is None
    if profile.deadline_s is not None:
        assert re.match(rf"{profile.deadline_s:g}\b", facts.deadline)
    if profile.accepted.body or profile.accepted.status != 200:
        assert facts.answer


def section(webhook: Webhook) -> str:
    return PAGE.read_text("utf-8").partition(f"({webhook.provider})=\n")[2].partition("\n(")[0]


@every_provider
def test_the_page_of_providers_says_all_of_it(provider: str) -> None:
    webhook = connectors.webhook(provider)
    facts, text = webhook.facts, section(webhook)
    told = (facts.freshness, facts.dedupe, facts.event_type, facts.handshake, facts.batch)
    told += (facts.answer, facts.deadline, facts.retries, facts.weak, facts.how, *facts.sources)
    told += (webhook.secret_variable, *(option.name for option in webhook.options))
    assert [each for each in told if each not in text] == []


def test_at_least_thirty_providers_were_checked_against_something_other_than_memory() -> None:
    named = [name for name in connectors.receiving_names() if name != "generic"]
    checked = sum(connectors.webhook(name).facts.checked is not Checked.NOT for name in named)
    assert checked >= 30
    words = " ".join(PAGE.read_text("utf-8").split())
    assert f"{len(named)} providers, and any other" in words
    assert f"The rules of {checked} were checked" in words


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ("| a | b | a page, as read 2026-11-28 |\n| c | d | same |\n", 0),
        ("| a | b | a page |\n| c | d | a page, as read 2026-08 |\n", 0),
        ("| a | b | a page |\n| c | d | same |\n", 1),
        ("| a | b |  |\n| c | d | 2026-08 |\n", 1),
        ("| a | b\\|c | a page, as read 2026-08 |\n", 0),
        ("| a | b|c | a page, as read 2026-08 |\n", 1),
        ("| a | b | 2026-13 |\n", 1),
    ],
)
def test_a_fact_without_source_or_date_is_told(rows: str, wrong: int) -> None:
    title, head = (
        "# Somebody: webhooks\n\n",
        "| Fact | What we do with it | Source |\n|---|---|---|\n",
    )
    assert len(lacks(title + head + rows)) == wrong
    assert "no table of facts" in lacks(title + rows)
