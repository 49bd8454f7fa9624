"""`floorbook account`: the people who may sign in."""

import asyncio
import re
import secrets
import sys
from typing import Annotated

import typer

from backend.actions.sign_in import open_account
from backend.documents.client import open_documents
from backend.domain.access import Caller
from backend.settings import Settings
from cli.callers import AssociateOption, RegionOption, RoleOption, StoreOption, caller_of
from cli.errors import UnusableInputError
from cli.instance import DataOption, data_folder, instance_settings

command = typer.Typer(add_completion=False, no_args_is_help=True)

_NAME = re.compile(r"[\w.@+-]{1,64}", re.ASCII)
_SHORTEST_PASSWORD = 12


@command.callback()
def account() -> None:
    """Add the people who may sign in."""


@command.command()
def add(
    name: Annotated[str, typer.Argument(help="What they type to sign in.")],
    *,
    role: RoleOption,
    store: StoreOption = None,
    region: RegionOption = None,
    associate: AssociateOption = None,
    display_name: Annotated[str | None, typer.Option(help="What others see.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
    data: DataOption = None,
) -> None:
    """Make an account, or give the one with this name a new password and role.

    Without --password-stdin a password is made and printed, once: it is kept nowhere.
    """
    if not _NAME.fullmatch(name):
        raise UnusableInputError(f"{name!r} is no name: up to 64 letters, digits and . @ + - _")
    caller = caller_of(name, role, store, region, associate)
    password = _read_password() if password_stdin else secrets.token_urlsafe(15)
    asyncio.run(_put(instance_settings(data_folder(data)), name, password, caller, display_name))
    if not password_stdin:
        sys.stdout.write(password + "\n")


def _read_password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < _SHORTEST_PASSWORD:
        raise UnusableInputError(f"the password on stdin is shorter than {_SHORTEST_PASSWORD} characters")
    return password


async def _put(settings: Settings, name: str, password: str, caller: Caller, display_name: str | None) -> None:
    client = await open_documents(settings)
    try:
        await open_account(name, password, caller, display_name)
    finally:
        await client.close()
