"""Long work in a process of its own: its memory goes when it ends, and no queue waits for it."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping
from types import FrameType

MOST_CPU_SECONDS = 900
MOST_BYTES = 6 * 1024**3
_NICENESS = 19
_PR_SET_PDEATHSIG = 1
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""More threads than free cores made a fit twenty times slower."""
_running: dict[str, subprocess.Popen[bytes]] = {}


def start(module: str, environment: Mapping[str, str] = os.environ) -> subprocess.Popen[bytes]:
    """Start the module as a process; it ends with the one that started it."""
    held = {**environment, **dict.fromkeys(_ONE_THREAD, "1")}
    return subprocess.Popen([sys.executable, "-m", module], env=held)  # noqa: S603 - a module of ours


def is_at_it(module: str) -> bool:
    """Tell whether this process has started the module and it runs still; one that has ended is seen off."""
    process = _running.get(module)
    return process is not None and process.poll() is None


def start_one(module: str) -> None:
    """Start the module unless it runs."""
    if not is_at_it(module):
        _running[module] = start(module)


def stand_back() -> None:
    """Take what nobody else wants, and not without end. Past a limit the work fails and says so."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(_NICENESS)
    signal.signal(signal.SIGXCPU, _too_long)
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS + 10))
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"it took more than {MOST_CPU_SECONDS} seconds of CPU")
