#!/bin/sh
# Makes the packages of a release: what people install who have no clone. Needs what build.sh needs for each of the systems.
set -eu

usage() {
    cat <<EOF
usage: native-aot/release.sh [--out DIR] [--rid RID]...

  --out DIR   where the packages go; default: native-aot/dist/release
  --rid RID   a system to make packages for, as build.sh takes it; may be given more than once. Default: linux-x64 and linux-arm64
EOF
}

here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
out=$here/dist/release
rids=

while [ $# -gt 0 ]; do
    case "$1" in
        --out | --rid)
            [ $# -ge 2 ] || { echo "release.sh: $1 needs a value" >&2; exit 2; }
            if [ "$1" = --out ]; then out=$2; else rids="$rids $2"; fi
            shift 2
            ;;
        -h | --help) usage; exit 0 ;;
        *) echo "release.sh: unknown argument '$1'" >&2; usage >&2; exit 2 ;;
    esac
done

mkdir -p "$out"
out=$(cd "$out" && pwd)
builds=$(mktemp -d)
trap 'rm -rf "$builds"' EXIT

# A release has no path of the machine that makes it.
dotnet pack "$here/../src/FastAdam/FastAdam.csproj" -c Release -o "$out" -nologo -v minimal -p:ContinuousIntegrationBuild=true
for rid in ${rids:-linux-x64 linux-arm64}; do
    "$here/build.sh" --rid "$rid" --prefix "$builds/$rid"
    python3 "$here/python/make_wheel.py" --dist "$builds/$rid" --rid "$rid" --out "$out"
done
