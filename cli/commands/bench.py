"""`floorbook bench`: measure the service levels on this machine."""

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.bench.linkage import bench_linkage
from cli.bench.notes import bench_notes
from cli.bench.path import bench_path
from cli.bench.reload import bench_reload
from cli.bench.results import BenchResult, machine

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Bench(StrEnum):
    """What can be measured."""

    PATH = "path"
    NOTES = "notes"
    RELOAD = "reload"
    LINKAGE = "linkage"


BENCHES = {Bench.PATH: bench_path, Bench.NOTES: bench_notes, Bench.RELOAD: bench_reload, Bench.LINKAGE: bench_linkage}


@command.command()
def bench(
    name: Annotated[Bench | None, typer.Argument(help="One of them [all].")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON, with the machine.")] = False,
) -> None:
    """Measure on this machine and print what was asked and what was found. The path has a fresh instance of its own."""
    results = [BENCHES[chosen]() for chosen in ([name] if name else list(Bench))]
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
