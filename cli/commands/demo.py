"""`floorbook demo`: everything on this machine, the sample store, and the story played over the public API."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.table import Table

from backend.actions.tokens import mint_access_token
from backend.documents.client import open_documents
from backend.domain.access import Role
from backend.settings import Settings
from cli.demo.loading import load_sample_store
from cli.demo.people import Person, make_people
from cli.demo.story import Step, Story
from cli.embedded import Instance, Options, say
from cli.errors import CommandError
from cli.instance import REPOSITORY, DataOption, Urls, data_folder, instance_settings
from sample_store import generate, homestead_document

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

_PRODUCT_OF_THE_STORY = "Ski Mask W"


@command.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the story; 1 if any step of it failed.")] = False,
    speed: Annotated[float, typer.Option(min=0, help="How fast the simulated day runs; 0: nobody works.")] = 60,
    scale: Annotated[float, typer.Option(min=0.001, max=10, help="1.0 is 20,000 customers.")] = 1.0,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Of the API; 0: any [8000, or any].")] = None,
    data: DataOption = None,
) -> None:
    """Start everything, load the sample store, play the story, and stay up until Ctrl-C."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    folder = data_folder(data)
    with Instance(Options(folder, port=port)) as instance:
        urls = instance.urls
        people, steps = asyncio.run(play(folder, urls, scale))
        _print_story(steps)
        if not all(step.held for step in steps):
            raise CommandError("a step of the story failed")
        if not once:
            _print_urls(urls, people)
            _work_on(folder, speed, stopping)


async def play(folder: Path, urls: Urls, scale: float) -> tuple[dict[Role, Person], list[Step]]:
    """Load the sample store and tell the story on it; answers the people who may sign in, and the steps."""
    settings = instance_settings(folder)
    client = await open_documents(settings)
    try:
        await load_sample_store(settings, scale=scale, report=say)
        return await _tell(folder, urls, settings)
    finally:
        await client.close()


async def _tell(folder: Path, urls: Urls, settings: Settings) -> tuple[dict[Role, Person], list[Step]]:
    store = generate(seed=1, scale=0.001)
    regions = {channel["store_id"]: channel["region"] for channel in store.channels}
    associate = store.associates[0]
    document = homestead_document()
    people = await make_people(folder, associate, regions[associate["store_id"]])
    product_id = next(p["productid"] for p in store.products if p["productname"] == _PRODUCT_OF_THE_STORY)
    async with httpx.AsyncClient(base_url=urls.api, timeout=30) as api:
        story = Story(
            api,
            _bearer(settings, people[Role.ASSOCIATE]),
            _bearer(settings, people[Role.MANAGER]),
            document,
            str(json.loads(document)["customerId"]),
            product_id,
        )
        await story.play()
    return people, story.steps


def _bearer(settings: Settings, person: Person) -> dict[str, str]:
    assert settings.signing_key_path is not None
    return {"Authorization": f"Bearer {mint_access_token(settings.signing_key_path, person.caller)}"}


def _work_on(folder: Path, speed: float, stopping: threading.Event) -> None:
    """Let a crew work through one simulated day after another until Ctrl-C."""
    words = [sys.executable, "-m", "cli.main", "fleet", "--data", str(folder), "--associates", "20"]
    while speed and not stopping.is_set():
        with (folder / "logs" / "fleet.log").open("ab") as log:
            crew = subprocess.Popen(  # noqa: S603 - our own command
                [*words, "--speed", str(speed), "--no-exclusive"], stdout=log, stderr=log, cwd=REPOSITORY
            )
            while crew.poll() is None and not stopping.wait(0.2):
                pass
            crew.terminate()
            crew.wait()
        stopping.wait(1)
    stopping.wait()


def _print_story(steps: list[Step]) -> None:
    table = Table(title="The story", title_justify="left")
    table.add_column("step")
    table.add_column("ms", justify="right")
    table.add_column("seen", overflow="fold")
    table.add_column("")
    for step in steps:
        table.add_row(step.what, f"{step.milliseconds:.0f}", step.seen, "ok" if step.held else "FAILED")
    console = Console()
    console.print(table, soft_wrap=not console.is_terminal)


def _print_urls(urls: Urls, people: dict[Role, Person]) -> None:
    print(f"  phone      {urls.phone}")
    print(f"  dashboard  {urls.dashboard}")
    print(f"  API docs   {urls.api}/docs")
    for person in people.values():
        print(f"  sign in as {person.name:<10} {person.password}   ({person.display_name})")
    print("  Ctrl-C ends it.", flush=True)
