"""Spikes: found early, within the budget, with no look-ahead, whatever the order of the sales."""

from functools import cache
from pathlib import Path

import numpy as np
import orjson
import pytest
from typer.testing import CliRunner

from cli.bench.made_sales import MadeShop, ShopPlan, make_shop
from cli.commands.offline import command
from cli.errors import UnusableInputError
from cli.sales_files import read_sales
from etl.marts.spikes import Alert, Grid, SpikeDetector, replay
from etl.marts.spikes.grid import DAY, HOUR
from etl.marts.spikes.threshold import Threshold


@cache
def shop() -> MadeShop:
    return make_shop(ShopPlan(n_products=20, n_regions=3, n_days=26, n_spikes=24), seed=5)


@cache
def alerts() -> list[Alert]:
    made = shop()
    return list(replay(made.grid, made.sold_at, made.series, made.units))


def _hours_late(series: int, started_at: int, ended_at: int) -> float:
    found = [a.detected_at for a in alerts() if a.series == series and started_at <= a.detected_at <= ended_at]
    return (min(found) - started_at) / HOUR if found else 99.0


def test_finds_small_spikes_while_they_rise() -> None:
    late = np.array([_hours_late(spike.series, spike.started_at, spike.ended_at) for spike in shop().spikes])
    assert (late < 99).mean() >= 0.95
    assert np.median(late) <= 2.5


def test_tells_no_more_than_the_budget_has() -> None:
    assert len(alerts()) <= 5 * shop().n_days


def test_a_cut_off_future_changes_no_earlier_alert() -> None:
    made = shop()
    for day in (13.37, 18.5):
        cut = made.first_at + int(day * DAY)
        early = made.sold_at < cut
        present = np.unique(made.series[early])
        cut_grid = Grid(made.grid.product[present], made.grid.region[present], 20, 3)
        places = np.searchsorted(present, made.series[early])
        found = list(replay(cut_grid, made.sold_at[early], places, made.units[early]))
        told = [(int(present[a.series]), a.detected_at, round(a.score, 6), a.observed) for a in found]
        expected = [(a.series, a.detected_at, round(a.score, 6), a.observed) for a in alerts() if a.detected_at <= cut]
        assert told == expected
        assert told


def test_the_order_of_the_sales_makes_no_difference() -> None:
    made = shop()
    mixed = np.random.default_rng(1).permutation(len(made.sold_at))
    assert list(replay(made.grid, made.sold_at[mixed], made.series[mixed], made.units[mixed])) == alerts()


def test_observed_is_what_was_sold_since_the_start() -> None:
    made = shop()
    for alert in alerts():
        sold = (
            (made.series == alert.series) & (made.sold_at >= alert.started_at - 60) & (made.sold_at < alert.detected_at)
        )
        assert alert.observed == made.units[sold].sum()
        assert alert.observed > alert.expected
        assert alert.started_at <= alert.detected_at


def test_tells_one_alert_of_one_long_spike() -> None:
    for spike in shop().spikes:
        told = [a for a in alerts() if a.series == spike.series and spike.started_at <= a.detected_at <= spike.ended_at]
        assert len(told) <= 1


def test_a_busy_day_of_the_whole_region_is_no_spike() -> None:
    plan = ShopPlan(n_products=25, n_regions=2, n_days=16, an_hour=0.6, spread=0.4, n_spikes=0)
    made = make_shop(plan, seed=1)
    day = made.first_at + 14 * DAY
    again = (made.sold_at >= day - 7 * DAY) & (made.sold_at < day - 6 * DAY)  # the week before, once more
    sold_at, series = np.r_[made.sold_at, made.sold_at[again] + 7 * DAY], np.r_[made.series, made.series[again]]
    found = list(replay(made.grid, sold_at, series, np.r_[made.units, made.units[again]]))
    assert (
        len([a for a in found if day <= a.detected_at < day + DAY]) <= 16
    )  # of 50 series that all doubled; it would be 28


