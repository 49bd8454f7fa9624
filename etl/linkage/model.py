"""Learning from labelled pairs which evidence counts: trees over evidence, then once more beside rival pairs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from etl.linkage.pairs import Floats, Pair, Sides, evidence, sides_of

Labels = NDArray[np.bool_]
_FOLDS = 4
_TREES = 200
_SEEDS = 3
_WORD_STRICTNESS = 0.3


@dataclass(frozen=True, slots=True)
class Scores:
    """How likely each pair is one product.

    `by_text`: by its two texts, with the rarity of their words; `alone`: also by how its two records stand among all
    records of the other source; `beside_rivals`: also by how likely the other pairs of its two records are.
    """

    by_text: Floats
    alone: Floats
    beside_rivals: Floats


def score_pairs(train: Sequence[Pair], others: Sequence[Pair], *, n_trees: int = _TREES) -> Scores:
    """Learn from `train` and score `others`, in order. The labels of `others` are never looked at."""
    with threadpool_limits(1):  # threads that wait for each other on a busy machine take a hundred times as long
        return _score_pairs(train, [*train, *others], n_trees)


def _score_pairs(train: Sequence[Pair], pairs: Sequence[Pair], n_trees: int) -> Scores:
    sides = sides_of(pairs)
    known = np.arange(len(train))
    labels = np.array([pair.same for pair in train])
    found = evidence(sides)
    table = np.column_stack([found.own, _word_scores(pairs, known, labels)])
    by_text = _forest(table[: len(train)], labels, table[len(train) :], n_trees)
    table = np.column_stack([table, found.among_all])
    alone = _cross_scores(table, labels, n_trees)
    table = np.column_stack([table, alone, _rivals(sides, alone)])
    beside = _forest(table[: len(train)], labels, table[len(train) :], n_trees)
    return Scores(by_text, alone[len(train) :], (beside + alone[len(train) :]) / 2)


def best_threshold(scores: Floats, labels: Labels) -> float:
    """Answer the score above which F1 is best; in the middle of the gap to the next one."""
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(labels[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + labels.sum())
    f1[:-1][scores[order][:-1] == scores[order][1:]] = 0  # equal scores go together
    best = int(np.argmax(f1))
    following = scores[order][best + 1] if best + 1 < len(order) else 0.0
    return float((scores[order][best] + following) / 2)


def f1_of(chosen: Labels, labels: Labels) -> float:
    """Answer the harmonic mean of precision and recall, 0..1."""
    return float(2 * (chosen & labels).sum() / max(1, chosen.sum() + labels.sum()))


def _folds(table: Floats, labels: Labels) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    return list(StratifiedKFold(_FOLDS, shuffle=True, random_state=7).split(table, labels))


def _cross_scores(table: Floats, labels: Labels, n_trees: int) -> Floats:
    """Score the pairs learnt from by models that did not see them, the others by one that saw all."""
    n = len(labels)
    scores = np.empty(len(table))
    for seen, unseen in _folds(table[:n], labels):
        scores[unseen] = _forest(table[seen], labels[seen], table[unseen], n_trees)
    scores[n:] = _forest(table[:n], labels, table[n:], n_trees)
    return scores


def _forest(table: Floats, labels: Labels, asked: Floats, n_trees: int) -> Floats:
    models = [
        *(
            HistGradientBoostingClassifier(
                learning_rate=0.05,
                max_iter=min(n_trees, 150),
                max_leaf_nodes=15,
                min_samples_leaf=10,
                l2_regularization=1.0,
                max_features=0.4,
                random_state=seed,
            )
            for seed in range(_SEEDS)
        ),
        ExtraTreesClassifier(n_trees, min_samples_leaf=2, max_features=0.4, random_state=1),
        RandomForestClassifier(n_trees, min_samples_leaf=2, max_features=0.3, random_state=2),
    ]
    scores = [model.fit(table, labels).predict_proba(asked)[:, 1] for model in models]
    boosted = np.mean(scores[:_SEEDS], axis=0)
    return np.asarray((boosted * 2 + scores[_SEEDS] + scores[_SEEDS + 1]) / 4)


def _word_scores(pairs: Sequence[Pair], known: NDArray[np.int64], labels: Labels) -> Floats:
    """Learn which words may differ ("upgrade", "black") and score every pair by that."""
    words = DictVectorizer().fit_transform([_words(pair) for pair in pairs])
    n = len(known)
    scores = np.empty(len(pairs))

    def fit_and_ask(seen: NDArray[np.int64], asked: NDArray[np.int64]) -> Floats:
        model = LogisticRegression(C=_WORD_STRICTNESS, max_iter=1000, class_weight="balanced")
        return np.asarray(model.fit(words[seen], labels[seen]).decision_function(words[asked]))

    for seen, unseen in StratifiedKFold(_FOLDS, shuffle=True, random_state=7).split(known, labels):
        scores[unseen] = fit_and_ask(seen, unseen)
    scores[n:] = fit_and_ask(known, np.arange(n, len(pairs)))
    return scores


def _words(pair: Pair) -> dict[str, float]:
    left, right = set(pair.left.name_tokens), set(pair.right.name_tokens)
    return {
        **{f"both {t}": 1.0 for t in left & right},
        **{f"one {t}": 1.0 for t in left ^ right},
        "shared": len(left & right) / (len(left | right) or 1) * 3,
    }


def _rivals(sides: Sides, scores: Floats) -> Floats:
    """Set each pair's score beside the best other score of its left and of its right record."""
    columns = []
    for ends in (sides.rows, sides.columns):
        best, second = np.zeros(ends.max() + 1), np.zeros(ends.max() + 1)
        count = np.zeros(ends.max() + 1)
        for end, score in zip(ends, scores, strict=True):
            count[end] += 1
            if score > best[end]:
                best[end], second[end] = score, best[end]
            elif score > second[end]:
                second[end] = score
        other = np.where(scores >= best[ends], second[ends], best[ends])
        columns += [other, scores - other, count[ends]]
    return np.column_stack(columns)
