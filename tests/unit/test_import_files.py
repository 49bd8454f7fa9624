"""Reading files for import: whatever a file holds, every line becomes a row or a reject with its number."""

from decimal import Decimal
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.errors import UnusableInputError
from cli.importing.grouping import group_orders, scattered_orders
from cli.importing.rows import LONGEST_BYTES, Broken, Row
from cli.importing.source import open_source, read_mapping


def read(path: Path, *, encoding: str = "utf-8", names: dict[str, str] | None = None) -> list[Row | Broken]:
    return list(open_source(path, encoding, names or {}).rows())


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def records(rows: list[Row | Broken]) -> list[dict[str, object]]:
    return [row.record for row in rows if isinstance(row, Row)]


def broken(rows: list[Row | Broken]) -> dict[int, str]:
    return {row.line: row.reason for row in rows if isinstance(row, Broken)}


def test_a_broken_line_costs_that_line_alone(tmp_path: Path) -> None:
    rows = read(written(tmp_path, "a.csv", b'id,text\n1,one\n2,"never closed\n3,three\n4,four,too many\n5\n6,six\n'))
    assert records(rows) == [{"id": "1", "text": "one"}, {"id": "3", "text": "three"}, {"id": "6", "text": "six"}]
    assert list(broken(rows)) == [2 + 1, 5, 6]


