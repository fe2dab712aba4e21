"""One job of one engine, in a process of its own: `python -m benchmarks.engine NAME JOB [NUMBER]`.

Prints what it found as one line of JSON. `work` runs until SIGTERM, `prepare` makes tables.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from importlib import import_module

from benchmarks.place import Place

IN_FLIGHT = 64
APART_S = 0.02


def main(name: str, job: str, number: str = "0") -> None:
    """Do it."""
    engine, place = import_module(f"benchmarks.engines.{name}"), Place.inherited()
    if job == "work":
        engine.work(place, IN_FLIGHT)
    elif job == "prepare":
        engine.prepare(place)
    elif job == "enqueue":
        print(json.dumps(asdict(engine.enqueue(place, int(number), IN_FLIGHT))))
    else:
        print(json.dumps(getattr(engine, job)(place, int(number), APART_S)))


if __name__ == "__main__":
    main(*sys.argv[1:])
