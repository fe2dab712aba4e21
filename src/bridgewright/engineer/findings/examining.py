"""Look at integrations, one after the other: everything that does not fit, and everything that could
not be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.findings.codes import CODES
from bridgewright.engineer.findings.drift import drifted
from bridgewright.engineer.findings.finding import Examination, Finding, Place, Undecided
from bridgewright.engineer.findings.mapping import Compared, Comparison
from bridgewright.engineer.findings.needs import Needed, looked_at
from bridgewright.engineer.findings.packs.knowing import packs_of
from bridgewright.engineer.findings.provider.pinned import Pinned, pinned
from bridgewright.engineer.findings.rules.pair import Doubt, Told, told
from bridgewright.engineer.manifest.tables import nearest
from bridgewright.settings import located

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from bridgewright.engineer.findings.catalogue import Catalogue
    from bridgewright.engineer.findings.fields import Where
    from bridgewright.engineer.findings.packs.words import Pack
    from bridgewright.engineer.findings.provider.document import Document
    from bridgewright.engineer.manifest.words import Manifest

    Outcome = Finding | Undecided | None

SETTINGS = "bridgewright.toml"
OLD = timedelta(days=180)
"""A pin of that age is worth a note: providers change about twice a year what a typical use maps."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to look at: `models` reads those of one manifest, `newer` are specifications to compare the
    pinned ones with, by the name of the integration."""

    root: Path
    manifests: tuple[Manifest, ...]
    models: Callable[[Manifest], Catalogue]
    today: date
    newer: Mapping[str, Document]


def examine(order: Order) -> Examination:
    """Look at everything that was ordered; what is wrong with one integration's files is undecided, and
    the others are looked at all the same."""
    findings: dict[str, Finding] = {}
    undecided: dict[Undecided, None] = {}
    remarks: list[str] = []
    checks = 0
    for manifest in order.manifests:
        one = _One(order, manifest)
        outcomes = list(one.outcomes())
        checks += sum(each is None or isinstance(each, Finding) for each in outcomes)
        found = _told_once(each for each in outcomes if isinstance(each, Finding))
        findings |= {each.id: each for each in found}
        undecided |= {each: None for each in outcomes if isinstance(each, Undecided)}
        remarks += one.remarks()
    ordered = sorted(
        findings.values(), key=lambda f: (f.severity.rank, f.integration, f.code, f.sentence)
    )
    return Examination(
        tuple(ordered), tuple(undecided), checks, len(order.manifests), tuple(remarks)
    )


def _told_once(found: Iterable[Finding]) -> list[Finding]:
    """A field that a use needs and a mapping names is lacking once: the use says better why."""
    listed = list(found)
    needed = {each.subject for each in listed if each.code == "DM005"}
    return [e for e in listed if e.code not in ("DM001", "DM002") or e.subject not in needed]


@dataclass(frozen=True, slots=True)
class _One:
    """One integration, being looked at."""

    order: Order
    manifest: Manifest

    def outcomes(self) -> Iterator[Outcome]:
        """One for each check: a finding, what could not be told, or None."""
        catalogue = self.order.models(self.manifest)
        for what, why in catalogue.troubles:
            yield self._undecided(what, why, ("integration", "models"))
        try:
            packs, pin = packs_of(self.manifest, self.order.root), self._pin()
            logs_bodies = self._logs_bodies()
        except ConfigurationError as error:
            yield self._undecided(error.place, f"{error.problem}. {error.remedy}", ("spec",))
            return
        comparison = Comparison(self.manifest, pin, packs, catalogue, logs_bodies)
        for each in comparison.compared():
            yield from self._outcome(each)
        for name in self.manifest.capabilities:
            yield from self._use(name, packs, catalogue)
        if pin is not None:
            yield from self._age(pin)
            for each in drifted(comparison, self.order.newer.get(self.manifest.name)):
                yield from self._outcome(each)

    def remarks(self) -> Iterator[str]:
        """What is left out by intent: what nobody maps, and kinds where nothing is pinned."""
        manifest = self.manifest
        mapped = {each.operation for each in manifest.requests}
        mapped |= {each.operation for each in manifest.responses}
        unmapped = sorted(set(manifest.operations) - mapped)
        if unmapped:
            yield f"{manifest.name}: nothing is mapped for {', '.join(unmapped)}"
        if manifest.spec is None:
            yield f"{manifest.name}: no specification is pinned, only packs are held against"

    def _pin(self) -> Pinned | None:
        return pinned(self.manifest, self.order.root)

    def _logs_bodies(self) -> bool:
        """Whether the integration's connection is set to, by the file; the environment is a machine's."""
        path = self.order.root / SETTINGS
        content: Any = located.read(path, SETTINGS).content if path.is_file() else {}
        for key in ("connections", self.manifest.connection, "log_bodies"):
            content = content.get(key) if isinstance(content, dict) else None
        return content is True

    def _use(self, name: str, packs: Iterable[Pack], catalogue: Catalogue) -> Iterator[Outcome]:
        key = ("integration", "capabilities")
        known = {word: use for pack in packs for word, use in pack.capabilities.items()}
        if name not in known:
            yield self._undecided(name, f"no pack knows it: {nearest(name, sorted(known))}", key)
            return
        for each in looked_at(self.manifest, known[name], catalogue):
            if isinstance(each, Needed):
                made = Compared(each.subject, each.by, each.answer, key, each.where)
                yield from self._outcome(made)
            elif not each.role.optional:
                yield self._undecided(name, each.why, key)

    def _age(self, pin: Pinned) -> Iterator[Outcome]:
        if pin.taken_on is None:
            return
        old = self.order.today - pin.taken_on > OLD
        what = f"the pinned specification of {self.manifest.title} is more than {OLD.days} days old"
        answer = told("DM095", what, f"it was taken on {pin.taken_on}") if old else True
        subject = f"{self.manifest.title} specification"
        yield from self._outcome(Compared(subject, "pin", answer, ("spec",)))

    def _outcome(self, each: Compared) -> Iterator[Outcome]:
        answer = each.answer
        if isinstance(answer, Doubt):
            yield self._undecided(each.target, answer.why, each.key)
        elif isinstance(answer, Told):
            yield self._finding(each, answer)
        elif answer is not None:
            yield None

    def _finding(self, each: Compared, answer: Told) -> Finding:
        target = f"{each.target} {answer.detail}".strip()
        return Finding(
            answer.code,
            answer.severity,
            self.manifest.name,
            self.manifest.tag,
            each.subject,
            target,
            f"{answer.sentence}.",
            self._place(each.where, each.key),
            answer.evidence,
            CODES[answer.code].remedy,
        )

    def _undecided(self, what: str, why: str, key: tuple[str, ...]) -> Undecided:
        return Undecided(self.manifest.name, what, why, self._line(key))

    def _place(self, where: Where, key: tuple[str, ...]) -> Place:
        if where.file:
            return Place(where.file, max(1, where.line))
        return self._line(key)

    def _line(self, key: tuple[str, ...]) -> Place:
        return Place(self.manifest.located.name, self.manifest.line(*key))
