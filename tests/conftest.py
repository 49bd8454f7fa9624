"""What every test may ask for: the real servers of this run, and a fresh corner of each.

`settings` is one test's own world: its own database in MongoDB, its own in PostgreSQL (with the schema), its own in Redis.
"""

import ipaddress
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from pymongo import AsyncMongoClient
from redis.asyncio import Redis
from sqlalchemy import Engine

from backend.documents.client import open_documents
from backend.settings import Settings
from backend.warehouse.engine import open_engine
from tests.servers import Servers, running_servers

_REPOSITORY = Path(__file__).resolve().parents[1]

# In CI the same examples every time: a change is judged by itself. By hand new ones each time: that is how faults are found.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"localhost", ""}


def _refuse_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    connection, address = arguments
    if connection.family in {socket.AF_INET, socket.AF_INET6} and not _is_local(address[0]):
        raise AssertionError(f"a test reached for the network: {address}")


sys.addaudithook(_refuse_the_network)  # cannot be taken away again: it holds for the whole run


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The real servers, started once per run, on first use."""
    with running_servers() as running:
        yield running


@pytest.fixture
def settings(servers: Servers, tmp_path: Path) -> Iterator[Settings]:
    """One test's own databases, and a path for the issuer's key (not made yet)."""
    fresh = servers.fresh_settings()
    yield replace(fresh, signing_key_path=tmp_path / "keys" / "issuer.pem", assets_dir=_REPOSITORY / "node_modules")
    servers.forget_warehouse(fresh)


@pytest.fixture
async def documents(settings: Settings) -> AsyncIterator[AsyncMongoClient[dict[str, Any]]]:
    """The document store, open, its indexes made."""
    client = await open_documents(settings)
    yield client
    await client.drop_database(settings.mongo_database)
    await client.close()


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The warehouse, its schema made, no rows."""
    opened = open_engine(settings.warehouse_url)
    yield opened
    opened.dispose()


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    """Redis, this test's own database, empty."""
    client = Redis.from_url(settings.redis_url)
    await client.flushdb()
    yield client
    await client.aclose()
