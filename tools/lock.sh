#!/bin/sh
# Writes requirements/*.txt anew from pyproject.toml and requirements/*.in.
#
#   sh tools/lock.sh              keep what is locked, add and drop what changed
#   sh tools/lock.sh --upgrade    take the newest of everything
#
# Each lock holds for every platform and for Python 3.11 and later, with hashes, and names no index.
# A later lock may only add to an earlier one: one environment can hold them all.
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
[ -x "$uv" ] || uv=uv

lock() {
    name=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 \
        --generate-hashes --no-header --no-emit-index-url --no-strip-extras \
        --output-file "requirements/$name.txt" $upgrade "$@"
    echo "requirements/$name.txt: $(grep -c '^[a-z0-9]' "requirements/$name.txt") packages"
}

upgrade=${1:-}
lock run pyproject.toml --extra stripe
lock build requirements/build.in --constraints requirements/run.txt
lock dev pyproject.toml --extra fast requirements/dev.in \
    --constraints requirements/run.txt --constraints requirements/build.txt
for name in docs bench; do
    [ ! -e "requirements/$name.in" ] ||
        lock "$name" "requirements/$name.in" --constraints requirements/dev.txt
done
