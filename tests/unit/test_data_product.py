"""The data product says what is there, and nothing else: manifest, lineage, dictionary, diagrams, Ossie document."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, select

from backend.analytics.datasets import DATASETS
from backend.analytics.dictionary import describe_columns, entity_diagram
from backend.analytics.lineage import columns_of, lineage_of
from backend.analytics.ossie import describe_as_ossie, sql_text
from backend.analytics.product import read_product
from backend.analytics.semantic import MODEL
from backend.warehouse.tables import metadata
from tests.catalogue import MARK, PAGE, SPELLINGS, generated, told_spellings
from tests.requirements import REPOSITORY

PRODUCT = read_product()


def test_every_output_is_made_by_a_step_that_is_there() -> None:
    written = {table for step in PRODUCT.transforms for table in step.writes}
    assert written == set(DATASETS)
    for step in PRODUCT.transforms:
        assert (REPOSITORY / step.lives).exists(), step.lives
        assert set(step.reads) <= {one.name for one in PRODUCT.inputs} | set(metadata.tables)
    assert {table for one in PRODUCT.inputs for table in one.tables} <= set(metadata.tables)


def test_what_is_generated_is_up_to_date() -> None:
    again = "python -m tests.catalogue writes it anew"
    assert SPELLINGS.read_text(encoding="utf-8") == told_spellings(), again
    assert PAGE.read_text(encoding="utf-8").partition(MARK)[2] == generated(), again


def test_lineage_goes_from_the_document_to_the_measure() -> None:
    told = lineage_of("transactions", "transaction_amount_cents")
    assert {source["pointer"] for source in told["from"]} == {"/orders/*, /transactions/*", None}
    assert "amountpaid" in told["from"][0]["spellings"]
    assert {"transactions.total_revenue", "transactions.monthly_revenue_prev"} <= set(told["members"])
    assert lineage_of("sales_hourly", "revenue_cents")["made_by"] == ["rollup"]
    derived = {one.name: one for one in describe_columns("customers")}
    assert "customers.age_group" in derived["birth_date"].lineage["members"]
    assert derived["email_id"].masked


def test_every_measure_is_reached_by_the_lineage_of_its_columns() -> None:
    for cube in MODEL.cubes.values():
        for measure in cube.measures:
            for table, column in columns_of(measure.expression):
                assert f"{cube.name}.{measure.name}" in lineage_of(table, column)["members"]


def test_columns_behind_an_alias_and_a_subquery_are_found() -> None:
    table = Table("t", MetaData(), Column("a", Integer), Column("b", Integer))
    other = table.alias("other")
    inner = select(func.max(other.c.b)).where(other.c.a == table.c.a).scalar_subquery()
    assert columns_of(inner + 1) == [("t", "a"), ("t", "b")]


def test_the_diagram_has_every_join_and_every_table() -> None:
    diagram = entity_diagram()
    for cube in MODEL.cubes.values():
        assert f"  {cube.table.name} {{\n" in diagram  # type: ignore[attr-defined]
    for relation in ("transactions }o--o| customers", "transactions }o--o| products", "transactions }o--o| channels"):
        assert relation in diagram
    assert diagram.count("}o--o|") == sum(len(cube.joins) for cube in MODEL.cubes.values())


# The core specification's words by object: those that must stand there, and those that may. An object has no others.
EXPRESSION = {"dialects!": [{"dialect!": str, "expression!": str}]}
EXTENSION = {"vendor_name!": str, "data!": str}
OSSIE = {
    "version!": str,
    "semantic_model!": [
        {
            "name!": str,
            "description": str,
            "custom_extensions": [EXTENSION],
            "datasets!": [
                {
                    "name!": str, "source!": str, "primary_key": [str], "unique_keys": [[str]], "description": str,
                    "custom_extensions": [EXTENSION],
                    "fields": [
                        {"name!": str, "expression!": EXPRESSION, "dimension": {"is_time": bool}, "label": str,
                         "description": str, "datatype": str, "custom_extensions": [EXTENSION]}
                    ],
                }
            ],
            "relationships": [
                {"name!": str, "from!": str, "to!": str, "from_columns!": [str], "to_columns!": [str],
                 "custom_extensions": [EXTENSION]}
            ],
            "metrics": [
                {"name!": str, "expression!": EXPRESSION, "description": str, "datatype": str,
                 "custom_extensions": [EXTENSION]}
            ],
        }
    ],
}  # fmt: skip
DATA_TYPES = {"String", "Integer", "Decimal", "Float", "Boolean", "Date", "Time", "DateTime", "DateTimeTz", "Opaque"}


def faults(told: Any, shape: Any, at: str = "") -> list[str]:
    """Say where a document is not of a shape."""
    if isinstance(shape, type):
        return [] if isinstance(told, shape) else [f"{at}: no {shape.__name__}"]
    if isinstance(shape, list):
        return [fault for n, one in enumerate(told) for fault in faults(one, shape[0], f"{at}/{n}")]
    words: Mapping[str, Any] = {word.removesuffix("!"): inner for word, inner in shape.items()}
    wrong = [f"{at}/{word}: not a word of the specification" for word in told.keys() - words.keys()]
    wrong += [f"{at}/{word[:-1]}: missing" for word in shape if word.endswith("!") and word[:-1] not in told]
    return wrong + [
        fault for word in told.keys() & words.keys() for fault in faults(told[word], words[word], f"{at}/{word}")
    ]


def test_the_ossie_document_is_one() -> None:
    document = describe_as_ossie()
    assert faults(document, OSSIE) == []
    (model,) = document["semantic_model"]
    names = [metric["name"] for metric in model["metrics"]]
    assert len(set(names)) == len(names) == sum(len(cube.measures) for cube in MODEL.cubes.values())
    assert {field["datatype"] for dataset in model["datasets"] for field in dataset["fields"]} <= DATA_TYPES
    held = {dataset["name"]: {column.name for column in metadata.tables[dataset["source"].split(".")[1]].c} for dataset in model["datasets"]}  # fmt: skip
    for relation in model["relationships"]:
        assert set(relation["from_columns"]) <= held[relation["from"]]
        assert set(relation["to_columns"]) <= held[relation["to"]]
        assert len(relation["from_columns"]) == len(relation["to_columns"])


@pytest.mark.parametrize("broken", [{"version": 1}, {"semantic_model": [{"name": "x"}]}, {"more": 1}])
def test_a_document_that_is_none_is_seen(broken: dict[str, Any]) -> None:
    assert faults(describe_as_ossie() | broken, OSSIE)


def test_expressions_are_whole_sql() -> None:
    found = MODEL.find("transactions.monthly_revenue_curr")
    assert found
    sql = sql_text(found[1].expression)  # type: ignore[union-attr]
    assert "CURRENT_TIMESTAMP" in sql
    assert "%(" not in sql
