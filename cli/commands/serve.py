"""`floorbook serve PART`: one part in the foreground, its settings from FLOORBOOK_* variables."""

import gc
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

command = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)  # plain, for the log

ReadyFile = Annotated[Path | None, typer.Option(help="Made when the part takes work.")]


@command.command()
def api(
    *,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option()] = 8000,
    handle: Annotated[int | None, typer.Option("--socket", help="An inherited listening socket.")] = None,
    children: Annotated[
        Path | None,
        typer.Option(help="With --socket: keep it at work from a parent; says which process it is, as JSON."),
    ] = None,
) -> None:
    """Run the API with the phone and the dashboard."""
    gc.disable()  # what is imported stays: walking it over and over is a fifth of the start
    from cli.serving import ApiParent, assemble, serve  # noqa: PLC0415  # a worker must not pay for the web server

    server = assemble(host, port)
    if handle is not None and children is not None:
        ApiParent(server, handle, children).run()
    else:
        serve(server, handle)


@command.command()
def relay(*, ready_file: ReadyFile = None) -> None:
    """Run the relay: from the outbox in the documents to the queue."""
    from workers.relay import main  # noqa: PLC0415

    _mark(ready_file)
    main()


@command.command()
def worker(
    *,
    queues: Annotated[str, typer.Option(help="Comma-separated.")],
    name: Annotated[list[str], typer.Option(help="Of a worker; given again, another one beside it.")],
    ready_file: ReadyFile = None,
    children: Annotated[Path | None, typer.Option(help="Says which process each worker is, as JSON.")] = None,
    run: Annotated[Path | None, typer.Option(help="A folder for a mark of each worker that takes work.")] = None,
    logs: Annotated[Path | None, typer.Option(help="A folder for a log of each worker [one for all].")] = None,
) -> None:
    """Run workers of these queues. Those that read notes are forked with the catalogue, anew when it changes."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's threads would not live through a fork
    if "ingest" in queues.split(","):
        from workers.nursery.door import run_nursery  # noqa: PLC0415
        from workers.nursery.generation import Nest  # noqa: PLC0415

        run_nursery(Nest(tuple(name), queues, run, logs), ready=ready_file, children=children)
        return
    from workers.nursery.worker import include, work  # noqa: PLC0415

    include(queues)
    work(name[0], queues, lambda: _mark(ready_file))


@command.command()
def beat(*, schedule: Annotated[Path | None, typer.Option()] = None, ready_file: ReadyFile = None) -> None:
    """Run the beat: what is due by the clock goes to the queue."""
    from celery.signals import beat_init  # noqa: PLC0415

    from workers.app import app  # noqa: PLC0415
    from workers.tally import count_tasks  # noqa: PLC0415

    def started(**_: Any) -> None:
        _mark(ready_file)

    count_tasks(str(app.conf.broker_url))
    app.conf.include = []  # it sends tasks by name and runs none
    beat_init.connect(started)
    with tempfile.TemporaryDirectory() as folder:
        app.start(
            ["--quiet", "beat", f"--schedule={schedule or Path(folder) / 'beat'}", "--pidfile=", "--loglevel=WARNING"]
        )


def _mark(ready_file: Path | None) -> None:
    if ready_file is not None:
        ready_file.touch()
