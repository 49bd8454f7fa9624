"""Labelled pairs, and the evidence of many pairs at once: each pair beside all records of the two sources."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from etl.linkage.corpus import Corpus
from etl.linkage.features import pair_features, profile
from etl.linkage.records import Record

Floats = NDArray[np.float64]
_NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records, and whether people said that they are one product."""

    left: Record
    right: Record
    same: bool


@dataclass(frozen=True, slots=True)
class Sides:
    """The different records of each source, and where each pair's two stand among them."""

    left: list[Record]
    right: list[Record]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


def sides_of(pairs: Sequence[Pair]) -> Sides:
    """Give the records of both sources an order of their own, not that of the pairs."""
    left = sorted({pair.left for pair in pairs}, key=lambda r: r.items)
    right = sorted({pair.right for pair in pairs}, key=lambda r: r.items)
    row_of = {record: i for i, record in enumerate(left)}
    column_of = {record: i for i, record in enumerate(right)}
    rows = np.array([row_of[pair.left] for pair in pairs], dtype=np.int64)
    return Sides(left, right, rows, np.array([column_of[pair.right] for pair in pairs], dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row for each pair: what its two texts say, and how they stand among all records of the two sources."""

    own: Floats
    among_all: Floats


def evidence(sides: Sides) -> Evidence:
    """Answer the evidence of each pair; no label is looked at."""
    corpus = Corpus([*sides.left, *sides.right])
    left = [profile(record, corpus) for record in sides.left]
    right = [profile(record, corpus) for record in sides.right]
    own = [pair_features(left[i], right[j], corpus) for i, j in zip(sides.rows, sides.columns, strict=True)]
    among = [_among_all(sides, alike) for alike in _likenesses(sides)]
    return Evidence(np.array(own, dtype=np.float64), np.hstack(among))


def _likenesses(sides: Sides) -> list[Floats]:
    """Answer how alike every record of one source is to every one of the other: by words and by letters."""
    found = []
    for texts, analyzer in ((_names, "word"), (_texts, "word"), (_names, "char_wb")):
        span = (3, 5) if analyzer == "char_wb" else (1, 2)
        weigher = TfidfVectorizer(
            analyzer=analyzer, ngram_range=span, token_pattern=r"\S+" if analyzer == "word" else None, sublinear_tf=True
        )
        left, right = texts(sides.left), texts(sides.right)
        weigher.fit([*left, *right])
        found.append((weigher.transform(left) @ weigher.transform(right).T).toarray())
    return found


def _names(records: Sequence[Record]) -> list[str]:
    return [" ".join(record.name_tokens) for record in records]


def _texts(records: Sequence[Record]) -> list[str]:
    return [" ".join(record.tokens) for record in records]


def _among_all(sides: Sides, alike: Floats) -> Floats:
    """Set each pair beside the best others of its two records: likeness, lead over the best other, and place."""
    own = alike[sides.rows, sides.columns]
    return np.column_stack([own, *_lead(alike, sides.rows, own), *_lead(alike.T, sides.columns, own)])


def _lead(alike: Floats, rows: NDArray[np.int64], own: Floats) -> list[Floats]:
    best = -np.sort(-alike, axis=1)[:, :_NEIGHBOURS]
    best = np.pad(best, ((0, 0), (0, _NEIGHBOURS - best.shape[1])))[rows]
    other = np.where(own >= best[:, 0], best[:, 1], best[:, 0])
    ranked = np.sort(alike, axis=1)
    width = alike.shape[1]
    place = np.array([width - np.searchsorted(ranked[i], s, side="right") for i, s in zip(rows, own, strict=True)])
    return [own - other, own / (best[:, 0] + 1e-9), best[:, 0], np.minimum(place, 20).astype(np.float64)]
