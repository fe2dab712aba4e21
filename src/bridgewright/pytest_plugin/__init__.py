"""The pytest plugin: simulated providers, faults and webhooks for tests, by one fixture, `bw`.

Loaded by pytest through its entry point. It imports nothing of weight until a test asks for `bw`.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from bridgewright.pytest_plugin.guard import Guard
    from bridgewright.pytest_plugin.kit import Kit

_KIT = "bw"
_DRIFT = "bridgewright drift"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("bridgewright")
    group.addoption(
        "--bw-seed",
        type=int,
        default=None,
        help="seed of everything that tests with `bw` leave to chance; without it each test has its own,"
        " which is the same in every run",
    )
    group.addoption(
        "--bw-record",
        choices=("none", "new", "refresh"),
        default="none",
        help="record what cassettes have no answer for (new), or everything anew (refresh); none plays",
    )
    group.addoption(
        "--bw-live",
        action="store_true",
        help="let cassettes record from providers elsewhere than on this machine",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker."""
    config.addinivalue_line(
        "markers",
        "bw(seed=None, at=None, network=False): how a test uses the fixture bw: the seed of what is left to"
        " chance, when its clock begins (RFC 3339; now), and whether it may reach other machines",
    )


@pytest.fixture(scope="session")
def _bw_guard() -> Guard:
    from bridgewright.pytest_plugin.guard import Guard  # noqa: PLC0415 - not before it is used

    return Guard()


@pytest.fixture
def bw(request: pytest.FixtureRequest, _bw_guard: Guard) -> Iterator[Kit]:
    """Simulated providers (`bw.sim.stripe`), what goes wrong there (`bw.faults`), webhooks by hand
    (`bw.courier`), their clock (`bw.clock`), what was sent (`bw.wire`), secrets that must not show
    (`bw.leaks`). While it is used nothing leaves this machine."""
    from bridgewright.pytest_plugin.kit import Kit, Tapes  # noqa: PLC0415 - not before it is used

    marker = request.node.get_closest_marker(_KIT)
    told = {} if marker is None else marker.kwargs
    live: bool = request.config.getoption("--bw-live")
    tapes = Tapes(
        request.path.parent / "cassettes" / request.path.stem,
        re.sub(r"[^\w.-]+", "_", request.node.name),
        request.config.getoption("--bw-record"),
        live,
    )
    kit = Kit(_seed(request, told.get("seed")), told.get("at"), tapes)
    if not (live or told.get("network", False)):
        _bw_guard.start()
    try:
        yield kit
    finally:
        _bw_guard.stop()
        kit.close()


def _seed(request: pytest.FixtureRequest, told: int | None) -> int:
    """The one of the command line, of the marker, or one that is the test's own in every run."""
    given: int | None = request.config.getoption("--bw-seed")
    if given is not None:
        return given
    return zlib.crc32(request.node.nodeid.encode()) if told is None else told


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test that passed fails all the same if it asked for what is not simulated, reached out, or
    leaked."""
    result = yield
    kit, guard = _of(item)
    if kit is not None:
        if guard is not None and guard.denied:
            hosts = ", ".join(dict.fromkeys(guard.denied))
            pytest.fail(f"the test tried to reach other machines: {hosts}", pytrace=False)
        wrong = "\n".join(filter(None, (kit.wrong(), kit.settle())))
        if wrong:
            pytest.fail(wrong, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look for secrets in what the test printed; show what was on the wire when it failed."""
    report = yield
    kit, _ = _of(item)
    if kit is None or call.when != "call":
        return report
    report.user_properties += [(_DRIFT, drift) for drift in kit.drifts]
    for title, text in report.sections:
        kit.leaks.scan(text, title)
    if report.passed and kit.leaks.found:
        report.outcome = "failed"
        report.longrepr = kit.leaks.told()
    if report.failed:
        if kit.leaks.names_in(report.longreprtext):
            kit.leaks.scan(report.longreprtext, "the failure that is shown")
            report.longrepr = kit.leaks.hidden(report.longreprtext)
        report.sections = [(title, kit.leaks.hidden(text)) for title, text in report.sections]
        report.sections.append(("bridgewright", kit.told()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how providers have changed since their cassettes were recorded."""
    told = [
        drift
        for report in terminalreporter.getreports("passed")
        for name, drift in report.user_properties
        if name == _DRIFT
    ]
    if told:
        terminalreporter.section("bridgewright: recorded anew")
        for drift in told:
            terminalreporter.line(str(drift))


def _of(item: pytest.Item) -> tuple[Kit | None, Guard | None]:
    arguments = getattr(item, "funcargs", {})
    return arguments.get(_KIT), arguments.get("_bw_guard")
