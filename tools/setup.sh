#!/bin/sh
# Sets up .venv for one of the stages run, dev, docs, bench: `sh tools/setup.sh dev`.
#
# Needs Python 3.11 or later and nothing else. Takes the newest one that can make environments;
# PYTHON=/path/to/python decides otherwise. The work itself is done by tools/setup.py.
set -eu
cd "$(dirname "$0")/.."
stage=${1:-run}

# Without this, a PYTHONPATH or PYTHONHOME of the caller would leak into the environment.
unset PYTHONPATH PYTHONHOME

runs_here() {
    # Asks the program itself: a name on PATH may be a stub that only prints an error.
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

makes_environments() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ]; then
    candidates=$PYTHON
    if ! runs_here "$PYTHON"; then
        echo "PYTHON=$PYTHON is not a Python 3.11 or later." >&2
        echo "Unset PYTHON, or point it to one that is." >&2
        exit 1
    fi
    if makes_environments "$PYTHON"; then
        exec "$PYTHON" tools/setup.py "$stage"
    fi
    bare=$PYTHON
else
    bare=
    for candidate in python3.14 python3.13 python3.12 python3.11 python3 python; do
        runs_here "$candidate" || continue
        if makes_environments "$candidate"; then
            exec "$candidate" tools/setup.py "$stage"
        fi
        bare=${bare:-$candidate}
    done
fi

if [ -z "$bare" ]; then
    echo "Bridgewright needs Python 3.11 or later, and found none on PATH." >&2
    echo "Install one, or say where it is: PYTHON=/path/to/python3 make run" >&2
    exit 1
fi

version=$("$bare" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
echo "Python $version is here ($bare), but not its venv module, which sets up .venv." >&2
if command -v apt-get >/dev/null 2>&1; then
    echo "Install it: apt-get install python$version-venv    (with sudo, unless you are root)" >&2
else
    echo "Install the venv and ensurepip modules of Python $version, then try again." >&2
fi
exit 1
