"""Run a nursery: what is imported before the first fork is in memory once."""

from importlib import import_module
from pathlib import Path

from backend.logs import configure_logs
from backend.settings import Settings
from workers.app import app
from workers.nursery.generation import Nest
from workers.nursery.nursery import Nursery
from workers.nursery.worker import include

_USED_BY_WORKERS = (
    "celery.bin.worker",
    "celery.apps.worker",
    "celery.concurrency.solo",
    "celery.worker.consumer",
    "celery.worker.components",
    "kombu.transport.redis",
    "spacy.lang.en",
)


def run_nursery(nest: Nest, *, ready: Path | None = None, children: Path | None = None) -> None:
    """Keep the workers of a nest at work until SIGTERM or SIGINT."""
    settings = Settings.from_environment()
    configure_logs(settings)
    include(nest.queues)
    for module in (*_USED_BY_WORKERS, *app.conf.include):
        import_module(module)
    app.finalize()
    Nursery(settings, nest, ready, children).run()
