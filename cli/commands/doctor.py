"""`floorbook doctor`: one line a part."""

import dataclasses
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from backend.settings import Settings
from cli.errors import CommandError
from cli.health import Finding, examine
from cli.instance import DataOption, Urls, data_folder, instance_settings, read_urls

command = typer.Typer(add_completion=False)


@command.command()
def doctor(
    *,
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line instead of columns.")] = False,
) -> None:
    """Say of each part whether it answers, its version, how far behind it is, and what to do. Exit 1: one is down."""
    folder = data_folder(data)
    settings: Settings = instance_settings(folder)
    all_up = True
    for finding in examine(settings, _urls_or_none(folder), folder):
        all_up &= finding.is_up
        sys.stdout.write(_json_line(finding) if as_json else _line(finding))
    if not all_up:
        raise typer.Exit(1)


def _urls_or_none(folder: Path) -> Urls | None:
    try:
        return read_urls(folder)
    except CommandError:  # the servers are named in the environment, the parts run elsewhere
        return None


def _line(finding: Finding) -> str:
    state = "up" if finding.is_up else "DOWN"
    line = f"{finding.part:<12} {state:<5} {finding.version:<10} {finding.lag:<34} {finding.advice}"
    return line.rstrip() + "\n"


def _json_line(finding: Finding) -> str:
    return msgspec.json.encode(dataclasses.asdict(finding)).decode() + "\n"
