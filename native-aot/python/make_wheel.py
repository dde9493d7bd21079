#!/usr/bin/env python3
"""Makes a wheel of the fastadam package with the libraries of one build inside. The same input gives the same bytes."""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import sys
import zipfile
from pathlib import Path

import manylinux

HERE = Path(__file__).resolve().parent
LICENSE = HERE.parent.parent / "LICENSE"

#: What the libraries were built for, and the name that wheels have for it. On Linux glibc is a part of that name: see manylinux.py.
PLATFORMS = {
    "linux-x64": "x86_64",
    "linux-arm64": "aarch64",
    "win-x64": "win_amd64",
    "osx-arm64": "macosx_11_0_arm64",
    "osx-x64": "macosx_10_13_x86_64",
}

SYSTEMS = {"linux": "POSIX :: Linux", "win": "Microsoft :: Windows", "osx": "MacOS"}

METADATA = """\
Metadata-Version: 2.1
Name: fastadam
Version: {version}
Summary: Fused steps of Adam and other optimizers for CPUs, bit-identical on every instruction set
Author: FastAdam contributors
License: MIT
License-File: LICENSE
Keywords: adam,adamw,optimizer,deep learning,machine learning,training,simd,numpy,pytorch
Classifier: Development Status :: 4 - Beta
Classifier: Intended Audience :: Developers
Classifier: Intended Audience :: Science/Research
Classifier: License :: OSI Approved :: MIT License
Classifier: Operating System :: {system}
Classifier: Programming Language :: Python :: 3
Classifier: Programming Language :: Python :: 3 :: Only
Classifier: Topic :: Scientific/Engineering :: Artificial Intelligence
Classifier: Typing :: Typed
Requires-Python: >=3.9
Requires-Dist: numpy
Provides-Extra: torch
Requires-Dist: torch; extra == "torch"
Description-Content-Type: text/markdown

{readme}"""

WHEEL = """\
Wheel-Version: 1.0
Generator: fastadam-make-wheel
Root-Is-Purelib: false
Tag: py3-none-{platform}
"""


def libraries(folder: Path, rid: str) -> list[tuple[str, bytes]]:
    """The library and its per-level siblings: names without version, each with the bytes that symlinks lead to."""
    extension = {"win": ".dll", "osx": ".dylib"}.get(rid.split("-")[0], ".so")
    levels = ["neon"] if rid.endswith("-arm64") else ["avx2", "avx512", "baseline"]
    names = [f"{'' if extension == '.dll' else 'lib'}fastadam{extension}", *(f"libfastadam-{x}{extension}" for x in levels)]
    for name in names:
        if not (folder / name).is_file():
            raise SystemExit(f"make_wheel.py: {folder / name} does not exist; build the library first")
    return [(name, (folder / name).read_bytes()) for name in names]


def platform_of(rid: str, files: list[tuple[str, bytes]]) -> str:
    """The platform in the wheel's name."""
    if not rid.startswith("linux-"):
        return PLATFORMS[rid]
    try:
        return manylinux.platform(PLATFORMS[rid], dict(files))
    except ValueError as error:
        raise SystemExit(f"make_wheel.py: {error}") from error


def version_of(header: Path) -> str:
    """FASTADAM_VERSION."""
    if not header.is_file():
        raise SystemExit(f"make_wheel.py: {header} does not exist; build the library first")
    found = re.search(r'^#define FASTADAM_VERSION "([^"]+)"', header.read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit(f"make_wheel.py: {header} defines no FASTADAM_VERSION")
    return found[1]


def notices(dist: Path) -> dict[str, bytes]:
    """The licence and the notices of .NET, whose runtime is in the libraries."""
    folder = dist / "share" / "doc" / "fastadam" / "dotnet"
    return {f"dotnet/{path.name}": path.read_bytes() for path in sorted(folder.glob("*"))}


def contents(native: list[tuple[str, bytes]], dist: Path, rid: str, platform: str, version: str) -> dict[str, bytes]:
    """All files of the wheel but RECORD, by their path in it; ``native`` are its libraries."""
    package = HERE / "fastadam"
    files = {
        f"fastadam/{path.relative_to(package).as_posix()}": path.read_bytes()
        for path in sorted([*package.rglob("*.py"), package / "py.typed"])
    }
    files.update((f"fastadam/lib/{name}", data) for name, data in native)
    info = f"fastadam-{version}.dist-info"
    readme = (HERE / "README.md").read_text("utf-8")
    files[f"{info}/METADATA"] = METADATA.format(
        version=version, system=SYSTEMS[rid.partition("-")[0]], readme=readme
    ).encode("utf-8")
    files[f"{info}/WHEEL"] = WHEEL.format(platform=platform).encode("utf-8")
    files.update((f"{info}/{name}", data) for name, data in {"LICENSE": LICENSE.read_bytes(), **notices(dist)}.items())
    return files


def write(path: Path, files: dict[str, bytes], record: str) -> None:
    lines = []
    for name in sorted(files):
        digest = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).rstrip(b"=").decode("ascii")
        lines.append(f"{name},sha256={digest},{len(files[name])}\n")
    lines.append(f"{record},,\n")
    with zipfile.ZipFile(path, "w") as wheel:
        for name, data in [*sorted(files.items()), (record, "".join(lines).encode("utf-8"))]:
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whatever this runs on: the permissions below are Unix's
            entry.external_attr = (0o100755 if name.startswith("fastadam/lib/") else 0o100644) << 16
            wheel.writestr(entry, data)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dist", type=Path, help="folder with include/ and lib/; default: native-aot/dist/RID")
    parser.add_argument("--rid", choices=sorted(PLATFORMS), default="linux-x64", help="what the libraries were built for")
    parser.add_argument("--out", type=Path, default=Path("."), help="folder for the wheel; default: the current one")
    options = parser.parse_args(arguments)
    dist = options.dist or HERE.parent / "dist" / options.rid

    version = version_of(dist / "include" / "fastadam.h")
    native = libraries(dist / "lib", options.rid)
    platform = platform_of(options.rid, native)
    files = contents(native, dist, options.rid, platform, version)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"fastadam-{version}-py3-none-{platform}.whl"
    write(path, files, f"fastadam-{version}.dist-info/RECORD")
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
