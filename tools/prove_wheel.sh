#!/bin/sh
# Builds the wheel and proves it alone: in an empty environment, with no SDK but the one that the
# demo calls through, away from the sources. Then runs the fast tests against it. Needs the `dev`
# stage of tools/setup.sh.
set -eu
cd "$(dirname "$0")/.."
unset PYTHONPATH PYTHONHOME
sources=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

echo "Building the wheel"
.venv/bin/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$place" .

echo "Installing it, with the SDK that the demo calls through, in an empty environment"
.venv/bin/python -m venv "$place/venv"
python=$place/venv/bin/python
install() {
    "$python" -m pip install --quiet --disable-pip-version-check "$@"
}
install --require-hashes --requirement requirements/run.txt
install --no-deps --no-index "$place"/bridgewright-*.whl

# From here on nothing knows where the sources are.
mkdir "$place/away"
cd "$place/away"
PATH=$place/venv/bin:$PATH
export PATH

from_the_wheel() {
    "$python" - <<'PYTHON'
import pathlib
import sys

import bridgewright

place = pathlib.Path(bridgewright.__file__)
if "site-packages" not in place.parts:
    sys.exit(f"bridgewright comes from {place}, not from the wheel")
print(f"bridgewright {bridgewright.__version__} comes from site-packages")
PYTHON
}

from_the_wheel
bridgewright --help >/dev/null
bridgewright version
bridgewright demo --once

echo "Installing what tests need"
install --require-hashes --requirement "$sources/requirements/dev.txt"
cp -R "$sources/tests" tests
cp -R "$sources/docs" docs
cp -R "$sources/proofs" proofs
cp -R "$sources/actions" actions
rm -rf docs/_build tests/typing tests/house/test_*.py
cp "$sources/pyproject.toml" "$sources/action.yml" "$sources/.pre-commit-hooks.yaml" .
from_the_wheel
workers=${WORKERS:-$((2 * $(getconf _NPROCESSORS_ONLN)))}
"$python" -m pytest --dist worksteal -n "$workers" -m 'not slow'
from_the_wheel
