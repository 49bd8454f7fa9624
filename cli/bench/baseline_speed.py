"""How fast the reader and the baselines read notes and what they cost, each in a process that may be stopped."""

import gc
import multiprocessing
import os
import resource
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any, cast

import psutil

from cli.instance import REPOSITORY

FLOORBOOK = "floorbook"
BASELINES = (
    "PhraseMatcher, exact names",
    "PhraseMatcher, aliases",
    "EntityRuler, aliases",
    "rapidfuzz windows, aliases",
)
MOST_SECONDS = 60
MOST_BYTES = 2 * 2**30
_MOST_WAITING_SECONDS = 90
_OUT_OF_MEMORY = 3
_NOTES = 4_000
_MOST_READING_SECONDS = 10.0


def time_reader(name: str, n_products: int) -> Mapping[str, Any] | str:
    """Answer index seconds, megabytes and notes a second; or in words why it was stopped."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_measure, args=(name, n_products, theirs), daemon=True)
    child.start()
    theirs.close()
    try:
        answered = mine.recv() if mine.poll(_MOST_WAITING_SECONDS) else f"stopped after {_MOST_WAITING_SECONDS} s"
    except EOFError:
        child.join()
        if child.exitcode != _OUT_OF_MEMORY:
            raise
        return f"stopped: more than {MOST_BYTES // 2**30} GiB"
    finally:
        child.kill()
        child.join()
    return cast("Mapping[str, Any] | str", answered)


def _measure(name: str, n_products: int, answer: Connection) -> None:
    """Measure and send; past the limits of CPU time or memory the system ends this process."""
    from tests.gold.baselines import BUILDS, floorbook_reader  # noqa: PLC0415 - only a checkout has the baselines
    from tests.gold.many import make_catalog, make_notes  # noqa: PLC0415
    from tests.gold.notes import read_sets  # noqa: PLC0415

    sets = read_sets(REPOSITORY / "tests" / "gold" / "dev")
    catalog = make_catalog(sets, n_products)
    notes = make_notes(sets, catalog, _NOTES)
    build = floorbook_reader if name == FLOORBOOK else BUILDS[name]
    build(catalog[:10])
    gc.collect()
    before, started = _resident_mb(), time.process_time()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    try:
        read = build(catalog)
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)  # there is no memory left to say so
    built, after = time.process_time() - started, _resident_mb()
    if built > MOST_SECONDS:
        answer.send(f"stopped: {built:.0f} s of CPU for the index")
        return
    gc.freeze()  # as the workers do with what they share
    started, n_read = time.process_time(), 0
    for text, _ in notes:
        read(text)
        n_read += 1
        if time.process_time() - started > _MOST_READING_SECONDS:
            break
    spent = time.process_time() - started
    answer.send(
        {
            "products": n_products,
            "index_seconds": round(built, 2),
            "index_mb": round(after - before),
            "notes_per_cpu_second": round(n_read / spent, 1),
        }
    )


def _resident_mb() -> float:
    return psutil.Process().memory_info().rss / 2**20
