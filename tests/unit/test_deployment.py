"""What the project is shipped in: the image, the compose file, the locks. Checked by linters, as no engine is needed for them."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.queues import QUEUES
from backend.settings import Settings
from cli.parts import FAST_QUEUES, SLOW_QUEUES

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = Path(sys.executable).parent


def passes(*words: str) -> None:
    done = subprocess.run(
        [str(SCRIPTS / words[0]), *words[1:]], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    compose: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    services: dict[str, Any] = compose["services"]
    return services


def test_the_dockerfile_is_clean() -> None:
    passes("hadolint", "Dockerfile")


def test_the_compose_file_is_valid_and_clean() -> None:
    passes("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")
    passes("compose-lint", "docker-compose.yml")


def test_every_service_is_checked_limited_unprivileged_and_pinned(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["healthcheck"]["test"], name
        assert service["deploy"]["resources"]["limits"], name
        assert service["user"] not in {"root", "0", "0:0"}, name
        assert service["cap_drop"] == ["ALL"], name
        assert re.search(r":[\d$]", service["image"]), name


def test_no_secret_has_a_default() -> None:
    text = (REPOSITORY / "docker-compose.yml").read_text()
    used = re.findall(r"\$\{(FLOORBOOK_\w*(?:PASSWORD|KEY\w*))([^}]*)\}", text)
    assert used
    assert {rest for _, rest in used} == {":?set it"}


def test_the_settings_of_compose_are_those_that_are_read(services: dict[str, Any]) -> None:
    given = dict.fromkeys(services["api"]["environment"], "/x")
    settings = Settings.from_environment(given)
    assert str(settings.signing_key_path) == "/x"


def test_every_queue_has_a_worker_in_both_kinds_of_deployment(services: dict[str, Any]) -> None:
    asked = [services[name]["command"] for name in ("worker", "background")]
    in_compose = [words[words.index("--queues") + 1] for words in asked]
    assert in_compose == [FAST_QUEUES, SLOW_QUEUES]
    assert sorted(",".join(in_compose).split(",")) == sorted(QUEUES)


@pytest.mark.parametrize("lock", sorted(REPOSITORY.glob("requirements*.lock")), ids=lambda path: path.name)
def test_the_locks_are_hashed_and_name_no_address(lock: Path) -> None:
    text = lock.read_text()
    pins = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    assert pins
    assert all("==" in pin and "--hash=sha256:" in pin for pin in pins)
    assert "://" not in text


def test_the_front_end_lock_is_whole_and_names_no_address() -> None:
    lock = json.loads((REPOSITORY / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert all("integrity" in package and "resolved" not in package for package in packages.values())
    wanted = json.loads((REPOSITORY / "package.json").read_text())["dependencies"]
    assert wanted == {name: packages[f"node_modules/{name}"]["version"] for name in wanted}
