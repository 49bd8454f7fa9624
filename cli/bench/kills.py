"""Kill processes while a crew writes: what was acknowledged is there once, and how soon each part serves again."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.documents.journal import pending
from backend.documents.outages import OUTAGES
from backend.domain.clock import utc_now
from cli.bench.fresh import crew_at_work
from cli.errors import CommandError
from cli.fleet_crew import find_crew
from cli.instance import issuer_key, read_urls
from mobile_mock.fleet import FleetAssociate, FleetReport

PARTS = ("api", "mongo", "redis", "warehouse", "relay", "worker-1")
ALL_PARTS = (*PARTS, "worker-2", "workers", "background", "beat", "web")
_CREW = 10
_BETWEEN_SECONDS = 4.0
_NOTES_A_SECOND = 20
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Kills:
    """What was killed, how many seconds until it served again, and what the crew's writes came to."""

    report: FleetReport
    back_seconds: Mapping[str, Sequence[float]] = field(default_factory=dict)
    drain_seconds: float = 0.0
    """From the last kill or the last write, whichever came later, until everything was read."""

    @property
    def n(self) -> int:
        """How many processes were killed."""
        return sum(map(len, self.back_seconds.values()))


async def kill_in_turn(data: Path, rounds: int, parts: Sequence[str] = PARTS, *, seed: int = 11) -> Kills:
    """Kill -9 each part `rounds` times under load.

    The API and its parent are back when the API answers, the document store and the warehouse when a document and an
    overview are read through the API again, Redis when it answers, all others when they take work again.
    """
    seconds = rounds * len(parts) * _BETWEEN_SECONDS
    n_each = round(_NOTES_A_SECOND * seconds / _CREW)
    who = (await find_crew(issuer_key(data), 1, 1))[0]
    crew = asyncio.create_task(crew_at_work(data, notes_each=n_each, seconds=seconds, seed=seed, associates=_CREW))
    back: dict[str, list[float]] = {part: [] for part in parts}
    for _ in range(rounds):
        for part in parts:
            await asyncio.sleep(_BETWEEN_SECONDS / 2)
            back[part].append(await _kill(data, part, who))
    began = time.monotonic()
    drained = asyncio.create_task(_drained())
    report = await crew
    return Kills(report, back, await drained - began)


async def _drained() -> float:
    """Wait until all that was accepted is read; answer when that was."""
    while True:
        try:
            if not (await pending(utc_now()))[0]:
                return time.monotonic()
        except OUTAGES:
            await asyncio.sleep(0.2)
        await asyncio.sleep(0.05)


async def _kill(data: Path, part: str, who: FleetAssociate) -> float:
    pid, killed_at, began = read_urls(data).pids[part], time.time(), time.monotonic()
    os.kill(pid, signal.SIGKILL)
    while time.monotonic() - began < _PATIENCE_SECONDS:
        if await _serves(data, part, pid, killed_at, who):
            return time.monotonic() - began
        await asyncio.sleep(0.01)
    raise CommandError(f"{part} was killed and is not back after {_PATIENCE_SECONDS:.0f} s")


async def _serves(data: Path, part: str, pid: int, killed_at: float, who: FleetAssociate) -> bool:  # noqa: PLR0911
    customer = f"/v1/customers/{who.customers[0]}"
    match part:
        case "api":
            return await _answers(data, "/healthz", who)
        case "mongo":
            return await _answers(data, f"{customer}/raw", who)
        case "warehouse":
            return await _answers(data, f"{customer}/overview", who)
        case "redis":
            return await _pongs(read_urls(data).redis)
    if read_urls(data).pids.get(part, pid) == pid:
        return False
    if part == "web":
        return await _answers(data, "/healthz", who)
    ready = data / "run" / f"{part}.ready"
    return ready.exists() and ready.stat().st_mtime >= killed_at


async def _answers(data: Path, path: str, who: FleetAssociate) -> bool:
    try:
        async with httpx.AsyncClient(base_url=read_urls(data).api, timeout=5) as api:
            return (await api.get(path, headers={"Authorization": f"Bearer {who.mint()}"})).is_success
    except httpx.TransportError:
        return False


async def _pongs(url: str) -> bool:
    try:
        async with Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as redis:
            return bool(await redis.ping())
    except RedisError:
        return False
