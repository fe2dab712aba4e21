"""`python -m bridgewright`: the command line."""

from __future__ import annotations

from bridgewright.cli import main

if __name__ == "__main__":
    main()
