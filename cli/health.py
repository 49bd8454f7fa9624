"""How each part of an instance is: what `floorbook doctor` prints, one line a part."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import redis

from backend.documents.health import examine_documents
from backend.domain.clock import Clock, utc_now
from backend.domain.errors import UnavailableError
from backend.settings import Settings
from backend.warehouse.databases import version_of
from cli.instance import Urls
from cli.parts import FAST_QUEUES, SLOW_QUEUES, answers_ok

LATE_SECONDS = 60.0
"""An entry unread for so long means that nobody reads."""
_LONG_QUEUE = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: is it up, which version, how far behind, and what to do where something is amiss."""

    part: str
    is_up: bool
    version: str = "-"
    lag: str = "-"
    advice: str = ""


def examine(settings: Settings, urls: Urls | None, data: Path, *, clock: Clock = utc_now) -> Iterator[Finding]:
    """Examine the servers that the settings name, and, where an instance runs on this machine, its processes."""
    yield _mongo(settings, data, clock)
    yield _redis(settings, data)
    yield _warehouse(settings, data)
    if urls is not None:
        yield _api(urls, data)
        yield from (_process(part, pid, data) for part, pid in urls.pids.items() if part not in _EXAMINED)


_EXAMINED = {"mongo", "redis", "warehouse", "api"}


def _see_log(part: str, data: Path) -> str:
    return f"see {data / 'logs' / f'{part}.log'}"


def _mongo(settings: Settings, data: Path, clock: Clock) -> Finding:
    try:
        health = asyncio.run(examine_documents(settings, clock()))
    except UnavailableError as error:
        return Finding("mongo", is_up=False, advice=f"{error.detail}; {_see_log('mongo', data)}")
    lag = f"{health.n_pending} unread"
    advice = []
    if health.n_pending:
        lag += f", the oldest for {health.oldest_pending_seconds:.1f} s"
    if health.oldest_pending_seconds > LATE_SECONDS:
        advice.append(f"the workers are behind or down: {_see_log('worker-1', data)}, or give --workers more")
    if health.n_dead_letters:
        advice.append(f"{health.n_dead_letters} dead letters: read and replay them at /v1/ops/dead-letters")
    return Finding("mongo", is_up=True, version=health.version, lag=lag, advice="; ".join(advice))


def _redis(settings: Settings, data: Path) -> Finding:
    queues = [*FAST_QUEUES.split(","), *SLOW_QUEUES.split(",")]
    try:
        with redis.Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=3) as client:
            info = client.info("server")
            n_waiting = sum(int(client.llen(queue)) for queue in queues)
    except redis.RedisError as error:
        return Finding("redis", is_up=False, advice=f"Redis does not answer: {error}; {_see_log('redis', data)}")
    version = str(info.get("valkey_version") or info.get("redis_version", "-"))
    advice = "the queues are long: give --workers more" if n_waiting > _LONG_QUEUE else ""
    return Finding("redis", is_up=True, version=version, lag=f"{n_waiting} tasks waiting", advice=advice)


def _warehouse(settings: Settings, data: Path) -> Finding:
    try:
        return Finding("warehouse", is_up=True, version=version_of(settings.warehouse_url))
    except UnavailableError as error:
        return Finding("warehouse", is_up=False, advice=f"{error.detail}; {_see_log('warehouse', data)}")


def _api(urls: Urls, data: Path) -> Finding:
    address = urlsplit(urls.api)
    host, port = address.hostname or "127.0.0.1", address.port or 80
    if not answers_ok(host, port, "/healthz"):
        return Finding("api", is_up=False, advice=f"it does not answer at {urls.api}; {_see_log('api', data)}")
    version = metadata.version("floorbook")
    if not answers_ok(host, port, "/readyz"):
        return Finding("api", is_up=False, version=version, advice="it lives, but what it needs does not answer")
    return Finding("api", is_up=True, version=version)


def _process(part: str, pid: int, data: Path) -> Finding:
    is_up = psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    version = metadata.version("floorbook") if part == "relay" else metadata.version("celery")
    return Finding(part, is_up=is_up, version=version, advice="" if is_up else _see_log(part, data))
