"""A process of its own that fits the recommender: its memory goes when it ends, and no queue waits for it.

`python -m workers.refit`, started by the task `marts.refit_recommender`, settings from FLOORBOOK_* variables.
"""

import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping
from types import FrameType

from backend.domain.clock import utc_now
from backend.logs import configure_logs
from backend.settings import Settings
from backend.warehouse.engine import open_engine
from backend.warehouse.runs import recorded_run

MOST_CPU_SECONDS = 900
MOST_BYTES = 6 * 1024**3
_NICENESS = 19
_PR_SET_PDEATHSIG = 1
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""More threads than free cores made a fit twenty times slower."""


def start(environment: Mapping[str, str] = os.environ) -> subprocess.Popen[bytes]:
    """Start the process; it ends with the one that started it."""
    held = {**environment, **dict.fromkeys(_ONE_THREAD, "1")}
    return subprocess.Popen([sys.executable, "-m", "workers.refit"], env=held)


def main() -> None:
    """Fit once, within the limits, and record the run."""
    _stand_back()
    from etl.marts.recommender import refit  # noqa: PLC0415 - after the limits: scikit-learn, 140 MB

    settings = Settings.from_environment()
    configure_logs(settings)
    engine = open_engine(settings.warehouse_url, pool_size=1)
    try:
        with recorded_run(engine, "marts.refit_recommender", utc_now) as run:
            run.n_rows = refit(engine, utc_now())
    finally:
        engine.dispose()


def _stand_back() -> None:
    """Take what nobody else wants, and not without end. Past a limit the run fails and says so."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(_NICENESS)
    signal.signal(signal.SIGXCPU, _too_long)
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS + 10))
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"fitting took more than {MOST_CPU_SECONDS} seconds of CPU")


if __name__ == "__main__":
    main()
