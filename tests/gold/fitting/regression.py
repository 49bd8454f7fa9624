"""Logistic regressions over named evidence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

RAREST = 2
"""Evidence seen less often is not learned from."""
Evidence = Mapping[str, float]


def named(names: Sequence[str]) -> dict[str, float]:
    """Weigh each name one."""
    return dict.fromkeys(names, 1.0)


def fit(
    examples: Sequence[Evidence], answers: Sequence[Any], *, strength: float, of_length_one: bool = False
) -> tuple[list[str], LogisticRegression]:
    """Fit one model; `strength`: the inverse of the penalty on large weights. Answers the names of its columns, too.

    `of_length_one`: whether each example's evidence is divided by its Euclidean length.
    """
    seen = Counter(name for example in examples for name in example)
    vectors = DictVectorizer()
    table = vectors.fit_transform([{n: w for n, w in one.items() if seen[n] >= RAREST} for one in examples])
    if of_length_one:
        table = normalize(table)
    return list(vectors.feature_names_), LogisticRegression(C=strength, max_iter=1000).fit(table, answers)


def yes_or_no(examples: Sequence[Evidence], answers: Sequence[bool], *, strength: float) -> dict[str, Any]:
    """Fit a model with two answers; answer it as `etl.mentions.weights.Weights` takes it."""
    names, model = fit(examples, answers, strength=strength)
    weights = {name: round(float(w), 3) for name, w in zip(names, model.coef_[0], strict=True)}
    return {"bias": round(float(model.intercept_[0]), 3), "weights": {n: w for n, w in sorted(weights.items()) if w}}
