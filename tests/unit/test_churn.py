"""Churn: chances that hold, no look-ahead, every customer answered, however small the file."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cli.commands.offline import command
from cli.errors import UnusableInputError
from cli.offline_churn import churn_lines
from etl.marts.churn.bgnbd import BgNbd, badness, fit_bgnbd
from etl.marts.churn.features import describe
from etl.marts.churn.model import Forecast, forecast
from etl.marts.churn.purchases import Floats, Purchases, count_purchases
from etl.marts.churn.segments import segment

FIRST, AS_OF, HORIZON = 20_000, 20_400, 60
HEADER = "customer_id,order_id,ordered_at,product_id,quantity,unit_price"


@cache
def shop() -> Purchases:
    """Make customers as BG/NBD thinks of them: a rate each, and a chance to leave after each purchase."""
    rng = np.random.default_rng(4)
    n = 900
    rate, leaves = rng.gamma(1.2, 1 / 30, n), rng.beta(0.8, 4.0, n)
    customer, day = [], []
    for one in range(n):
        at = FIRST + rng.uniform(0, 300)
        while at < AS_OF + HORIZON:
            customer.append(one)
            day.append(int(at))
            if rng.uniform() < leaves[one]:
                break
            at += rng.exponential(1 / rate[one])
    return count_purchases(np.array(customer), np.array(day) * 86_400_000_000, rng.gamma(2.0, 20.0, len(day)), n)


@cache
def told() -> Forecast:
    return forecast(shop(), AS_OF, HORIZON)


def _silent() -> Floats:
    return (~shop().bought_within(AS_OF + 1, AS_OF + HORIZON)[told().standing.customer]).astype(float)


def _auc(probability: Floats, silent: Floats) -> float:
    ranks = np.argsort(np.argsort(probability, kind="stable"), kind="stable") + 1
    n_silent = silent.sum()
    return float((ranks[silent == 1].sum() - n_silent * (n_silent + 1) / 2) / (n_silent * (len(silent) - n_silent)))


def test_chances_hold_and_beat_plain_recency() -> None:
    probability, silent = told().probability, _silent()
    assert abs(probability.mean() - silent.mean()) < 0.04
    assert _auc(probability, silent) >= _auc(told().standing.recency, silent)
    assert _auc(probability, silent) > 0.75
    alone = told().standing.bgnbd
    assert ((probability - silent) ** 2).mean() <= ((alone - silent) ** 2).mean() * 1.02


def test_what_comes_after_the_day_changes_nothing() -> None:
    cut = forecast(shop().until(AS_OF), AS_OF, HORIZON)
    assert np.array_equal(cut.probability, told().probability)


def test_one_purchase_long_ago_is_not_surely_alive() -> None:
    model = BgNbd(r=0.5, alpha=10.0, a=0.8, b=2.5, scale=1.0)
    once, age = np.zeros(3), np.array([5.0, 50.0, 500.0])
    silent = model.no_purchase(once, once, age, 90.0)
    assert (np.diff(silent) > 0).all()
    assert silent[-1] > 0.9
    assert (model.alive(once, once, age) == 1.0).all()


def test_longer_silence_never_lowers_bg_nbd_s_answer() -> None:
    model = BgNbd(r=0.7, alpha=4.0, a=0.6, b=2.0, scale=10.0)
    for x in (1.0, 4.0, 20.0):
        silence = np.arange(0.0, 400.0, 5)
        answers = model.no_purchase(np.full(len(silence), x), np.full(len(silence), 100.0), 100.0 + silence, 60.0)
        assert (np.diff(answers) >= 0).all()


def test_finds_the_parameters_that_made_the_shop() -> None:
    standing = describe(shop(), AS_OF, HORIZON)
    model = fit_bgnbd(standing.n - 1, standing.age - standing.recency, standing.age)
    assert model is not None
    assert 0.015 < model.r / model.alpha / model.scale < 0.09  # the mean rate is 0.04 a day


def test_the_slope_of_the_likelihood_is_that_of_small_steps() -> None:
    counts, place = np.array([0.0, 1.0, 4.0]), np.array([0, 1, 2, 1])
    last, age = np.array([0.0, 2.0, 5.0, 1.0]), np.array([3.0, 4.0, 6.0, 9.0])
    at = np.array([0.3, -0.4, 0.2, 0.9])
    _, slope = badness(at, counts, place, last, age)
    for axis, step in enumerate(np.eye(4) * 1e-5):
        up, down = (badness(at + way * step, counts, place, last, age)[0] for way in (1, -1))
        assert slope[axis] == pytest.approx((up - down) / 2e-5, rel=1e-5)


def test_segments_are_named_by_what_they_are() -> None:
    standing = told().standing
    names = np.array(segment(standing.recency, standing.n, standing.amount))
    assert {"new", "loyal", "churned"} <= set(names)
    assert standing.n[names == "loyal"].mean() == max(standing.n[names == name].mean() for name in set(names))
    others = [name for name in set(names) if name != "loyal"]
    assert standing.recency[names == "churned"].mean() == max(standing.recency[names == name].mean() for name in others)
    assert standing.recency[names == "new"].mean() == min(standing.recency[names == name].mean() for name in others)


def _file(folder: Path, *lines: str) -> Path:
    path = folder / "orders.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def _answers(path: Path, as_of: str = "2026-03-01", horizon_days: int = 30) -> dict[str, dict[str, str]]:
    lines = [line.decode() for line in churn_lines(path, as_of, horizon_days)]
    return {row["customer_id"]: row for row in csv.DictReader(lines)}


def test_answers_for_a_handful_of_customers(tmp_path: Path) -> None:
    rows = _answers(
        _file(
            tmp_path,
            "a,1,2025-09-01,p,1,5", "a,2,2025-10-11,p,1,5", "a,3,2025-11-20,p,1,5", "b,4,2026-02-27,p,1,",
            "c,5,2026-02-01,p,-1,5", "d,6,2026-03-09,p,1,5", "a,7,2026-03-02,p,1,5",
        )
    )  # fmt: skip
    assert list(rows) == ["a", "b", "c"]  # d is not known yet
    assert rows["a"]["reason"] == "no purchase in 101 days; usually every 40 days (n = 2)"
    assert (rows["a"]["state"], rows["b"]["state"], rows["c"]["state"]) == ("churned", "active", "never_purchased")
    assert float(rows["a"]["probability"]) > 0.6
    assert all(0 <= float(row["probability"]) <= 1 for row in rows.values())


def test_answers_for_a_single_order(tmp_path: Path) -> None:
    assert list(_answers(_file(tmp_path, "a,1,2026-02-01,p,1,5"))) == ["a"]


def test_refuses_a_date_before_all_orders_and_one_that_is_none(tmp_path: Path) -> None:
    path = _file(tmp_path, "a,1,2026-02-01,p,1,5")
    with pytest.raises(UnusableInputError, match="no order up to 2025-01-01"):
        list(churn_lines(path, "2025-01-01", 30))
    with pytest.raises(UnusableInputError, match="no date like"):
        list(churn_lines(path, "yesterday", 30))


def test_the_command_writes_the_csv(tmp_path: Path) -> None:
    path = _file(tmp_path, "a,1,2026-02-01,p,1,5")
    answer = CliRunner().invoke(
        command, ["churn", "--orders", str(path), "--as-of", "2026-03-01", "--horizon-days", "30"]
    )
    assert answer.stdout.splitlines()[0] == "customer_id,probability,state,segment,reason"
    assert len(answer.stdout.splitlines()) == 2
