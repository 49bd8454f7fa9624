"""`floorbook token`: an access token for scripts."""

import sys
from datetime import timedelta
from typing import Annotated

import typer

from backend.actions.tokens import ACCESS_TTL, mint_access_token
from cli.callers import AssociateOption, RegionOption, RoleOption, StoreOption, caller_of
from cli.errors import CommandError
from cli.instance import DataOption, data_folder, issuer_key

command = typer.Typer(add_completion=False)


@command.command()
def token(
    *,
    role: RoleOption,
    store: StoreOption = None,
    region: RegionOption = None,
    associate: AssociateOption = None,
    minutes: Annotated[int, typer.Option(min=1, max=1440)] = int(ACCESS_TTL.total_seconds() // 60),
    data: DataOption = None,
) -> None:
    """Make an access token with the key of this instance's issuer and print it.

    Use it as `Authorization: Bearer …`. Whoever reads the key file may do this; nobody else can.
    """
    key = issuer_key(data_folder(data))
    if not key.exists():
        raise CommandError(f"there is no key at {key}: `floorbook up` makes it at its first start")
    caller = caller_of(associate or f"cli:{role}", role, store, region, associate)
    sys.stdout.write(mint_access_token(key, caller, timedelta(minutes=minutes)) + "\n")
