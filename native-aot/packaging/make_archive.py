#!/usr/bin/env python3
"""Makes the archive of one build for C and C++: a folder that works wherever it is unpacked. The same input gives the same bytes."""

from __future__ import annotations

import argparse
import gzip
import io
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

NATIVE = Path(__file__).resolve().parent.parent
REPOSITORY = NATIVE.parent
DOCUMENTS = "share/doc/fastadam"

# What the build does not install: by its path in the archive.
ADDED = {
    "CMakeLists.txt": NATIVE / "packaging" / "CMakeLists.txt",
    f"{DOCUMENTS}/LICENSE": REPOSITORY / "LICENSE",
    f"{DOCUMENTS}/CHANGELOG.md": REPOSITORY / "CHANGELOG.md",
    f"{DOCUMENTS}/README.md": NATIVE / "README.md",
    f"{DOCUMENTS}/samples/c/digits.c": NATIVE / "samples" / "c" / "digits.c",
    f"{DOCUMENTS}/samples/cpp/digits.cpp": NATIVE / "samples" / "cpp" / "digits.cpp",
    f"{DOCUMENTS}/samples/cmake/CMakeLists.txt": NATIVE / "samples" / "cmake" / "CMakeLists.txt",
    f"{DOCUMENTS}/samples/digits.csv.gz": REPOSITORY / "benchmarks" / "FastAdam.Convergence" / "data" / "digits.csv.gz",
}


def version_of(prefix: Path) -> str:
    """FASTADAM_VERSION of the build."""
    header = prefix / "include" / "fastadam.h"
    if not header.is_file():
        raise SystemExit(f"make_archive.py: {header} does not exist; build the library first")
    found = re.search(r'^#define FASTADAM_VERSION "([^"]+)"', header.read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit(f"make_archive.py: {header} defines no FASTADAM_VERSION")
    return found[1]


def date() -> int:
    """The date of all files: SOURCE_DATE_EPOCH, or that of the commit, or where there is none the first that a zip file can have."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    commit = subprocess.run(
        ["git", "-C", str(REPOSITORY), "log", "-1", "--format=%ct"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return int(commit.stdout) if commit.returncode == 0 else 315532800


def contents(prefix: Path) -> dict[str, Path]:
    """All files and symbolic links, by their path in the archive."""
    files = {
        path.relative_to(prefix).as_posix(): path
        for folder in ("include", "lib", "share")
        for path in (prefix / folder).rglob("*")
        if path.is_symlink() or path.is_file()
    }
    return files | ADDED


def write(out: Path, top: str, files: dict[str, Path], seconds: int) -> None:
    folders = {parent.as_posix() for name in files for parent in Path(top, name).parents} - {"."}
    entries = {folder: None for folder in folders} | {f"{top}/{name}": path for name, path in files.items()}
    with out.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed, tarfile.open(
            fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, path in sorted(entries.items()):
            entry = tarfile.TarInfo(name)
            entry.mtime = seconds
            entry.uname = entry.gname = "root"
            if path is None:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
            elif path.is_symlink():
                entry.type, entry.mode, entry.linkname = tarfile.SYMTYPE, 0o777, os.readlink(path)
                archive.addfile(entry)
            else:
                data = path.read_bytes()
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dist", type=Path, required=True, help="folder with include/ and lib/, as build.sh makes it")
    parser.add_argument("--rid", required=True, help="what the libraries were built for, such as linux-x64")
    parser.add_argument("--out", type=Path, default=Path("."), help="folder for the archive; default: the current one")
    options = parser.parse_args(arguments)

    top = f"fastadam-{version_of(options.dist)}-{options.rid}"
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"{top}.tar.gz"
    write(path, top, contents(options.dist), date())
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
