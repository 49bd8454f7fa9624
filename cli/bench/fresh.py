"""A fresh instance for a benchmark, gone afterwards; and a crew that writes to it."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.embedded import Instance, Options
from cli.fleet_crew import find_crew, find_products
from cli.instance import issuer_key, read_urls
from mobile_mock.fleet import FleetPlan, FleetReport, run_fleet

ASSOCIATES = 50
_CUSTOMERS_EACH = 8


@contextmanager
def fresh_instance() -> Iterator[Path]:
    """Run everything on a folder of its own, and answer that folder."""
    with tempfile.TemporaryDirectory(prefix="floorbook-bench-") as folder:
        Path(folder).chmod(0o755)  # under root, PostgreSQL runs as another user, who must walk through
        data = Path(folder) / "data"
        with Instance(Options(data, port=0)):
            yield data


async def crew_at_work(
    data: Path,
    *,
    notes_each: int,
    seconds: float,
    seed: int,
    associates: int = ASSOCIATES,
    tell: Callable[[int], None] = lambda _: None,
) -> FleetReport:
    """Have associates post notes, over so many seconds or (0) as fast as it goes, and count afterwards.

    `tell` hears how many more were acknowledged, as it happens.
    """
    plan = FleetPlan(
        api=read_urls(data).api,
        associates=await find_crew(issuer_key(data), associates, _CUSTOMERS_EACH),
        products=await find_products(),
        notes_per_associate=notes_each,
        duration_seconds=seconds,
        seed=seed,
        order_share=0.0,
        offline_share=0.0,
        lost_share=0.0,
        tell=tell,
    )
    return await run_fleet(plan)
