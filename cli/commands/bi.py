"""`floorbook bi`: a login for a BI tool, its scope enforced by the database."""

import re
import secrets
import sys
from typing import Annotated

import typer

from backend.analytics.logins import PREFIX, login_url, put_login
from backend.domain.access import Caller
from backend.settings import Settings
from backend.warehouse.engine import open_engine
from cli.callers import RegionOption, RoleOption, StoreOption, caller_of
from cli.errors import UnusableInputError
from cli.instance import DataOption, data_folder, instance_settings

command = typer.Typer(add_completion=False)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


@command.command()
def bi(
    name: Annotated[str, typer.Argument(help="What the login is for: superset, powerbi, finance")],
    *,
    role: RoleOption,
    store: StoreOption = None,
    region: RegionOption = None,
    data: DataOption = None,
) -> None:
    """Make a read-only PostgreSQL login and print its URL; made again, it gets another password.

    It sees one schema of views: the datasets, with the rows of the scope and what the role may not see as NULL.
    """
    if not _NAME.fullmatch(name):
        raise UnusableInputError(f"{name}: a name has letters, digits and _, and starts with a letter; all lower case")
    settings = instance_settings(data_folder(data))
    sys.stdout.write(make_login(settings, name, caller_of(f"bi:{name}", role, store, region, None)) + "\n")


def make_login(settings: Settings, name: str, caller: Caller) -> str:
    """Make the login of this name for what the caller may see, and answer its URL."""
    login, password = f"{PREFIX}bi_{name}", secrets.token_urlsafe(24)
    engine = open_engine(settings.warehouse_url, pool_size=1)
    with engine.begin() as connection:
        put_login(connection, login, caller, password, anew=True)
    engine.dispose()
    return login_url(settings.warehouse_url, login, password)
