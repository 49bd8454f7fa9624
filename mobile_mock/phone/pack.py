"""The phone's modules packed into a few small files: those for the first screen, and those for the screens behind it.

esbuild does it as a program of its own, so that no Node is needed to run; the sources stay plain modules.
"""

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

_PROGRAMS = ("@esbuild/*/bin/esbuild", "@esbuild/*/esbuild.exe")
_PATIENCE_SECONDS = 30
_OPTIONS = ("--bundle", "--splitting", "--minify", "--format=esm", "--target=es2022", "--chunk-names=[name]-[hash]")


def find_packer(packages: Path) -> Path:
    """Answer the program in a node_modules folder; raises FileNotFoundError where it is missing."""
    found = [program for pattern in _PROGRAMS for program in sorted(packages.glob(pattern))]
    if not found:
        raise FileNotFoundError(f"{packages / '@esbuild'} is missing: fetch the front-end packages with `npm ci`")
    return found[0]


def pack(entry: Path, packages: Path) -> dict[str, bytes]:
    """Answer the packed files by name: the entry's own, and those that it loads when they are wanted.

    The same sources give the same bytes. Raises RuntimeError with the packer's words where a source is wrong.
    """
    with TemporaryDirectory(prefix="floorbook-phone-") as folder:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [find_packer(packages), entry, f"--outdir={folder}", *_OPTIONS],
            env={**os.environ, "NODE_PATH": str(packages)},
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"The phone could not be packed: {done.stderr}")
        return {file.name: file.read_bytes() for file in sorted(Path(folder).iterdir())}
