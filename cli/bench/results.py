"""What a benchmark answers: levels with the figure measured, the raw samples, and the machine they were measured on."""

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import psutil


@dataclass(frozen=True, slots=True)
class Level:
    """One line of the table. `met` is None where the line only informs."""

    what: str
    measured: str
    aim: str = ""
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class BenchResult:
    """One benchmark. `samples` are raw figures, in the unit their name says."""

    name: str
    levels: tuple[Level, ...]
    samples: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Answer the result as JSON has it, with command line and machine."""
        return {**asdict(self), "command": sys.argv, "machine": machine()}


def machine() -> dict[str, Any]:
    """Describe the machine: a figure without it says little."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load_average": os.getloadavg(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - a file of the kernel
            return next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()
