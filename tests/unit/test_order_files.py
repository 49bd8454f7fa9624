"""Order lines from files: what is read, what is set aside, and that the order of the lines is of no account."""

import random
from pathlib import Path

import numpy as np
import pytest

from backend.recommend.order_lines import OrderLines
from cli.errors import UnusableInputError
from cli.order_files import read_orders

HEADER = "customer_id,order_id,ordered_at,product_id,quantity,unit_price"
GOOD = [
    "c2,o1,2026-01-03,p9,2,1.50",
    "c1,o1,2026-01-02T09:30:00+02:00,p1,,",
    "c1,o1,2026-01-02 07:00:00,p2,-1,3",
    'c1,"o2","2026-01-05T10:00:00.250Z",p1,1,2',
]


def _write(folder: Path, *lines: str, header: str = HEADER, end: str = "\n") -> Path:
    path = folder / "orders.csv"
    path.write_bytes(end.join([header, *lines]).encode())
    return path


def _told(lines: OrderLines) -> list[tuple[object, ...]]:
    """Tell each line by its ids."""
    columns = zip(lines.customer, lines.product, lines.ordered_at, lines.quantity, lines.unit_price, strict=True)
    return sorted((lines.customers[c], lines.products[p], t, q, str(u)) for c, p, t, q, u in columns)


def test_reads_times_in_every_form_and_what_is_absent(tmp_path: Path) -> None:
    lines, rejects = read_orders(_write(tmp_path, *GOOD))
    assert rejects == []
    assert list(lines.customers) == ["c1", "c2"]
    assert lines.n_orders == 3
    first_of_c1 = (lines.customer == 0) & (lines.ordered_at < np.datetime64("2026-01-05"))
    assert set(lines.ordered_at[first_of_c1]) == {np.datetime64("2026-01-02T07:00:00", "us")}
    assert sorted(lines.quantity) == [-1, 1, 1, 2]
    assert np.isnan(lines.unit_price).sum() == 1


def test_needs_neither_quantity_nor_price_nor_a_comma(tmp_path: Path) -> None:
    path = _write(tmp_path, "2026-01-03;x;o;p;c", header="ordered_at;store;order_id;product_id;customer_id", end="\r\n")
    lines, rejects = read_orders(path)
    assert rejects == []
    assert list(lines.quantity) == [1.0]
    assert np.isnan(lines.unit_price).all()


def test_sets_each_broken_line_aside_with_its_number(tmp_path: Path) -> None:
    broken = [
        "c,o2",
        "",
        "c,o,2026-13-01,p,1,1",
        'c,"o,2026-01-01,p,1,1',
        "c,o,2026-01-01,,1,1",
        "c,o,0300-01-01,p,1,1",
    ]
    lines, rejects = read_orders(_write(tmp_path, GOOD[0], *broken, "c,o,2026-01-01,p,many,1", GOOD[1]))
    assert len(lines) == 2
    assert [reject.line for reject in rejects] == [3, 5, 6, 7, 8, 9]
    assert rejects[0].reason == "2 cells where the header names 6 columns"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the header lacks customer_id"),
        ("customer_id,order_id,product_id\n", "line 1: the header lacks ordered_at"),
        (HEADER, "line 1: there is no line after the header"),
        (f"{HEADER}\nc,o,yesterday,p,1,1", "line 2: ordered_at is no time"),
    ],
)
def test_an_unusable_file_is_refused_with_line_and_reason(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(text)
    with pytest.raises(UnusableInputError, match=said):
        read_orders(path)


def test_the_order_of_the_lines_makes_no_difference(tmp_path: Path) -> None:
    rng = random.Random(7)
    lines = [
        f"c{rng.randrange(9)},o{rng.randrange(40)},2026-01-{rng.randrange(1, 28):02},p{i % 13},1,2" for i in range(200)
    ]
    once, _ = read_orders(_write(tmp_path, *lines))
    rng.shuffle(lines)
    again, _ = read_orders(_write(tmp_path, *lines))
    assert _told(once) == _told(again)
    assert list(once.customers) == list(again.customers)
