"""The `floorbook` command. It imports a command only when that command is called, so that help is fast.

A command is a module of `cli.commands` that exposes `command`, a `typer.Typer` with one function or several:

    command = typer.Typer(add_completion=False)

    @command.command()
    def rebuild(*, diff: Annotated[bool, typer.Option(help="…")] = False) -> None:
        \"\"\"Replay every stored revision into a fresh warehouse.\"\"\"

One `@command.command()` makes `floorbook rebuild [--diff]`, several make `floorbook offline mentions …`; a group of one
needs a `@command.callback()` too. The module has the command's name, with `_` where Python owns the word (`import_`).
Results go to stdout, everything else to stderr. To fail, raise `CommandError` (exit 1) or `UnusableInputError` (exit 2)
of `cli.errors`, or any `FloorbookError` (exit 1): the text is printed without a traceback.
"""

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module, metadata

from backend.domain.errors import FloorbookError
from cli.errors import CommandError

COMMANDS = {
    "up": "Start everything on this machine and keep it running.",
    "demo": "Play the story: from a note to the suggestion, the number and the export.",
    "import": "Read customers, products, channels, orders, transactions or notes from files.",
    "pull": "Read what is new from the tables of other databases.",
    "export": "Write a dataset to a file.",
    "rebuild": "Replay every stored revision into a fresh warehouse.",
    "backup": "Write all documents to a folder, while everything runs.",
    "restore": "Documents back from a backup, everything else told anew from them.",
    "replay": "Read all stored notes again, and show what another reader or catalogue would change.",
    "token": "Make an access token of this instance, for scripts.",
    "bi": "Make a read-only database login for a BI tool.",
    "account": "Add the people who may sign in.",
    "doctor": "Say how each part is, and what to do.",
    "bench": "Measure the service levels here.",
    "fleet": "Simulate associates at work over the public API.",
    "offline": "Run the production code on files, with no server.",
}
HIDDEN = {"serve": "Run one part; `floorbook up` and compose start the parts with it."}

_MODULES = {"import": "import_"}
_USAGE = """Usage: floorbook COMMAND [ARGUMENTS]

Commands:
{commands}

`floorbook COMMAND --help` says more. The data folder is --data, or FLOORBOOK_DATA, or ./data.
"""


def usage() -> str:
    """Answer the help text."""
    width = max(map(len, COMMANDS))
    return _USAGE.format(commands="\n".join(f"  {name:<{width}}  {line}" for name, line in COMMANDS.items()))


def run(arguments: Sequence[str]) -> None:
    """Run the command that the arguments name; ends the process as the contract's exit codes say."""
    match arguments:
        case [] | ["--help" | "-h" | "help", *_]:
            sys.stdout.write(usage())
        case ["--version", *_]:
            sys.stdout.write(f"floorbook {metadata.version('floorbook')}\n")
        case [name, *rest] if name in COMMANDS or name in HIDDEN:
            _run_command(name, rest)
        case [name, *_]:
            near = get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            sys.stderr.write(f"floorbook: there is no command {name!r}.{hint}\n\n{usage()}")
            sys.exit(2)


def _run_command(name: str, arguments: list[str]) -> None:
    module = import_module(f"cli.commands.{_MODULES.get(name, name)}")
    try:
        module.command(args=arguments, prog_name=f"floorbook {name}")
    except CommandError as error:
        sys.stderr.write(f"floorbook {name}: {error}\n")
        sys.exit(error.exit_code)
    except FloorbookError as error:
        faults = "".join(f"\n  {fault.pointer}: {fault.detail}" for fault in error.faults)
        sys.stderr.write(f"floorbook {name}: {error.detail}{faults}\n")
        sys.exit(1)


def main() -> None:
    run(sys.argv[1:])


if __name__ == "__main__":
    main()
