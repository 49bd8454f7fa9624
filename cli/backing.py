"""The three servers behind an instance: those that the environment names, and embedded ones for the rest."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.warehouse.databases import answers, ensure_database, with_database
from backend.warehouse.engine import create_schema, open_engine
from cli.errors import CommandError
from cli.servers.mongo import MongoServer
from cli.servers.ports import assign_ports
from cli.servers.postgres import PostgresServer
from cli.servers.process import Server
from cli.servers.redis import RedisServer

_DATABASE = "floorbook"


@dataclass(frozen=True, slots=True)
class Backing:
    """Where the servers are, and which of them we run ourselves."""

    given: Mapping[str, str]
    embedded: Mapping[str, Server]

    def url(self, name: str) -> str:
        """Answer where mongo, redis or warehouse is. The embedded warehouse must have been prepared."""
        if name in self.given:
            return self.given[name]
        url = self.embedded[name].url
        return with_database(url, _DATABASE) if name == "warehouse" else url

    def prepare_warehouse(self) -> None:
        """Make the database and the schema where they are missing."""
        url = self.url("warehouse")
        if "warehouse" in self.embedded:
            ensure_database(url)
        elif not answers(url):
            raise CommandError(
                "FLOORBOOK_WAREHOUSE_URL: no PostgreSQL answers there, or it has no such database or user"
            )
        engine = open_engine(url)
        create_schema(engine)
        engine.dispose()


def backing_of(data: Path, environ: Mapping[str, str] = os.environ) -> Backing:
    """Answer the servers of a data folder; the embedded ones keep the ports that they had where those are free."""
    variables = {name: environ.get(f"FLOORBOOK_{name.upper()}_URL", "") for name in ("mongo", "redis", "warehouse")}
    given = {name: url for name, url in variables.items() if url}
    missing = [name for name in variables if name not in given]
    ports = assign_ports(data / "run" / "ports.json", dict.fromkeys(missing))
    return Backing(given, {name: _embedded(name, data, ports[name]) for name in missing})


def _embedded(name: str, data: Path, port: int) -> Server:
    folder, log = data / name, data / "logs" / f"{name}.log"
    match name:
        case "mongo":
            return MongoServer(folder, port, log)
        case "redis":
            return RedisServer(folder, port, log)
        case _:
            return PostgresServer(folder, port, data / "keys" / "warehouse.password", log)
