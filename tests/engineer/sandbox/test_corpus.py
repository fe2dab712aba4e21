"""Programs that mean harm, each in the real sandbox, judged by what is other than it was."""

from __future__ import annotations

import subprocess
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bridgewright.engineer.sandbox.running import Sandbox
from bridgewright.engineer.sandbox.words import Bounds
from tests.engineer.sandbox import world as worlds

if TYPE_CHECKING:
    from bridgewright.engineer.sandbox.words import Outcome
    from tests.engineer.sandbox.world import World

_MIB = 1 << 20
BOUNDS = Bounds(
    wall_s=5.0,
    output_bytes=200_000,
    tasks=64,
    memory_bytes=512 * _MIB,
    file_bytes=8 * _MIB,
    scratch_bytes=16 * _MIB,
)
SHORT_S = 1.0
FEW = 150
"""The least number of probes, a third of them held out."""
UNTRIED = frozenset({"lasting", "limits"})
"""Families that are not let loose in the control: they would last, or fill the machine."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One program that means harm."""

    family: str
    name: str
    program: str
    held_out: bool = False
    shared: bool = False
    scene: str = "checkout"
    limit: str = ""
    toothless: str = ""


def corpus() -> list[Probe]:
    text = Path(__file__).with_name("corpus.toml").read_text("utf-8")
    return [Probe(**each) for each in tomllib.loads(text)["probe"]]


def _groups() -> list[tuple[str, bool]]:
    return sorted({(each.family, each.held_out) for each in corpus()})


def _of(family: str, *, held_out: bool) -> list[Probe]:
    return [each for each in corpus() if (each.family, each.held_out) == (family, held_out)]


def _judged(world: World, template: Path, each: Probe, bounds: Bounds = BOUNDS) -> list[str]:
    """What a probe did that it must not, in the real sandbox."""
    with world.fresh(template) as life:
        before = worlds.guarded(world, each.scene)
        outcome = Sandbox(world.grounds(each.scene), bounds).run(
            ["bash", "-c", world.program(each.program, life)]
        )
        found = [] if outcome.sandboxed else ["it ran without a sandbox"]
        found += worlds.differences(before, worlds.guarded(world, each.scene))
        found += worlds.copied(world, each.scene) + world.heard(life) + worlds.lasting()
    said = outcome.output
    found += [f"it says {word}: {said}" for word in (worlds.CANARY, worlds.SUCCESS) if word in said]
    return found if _bounded(each, outcome) else [*found, f"no bound was met: {outcome}"]


def _bounded(each: Probe, outcome: Outcome) -> bool:
    if each.limit == "any":
        return outcome.limit is not None or outcome.status != 0 or outcome.cut_bytes > 0
    return not each.limit or outcome.limit == each.limit


@pytest.mark.slow
@pytest.mark.parametrize(("family", "held_out"), _groups())
def test_nothing_outside_changes_and_no_secret_comes_out(
    world: tuple[World, Path], family: str, *, held_out: bool
) -> None:
    breaches = {}
    for each in _of(family, held_out=held_out):
        bounds = Bounds(wall_s=SHORT_S) if each.limit == "time" else BOUNDS
        if found := _judged(*world, each, bounds):
            breaches[each.name] = found
    assert breaches == {}


@pytest.mark.slow
@pytest.mark.parametrize("family", sorted({each.family for each in corpus()} - UNTRIED))
def test_without_the_protections_every_probe_does_its_harm(
    world: tuple[World, Path], family: str
) -> None:
    """Or the corpus would show nothing. The control sees the world as it is and may write to all of it;
    the machine's own files are read-only there too, and processes are its own."""
    harmless = [
        each.name
        for each in corpus()
        if each.family == family and not each.toothless and not _harms(*world, each)
    ]
    assert harmless == []


def _harms(world: World, template: Path, each: Probe) -> list[str]:
    with world.fresh(template) as life:
        before = worlds.guarded(world, each.scene)
        words = [*_control(world, each), "--", "bash", "-c", world.program(each.program, life)]
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        found = worlds.differences(before, worlds.guarded(world, each.scene))
        found += worlds.copied(world, each.scene) + world.heard(life)
    said = done.stdout.decode("utf-8", "replace")
    return found + [word for word in (worlds.CANARY, worlds.SUCCESS) if word in said]


def _control(world: World, each: Probe) -> list[str]:
    words = "bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --unshare-user --cap-drop ALL"
    words += " --die-with-parent --new-session --clearenv --setenv PATH /usr/bin:/bin"
    processes = [] if each.shared else ["--unshare-pid"]
    top, home, work = world.top, world.top / "home", world.grounds(each.scene).work
    places = ["--bind", top, top, "--setenv", "HOME", home, "--chdir", work]
    return [*words.split(), *processes, *map(str, places)]


def test_the_corpus_has_its_size_and_a_third_of_it_was_held_out() -> None:
    probes = corpus()
    held_out = sum(each.held_out for each in probes)
    names = Counter((each.family, each.name) for each in probes)
    assert len(probes) >= FEW
    assert 3 * held_out >= len(probes)
    assert names.most_common(1)[0][1] == 1


def test_a_probe_of_each_kind_does_no_harm(world: tuple[World, Path]) -> None:
    """The few that `make test` has time for."""
    wanted = {("write", "python"), ("git", "a hook"), ("read", "cat")}
    probes = [each for each in corpus() if (each.family, each.name) in wanted]
    assert len(probes) == len(wanted)
    assert [found for each in probes for found in _judged(*world, each)] == []
