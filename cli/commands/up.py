"""`floorbook up`: everything on this machine, until Ctrl-C or SIGTERM."""

import signal
import sys
import threading
from typing import Annotated

import typer

from cli.embedded import Options, run_instance
from cli.instance import DataOption, Urls, data_folder

command = typer.Typer(add_completion=False)


@command.command()
def up(
    *,
    data: DataOption = None,
    host: Annotated[str, typer.Option(help="Where the API listens; 0.0.0.0 for every address.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Of the API; 0: any [8000, or any].")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that read what was written.")] = 2,
) -> None:
    """Start MongoDB, Redis, PostgreSQL, the API, the relay, the workers and the beat, and keep them running.

    FLOORBOOK_MONGO_URL, FLOORBOOK_REDIS_URL and FLOORBOOK_WAREHOUSE_URL replace the embedded servers.
    """
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    run_instance(Options(data_folder(data), host, port, workers), stopping, ready=_print_urls)


def _print_urls(urls: Urls) -> None:
    lines = {"phone": urls.phone, "dashboard": urls.dashboard, "API": urls.api, "API docs": f"{urls.api}/docs"}
    sys.stdout.writelines(f"  {name:<10} {url}\n" for name, url in lines.items())
    sys.stdout.flush()
