"""One worker: a solo Celery worker of some queues."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery.signals import worker_ready

from workers.app import app
from workers.tally import count_tasks


def include(queues: str) -> None:
    """Have the app know the tasks of these queues (comma-separated), and no more: it starts sooner and smaller."""
    app.conf.include = [f"workers.tasks.{queue}" for queue in queues.split(",")]


def work(name: str, queues: str, ready: Callable[[], None]) -> None:
    """Work until SIGTERM, which lets the task in hand end; `ready` is called when work is taken."""

    def started(**_: Any) -> None:
        ready()

    worker_ready.connect(started)
    count_tasks(str(app.conf.broker_url))
    app.worker_main(
        [
            "--quiet",
            "worker",
            "--pool=solo",
            f"--queues={queues}",
            f"--hostname={name}@%h",
            "--loglevel=WARNING",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )


def write_to(log: Path) -> None:
    """Have all output of this process appended to a log of its own."""
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(handle, stream.fileno())
    os.close(handle)
