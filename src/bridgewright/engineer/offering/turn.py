"""One call at a time changes files of a project, whichever server of it that came to."""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def held(root: Path) -> Generator[None, None, None]:
    """The turn of a project, until the end of the block or of this process. `Refused` when another process
    has it: nobody knows for how long.

    The lock is on a file of this user's in the folder for temporary files. It is not on the project's own
    folder, which the commands lock that a turn is for, nor in it, where it would be one more file.
    """
    name = sha256(os.fsencode(root)).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"bridgewright-mcp-{os.getuid()}-{name}.lock"
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        msg = "another server's call changes files of this project: call again when it has ended"
        raise Refused(msg) from None
    finally:
        os.close(file)
