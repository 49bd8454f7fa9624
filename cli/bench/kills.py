"""Kill processes while a crew writes: what was acknowledged is there once, and how soon each part serves again."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from cli.bench.fresh import crew_at_work
from cli.errors import CommandError
from cli.fleet_crew import find_crew
from cli.instance import issuer_key, read_urls
from mobile_mock.fleet import FleetReport

PARTS = ("api", "mongo", "redis", "warehouse", "relay", "worker-1")
_CREW = 10
_BETWEEN_SECONDS = 4.0
_NOTES_A_SECOND = 20
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Kills:
    """What was killed, how many seconds until its door answered again, and what the crew's writes came to."""

    report: FleetReport
    back_seconds: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many processes were killed."""
        return sum(map(len, self.back_seconds.values()))


async def kill_in_turn(data: Path, rounds: int) -> Kills:
    """Kill -9 each part `rounds` times under load.

    The API is back when it answers at all, the document store when a document is read through the API again, all others
    when the supervisor has put another process in their place.
    """
    seconds = rounds * len(PARTS) * _BETWEEN_SECONDS
    n_each = round(_NOTES_A_SECOND * seconds / _CREW)
    crew = asyncio.create_task(crew_at_work(data, notes_each=n_each, seconds=seconds, seed=11, associates=_CREW))
    back: dict[str, list[float]] = {part: [] for part in PARTS}
    for _ in range(rounds):
        for part in PARTS:
            await asyncio.sleep(_BETWEEN_SECONDS / 2)
            back[part].append(await _kill(data, part))
    return Kills(await crew, back)


async def _kill(data: Path, part: str) -> float:
    pid = read_urls(data).pids[part]
    who = (await find_crew(issuer_key(data), 1, 1))[0]
    began = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    document = f"/v1/customers/{who.customers[0]}/raw"
    headers = {"Authorization": f"Bearer {who.mint()}"}
    while time.monotonic() - began < _PATIENCE_SECONDS:
        if part in {"api", "mongo"}:
            if await _answers(data, "/healthz" if part == "api" else document, headers):
                return time.monotonic() - began
        elif read_urls(data).pids.get(part, pid) != pid:
            return time.monotonic() - began
        await asyncio.sleep(0.01)
    raise CommandError(f"{part} was killed and is not back after {_PATIENCE_SECONDS:.0f} s")


async def _answers(data: Path, path: str, headers: Mapping[str, str]) -> bool:
    try:
        async with httpx.AsyncClient(base_url=read_urls(data).api, timeout=5) as api:
            return (await api.get(path, headers=headers)).is_success
    except httpx.TransportError:
        return False
