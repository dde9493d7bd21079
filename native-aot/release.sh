#!/bin/sh
# Makes the packages of a release: what people install who have no clone. Needs what build.sh needs for each of the systems, python3, and
# for Debian's packages dpkg-deb and readelf.
set -eu

usage() {
    cat <<EOF
usage: native-aot/release.sh [--out DIR] [--rid RID]...

  --out DIR   where the packages go, with SHA256SUMS of them all; default: native-aot/dist/release
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
release=$(cd "$out" && pwd)
builds=$(mktemp -d)

# Below the clone, whose place symbols do not name.
artifacts=$here/dist/artifacts
trap 'rm -rf "$builds" "$artifacts"' EXIT
rm -rf "$artifacts"

# In a folder of their own until all are there: the sums are those of this release alone.
out=$builds/packages
mkdir "$out"

# A release has no path of the machine that makes it, and nothing of other builds of the clone, before it or beside it.
dotnet pack "$here/../src/FastAdam/FastAdam.csproj" -c Release -o "$out" -nologo -v minimal -p:ContinuousIntegrationBuild=true \
    --artifacts-path "$artifacts"
for rid in ${rids:-linux-x64 linux-arm64}; do
    "$here/build.sh" --rid "$rid" --prefix "$builds/$rid"
    python3 "$here/python/make_wheel.py" --dist "$builds/$rid" --rid "$rid" --out "$out"
    "$here/packaging/make_archive.py" --dist "$builds/$rid" --rid "$rid" --out "$out"
done

if command -v dpkg-deb >/dev/null && command -v readelf >/dev/null; then
    for archive in "$out"/*-linux-*.tar.gz; do
        [ ! -e "$archive" ] || "$here/packaging/make_deb.sh" "$archive" "$out"
    done
else
    missing="release.sh: dpkg-deb or readelf is missing (Debian's dpkg and binutils): no .deb was made, all else was"
fi

(cd "$out" && sha256sum -- * >"$builds/SHA256SUMS")
mv "$out"/* "$builds/SHA256SUMS" "$release"
[ -z "${missing-}" ] || echo "$missing" >&2
