#!/bin/sh
# Makes Debian packages of an archive that make_archive.py has made: the library (libfastadam2, by its ABI's version), and what programs
# are compiled with (libfastadam-dev). The same archive gives the same bytes. Needs dpkg-deb and readelf.
set -eu
umask 022
export LC_ALL=C

[ $# -eq 2 ] || { echo "usage: make_deb.sh ARCHIVE OUT" >&2; exit 2; }
archive=$1
out=$2
case "$archive" in
    *-linux-x64.tar.gz) architecture=amd64 triplet=x86_64-linux-gnu ;;
    *-linux-arm64.tar.gz) architecture=arm64 triplet=aarch64-linux-gnu ;;
    *) echo "make_deb.sh: '$archive' is the archive of no system that Debian packages are made for" >&2; exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf "$archive" -C "$work"
top=$work/$(basename "$archive" .tar.gz)
documents=$top/share/doc/fastadam
version=$(sed -n 's/^#define FASTADAM_VERSION "\(.*\)"$/\1/p' "$top/include/fastadam.h")
abi=$(sed -n 's/^#define FASTADAM_ABI_VERSION //p' "$top/include/fastadam.h")
SOURCE_DATE_EPOCH=$(stat -c %Y "$top/include/fastadam.h")
export SOURCE_DATE_EPOCH

# libc6 at least as new as the newest version of a symbol that the libraries ask for. Other libraries they do not need.
depends() {
    others=$(readelf -dW "$@" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -Ev '^(libc|libm|libdl|libpthread|ld-linux-.*)\.so\.[0-9]+$' || :)
    [ -z "$others" ] || { echo "make_deb.sh: the libraries need" $others "that libc6 does not have" >&2; exit 1; }
    echo "libc6 (>= $(readelf -VW "$@" | grep -o 'GLIBC_[0-9][0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -n 1))"
}

# What each package has for itself: its control file, ending with the description that is read, its licences and its changes.
finish() {
    name=$1
    folder=$work/$name
    mkdir -p "$folder/DEBIAN" "$folder/usr/share/doc/$name"
    {
        cat "$documents/LICENSE"
        printf '\nInside of the libraries is the .NET runtime. Its licence, and the notices for what it contains:\n\n'
        cat "$documents/dotnet/LICENSE.TXT"
        echo
        cat "$documents/dotnet/THIRD-PARTY-NOTICES.TXT"
        printf '\nThe numbers in digits.csv.gz are the test part of "Optical Recognition of Handwritten Digits", by E. Alpaydin and\n'
        printf 'C. Kaynak (1998), from the UCI Machine Learning Repository, licensed under CC BY 4.0,\n'
        printf 'https://creativecommons.org/licenses/by/4.0/. They are unchanged.\n'
    } >"$folder/usr/share/doc/$name/copyright"
    gzip -n9 >"$folder/usr/share/doc/$name/changelog.gz" <<END
fastadam ($version) stable; urgency=medium

  * The changes stand in CHANGELOG.md, which libfastadam-dev has.

 -- $maintainer  $(date -uRd "@$SOURCE_DATE_EPOCH")
END
    cat >"$folder/DEBIAN/control" <<END
Package: $name
Source: fastadam
Version: $version
Architecture: $architecture
Multi-Arch: same
Priority: optional
Maintainer: $maintainer
Installed-Size: $(find "$folder/usr" -type f -printf '%s\n' | awk '{ kib += int(($1 + 1023) / 1024) } END { print kib }')
$(cat)
 A step of Adam, AdamW or another optimizer reads parameters, gradients and
 state once, with AVX-512, AVX2 or NEON where the processor has it, and with
 the same bits everywhere.
END
    (cd "$folder" && find usr -type f | sort | xargs -d '\n' md5sum >DEBIAN/md5sums)
    find "$folder" -type d -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
    find "$folder" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
    DPKG_DEB_THREADS_MAX=1 dpkg-deb --root-owner-group -Zxz --build "$folder" "$out/${name}_${version}_$architecture.deb" >/dev/null
    echo "$out/${name}_${version}_$architecture.deb"
}

maintainer="FastAdam contributors <fastadam@fastadam.invalid>"
runtime=$work/libfastadam$abi
development=$work/libfastadam-dev

# The library lies with its kernels in a folder that no other version shares. It finds them where the link leads.
mkdir -p "$runtime/usr/lib/$triplet/libfastadam$abi" "$runtime/DEBIAN"
cp "$top/lib/libfastadam.so.$version" "$top"/lib/libfastadam-*.so "$runtime/usr/lib/$triplet/libfastadam$abi"
ln -s "libfastadam$abi/libfastadam.so.$version" "$runtime/usr/lib/$triplet/libfastadam.so.$abi"
echo "libfastadam $abi libfastadam$abi (>= $version)" >"$runtime/DEBIAN/shlibs"
echo "activate-noawait ldconfig" >"$runtime/DEBIAN/triggers"
needs=$(depends "$runtime/usr/lib/$triplet/libfastadam$abi"/*)
finish "libfastadam$abi" <<END
Section: libs
Depends: $needs
Description: fused updates of Adam and other optimizers for CPUs
END

mkdir -p "$development/usr/lib/$triplet/pkgconfig" "$development/usr/lib/$triplet/cmake" "$development/usr/share/doc/libfastadam-dev"
cp -R "$top/include" "$development/usr/include"
ln -s "libfastadam.so.$abi" "$development/usr/lib/$triplet/libfastadam.so"
cp -R "$top/lib/cmake/FastAdam" "$development/usr/lib/$triplet/cmake"

# In the system's folders pkg-config leaves out what the compiler knows, if it is told them as they are.
sed -e 's|^prefix=.*|prefix=/usr|' -e "s|^libdir=.*|libdir=\${prefix}/lib/$triplet|" "$top/lib/pkgconfig/fastadam.pc" \
    >"$development/usr/lib/$triplet/pkgconfig/fastadam.pc"
cp -R "$top/share/fastadam" "$development/usr/share/fastadam"
cp "$documents/README.md" "$documents/CHANGELOG.md" "$development/usr/share/doc/libfastadam-dev"
cp -R "$documents/samples" "$development/usr/share/doc/libfastadam-dev/examples"
finish libfastadam-dev <<END
Section: libdevel
Depends: libfastadam$abi (= $version)
Description: fused updates of Adam and other optimizers for CPUs (development)
END
