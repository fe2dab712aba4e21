"""What one test is given: `bw`."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.secret import Secret
from bridgewright.pytest_plugin.leaks import Leaks
from bridgewright.pytest_plugin.wire import Wire
from bridgewright.simulate import catalogue
from bridgewright.simulate.cassettes.trouble import CassetteError
from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.dispatch import Endpoint
from bridgewright.simulate.faults.rules import Faults
from bridgewright.simulate.line import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.bridge import AsyncBridge, Bridge
    from bridgewright.pytest_plugin.serving import App
    from bridgewright.simulate.cassettes.cassette import Cassette, Handling
    from bridgewright.simulate.simulator import Simulator


@dataclass(frozen=True, slots=True)
class Tapes:
    """Where a test's cassettes are, and what is done with them."""

    folder: Path
    name: str = "cassette"
    mode: str = "none"
    live: bool = False


class Simulators:
    """The simulated providers of a test: `sim.stripe` is there, and open, once it is asked for."""

    def __init__(self, clock: VirtualClock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._open: dict[str, Simulator] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self(name)

    def __call__(self, name: str) -> Any:
        """A provider by its name; UnknownProviderError for one that is not simulated."""
        if name not in self._open:
            made = catalogue.simulator(name, clock=self._clock, faults=self._faults)
            made.start()
            self._open[name] = made
        return self._open[name]

    def declare(self, name: str, document: Mapping[str, Any] | str | Path) -> Any:
        """A provider that an OpenAPI document declares, its content or a path to it, by the name that
        faults and `wire` call it; open at once, and `sim(name)` from now on."""
        from bridgewright.simulate.declared.simulator import (  # noqa: PLC0415 - needs an extra
            DeclaredSimulator,
        )

        made = DeclaredSimulator(document, self._clock, name=name, faults=self._faults)
        made.start()
        self._open[name] = made
        return made

    def __repr__(self) -> str:
        return f"Simulators({', '.join(self._open) or 'none open'})"

    def open(self) -> tuple[Simulator, ...]:
        """Those that were asked for."""
        return tuple(self._open.values())

    def close(self) -> None:
        """Close all of them."""
        for each in self._open.values():
            each.close()
        self._open.clear()


class Kit:
    """Simulated providers, faults, webhooks by hand, a clock, and what came of it all.

    `sim` are the providers (`bw.sim.stripe.stand.url` is where one is), `faults` what goes wrong there,
    `courier` brings webhooks, `clock` is the providers' clock and moves when it is told to, `wire` is what
    was sent to them, `leaks` plants secrets and finds them. Whatever is left to chance depends on
    `seed`. The clock begins now, so that what a provider signs is fresh to code that goes by the wall's;
    `at` is another instant in RFC 3339, for tests in which a date shows.
    """

    def __init__(self, seed: int, at: str | None = None, tapes: Tapes | None = None) -> None:
        self.seed = seed
        self._tapes = tapes or Tapes(Path("cassettes"))
        self._cassettes: list[Cassette] = []
        self.clock = VirtualClock(time.time() if at is None else _instant(at))
        self.faults = Faults(self.clock, seed)
        self.sim = Simulators(self.clock, self.faults)
        self.wire = Wire(self.sim.open)
        self.leaks = Leaks(seed)
        self.drifts: list[str] = []
        self._ends = contextlib.ExitStack()

    def __repr__(self) -> str:
        return f"Kit(seed={self.seed}, {self.sim!r}, {self.wire!r})"

    def serve(self, app: App) -> str:
        """Serve an ASGI or WSGI application on loopback until the test ends; its URL."""
        from bridgewright.pytest_plugin.serving import served  # noqa: PLC0415 - a server is not always needed

        return self._ends.enter_context(served(app)).url

    def courier(
        self, provider: str, *, to: str | App, secret: str | None = None, path: str = ""
    ) -> Line:
        """A courier from a provider to an endpoint of yours: its URL, or an application, which is
        served for as long as the test runs. `secret` is what the provider signs with there; unless
        told, one is made up: `bw.leaks.secret("stripe.webhook")`."""
        url = to if isinstance(to, str) else self.serve(to)
        simulator: Simulator = self.sim(provider)
        key = self.leaks.secret(f"{provider}.webhook") if secret is None else secret
        name = f"courier_{len(simulator.dispatch.endpoints) + 1}"
        endpoint = Endpoint(name, url + path, secrets=(Secret(key),))
        simulator.dispatch.put(endpoint)
        return Line(simulator, endpoint, seed=self.seed)

    def drive(self, bridge: Bridge | AsyncBridge) -> None:
        """Have a bridge live by `clock` until the test ends: its back-off, breakers, deadlines, limits and
        the next attempts of its items pass when the clock is moved. `ConfigurationError` for one that
        works or calls just now."""
        from bridgewright.pytest_plugin.clock import driven  # noqa: PLC0415 - not every test has a bridge

        self._ends.enter_context(driven(bridge, self.clock))

    def work(self, bridge: Bridge) -> None:
        """Run a worker of the bridge, by `clock`, until the test ends."""
        from bridgewright.pytest_plugin.clock import working  # noqa: PLC0415 - as above

        self.drive(bridge)
        self._ends.enter_context(working(bridge, self.clock))

    def cassette(
        self, upstream: str, name: str = "", *, handling: Handling | None = None
    ) -> Cassette:
        """What a provider answered once, answered again: at `url`, to any client. `upstream` is whom it is
        recorded from with `--bw-record=new` (what is missing) or `refresh` (everything), which is
        elsewhere than on this machine only with `--bw-live`. Planted secrets are placeholders in the
        file, which stands in `cassettes/` beside the test. A test that fails records nothing."""
        from bridgewright.simulate.cassettes.cassette import Cassette  # noqa: PLC0415 - as above

        tapes = self._tapes
        path = tapes.folder / f"{name or tapes.name}.json"
        made = Cassette(
            path,
            mode=tapes.mode,
            secrets=self.leaks.planted,
            upstream=None if tapes.mode == "none" else upstream,
            live=tapes.live,
            handling=handling,
        )
        made.start()
        self._cassettes.append(made)
        return made

    def settle(self) -> str:
        """Keep what was recorded, for the test has passed; what is wrong with it, or ""."""
        settled, self._cassettes = self._cassettes, []
        wrong = []
        for each in settled:
            try:
                each.close()
            except CassetteError as error:
                wrong.append(str(error))
            if each.report is not None:
                self.drifts.append(f"{each.path.name}: {each.report.text}")
        return "\n".join(wrong)

    def wrong(self) -> str:
        """What is wrong with a test that passed: requests that nothing is simulated for, secrets that
        leaked. "" when nothing is."""
        unmatched = [
            f"{heard.method} {heard.path} at {each.stand.name}; nearest: {', '.join(nearest)}"
            for each in self.sim.open()
            for heard, nearest in each.stand.unmatched
        ]
        if unmatched:
            listed = "\n".join(unmatched)
            return f"requests that nothing is simulated for:\n{listed}"
        return self.leaks.told()

    def close(self) -> None:
        """End everything; what a test recorded that did not pass is not kept."""
        for each in self._cassettes:
            each.abandon()
        self.leaks.stop()
        self._ends.close()
        self.sim.close()

    def told(self) -> str:
        """What to know about a test that failed: its seed, its faults, its requests."""
        lines = [f"seed {self.seed} (run it again with --bw-seed={self.seed})"]
        lines += [f"fault in force: {rule}" for rule in self.faults.rules]
        lines += [f"fault that never struck: {rule}" for rule in self.faults.untouched]
        return self.leaks.hidden("\n".join([*lines, self.wire.journal()]))


def _instant(text: str) -> float:
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
