"""`floorbook bench`: measure the service levels on this machine."""

import json
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.bench.dashboard import bench_dashboard
from cli.bench.export import N_ROWS, bench_export
from cli.bench.faults import N_KILLS, bench_faults
from cli.bench.levels import bench_levels
from cli.bench.linkage import bench_linkage
from cli.bench.load import N_DOCUMENTS, bench_load
from cli.bench.notes import bench_notes
from cli.bench.path import bench_path
from cli.bench.peers import bench_peers
from cli.bench.reload import bench_reload
from cli.bench.results import BenchResult, machine

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Bench(StrEnum):
    """What can be measured."""

    LEVELS = "levels"
    PATH = "path"
    FAULTS = "faults"
    PEERS = "peers"
    NOTES = "notes"
    RELOAD = "reload"
    LINKAGE = "linkage"
    DASHBOARD = "dashboard"
    EXPORT = "export"
    LOAD = "load"
    CHURN = "churn"
    SPIKES = "spikes"
    RECOMMEND = "recommend"


N_LINES = 10_000_000
BENCHES: Mapping[Bench, Callable[[int | None], BenchResult]] = {
    Bench.LEVELS: lambda lines: bench_levels(lines or N_LINES),
    Bench.PATH: lambda _: bench_path(),
    Bench.FAULTS: lambda kills: bench_faults(kills or N_KILLS),
    Bench.PEERS: lambda _: bench_peers(),
    Bench.NOTES: lambda _: bench_notes(),
    Bench.RELOAD: lambda _: bench_reload(),
    Bench.LINKAGE: lambda _: bench_linkage(),
    Bench.DASHBOARD: lambda lines: bench_dashboard(lines or N_LINES),
    Bench.EXPORT: lambda lines: bench_export(lines or N_ROWS),
    Bench.LOAD: lambda documents: bench_load(documents or N_DOCUMENTS),
    Bench.CHURN: lambda _: _churn(),
    Bench.SPIKES: lambda _: _spikes(),
    Bench.RECOMMEND: lambda _: _recommend(),
}


def _churn() -> BenchResult:
    from cli.bench.churn import bench_churn  # noqa: PLC0415 - scikit-learn is slow to import

    return bench_churn()


def _spikes() -> BenchResult:
    from cli.bench.spikes import bench_spikes  # noqa: PLC0415 - NumPy; --help needn't wait for it

    return bench_spikes()


def _recommend() -> BenchResult:
    from cli.bench.recommend import bench_recommend  # noqa: PLC0415 - scikit-learn is slow to import

    return bench_recommend()


@command.command()
def bench(
    name: Annotated[Bench | None, typer.Argument(help="One of them [levels: all service levels in one table].")] = None,
    *,
    lines: Annotated[
        int | None,
        typer.Option(
            help="So many order lines (levels, dashboard: 10,000,000; export: 1,000,000), or documents (load: 5,000).",
            min=1_000,
        ),
    ] = None,
    kills: Annotated[int | None, typer.Option(help="faults: at least so many processes [33].", min=1)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON, with the machine.")] = False,
) -> None:
    """Measure on this machine and print what was asked and what was found. The path has a fresh instance of its own."""
    results = [BENCHES[name or Bench.LEVELS](kills if name is Bench.FAULTS else lines)]
    if as_json:
        sys.stdout.write(json.dumps([result.as_dict() for result in results], indent=2) + "\n")
        return
    for result in results:
        _print(result)
    sys.stdout.write(json.dumps(machine()) + "\n")


def _print(result: BenchResult) -> None:
    table = Table(title=result.name, title_justify="left")
    for heading in ("what", "measured", "aim", ""):
        table.add_column(heading)
    for level in result.levels:
        verdict = "" if level.met is None else "met" if level.met else "NOT MET"
        table.add_row(level.what, level.measured, level.aim, verdict)
    Console().print(table)