def test_after_a_gap_the_usual_is_what_it_was() -> None:
    made = shop()
    first, last = made.first_at + 12 * DAY, made.first_at + 17 * DAY
    kept = (made.sold_at < first) | (made.sold_at >= last)
    found = list(replay(made.grid, made.sold_at[kept], made.series[kept], made.units[kept]))
    assert len([a for a in found if last <= a.detected_at < last + 2 * DAY]) <= 12


def test_one_stray_sale_of_long_ago_costs_no_time() -> None:
    detector = SpikeDetector(Grid(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64), 1, 1))
    assert detector.step(1, np.zeros(1, dtype=np.int64), np.ones(1)) == []
    assert detector.step(20_000 * DAY, np.zeros(1, dtype=np.int64), np.ones(1)) == []
    assert detector.usual.n_days <= 92


def test_nothing_is_told_before_there_is_a_usual() -> None:
    made = shop()
    assert min(a.detected_at for a in alerts()) >= made.first_at + 3 * DAY


def test_hourly_totals_count_at_the_end_of_their_hour() -> None:
    made = shop()
    stamps = made.sold_at // HOUR * HOUR
    found = list(replay(made.grid, stamps, made.series, made.units))
    assert found
    assert {a.detected_at % HOUR for a in found} == {HOUR - 1}


def test_the_threshold_follows_the_grid_s_own_chance() -> None:
    calm, wild = Threshold(5.0), Threshold(5.0)
    for day in range(10):
        calm.note(np.full(40, 4.0))
        wild.note(np.full(40, 9.0 + day / 100))
        calm.close_day(0, 0, learn=True)
        wild.close_day(0, 0, learn=True)
    assert calm.height == 4.0
    assert wild.height > 9.0


def test_a_step_over_many_series_takes_part_of_its_fifty_milliseconds() -> None:
    n = 40_000
    grid = Grid(np.arange(n) // 8, np.arange(n) % 8, n // 8, 8)
    detector = SpikeDetector(grid)
    detector.go_to(100)
    detector.step(100 * DAY + 60, np.arange(n), np.ones(n))
    assert detector.excursions.observed.sum() == n


def _file(folder: Path, *lines: str, header: str = "sold_at,product_id,region,quantity") -> Path:
    path = folder / "sales.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def test_reads_sales_and_names_what_it_cannot_read(tmp_path: Path) -> None:
    sales, rejects = read_sales(
        _file(tmp_path, "2026-01-02T10:00:30Z,p2,West,2", "soon,p1,West,1", "2026-01-02 11:00,p1,,", "2026-01-03,p1,West,x",
              "2026-01-03,,West,1", "2026-01-03", "2026-01-04,p1,West,-1")
    )  # fmt: skip
    assert sales.names == [("p1", ""), ("p2", "West")]
    assert list(sales.quantity) == [2.0, 1.0]
    assert [reject.line for reject in rejects] == [3, 5, 6, 7]


def test_refuses_a_file_without_its_columns(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="line 1: the header lacks sold_at"):
        read_sales(_file(tmp_path, "1,2", header="product_id,quantity"))
    with pytest.raises(UnusableInputError, match="no sale after the header"):
        read_sales(_file(tmp_path))


def test_the_command_writes_a_line_for_each_alert(tmp_path: Path) -> None:
    made = shop()
    stamps = np.datetime_as_string(made.sold_at.astype("datetime64[s]"))
    rows = [f"{t}Z,p{s // 3:02},r{s % 3},{u:g}" for t, s, u in zip(stamps, made.series, made.units, strict=True)]
    answer = CliRunner().invoke(command, ["spikes", "--sales", str(_file(tmp_path, *rows))])
    lines = [orjson.loads(line) for line in answer.stdout.splitlines()]
    assert [(line["product_id"], line["region"]) for line in lines] == [
        (f"p{a.series // 3:02}", f"r{a.series % 3}") for a in alerts()
    ]
    assert set(lines[0]) == {"product_id", "region", "started_at", "detected_at", "observed", "expected", "score"}
