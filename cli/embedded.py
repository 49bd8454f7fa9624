"""Everything of one instance on this machine: servers, API, relay, workers and beat, on one data folder.

`run_instance` does it in the calling thread, for `floorbook up`; `Instance` in a thread of its own, for the demo, the
bench and the tests that kill processes.
"""

import asyncio
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from cli.backing import Backing, backing_of
from cli.errors import CommandError
from cli.folder_lock import locked, remember_pids
from cli.instance import Urls, issuer_key, part_environment, read_urls, urls_path, write_urls
from cli.parts import WebPart, answers_ok, quiet_parts
from cli.servers.ports import LOOPBACK, assign_ports, family_of, is_free
from cli.servers.process import tail
from cli.signing_key import ensure_signing_key
from cli.supervisor import START_SECONDS, StoppedError, Supervisor

DEFAULT_PORT = 8000
_OPEN_FILES = 65_536
_BACKLOG = 2_048


@dataclass(frozen=True, slots=True)
class Options:
    """What `floorbook up` takes. A port of None is 8000 where that is free; 0 is any."""

    data: Path
    host: str = LOOPBACK
    port: int | None = None
    n_workers: int = 2


def say(line: str) -> None:
    """Report progress on stderr."""
    sys.stderr.write(f"floorbook: {line}\n")
    sys.stderr.flush()


def run_instance(
    options: Options, stopping: threading.Event, *, ready: Callable[[Urls], None], report: Callable[[str], None] = say
) -> None:
    """Start everything, call `ready`, keep it running until `stopping` is set, stop it. Raises CommandError."""
    _raise_file_limit()
    with locked(options.data):
        floor = _Floor(options, stopping, report)
        try:
            floor.start()
            ready(read_urls(options.data))
            floor.supervisor.watch()
        finally:
            floor.stop()


class _Floor:
    """One run of an instance. Everything is done in the thread that made it."""

    def __init__(self, options: Options, stopping: threading.Event, report: Callable[[str], None]) -> None:
        self.options = options
        self.stopping = stopping
        self.report = report
        self.supervisor = Supervisor(stopping, report, self._publish)
        self.backing: Backing = backing_of(options.data)
        self.listening: socket.socket | None = None
        self.api: WebPart | None = None
        self.is_up = False

    def start(self) -> None:
        """Start the servers, then our own parts, and publish where they answer."""
        data = self.options.data
        urls_path(data).unlink(missing_ok=True)
        self.listening = self._listen()
        began = time.monotonic()
        self.supervisor.start(list(self.backing.embedded.values()))
        self.backing.prepare_warehouse()
        self.report(f"{', '.join(self.backing.embedded) or 'servers'} ready after {time.monotonic() - began:.1f} s")
        ensure_signing_key(issuer_key(data))
        where = {name: self.backing.url(name) for name in ("mongo", "redis", "warehouse")}
        environment = part_environment(data, **where)
        self.api = api = WebPart(self.listening, environment, data / "logs" / "api.log", data / "run" / "web.json")
        self.supervisor.start([api, *quiet_parts(data, environment, n_workers=self.options.n_workers)])
        self._await_readiness(api)
        self.is_up = True
        self._publish()
        self.report(f"everything answers after {time.monotonic() - began:.1f} s")

    def _listen(self) -> socket.socket:
        """Open the API's port: what was asked for, or of last time, or 8000, or any."""
        host, asked = self.options.host, self.options.port
        memory = self.options.data / "run" / "api-port.json"
        if asked and not is_free(asked, host):
            raise CommandError(f"port {asked} is taken: name another, or --port 0 for any")
        port = asked or assign_ports(memory, {"api": DEFAULT_PORT if asked is None else None}, host)["api"]
        return socket.create_server((host, port), family=family_of(host), backlog=_BACKLOG)

    def _await_readiness(self, api: WebPart) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not answers_ok(*api.address, "/readyz"):
            self.supervisor.tend()
            if time.monotonic() > deadline:
                raise CommandError(f"the API does not become ready; the end of {api.log}:\n{tail(api.log)}")
            if self.stopping.wait(0.05):
                raise StoppedError("stopped before everything was up")

    def _publish(self) -> None:
        """Write down the pids, and, once everything answers, the URLs."""
        data, pids = self.options.data, self.supervisor.pids
        remember_pids(data, pids)
        if self.is_up and self.api is not None:
            host, port = self.api.address
            api = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            where = {name: self.backing.url(name) for name in ("mongo", "redis", "warehouse")}
            write_urls(data, Urls(api=api, phone=f"{api}/phone", dashboard=f"{api}/dashboard", pids=pids, **where))

    def stop(self) -> None:
        """Stop our own parts, then the servers; leave nothing that says we run."""
        self.report("stopping")
        urls_path(self.options.data).unlink(missing_ok=True)
        self.supervisor.stop([name for name in self.supervisor.pids if name not in self.backing.embedded])
        self.supervisor.stop(list(self.supervisor.pids))
        if self.listening is not None:
            self.listening.close()
        (self.options.data / "run" / "pids.json").unlink(missing_ok=True)


def _raise_file_limit() -> None:
    """Thousands of open streams need as many files: raise the soft limit, which our children inherit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class Instance:
    """An instance for as long as a `with` block, or an `async with` block, lasts.

    with Instance(Options(folder, port=0)) as instance:
        instance.urls.api
    """

    def __init__(self, options: Options, *, report: Callable[[str], None] = say) -> None:
        self.options = options
        self._report = report
        self._stopping = threading.Event()
        self._settled = threading.Event()  # it runs, or it failed
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="floorbook up")

    def _run(self) -> None:
        try:
            run_instance(self.options, self._stopping, ready=lambda _: self._settled.set(), report=self._report)
        except BaseException as error:  # noqa: BLE001  # carried over to the thread that waits
            self._error = error
        finally:
            self._settled.set()

    @property
    def urls(self) -> Urls:
        """Where it answers, and which processes it has now."""
        return read_urls(self.options.data)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._settled.wait()
        except BaseException:  # Ctrl-C while it starts
            self._stopping.set()
            self._thread.join()
            raise
        self._raise_error()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        self._thread.join()
        if error is None:
            self._raise_error()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, at)