def test_quoted_line_breaks_and_doubled_quotes_belong_to_the_cell(tmp_path: Path) -> None:
    rows = read(written(tmp_path, "a.csv", b'id,text\r\n1,"two\r\nlines, and ""quotes"""\r\n2,next\r\n'))
    assert records(rows) == [{"id": "1", "text": 'two\nlines, and "quotes"'}, {"id": "2", "text": "next"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_that_of_the_header(tmp_path: Path, delimiter: str) -> None:
    text = f"id{delimiter}text\n1{delimiter}one\n"
    assert records(read(written(tmp_path, "a.csv", text.encode()))) == [{"id": "1", "text": "one"}]


def test_a_byte_order_mark_and_empty_lines_are_passed_over(tmp_path: Path) -> None:
    assert records(read(written(tmp_path, "a.csv", b"\xef\xbb\xbfid,text\n\n1,one\n\n"))) == [
        {"id": "1", "text": "one"}
    ]


def test_a_line_in_another_encoding_is_rejected_and_read_when_it_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "id,text\n1,café\n2,tea\n".encode("cp1252"))
    assert list(broken(read(path))) == [2]
    assert records(read(path, encoding="cp1252"))[0] == {"id": "1", "text": "café"}


def test_a_huge_line_is_rejected_and_the_next_is_read(tmp_path: Path) -> None:
    rows = read(written(tmp_path, "a.csv", b"id,text\n1," + b"x" * (3 * LONGEST_BYTES) + b"\n2,two\n"))
    assert records(rows) == [{"id": "2", "text": "two"}]
    assert "longer" in broken(rows)[2]


def test_nul_is_rejected_by_its_line(tmp_path: Path) -> None:
    assert list(broken(read(written(tmp_path, "a.csv", b"id,text\n1,a\0b\n2,two\n")))) == [2]


def test_columns_with_dots_become_objects(tmp_path: Path) -> None:
    rows = read(written(tmp_path, "a.csv", b"id,address.city,address.state\n1,london,ny\n2,,\n"))
    assert records(rows) == [{"id": "1", "address": {"city": "london", "state": "ny"}}, {"id": "2"}]


@pytest.mark.parametrize(
    "content",
    [b"", b"\n1,2\n", b'"id,text\n1,2\n', b"id,id\n1,2\n", b"id,$where\n1,2\n", b"id,\n1,2\n", b"a,a.b\n1,2\n",
     b"id\r1\r2", "id,text\n".encode("utf-16"), b"\xff\xff,id\n1,2\n"],
)  # fmt: skip
def test_a_file_without_a_usable_header_names_file_and_line(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, "a.csv", content)
    with pytest.raises(UnusableInputError, match=r"a\.csv:1: "):
        read(path)


@pytest.mark.parametrize("name", ["missing.csv", "a.docx", "folder.csv"])
def test_what_is_no_file_of_a_known_format_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.docx").write_bytes(b"PK")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UnusableInputError, match=name):
        read(tmp_path / name)


@pytest.mark.parametrize("encoding", ["utf-16", "klingon", "zip"])
def test_an_encoding_that_cannot_be_read_by_lines_is_refused(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(UnusableInputError, match="--encoding"):
        read(written(tmp_path, "a.csv", b"id\n1\n"), encoding=encoding)


def test_json_lines_keep_their_bytes_and_bad_ones_say_why(tmp_path: Path) -> None:
    lines = [b'{"id": 1,  "x": 1.50}', b"{", b"[1]", b'{"a": NaN}', b'{"a": 1, "a": 2}', b'{"$where": 1}', b'{"id":2}']
    rows = read(written(tmp_path, "a.jsonl", b"\n".join(lines)))
    assert [(row.line, row.stored) for row in rows if isinstance(row, Row)] == [(1, lines[0]), (7, lines[6])]
    assert list(broken(rows)) == [2, 3, 4, 5, 6]


def test_a_mapping_renames_columns_in_every_format(tmp_path: Path) -> None:
    mapping = written(tmp_path, "map.toml", b'kunde = "customer_id"\n')
    names = read_mapping(mapping)
    pq.write_table(pa.table({"kunde": ["1"]}), tmp_path / "a.parquet")
    for path in (
        written(tmp_path, "a.csv", b"kunde\n1\n"),
        written(tmp_path, "a.jsonl", b'{"kunde":"1"}\n'),
        tmp_path / "a.parquet",
    ):
        assert records(read(path, names=names)) == [{"customer_id": "1"}]


@pytest.mark.parametrize("content", [b"{", b'["a"]', b'{"a": 1}', b"\xff"])
def test_a_mapping_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnusableInputError, match=r"map\.json"):
        read_mapping(written(tmp_path, "map.json", content))


def test_parquet_cells_become_json_and_nan_is_missing(tmp_path: Path) -> None:
    table = pa.table({"n": [1.5, float("nan")], "price": [Decimal("9.90"), None], "tags": [["a"], []], "a.b": [1, 2]})
    pq.write_table(table, tmp_path / "a.parquet")
    rows = read(tmp_path / "a.parquet")
    assert records(rows) == [
        {"n": 1.5, "price": "9.90", "tags": ["a"], "a": {"b": 1}},
        {"tags": [], "a": {"b": 2}},
    ]


@pytest.mark.parametrize("keep", [3, 40, 200])
def test_a_damaged_parquet_file_is_refused(tmp_path: Path, keep: int) -> None:
    pq.write_table(pa.table({"id": list(range(1000))}), tmp_path / "whole.parquet")
    with pytest.raises(UnusableInputError, match=r"cut\.parquet"):
        read(written(tmp_path, "cut.parquet", (tmp_path / "whole.parquet").read_bytes()[:keep]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(max_size=400), suffix=st.sampled_from([".csv", ".jsonl", ".parquet"]))
def test_no_file_makes_it_crash_and_no_line_is_lost(tmp_path: Path, body: bytes, suffix: str) -> None:
    path = written(tmp_path, f"any{suffix}", b"id,text\n" + body if suffix == ".csv" else body)
    try:
        rows = read(path)
    except UnusableInputError:
        return
    assert len({row.line for row in rows}) == len(rows)
    texts = b"\n".join(row.raw for row in rows)
    for line in body.split(b"\n"):
        assert line.strip() in texts


CELLS = st.lists(st.text(st.sampled_from('ab",;\n é'), max_size=8), min_size=2, max_size=2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(table=st.lists(CELLS, max_size=6))
def test_what_is_quoted_as_it_should_be_comes_back(tmp_path: Path, table: list[list[str]]) -> None:
    quoted = ["id,text", *(",".join('"' + cell.replace('"', '""') + '"' for cell in cells) for cells in table)]
    rows = read(written(tmp_path, "a.csv", "\n".join(quoted).encode()))
    assert not broken(rows)
    assert [(row.get("id", ""), row.get("text", "")) for row in records(rows)] == [tuple(cells) for cells in table]


LINES = st.lists(
    st.fixed_dictionaries(
        {"order_id": st.sampled_from(["1", "2", "3"]), "customer_id": st.just("c"), "sku": st.integers(0, 99)}
    ),
    max_size=12,
)


@given(lines=LINES)
def test_orders_have_all_their_lines_in_whatever_order_they_stand(lines: list[dict[str, object]]) -> None:
    rows = [Row(Path("f"), number, b"", record, b"") for number, record in enumerate(lines)]
    orders = list(group_orders(rows, scattered_orders(rows)))
    assert len({order.record["order_id"] for order in orders}) == len(orders)
    for order in orders:
        wanted = [line["sku"] for line in lines if line["order_id"] == order.record["order_id"]]
        assert [line["sku"] for line in order.record["lines"]] == wanted
        assert orjson.loads(order.stored) == order.record


def test_fields_that_are_the_orders_stand_once_and_a_row_that_differs_keeps_its_own() -> None:
    shared = {"order_id": "1", "customer_id": "c", "ordered_at": "2026-11-01", "payment_method": "COD"}
    rows = [
        Row(Path("f"), 2, b"", {**shared, "product_id": "p", "quantity": "1", "engraving": "A"}, b""),
        Row(Path("f"), 3, b"", {**shared, "payment_method": "PayPal", "product_id": "q", "quantity": "2"}, b""),
    ]
    (order,) = group_orders(rows, set())
    assert order.record == {
        **shared,
        "lines": [
            {"product_id": "p", "quantity": "1", "engraving": "A"},
            {"payment_method": "PayPal", "product_id": "q", "quantity": "2"},
        ],
    }
