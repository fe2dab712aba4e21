#!/bin/sh
# Puts the OpenCode that tests are held against into .opencode-bin, and prints where its program is.
#
#   sh tools/opencode.sh
#
# Needs npm, and for this once the network. Only the package of this platform is fetched, and none of its
# scripts is run. What comes has to have the hash that requirements/opencode.txt has for it; platforms that are
# not in there are refused. What is there already is left as it is.
set -eu
cd "$(dirname "$0")/.."
version=1.18.33
place=.opencode-bin

platform() {
    case "$(uname -s)-$(uname -m)" in
    Linux-x86_64)
        # Without AVX2 the usual program ends with an illegal instruction.
        if grep -qw avx2 /proc/cpuinfo; then echo linux-x64; else echo linux-x64-baseline; fi
        ;;
    Linux-aarch64) echo linux-arm64 ;;
    *) echo "$(uname -s)-$(uname -m)" ;;
    esac
}

give_up() {
    echo "$1" >&2
    echo "$2" >&2
    exit 1
}

package=opencode-$(platform)
archive=$package-$version.tgz
folder=$place/$package-$version
program=$folder/bin/opencode

if [ ! -x "$program" ]; then
    grep -q " $archive\$" requirements/opencode.txt ||
        give_up "requirements/opencode.txt has no hash for $archive." \
            "Install opencode-ai $version in your own way, and set OPENCODE_BIN to its program."
    command -v npm >/dev/null ||
        give_up "OpenCode comes by npm, and there is none on PATH." \
            "Install it (apt-get install npm), or set OPENCODE_BIN to a program of OpenCode $version."
    fetched=$(mktemp -d)
    trap 'rm -rf "$fetched"' EXIT
    echo "Fetching $package $version" >&2
    npm pack --silent --ignore-scripts --pack-destination "$fetched" "$package@$version" >/dev/null
    grep " $archive\$" requirements/opencode.txt >"$fetched/wanted"
    (cd "$fetched" && sha512sum -c wanted >/dev/null 2>&1) ||
        give_up "$archive is not the one that requirements/opencode.txt has the hash of." \
            "Nothing was installed. Find out why it changed before you change the hash."
    tar -xzf "$fetched/$archive" -C "$fetched"
    chmod +x "$fetched/package/bin/opencode"
    mkdir -p "$place"
    rm -rf "$folder"
    mv "$fetched/package" "$folder"
fi
ln -sfn "$package-$version/bin/opencode" "$place/opencode"
echo "$PWD/$place/opencode"
