"""Find the programs of the servers: on PATH, or in the wheels of the `embedded` extra."""

import shutil
from importlib import metadata
from pathlib import Path


def from_path(*names: str) -> Path | None:
    """Answer the first of these programs that is on PATH."""
    return next((Path(found) for found in map(shutil.which, names) if found), None)


def from_wheel(distributions: tuple[str, ...], *endings: str) -> Path | None:
    """Answer the file of the first installed distribution whose path ends so; nothing of it is imported."""
    for name in distributions:
        try:
            files = metadata.files(name) or []
        except metadata.PackageNotFoundError:
            continue
        for file in files:
            if file.as_posix().endswith(endings):
                return Path(str(file.locate())).resolve()
    return None
