"""The chance that a customer buys nothing within a horizon: learned from the shop's own past, window by window.

Windows slide back from the day asked about: what was known at a window's start, and whether the customer then bought
within the horizon. A logistic regression and a boosted forest take BG/NBD's answer among their columns; the mean of
their log odds is the answer. The newest window is kept for a trial first: where the blend does not beat BG/NBD's Brier
score there, BG/NBD answers alone; where BG/NBD cannot be fitted, a Gamma rate with a weak prior does.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from etl.marts.churn.features import Standing, describe
from etl.marts.churn.purchases import Flags, Floats, Purchases

MOST_WINDOWS = 12
MOST_CUSTOMERS = 25_000
"""So many are enough to learn from; all are answered for."""
MOST_ROWS = 60_000
MOST_BINS = 64
"""Weighted quantiles cost a sort of the rows for each bin: with 255 of them they took four fifths of a fit."""
LEAST_ROWS = 300
LEAST_OF_EACH = 25
_FADE = 0.9  # what a window weighs of the one after it
_SEED = 7


@dataclass(frozen=True, slots=True)
class Forecast:
    """How the customers stand, and P(no purchase in the horizon) of each; `method` names what answered."""

    standing: Standing
    probability: Floats
    method: str


@dataclass(frozen=True, slots=True)
class _Window:
    standing: Standing
    silent: Flags


def forecast(purchases: Purchases, day: int, horizon_days: int) -> Forecast:
    """Answer for every customer who has bought by the day; what comes after it is not looked at."""
    known = purchases.until(day)
    standing = describe(known, day, horizon_days)
    with threadpool_limits(1):
        windows = _windows(known.some(MOST_CUSTOMERS), day, horizon_days)
        learned = _blend(windows, standing) if _beats_bgnbd(windows) else None
    if learned is not None:
        return Forecast(standing, learned, "blend")
    if np.isfinite(standing.bgnbd).all() and len(standing.n):
        return Forecast(standing, standing.bgnbd, "bg/nbd")
    return Forecast(standing, _plain(standing, horizon_days), "gamma")


def _windows(known: Purchases, day: int, horizon_days: int) -> list[_Window]:
    """Answer the windows, newest first: each ends by the day, and has a horizon's history before it."""
    if not len(known):
        return []
    earliest = int(known.day.min()) + horizon_days
    step = max(horizon_days // 3, 7)
    windows: list[_Window] = []
    n_rows = 0
    for start in range(day - horizon_days, earliest - 1, -step):
        standing = describe(known, start, horizon_days)
        bought = known.bought_within(start + 1, start + horizon_days)
        windows.append(_Window(standing, ~bought[standing.customer]))
        n_rows += len(standing.n)
        if len(windows) == MOST_WINDOWS or n_rows > 2 * MOST_ROWS:
            break
    return windows


def _beats_bgnbd(windows: list[_Window]) -> bool:
    """Whether a blend of the older windows answers the newest better than BG/NBD does."""
    if not windows:
        return False
    newest, older = windows[0], windows[1:]
    answer = _blend(older or windows, newest.standing)
    if answer is None:
        return False
    alone = newest.standing.bgnbd
    return not np.isfinite(alone).all() or _brier(answer, newest.silent) <= _brier(alone, newest.silent)


def _brier(probability: Floats, silent: Flags) -> float:
    return float(((probability - silent) ** 2).mean())


def _blend(windows: list[_Window], standing: Standing) -> Floats | None:
    """Learn from the windows and answer for the standing; None where there is too little to learn from."""
    columns = np.vstack([window.standing.columns for window in windows]) if windows else np.empty((0, 1))
    silent = np.concatenate([window.silent for window in windows]) if windows else np.empty(0, dtype=bool)
    if len(silent) < LEAST_ROWS or min(int(silent.sum()), int((~silent).sum())) < LEAST_OF_EACH:
        return None
    weight = np.concatenate([np.full(len(window.silent), _FADE**age) for age, window in enumerate(windows)])
    chosen = np.random.default_rng(_SEED).permutation(len(silent))[:MOST_ROWS]
    chosen.sort()
    columns, silent, weight = columns[chosen], silent[chosen], weight[chosen]
    filled = np.flatnonzero(~np.isnan(columns).all(axis=0))
    line = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True), StandardScaler(), LogisticRegression(C=0.1, max_iter=500)
    )
    line.fit(columns[:, filled], silent, logisticregression__sample_weight=weight)
    forest = HistGradientBoostingClassifier(
        learning_rate=0.08, max_iter=80, max_leaf_nodes=6, min_samples_leaf=40, l2_regularization=5.0, max_features=0.5,
        monotonic_cst=[standing.rising[column] for column in filled],
        early_stopping=False, random_state=_SEED, max_bins=MOST_BINS,
    )  # fmt: skip
    forest.fit(columns[:, filled], silent, sample_weight=weight)
    asked = standing.columns[:, filled]
    odds = [_logit(model.predict_proba(asked)[:, 1]) for model in (line, forest)]
    answer: Floats = 1 / (1 + np.exp(-np.mean(odds, axis=0)))
    return answer


def _plain(standing: Standing, horizon_days: int) -> Floats:
    """Answer by a Gamma rate: half a purchase in a horizon is believed beforehand."""
    days = horizon_days + standing.age
    by_rate = (days / (days + horizon_days)) ** (standing.n - 1 + 0.5)
    answer: Floats = np.maximum(by_rate, 1 - np.exp(-standing.recency / (3 * horizon_days)))
    return answer


def _logit(p: Floats) -> Floats:
    kept = np.clip(p, 1e-6, 1 - 1e-6)
    answer: Floats = np.log(kept / (1 - kept))
    return answer
