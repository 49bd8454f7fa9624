"""Serve the API: alone, or from a parent that has imported everything and forks the next one when one dies.

What an API imports takes seconds of a busy machine, a fork takes milliseconds. The parent opens no store and no thread,
so what is forked is only what was imported and assembled; the listening socket is shared, and callers wait in it
meanwhile.
"""

import gc
import signal
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

import structlog
import uvicorn

from backend.main import create_app
from backend.settings import Settings
from cli.instance import REPOSITORY
from mobile_mock.phone.app import create_phone
from workers.nursery.offspring import Ending, Line, Offspring, fork, name_children

_GRACE_SECONDS = 2  # for open requests; a stream never ends by itself
_END_SECONDS = 2 * _GRACE_SECONDS
_YOUNG_SECONDS, _REST_SECONDS = 1.0, 0.5
"""One that died younger than the one is followed after the other; any other at once."""

log = structlog.get_logger()


def assemble(host: str, port: int) -> uvicorn.Server:
    """Answer the server, assembled and not started. What is imported by now is never looked at by the collector."""
    settings = Settings.from_environment()
    app = create_app(settings, mounts={"/phone": create_phone(settings.assets_dir or REPOSITORY / "node_modules")})
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=_GRACE_SECONDS,
        proxy_headers=False,
        server_header=False,
    )
    config.load()
    gc.freeze()
    gc.enable()
    return uvicorn.Server(config)


def serve(server: uvicorn.Server, handle: int | None) -> None:
    """Serve until SIGTERM or SIGINT, on an inherited socket where there is one."""
    server.run(sockets=None if handle is None else [socket.socket(fileno=handle)])


@dataclass(slots=True)
class ApiParent:
    """Keeps one API at work on a listening socket; `children` is a file that says which process it is."""

    server: uvicorn.Server
    handle: int
    children: Path
    _ending: Ending = field(default_factory=Ending, init=False)
    _born_at: float = field(default=0.0, init=False)

    def run(self) -> None:
        """Keep it at work until SIGTERM or SIGINT; then see it out."""
        api = self._fork()
        while not self._ending.is_set:
            for one in self._ending.wait([api], 5.0):
                one.hear()
            if not api.is_alive and not self._ending.is_set:
                log.warning("api_ended", pid=api.pid)
                if time.monotonic() - self._born_at < _YOUNG_SECONDS:
                    self._ending.wait([], _REST_SECONDS)
                api = self._fork()
        self._see_out(api)

    def _fork(self) -> Offspring:
        self._born_at = time.monotonic()
        api = fork("api", self._be_an_api)
        name_children(self.children, {"api": api.pid})
        return api

    def _be_an_api(self, _: Line) -> None:
        serve(self.server, self.handle)

    def _see_out(self, api: Offspring) -> None:
        deadline = time.monotonic() + _END_SECONDS
        api.signal(signal.SIGTERM)
        while api.is_alive:
            for one in self._ending.wait([api], 0.5):
                one.hear()
            if time.monotonic() > deadline:
                api.signal(signal.SIGKILL)
        self.children.unlink(missing_ok=True)
