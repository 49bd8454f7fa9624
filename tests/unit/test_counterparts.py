"""What the documentation says of where things are is so."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = sorted((REPOSITORY / "docs").glob("*.md"))
RESOURCES = ("Depot", "Cluster", "Scanner", "Flare", "SODA", "Monitor", "Pager", "Lens", "Data product hub")
PACKAGES = "backend|cli|etl|mobile_mock|sample_store|tests|workers"


def test_every_named_resource_has_its_counterpart() -> None:
    page = (REPOSITORY / "docs/counterparts.md").read_text(encoding="utf-8")
    assert [row.split("|")[1].strip() for row in page.splitlines() if row.startswith("| ")][1:] == list(RESOURCES)


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_path_and_link_of_the_documentation_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(rf"`((?:{PACKAGES})/[\w/.-]+?)(?:::\w+)?`", text)
    linked = [link.partition("#")[0] for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text)]
    missing = [path for path in named if not (REPOSITORY / path).exists()]
    missing += [path for path in linked if path and not (page.parent / path).exists()]
    assert missing == []
