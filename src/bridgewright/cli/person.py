"""Who sits at the keyboard: the actor that an audit row names."""

from __future__ import annotations

import getpass
import socket


def actor() -> str:
    """`user@host` of this process; the number of a user who has no name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # no such user in this container
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
