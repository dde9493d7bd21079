#!/bin/sh
# Builds libfastadam, into native-aot/dist/<rid> or the given prefix. Needs the .NET SDK and a C compiler.
set -eu

usage() {
    cat <<EOF
usage: native-aot/build.sh [--prefix DIR] [--rid RID] [--wheel]

  --prefix DIR   where include/ and lib/ go; default: native-aot/dist/<rid>
  --rid RID      what to build for; default: this machine. linux-arm64 cross-compiles on x86-64 Linux, with clang, lld and
                 gcc-aarch64-linux-gnu
  --wheel        also makes a Python wheel with the libraries inside, in native-aot/dist; needs python3
EOF
}

here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
case "$(uname -s)" in
    Darwin) system=osx ;;
    *) system=linux ;;
esac
case "$(uname -m)" in
    aarch64 | arm64) rid=$system-arm64 ;;
    x86_64 | amd64) rid=$system-x64 ;;
    *) echo "build.sh: $(uname -m) is neither x86-64 nor arm64" >&2; exit 2 ;;
esac
prefix=
wheel=no

while [ $# -gt 0 ]; do
    case "$1" in
        --prefix | --rid)
            [ $# -ge 2 ] || { echo "build.sh: $1 needs a value" >&2; exit 2; }
            if [ "$1" = --prefix ]; then prefix=$2; else rid=$2; fi
            shift 2
            ;;
        --wheel) wheel=yes; shift ;;
        -h | --help) usage; exit 0 ;;
        *) echo "build.sh: unknown argument '$1'" >&2; usage >&2; exit 2 ;;
    esac
done

if [ -z "$prefix" ]; then
    prefix=$here/dist/$rid
else
    mkdir -p "$prefix"
    prefix=$(cd "$prefix" && pwd)
fi

dotnet build "$here/FastAdam.Dist.proj" -nologo -v minimal "-p:Rid=$rid" "-p:Prefix=$prefix"
if [ "$wheel" = yes ]; then
    python3 "$here/python/make_wheel.py" --dist "$prefix" --rid "$rid" --out "$here/dist"
fi
