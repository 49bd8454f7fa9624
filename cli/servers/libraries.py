"""The one library that mongod wants and a minimal system may lack: libcurl, borrowed from pycurl's wheel."""

import os
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path

from cli.servers.process import ServerError

_WANTED = "libcurl.so.4"
_NOT_LOADED = 127  # what the dynamic linker exits with


@cache
def lacks_curl(program: Path) -> bool:
    """Answer whether the program does not start for want of libcurl."""
    tried = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    return tried.returncode == _NOT_LOADED and _WANTED in tried.stderr


def curl_environment(program: Path, folder: Path) -> dict[str, str]:
    """Answer the variables under which the program finds libcurl: none where the system has it."""
    if not lacks_curl(program):
        return {}
    borrowed = _borrowed_curl()
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / _WANTED
    link.unlink(missing_ok=True)
    link.symlink_to(borrowed)
    before = os.environ.get("LD_LIBRARY_PATH")
    return {"LD_LIBRARY_PATH": os.pathsep.join(filter(None, [str(folder), str(borrowed.parent), before]))}


def _borrowed_curl() -> Path:
    try:
        files = metadata.files("pycurl") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name.startswith("libcurl") and ".so.4" in file.name:
            return Path(str(file.locate())).resolve()
    raise ServerError(f"mongod needs {_WANTED}: install the system's libcurl4, or `floorbook[embedded]`")
