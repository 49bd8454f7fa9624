"""Ask for the known holes of what a lock file pins; fails where there is one, and says so where nothing can be asked.

Run as `python -m tests.advisories requirements.lock`.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

SECONDS = 60


def main(lock: str) -> int:
    """Answer 1 where a pinned version has a known hole, else 0."""
    told = ask(lock)
    known = [one for one in told if "skip_reason" not in one]
    holes = [(one["name"], one["version"], hole["id"]) for one in known for hole in one["vulns"]]
    for name, version, hole in holes:
        sys.stdout.write(f"{name} {version}: {hole}\n")
    if len(known) < len(told) or not told:
        sys.stdout.write(
            f"advisories: skipped for {len(told) - len(known) or 'all'} packages: the registry tells of none\n"
        )
    sys.stdout.write(f"advisories: {len(known)} packages looked up, {len(holes)} known holes\n")
    return 1 if holes else 0


def ask(lock: str) -> list[dict[str, Any]]:
    """Answer what pip-audit says of each package; nothing where it reaches no database."""
    command = [
        _beside_python("pip-audit"),
        "-r",
        lock,
        "--no-deps",
        "--disable-pip",
        "--format",
        "json",
        "--timeout",
        "5",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        told: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return []
    return told


def _beside_python(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found is not None
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
