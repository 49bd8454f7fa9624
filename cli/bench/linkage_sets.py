"""Public sets of labelled pairs of product records, from a folder that the user names."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CommandError
from etl.linkage.pairs import Pair
from etl.linkage.records import Record

SPLITS = ("train", "valid", "test")
NAMES = ("Abt-Buy", "Walmart-Amazon", "Amazon-Google")
_FIELD = re.compile(r"COL (\S+) VAL ?")
_DIRTY = "Dirty"


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """One set with its published splits."""

    name: str
    layout: str
    splits: Mapping[str, list[Pair]]


def read_linkage_sets(folder: Path) -> list[LabelledSet]:
    """Read the sets that stand below a folder, each in a folder of its name, in either of the two usual layouts."""
    if not folder.is_dir():
        raise CommandError(f"{folder} is no folder")
    return [found for name in NAMES if (found := _read_set(folder, name)) is not None]


def _read_set(folder: Path, name: str) -> LabelledSet | None:
    for place in sorted(p for p in (folder / name, *folder.rglob(name)) if p.is_dir() and _DIRTY not in p.parts):
        if all((place / f"{split}.csv").is_file() for split in (*SPLITS, "tableA", "tableB")):
            return LabelledSet(name, "tables", _read_tables(place))
        if all((place / f"{split}.txt").is_file() for split in SPLITS):
            lines = {split: list(_read_lines(place / f"{split}.txt")) for split in SPLITS}
            return LabelledSet(name, "serialised", lines)
    return None


def _read_tables(place: Path) -> dict[str, list[Pair]]:
    left, right = (_read_records(place / f"table{side}.csv") for side in "AB")
    try:
        return {
            split: [
                Pair(left[row["ltable_id"]], right[row["rtable_id"]], row["label"] == "1")
                for row in _rows(place / f"{split}.csv")
            ]
            for split in SPLITS
        }
    except KeyError as error:
        raise CommandError(f"{place}: no column or record {error}") from error


def _read_records(path: Path) -> dict[str, Record]:
    return {row["id"]: Record.of({k: v for k, v in row.items() if k != "id"}) for row in _rows(path)}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _read_lines(path: Path) -> Iterator[Pair]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        parts = line.split("\t")
        if len(parts) != 3 or parts[2].strip() not in {"0", "1"}:  # noqa: PLR2004 - two records and a label
            raise CommandError(f"{path}, line {number}: not two records and a label")
        yield Pair(_record(parts[0]), _record(parts[1]), parts[2].strip() == "1")


def _record(text: str) -> Record:
    pieces = _FIELD.split(text)[1:]
    return Record.of(dict(zip(pieces[::2], pieces[1::2], strict=True)))
