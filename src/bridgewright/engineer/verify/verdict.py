"""Everything that is judged of one piece of work, in order, and what it comes to."""

from __future__ import annotations

import tempfile
import tomllib
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bridgewright.certify.check import Level
from bridgewright.engineer.manifest.words import FILE
from bridgewright.engineer.verify import asking, attestation, evidence, history, reported, secrecy
from bridgewright.engineer.verify.attestation import Attested, Statement
from bridgewright.engineer.verify.claims import taken
from bridgewright.engineer.verify.excusing import excused
from bridgewright.engineer.verify.mutation.trying import MOST_MUTANTS, Trial, Tried, try_tests
from bridgewright.engineer.verify.place import integrations
from bridgewright.engineer.verify.resilience import Bench, Certified, certify, reaches
from bridgewright.engineer.verify.resilience import refusals as unresilient
from bridgewright.engineer.verify.words import (
    About,
    Outcome,
    Reason,
    Refusal,
    Standing,
    judged,
    skipped,
    undecided,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bridgewright.engineer.definition.words import Clause, Definition
    from bridgewright.engineer.planning.words import Plan
    from bridgewright.engineer.verify.attestation import Trust
    from bridgewright.engineer.verify.history import Range
    from bridgewright.engineer.verify.place import Integration
    from bridgewright.engineer.verify.reported import Survey

    Rules = Callable[[Path, Sequence[Integration]], Outcome]
    """Holds a checkout against the rules of `check`."""
    Told = Callable[[str], None]


_LEVELS = {level.word: level for level in Level}


@dataclass(frozen=True, slots=True)
class Ports:
    """Who holds the code against rules, and models against providers."""

    rules: Rules = asking.rules
    survey: Survey = asking.survey


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be judged, and by what. `allow` are more paths that may be touched; `ticked` criteria that
    the pull request calls met; `proof` an attestation and whom it may be by; `options` are for `certify`,
    and `tests` is the command that runs tests, () for pytest. `exempt` takes exemptions from rules that the
    work makes itself."""

    work: Range
    definition: Definition
    ports: Ports = Ports()
    allow: tuple[str, ...] = ()
    plan: Plan | None = None
    ticked: tuple[Clause, ...] = ()
    proof: tuple[bytes, Trust] | None = field(default=None, repr=False)
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    seed: int = 0
    most_mutants: int = MOST_MUTANTS
    only: tuple[About, ...] = ()
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it. `criteria` are those of the definition, each with how it stands."""

    outcomes: tuple[Outcome, ...]
    criteria: tuple[tuple[Clause, Standing], ...]
    tree: str
    attested: tuple[Attested, ...] = ()

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Everything that is not as it should be."""
        return tuple(refusal for each in self.outcomes for refusal in each.refusals)

    @property
    def standing(self) -> Standing:
        """Refused for any refusal, else undecided where anything could not be found out."""
        if self.refusals:
            return Standing.REFUSED
        standings = [each.standing for each in self.outcomes]
        standings += [standing for _, standing in self.criteria]
        return Standing.UNDECIDED if Standing.UNDECIDED in standings else Standing.KEPT

    def statement(self, made_at: str) -> Statement:
        """What may be signed of it."""
        return Statement(self.tree, made_at, version("bridgewright"), self.attested)

    def shows(self, *wanted: About) -> bool:
        """Whether all of these checks were made, and kept."""
        kept = {each.about for each in self.outcomes if each.standing is Standing.KEPT}
        return kept >= set(wanted)


def verify(order: Order, told: Told = lambda _what: None) -> Verdict:
    """Judge, in a clean checkout of the head. `told` hears of each check as it begins."""
    with tempfile.TemporaryDirectory(prefix="bridgewright-verify-") as folder:
        checkout, home = Path(folder) / "checkout", Path(folder) / "home"
        checkout.mkdir()
        home.mkdir()
        order.work.repository.checkout(order.work.head, checkout)
        return _Judging(order, checkout, home, told).verdict()


class _Judging:
    """One verdict under way."""

    def __init__(self, order: Order, checkout: Path, home: Path, told: Told) -> None:
        self._order = order
        self._work = order.work
        self._checkout = checkout
        self._home = home
        self._told = told
        self._all, self._broken = integrations(checkout)
        self._own = tuple(each for each in self._all if self._touched(each))
        self._done: dict[About, Outcome] = {}
        self._attested: dict[str, Attested] = {}

    def verdict(self) -> Verdict:
        makers = {
            About.BRANCH: lambda: history.branch(self._work, self._order.definition),
            About.PATHS: self._paths,
            About.COMMITS: lambda: history.commits(self._work),
            About.SECRETS: lambda: secrecy.secrets(self._work),
            About.RULES: self._rules,
            About.FINDINGS: self._findings,
            About.RESILIENCE: self._resilience,
            About.TESTS: self._tests,
            About.PLAN: self._plan,
        }
        for about, make in makers.items():
            if not self._order.only or about in self._order.only:
                self._told(about)
                self._done[about] = make()
        return Verdict(
            tuple(self._done.values()),
            tuple((each, self._stands(each)) for each in self._order.definition.criteria),
            self._work.repository.tree(self._work.head),
            tuple(self._attested.values()),
        )

    def _touched(self, integration: Integration) -> bool:
        """Whether the work changes it, its tests, or the settings that it shares with others."""
        own = _own_paths(integration)
        changed = [each.path for each in self._work.changes()]
        return any(
            path == history.SETTINGS or any(history.matches(path, each) for each in own)
            for path in changed
        )

    def _paths(self) -> Outcome:
        allowed = [self._order.definition.findings, reported.LEDGER, *self._order.allow]
        names: dict[str, set[str]] = {"connections": set(), "sources": set()}
        for each in self._own:
            if not self._takes_over(each):
                allowed += [*_own_paths(each), *self._packages_above(each)]
                names["connections"].add(each.manifest.connection)
                names["sources"].update(each.manifest.sources)
        own = {table: frozenset(found) for table, found in names.items()}
        found = history.paths(self._work, tuple(allowed), own)
        claimed = taken(self._work, self._own, _beside)
        return judged(About.PATHS, (*found.refusals, *claimed), found.told) if claimed else found

    def _packages_above(self, integration: Integration) -> list[str]:
        """The `__init__.py` of the packages that it is a part of, as far as nobody had one before."""
        above = (each.as_posix() for each in PurePosixPath(integration.folder).parents)
        made = (f"{folder}/__init__.py" for folder in above if folder != ".")
        base = self._work.since
        return [path for path in made if self._work.repository.file(base, path) is None]

    def _takes_over(self, integration: Integration) -> bool:
        """Whether a manifest was put beside files that were there and belonged to no integration: that
        would make anything an integration."""
        repository, folder = self._work.repository, integration.folder
        if folder == ".":
            return True
        was = repository.file(self._work.since, f"{folder}/{FILE}") is not None
        return not was and repository.has_below(self._work.since, folder)

    def _rules(self) -> Outcome:
        if self._broken:
            return judged(About.RULES, self._broken)
        found = self._order.ports.rules(self._checkout, self._all)
        own = () if self._order.exempt else excused(self._work)
        return judged(About.RULES, (*found.refusals, *own), found.told) if own else found

    def _findings(self) -> Outcome:
        survey = self._order.ports.survey
        return reported.findings(self._work, self._order.definition, self._checkout, survey)

    def _resilience(self) -> Outcome:
        if self._broken:
            return undecided(About.RESILIENCE, "a manifest cannot be read")
        if not self._own:
            return skipped(About.RESILIENCE, "no integration is touched")
        if self._order.proof is not None:
            return self._proved()
        bench = Bench(self._home, self._order.extra, self._order.options)
        found: list[Refusal] = []
        said = []
        for each in self._own:
            self._told(f"{About.RESILIENCE} of {each.name}")
            made = certify(each, bench)
            found += [*unresilient(each, made), *self._lowered(each)]
            self._attested[each.name] = _attested(each, made)
            said.append(f"{each.name}: {self._attested[each.name].level or 'nothing to certify'}")
        return judged(About.RESILIENCE, tuple(found), "; ".join(said))

    def _lowered(self, integration: Integration) -> tuple[Refusal, ...]:
        """An integration does not pass by asking less of itself than before."""
        path = f"{integration.folder}/{FILE}"
        data = self._work.repository.file(self._work.since, path) or b""
        try:
            about = tomllib.loads(data.decode("utf-8")).get("integration", {})
        except (UnicodeDecodeError, tomllib.TOMLDecodeError):
            return ()
        before = about.get("level", Level.SILVER.word) if about else ""
        if not before or reaches(integration.manifest.level.word, _LEVELS.get(before, Level.GOLD)):
            return ()
        told = f"asks for {integration.manifest.level.word}, and asked for {before} before"
        place = integration.manifest.place("integration", "level")
        return (Refusal(Reason.NOT_RESILIENT, place, told),)

    def _proved(self) -> Outcome:
        assert self._order.proof is not None  # noqa: S101 - asked before
        data, trust = self._order.proof
        tree = self._work.repository.tree(self._work.head)
        found = attestation.refusals(data, trust, tree, self._own)
        found += tuple(refusal for each in self._own for refusal in self._lowered(each))
        return judged(About.RESILIENCE, found, "by an attestation")

    def _tests(self) -> Outcome:
        if self._broken or not self._own:
            return skipped(About.TESTS, "no integration is touched, or its manifest is broken")
        if self._order.proof is not None:
            proved = self._done.get(About.RESILIENCE) or self._proved()
            if proved.standing is Standing.KEPT:
                return judged(About.TESTS, (), "by an attestation")
            return undecided(About.TESTS, "the attestation does not hold")
        tried = {}
        for each in self._own:
            self._told(f"{About.TESTS} of {each.name}")
            tried[each.name] = try_tests(each, self._trial())
        for name, attested in self._attested.items():
            self._attested[name] = _with_tests(attested, tried[name])
        return _tested(tried)

    def _trial(self) -> Trial:
        order = self._order
        return Trial(self._home, order.extra, order.seed, order.tests, order.most_mutants)

    def _plan(self) -> Outcome:
        return evidence.plan(self._work, self._order.plan, self._done, self._order.ticked)

    def _stands(self, criterion: Clause) -> Standing:
        """The worst of the checks that it is judged by."""
        checks = evidence.about(criterion)
        found = {self._done[each].standing for each in checks if each in self._done}
        for standing in (Standing.REFUSED, Standing.UNDECIDED, Standing.KEPT):
            if standing in found:
                return standing
        return Standing.SKIPPED if checks else Standing.UNDECIDED


def _beside(integration: Integration, path: str) -> bool:
    """Whether a path belongs to an integration by its name alone."""
    _, *named = _own_paths(integration)
    return any(history.matches(path, each) for each in named)


def _own_paths(integration: Integration) -> list[str]:
    """Where the files of an integration may be: its package, and its tests and page beside it."""
    name = integration.name
    return [
        f"{integration.folder}/**",
        *(f"tests/{each}{name}/**" for each in ("", "integrations/")),
        *(f"tests/{each}test_{name}*.py" for each in ("", "integrations/")),
        *(f"docs/{each}{name}.md" for each in ("", "integrations/")),
    ]


def _attested(integration: Integration, made: Sequence[Certified]) -> Attested:
    reached = [(_LEVELS[each.level].value if each.level else 0, each.level) for each in made]
    level = min(reached, default=(0, ""))[1]
    places = tuple(each.place for each in made)
    return Attested(integration.name, level, places, tuple(each.seed for each in made), 0, 0)


def _with_tests(attested: Attested, tried: Tried) -> Attested:
    return Attested(
        attested.name,
        attested.level,
        attested.places,
        attested.seeds,
        tried.made,
        tried.caught,
    )


def _tested(tried: Mapping[str, Tried]) -> Outcome:
    found = tuple(refusal for each in tried.values() for refusal in each.refusals)
    said = [f"{name}: {each.caught} of {each.made} mutants" for name, each in tried.items()]
    unjudged = [why for each in tried.values() for why in each.unjudged]
    unjudged += [
        f"{name}: none of its functions is called as an operation of its manifest"
        for name, each in tried.items()
        if not each.made and not each.refusals
    ]
    if unjudged and not found:
        return undecided(About.TESTS, "; ".join(unjudged))
    return judged(About.TESTS, found, "; ".join(said))
