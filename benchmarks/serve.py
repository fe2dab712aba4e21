"""One application behind uvicorn: `python -m benchmarks.serve MODULE:FUNCTION DESCRIPTOR`."""

from __future__ import annotations

import socket
import sys
from importlib import import_module

import uvicorn


def main(where: str, descriptor: str) -> None:
    """Serve on an inherited socket until SIGTERM, set up the same way for everybody."""
    module, _, function = where.partition(":")
    app = getattr(import_module(module), function)()
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", access_log=False, log_level="warning", lifespan="on"
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(descriptor))])


if __name__ == "__main__":
    main(*sys.argv[1:])
