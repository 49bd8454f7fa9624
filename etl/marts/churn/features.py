"""What is known of each customer on a day: recency, frequency, money, rhythm. Nothing later than the day counts."""

from dataclasses import dataclass

import numpy as np

from etl.marts.churn.bgnbd import BgNbd, fit_bgnbd
from etl.marts.churn.purchases import Floats, Ints, Purchases

_WINDOWS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""In horizons: how often and how much lately."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The customers who have bought by a day: their numbers, their figures, and the columns that a model takes."""

    customer: Ints
    n: Floats  # days with a purchase
    recency: Floats  # days since the last
    age: Floats  # days since the first
    amount: Floats  # all their money
    mean_gap: Floats  # days between two purchases; NaN with a single one
    spread_gap: Floats  # standard deviation of the gaps; NaN with fewer than three
    bgnbd: Floats  # P(no purchase in the horizon); NaN where the model cannot be fitted
    columns: Floats  # one row a customer
    rising: list[int]  # 1, -1 or 0 for each column: how the chance of silence goes with it


def describe(purchases: Purchases, day: int, horizon_days: int) -> Standing:
    """Answer how each customer who has bought by the day stands on it."""
    known = purchases.until(day)
    customer, first, n = np.unique(known.customer, return_index=True, return_counts=True)
    last = first + n - 1
    counts = n.astype(np.float64)
    recency, age = (day - known.day[last]).astype(float), (day - known.day[first]).astype(float)
    amount = _sums(known.amount, first)
    gaps = _Gaps.of(known, first, counts)
    model = fit_bgnbd(counts - 1, age - recency, age)
    silent = np.full(len(customer), np.nan) if model is None else _silence(model, counts, recency, age, horizon_days)
    listed: list[tuple[Floats, int]] = [
        (_logit(silent), 1),
        (np.full(len(customer), np.nan) if model is None else model.alive(counts - 1, age - recency, age), 0),
        (np.log1p(recency), 1),
        (np.log1p(age), 0),
        (np.log(counts), 0),
        (np.log1p(gaps.mean), 0),
        (np.log1p(gaps.spread), 0),
        (np.log1p(gaps.latest), 0),
        (np.log((recency + 1) / (gaps.mean + 1)), 1),
        ((recency - gaps.mean) / (gaps.spread + 1 + 0.2 * gaps.mean), 1),
        (np.log((gaps.latest + 1) / (gaps.mean + 1)), 0),
        (np.log1p(amount / counts), 0),
        (np.log1p(known.amount[last]), 0),
        (np.log1p(_sums(known.n_products.astype(float), first) / counts), 0),
        (np.log1p(known.n_products[last]), 0),
        (np.log1p(counts / (age + horizon_days)), 0),
        (gaps.longest, 0),
    ]
    for part in _WINDOWS:
        recent = day - known.day < part * horizon_days
        listed.append((np.log1p(_sums(recent.astype(float), first)), 0))
    recent = day - known.day < 2 * horizon_days
    listed.append((np.log1p(_sums(known.amount * recent, first)), 0))
    year_ago = (day - known.day < 365) & (day - known.day >= 365 - horizon_days)  # noqa: PLR2004 - a year's days
    listed.append((np.log1p(_sums(year_ago.astype(float), first)), 0))
    return Standing(
        customer=customer, n=counts, recency=recency, age=age, amount=amount, mean_gap=gaps.mean,
        spread_gap=gaps.spread,
        bgnbd=silent, columns=np.column_stack([column for column, _ in listed]), rising=[way for _, way in listed],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Gaps:
    mean: Floats
    spread: Floats
    latest: Floats
    longest: Floats

    @classmethod
    def of(cls, known: Purchases, first: Ints, n: Floats) -> "_Gaps":
        """Answer the figures of the days between purchases; `first` is where each customer's begin."""
        gap: Floats = np.diff(known.day, prepend=0).astype(np.float64)
        gap[first] = 0.0
        n_gaps = np.where(n > 1, n - 1, np.nan)
        mean = _sums(gap, first) / n_gaps
        spread = np.sqrt(np.maximum(_sums(gap**2, first) / n_gaps - mean**2, 0.0) * n_gaps / np.maximum(n_gaps - 1, 1))
        weight = 0.6 ** (np.repeat(first + n.astype(int) - 1, n.astype(int)) - np.arange(len(gap)))
        weight[first] = 0.0
        latest = _sums(np.asarray(gap * weight, dtype=np.float64), first) / np.where(
            n > 1, _sums(np.asarray(weight, dtype=np.float64), first), np.nan
        )
        longest = np.maximum.reduceat(gap, first) if len(first) else gap
        return cls(mean, np.where(n > 2, spread, np.nan), latest, np.log1p(longest))  # noqa: PLR2004


def _silence(model: BgNbd, n: Floats, recency: Floats, age: Floats, horizon_days: int) -> Floats:
    return model.no_purchase(n - 1, age - recency, age, horizon_days)


def _sums(values: Floats, first: Ints) -> Floats:
    return np.add.reduceat(values, first) if len(first) else np.zeros(0)


def _logit(p: Floats) -> Floats:
    kept = np.clip(p, 1e-6, 1 - 1e-6)
    answer: Floats = np.log(kept / (1 - kept))
    return answer
