"""`floorbook token` and `floorbook account`: what they give opens the doors they name, and no other."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient

from backend.actions.sign_in import sign_in
from backend.actions.tokens import Tokens
from backend.domain.access import Role
from backend.domain.clock import utc_now
from backend.domain.errors import NotSignedInError
from backend.settings import Settings
from cli.instance import REPOSITORY, signing_key_path
from cli.signing_key import ensure_signing_key


@pytest.fixture
def data(tmp_path: Path) -> Path:
    ensure_signing_key(signing_key_path(tmp_path))
    return tmp_path


def floorbook(*words: str, settings: Settings | None = None, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    environment: Mapping[str, str] = {k: v for k, v in os.environ.items() if not k.startswith("FLOORBOOK_")}
    if settings is not None:
        named = {f"FLOORBOOK_{name.upper()}": str(value) for name, value in asdict(settings).items()}
        wanted = ("MONGO_URL", "REDIS_URL", "WAREHOUSE_URL", "MONGO_DATABASE")
        environment = {**environment, **{f"FLOORBOOK_{name}": named[f"FLOORBOOK_{name}"] for name in wanted}}
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *words],
        cwd=REPOSITORY,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_a_token_says_who_it_is_for(settings: Settings, data: Path) -> None:
    made = floorbook("token", "--role", "associate", "--store", "S-1", "--associate", "A-7", "--data", str(data))
    assert made.returncode == 0, made.stderr
    tokens = Tokens(replace(settings, signing_key_path=signing_key_path(data)))
    caller = (await tokens.verify(made.stdout.strip(), utc_now())).caller
    assert (caller.role, caller.store_id, caller.associate_id) == (Role.ASSOCIATE, "S-1", "A-7")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--role", "associate"), "--store"),
        (("--role", "manager", "--store", "S-1", "--region", "North"), "--region"),
        (("--role", "emperor"), "emperor"),
        ((), "--role"),
    ],
)
def test_unusable_arguments_are_named(data: Path, words: tuple[str, ...], reason: str) -> None:
    refused = floorbook("token", *words, "--data", str(data))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert reason in refused.stderr


def test_without_a_key_it_says_who_makes_it(tmp_path: Path) -> None:
    refused = floorbook("token", "--role", "operator", "--data", str(tmp_path))
    assert refused.returncode == 1
    assert "floorbook up" in refused.stderr


async def test_an_account_signs_in_with_the_password_that_was_printed(
    settings: Settings, documents: "AsyncMongoClient[dict[str, object]]", data: Path
) -> None:
    words = ("account", "add", "mona", "--role", "manager", "--region", "North", "--data", str(data))
    added = floorbook(*words, settings=settings)
    assert added.returncode == 0, added.stderr
    tokens = Tokens(replace(settings, signing_key_path=signing_key_path(data)))
    session = await sign_in(tokens, "mona", added.stdout.strip(), utc_now())
    assert (session.caller.role, session.caller.region) == (Role.MANAGER, "North")
    with pytest.raises(NotSignedInError):
        await sign_in(tokens, "mona", "something else", utc_now())


async def test_a_password_can_come_from_stdin_and_is_not_printed(
    settings: Settings, documents: "AsyncMongoClient[dict[str, object]]", data: Path
) -> None:
    words = ("account", "add", "olga", "--role", "operator", "--password-stdin", "--data", str(data))
    added = floorbook(*words, settings=settings, stdin="correct horse battery\n")
    assert (added.returncode, added.stdout) == (0, "")
    tokens = Tokens(replace(settings, signing_key_path=signing_key_path(data)))
    assert (await sign_in(tokens, "olga", "correct horse battery", utc_now())).caller.role is Role.OPERATOR


def test_a_short_password_is_refused(settings: Settings, data: Path) -> None:
    words = ("account", "add", "olga", "--role", "operator", "--password-stdin", "--data", str(data))
    refused = floorbook(*words, settings=settings, stdin="short\n")
    assert refused.returncode == 2


def test_nothing_running_is_said_with_the_command_that_mends_it(tmp_path: Path) -> None:
    refused = floorbook("account", "add", "olga", "--role", "operator", "--data", str(tmp_path))
    assert refused.returncode == 1
    assert f"floorbook up --data {tmp_path}" in refused.stderr
