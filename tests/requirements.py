"""What is asked and where it is answered: `python -m tests.requirements` writes docs/requirements.md from its CSV.

The CSV says of each row of the requirements what is asked in short, its state (done: a test proves it; part: thinner
than asked, or unproved; open), where it lives, and which tests prove it.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]
TABLE = REPOSITORY / "docs" / "requirements.csv"
PAGE = REPOSITORY / "docs" / "requirements.md"
STATES = ("done", "part", "open")
SOURCES = {
    "S000": ("A talk with the product marketing manager", 31),
    "S001": ("Objectives and key figures", 16),
    "S002": ("The Sales 360 data product", 143),
    "S003": ("End data products of marketing analytics", 13),
    "S004": ("The Homestead example", 28),
    "O001": ("Beside it: the reference's product affinity", 6),
    "O002": ("Beside it: the reference's Sales 360", 7),
    "O003": ("Beside it: a public marketing project", 4),
}
"""The sources by the start of their rows' ids, and how many rows each has."""

HEADINGS = {
    "The existing system": "Dashboards by category and region with a figure a day, and one list of last week's bestsellers that everybody is "
    "shown at checkout: both prototypes of the data scientists. In the stores, what associates learn from customers stays in free text that "
    "nobody reads again (S000-006, S000-023, S004-004).",
    "Its problems": "Figures are two days old, so that a regional spike is seen when it is over. The list knows neither the customer nor the cart. "
    "Published models of the same kind have figures drawn by lot, counted twice or the wrong way round (S000-007, S000-018, O001-001 to O001-003, "
    "O002-003).",
    "Actions planned with the data": "Push a product in a region while it is in demand; offer what fits the customer and the cart; follow up on what "
    "a customer asked for; win back who stays away; watch delivery, cancellation and spending by category (S000-017, S000-025, S000-026, S002-027, "
    "S004-002).",
    "Other stakeholders": "Data scientists, who build on the tables; the platform team, which serves recommendations; associates and their managers; "
    "higher management of marketing; developers of the app; operators (S000-029, S000-030, S003-002, S004-005, S004-028).",
}  # fmt: skip


class Requirement(NamedTuple):
    """One row. `lives` and `test` hold several, parted by spaces."""

    id: str
    kind: str
    item: str
    state: str
    lives: str
    test: str
    note: str


def read_requirements(table: Path = TABLE) -> list[Requirement]:
    """Read the rows as they stand; raises where a row has not these columns."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        if tuple(next(rows)) != Requirement._fields:
            raise ValueError(f"{table.name} does not have the columns {', '.join(Requirement._fields)}")
        return [Requirement(*row) for row in rows]


def write_page(requirements: Iterable[Requirement]) -> str:
    """Answer the whole page."""
    rows = list(requirements)
    return "\n".join([*_opening(rows), *_headings(), *_sections(rows)])


def _opening(rows: list[Requirement]) -> Iterator[str]:
    yield "# Requirements"
    yield ""
    yield f"{len(rows)} rows: {_counts(rows)}. Done: a test proves it. Part: there, but thinner than asked, or unproved. Open: not there."
    yield ""
    yield "Written from [requirements.csv](requirements.csv) by `python -m tests.requirements`; a test holds both to the tree."
    yield ""
    yield "| source | rows | done | part | open |"
    yield "|---|---|---|---|---|"
    for prefix, (title, _) in SOURCES.items():
        held = [row for row in rows if row.id.startswith(prefix)]
        states = Counter(row.state for row in held)
        yield f"| {prefix} {title} | {len(held)} | {' | '.join(str(states[state]) for state in STATES)} |"
    yield ""


def _headings() -> Iterator[str]:
    for heading, words in HEADINGS.items():
        yield from (f"## {heading}", "", words, "")


def _sections(rows: list[Requirement]) -> Iterator[str]:
    for prefix, (title, _) in SOURCES.items():
        held = [row for row in rows if row.id.startswith(prefix)]
        yield from (f"## {prefix}: {title}", "", f"{_counts(held).capitalize()}.", "")
        yield from ("| row | kind | asked | state | lives in | proved by | note |", "|---|---|---|---|---|---|---|")
        yield from map(_line, held)
        yield ""


def _line(row: Requirement) -> str:
    cells = (row.id, row.kind, row.item, row.state, _code(row.lives), _code(row.test), row.note)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(words: str) -> str:
    return "<br>".join(f"`{word}`" for word in words.split())


def _counts(rows: list[Requirement]) -> str:
    states = Counter(row.state for row in rows)
    return ", ".join(f"{states[state]} {state}" for state in STATES)


if __name__ == "__main__":
    page = write_page(read_requirements())
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(REPOSITORY)}: {_counts(read_requirements())}\n")
