"""A data folder and what runs on it: where the parts answer, for every command that talks to them."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from backend.settings import Settings
from cli.errors import CommandError

REPOSITORY = Path(__file__).resolve().parents[1]


class Urls(msgspec.Struct, frozen=True):
    """What `floorbook up` writes to `DATA/urls.json` once everything answers."""

    api: str
    phone: str
    dashboard: str
    mongo: str
    redis: str
    warehouse: str
    pids: dict[str, int]


def data_folder(option: Path | None) -> Path:
    """Answer the data folder: the option, or FLOORBOOK_DATA, or ./data; absolute."""
    return Path(option or os.environ.get("FLOORBOOK_DATA") or "data").absolute()


DataOption = Annotated[Path | None, typer.Option("--data", help="The data folder [FLOORBOOK_DATA, ./data]")]


def urls_path(data: Path) -> Path:
    return data / "urls.json"


def signing_key_path(data: Path) -> Path:
    return data / "keys" / "issuer.pem"


def issuer_key(data: Path) -> Path:
    """Answer where the built-in issuer's key of this instance is, or would be."""
    return Path(os.environ.get("FLOORBOOK_SIGNING_KEY") or signing_key_path(data))


def read_urls(data: Path) -> Urls:
    """Answer where the running instance is; raises CommandError when none runs on this folder."""
    try:
        return msgspec.json.decode(urls_path(data).read_bytes(), type=Urls)
    except FileNotFoundError:
        raise CommandError(f"nothing runs on {data}: start it with `floorbook up --data {data}`") from None


def write_urls(data: Path, urls: Urls) -> None:
    """Write the file in one step, readable by its owner only: the warehouse's URL holds its password."""
    part = data / "urls.json.part"
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(urls), indent=2) + b"\n")
    part.replace(urls_path(data))


def part_environment(data: Path, *, mongo: str, redis: str, warehouse: str) -> dict[str, str]:
    """Answer the FLOORBOOK_* variables of an instance's parts; what is set by hand stays as it is."""
    environment = {
        "FLOORBOOK_DATA": str(data),
        "FLOORBOOK_MONGO_URL": mongo,
        "FLOORBOOK_REDIS_URL": redis,
        "FLOORBOOK_WAREHOUSE_URL": warehouse,
        "PYTHONDONTWRITEBYTECODE": "",  # empty: unset; without bytecode a restart takes three times as long
    }
    by_hand = {
        "FLOORBOOK_SIGNING_KEY": str(issuer_key(data)),
        "FLOORBOOK_ASSETS": str(REPOSITORY / "node_modules"),
        "FLOORBOOK_EXPORTS": str(data / "exports"),
    }
    return environment | {name: os.environ.get(name, value) for name, value in by_hand.items()}


def instance_settings(data: Path) -> Settings:
    """Answer the settings of what runs on this folder, or, where nothing does, those of the environment alone."""
    environment: Mapping[str, str] = os.environ
    with suppress(CommandError):
        urls = read_urls(data)
        environment = {
            **os.environ,
            **part_environment(data, mongo=urls.mongo, redis=urls.redis, warehouse=urls.warehouse),
        }
    try:
        return Settings.from_environment(environment)
    except KeyError as missing:
        raise CommandError(
            f"nothing runs on {data}, and {missing.args[0]} is not set: start `floorbook up --data {data}`"
        ) from None
