"""The people of the demo: an associate, a manager, an analyst and an operator, with passwords made for this folder."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from backend.actions.sign_in import open_account
from backend.domain.access import Caller, Role
from backend.domain.ids import AssociateId, Region, StoreId


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in to the demo."""

    name: str
    display_name: str
    password: str
    caller: Caller


async def make_people(data: Path, associate: dict[str, str], region: str) -> dict[Role, Person]:
    """Open the demo's accounts; a folder keeps its passwords, readable by its owner only."""
    store_id, associate_id = StoreId(associate["store_id"]), AssociateId(associate["associate_id"])
    callers = [
        (
            "associate",
            associate["associate_name"],
            Caller("associate", Role.ASSOCIATE, store_id, associate_id=associate_id),
        ),
        ("manager", f"Manager of {region}", Caller("manager", Role.MANAGER, region=Region(region))),
        ("analyst", "Analyst", Caller("analyst", Role.ANALYST)),
        ("operator", "Operator", Caller("operator", Role.OPERATOR)),
    ]
    passwords = _passwords(data / "demo-passwords.json", [name for name, _, _ in callers])
    people = {caller.role: Person(name, display, passwords[name], caller) for name, display, caller in callers}
    for person in people.values():
        await open_account(person.name, person.password, person.caller, person.display_name)
    return people


def _passwords(path: Path, names: list[str]) -> dict[str, str]:
    if path.exists():
        return dict(json.loads(path.read_text()))
    made = {name: secrets.token_urlsafe(9) for name in names}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file)
    return made
