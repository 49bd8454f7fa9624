"""The real servers of a test run, started once, and a fresh corner of each for every test."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from backend.settings import Settings
from backend.warehouse.databases import create_database, drop_database
from backend.warehouse.engine import create_schema, open_engine
from cli.servers.mongo import start_mongo
from cli.servers.ports import free_port
from cli.servers.postgres import start_postgres
from cli.servers.redis import start_redis

REDIS_DATABASES = 64
_TEMPLATE = "floorbook_template"


@dataclass(frozen=True)
class Servers:
    """Where the servers of this run are. `warehouse_url` names no database of a test, but the one that makes them."""

    folder: Path
    mongo_url: str
    redis_url: str
    warehouse_url: str
    _turns: Iterator[int] = field(default_factory=count)

    def fresh_settings(self) -> Settings:
        """Settings with a database of their own in each server: the warehouse has its schema, nothing has data."""
        name = f"test_{uuid.uuid4().hex}"
        return Settings(
            mongo_url=self.mongo_url,
            mongo_database=name,
            redis_url=self.redis_url.removesuffix("/0") + f"/{next(self._turns) % REDIS_DATABASES}",
            warehouse_url=create_database(self.warehouse_url, name, template=_TEMPLATE),
            log_json=False,
        )

    def forget_warehouse(self, settings: Settings) -> None:
        """Drop the warehouse of a test."""
        drop_database(self.warehouse_url, settings.mongo_database)


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Start MongoDB, Redis and PostgreSQL on an empty folder; stop them and remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="floorbook-tests-"))
    folder.chmod(0o755)  # under root, PostgreSQL runs as another user, who must walk through
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        mongo = stack.enter_context(start_mongo(folder / "mongo", free_port()))
        redis = stack.enter_context(start_redis(folder / "redis", free_port(), databases=REDIS_DATABASES))
        warehouse = stack.enter_context(start_postgres(folder / "warehouse", free_port(), durable=False))
        _make_template(warehouse.url)
        yield Servers(folder, mongo.url, redis.url, warehouse.url)


def _make_template(url: str) -> None:
    engine = open_engine(create_database(url, _TEMPLATE))
    create_schema(engine)
    engine.dispose()
