"""The page of requirements is true: every row once, every place there, every test there."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.requirements import HEADINGS, PAGE, REPOSITORY, SOURCES, STATES, Requirement, read_requirements, write_page
from tests.warehouse.test_fields import CASES
from tests.warehouse.test_measures import DERIVED, MEASURES

ROWS = read_requirements()
IDS = [f"{prefix}-{number:03}" for prefix, (_, rows) in SOURCES.items() for number in range(1, rows + 1)]


def by_id(row: Requirement) -> str:
    return row.id


@cache
def functions_of(path: Path) -> frozenset[str]:
    """Answer the names of a file's tests."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(one.name for one in functions if one.name.startswith("test_"))


def test_every_row_stands_there_once_and_in_order() -> None:
    assert [row.id for row in ROWS] == IDS
    assert len(IDS) == 248


def test_the_page_is_what_is_written_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == write_page(ROWS), "run: python -m tests.requirements"


def test_the_page_has_the_four_headings() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert len(HEADINGS) == 4
    for heading, words in HEADINGS.items():
        assert lines[lines.index(f"## {heading}") + 2] == words


@pytest.mark.parametrize("row", ROWS, ids=by_id)
def test_a_row_names_what_is_there(row: Requirement) -> None:
    assert row.kind
    assert row.item
    assert row.state in STATES
    assert [place for place in row.lives.split() if not (REPOSITORY / place).exists()] == []
    for test in row.test.split():
        file, _, name = test.partition("::")
        assert name.partition("[")[0] in functions_of(REPOSITORY / file), f"no {test}"


@pytest.mark.parametrize("row", ROWS, ids=by_id)
def test_a_row_is_as_far_as_it_says(row: Requirement) -> None:
    if row.state == "done":
        assert row.lives
        assert row.test
    elif row.state == "part":
        assert row.lives
        assert row.note, "say what is missing"
    else:
        assert not row.test


def test_fields_and_figures_are_tested_under_their_own_rows() -> None:
    tested = {str(case.id): ".".join(map(str, case.values)) for case in CASES}
    tested |= {row: name for row, name, _ in (*DERIVED, *MEASURES)}
    kinds = {"FIELD", "DERIVED", "MEASURE"}
    stated = {row.id: row.item for row in ROWS if row.id.startswith("S002") and row.kind in kinds}
    assert stated == tested
    assert len(stated) == 66 + 9 + 18
