"""The sample store's files hold what its iterators give."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sample_store import SampleStore, generate


@pytest.fixture(scope="module")
def store() -> SampleStore:
    return generate(seed=2, scale=0.005, until=date(2026, 11, 22))


def test_json_lines_hold_every_row_as_it_is(store: SampleStore, tmp_path: Path) -> None:
    paths = store.write(tmp_path, "jsonl")
    assert _lines(paths["orders"]) == list(store.orders())
    assert _lines(paths["notes"]) == list(store.notes())
    assert _lines(paths["products"]) == store.products
    assert _lines(paths["spikes"]) == store.spikes


def test_a_part_of_the_customers_brings_all_that_is_theirs(store: SampleStore, tmp_path: Path) -> None:
    parts = [store.write(tmp_path / str(first), "jsonl", numbers=range(first, first + 50)) for first in (1, 51)]
    assert [row for part in parts for row in _lines(part["customers"])] == list(store.customers())
    assert [row for part in parts for row in _lines(part["orders"])] == list(store.orders())


def test_csv_has_one_row_per_order_line(store: SampleStore, tmp_path: Path) -> None:
    path = store.write(tmp_path, "csv")["orders"]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["product_id"] for row in rows] == [row["product_id"] for row in store.order_rows()]
    assert {"order_id", "customer_id", "ordered_at", "store_id", "quantity", "unit_price"} <= rows[0].keys()


def test_parquet_keeps_numbers_and_missing_values(store: SampleStore, tmp_path: Path) -> None:
    paths = store.write(tmp_path, "parquet")
    assert pq.read_table(paths["customers"]).to_pylist() == list(store.customers())
    assert pq.read_table(paths["products"]).to_pylist() == store.products
    assert sum(pq.read_table(paths["orders"])["quantity"].to_pylist()) == sum(
        row["quantity"] for row in store.order_rows()
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
