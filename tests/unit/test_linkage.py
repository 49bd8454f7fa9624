"""Records of products matched: what holds for any, and that rules are learnt from pairs and sets read from files."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.bench.linkage_sets import read_linkage_sets
from cli.errors import CommandError
from etl.linkage.corpus import Corpus
from etl.linkage.features import pair_features, profile
from etl.linkage.model import best_threshold, f1_of, score_pairs
from etl.linkage.pairs import Pair, evidence, sides_of
from etl.linkage.records import Record, models_in

texts = st.text(alphabet="abcdef 0123456789-./", max_size=40)
records = st.fixed_dictionaries({"title": texts, "brand": texts, "price": texts}).map(Record.of)


@given(records, records)
def test_cosine_is_symmetric_and_between_nothing_and_all(one: Record, other: Record) -> None:
    corpus = Corpus([one, other])
    alike = corpus.cosine(one.tokens, other.tokens)
    assert alike == corpus.cosine(other.tokens, one.tokens)
    assert -1e-9 <= alike <= 1 + 1e-9


@given(records, records)
def test_evidence_is_finite_and_the_same_each_time(one: Record, other: Record) -> None:
    corpus = Corpus([one, other])
    left, right = profile(one, corpus), profile(other, corpus)
    numbers = pair_features(left, right, corpus)
    assert np.isfinite(numbers).all()
    assert numbers == pair_features(profile(one, corpus), profile(other, corpus), corpus)
    assert len(numbers) == len(pair_features(right, left, corpus))


@given(st.dictionaries(st.sampled_from(["title", "brand", "price"]), texts), st.randoms())
def test_the_order_of_fields_makes_no_difference(fields: dict[str, str], chance: random.Random) -> None:
    items = list(fields.items())
    chance.shuffle(items)
    assert Record.of(dict(items)) == Record.of(fields)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(records, records), min_size=2, max_size=6), st.randoms())
def test_the_order_of_pairs_makes_no_difference(found: list[tuple[Record, Record]], chance: random.Random) -> None:
    pairs = [Pair(one, other, same=False) for one, other in found]
    order = list(range(len(pairs)))
    chance.shuffle(order)
    if not any(record.name_tokens for pair in pairs for record in (pair.left, pair.right)):
        return
    table, shuffled = evidence(sides_of(pairs)), evidence(sides_of([pairs[i] for i in order]))
    assert np.allclose(table.own[order], shuffled.own)
    assert np.allclose(table.among_all[order], shuffled.among_all)


def test_finds_model_numbers_however_they_are_joined() -> None:
    assert models_in("sony dsc-w120/b camera 7.2 mp") >= {"dscw120b"}
    assert models_in("two plain words") == set()
    record = Record.of({"title": "Sony DSC W120", "modelno": "DSC-W120"})
    assert record.models >= {"dscw120"}
    assert "dscw120" in record.joined


def test_a_threshold_parts_the_right_from_the_wrong() -> None:
    scores, labels = np.array([0.9, 0.2, 0.8, 0.1]), np.array([True, False, True, False])
    threshold = best_threshold(scores, labels)
    assert 0.2 < threshold < 0.8
    assert f1_of(scores > threshold, labels) == 1.0


def _pairs(n: int, seed: int) -> list[Pair]:
    chance = random.Random(seed)
    found = []
    for i in range(n):
        number, same = chance.randrange(100, 999), i % 3 == 0
        other = number if same else number + chance.randrange(1, 50)
        maker = chance.choice(["Boltman", "Torque", "Halden"])
        one = Record.of({"title": f"{maker} drill BX{number}", "brand": maker})
        found.append(Pair(one, Record.of({"title": f"cordless drill {maker} bx-{other}", "brand": ""}), same))
    return found


def test_learns_that_the_model_number_decides_and_never_looks_at_the_labels_asked() -> None:
    asked = _pairs(45, 2)
    hidden = [Pair(pair.left, pair.right, same=False) for pair in asked]
    scores = score_pairs(_pairs(90, 1), hidden, n_trees=20)
    assert f1_of(scores.beside_rivals > 0.5, np.array([pair.same for pair in asked])) > 0.9


def test_reads_both_layouts_to_the_same_pairs(tmp_path: Path) -> None:
    tables, lines = tmp_path / "one" / "Abt-Buy", tmp_path / "other" / "Abt-Buy"
    tables.mkdir(parents=True)
    lines.mkdir(parents=True)
    (tables / "tableA.csv").write_text('id,name,price\n1,"Drill, cordless",9.0\n')
    (tables / "tableB.csv").write_text("id,name,price\n7,drill,\n")
    for split in ("train", "valid", "test"):
        (tables / f"{split}.csv").write_text("ltable_id,rtable_id,label\n1,7,1\n")
        (lines / f"{split}.txt").write_text(
            "COL name VAL Drill, cordless COL price VAL 9.0\tCOL name VAL drill COL price VAL \t1\n"
        )
    [one], [other] = read_linkage_sets(tmp_path / "one"), read_linkage_sets(tmp_path / "other")
    assert one.splits == other.splits
    assert one.splits["test"][0].same


@pytest.mark.parametrize("line", ["no tabs", "COL name VAL a\tCOL name VAL b\t2"])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "Abt-Buy").mkdir()
    for split in ("train", "valid", "test"):
        (tmp_path / "Abt-Buy" / f"{split}.txt").write_text(line + "\n")
    with pytest.raises(CommandError, match="line 1"):
        read_linkage_sets(tmp_path)


def test_says_where_no_folder_is(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no folder"):
        read_linkage_sets(tmp_path / "missing")
