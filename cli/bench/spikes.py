"""`floorbook bench spikes`: small labelled spikes in made-up shops, caught how often, how soon, at what price."""

import time

import numpy as np

from cli.bench.made_sales import MadeShop, ShopPlan, make_shop
from cli.bench.results import BenchResult, Level
from etl.marts.spikes import Alert, Grid, SpikeDetector, replay
from etl.marts.spikes.grid import DAY, HOUR, Floats

_SEEDS = (1, 2, 3)
_N_SERIES = 40_000
_RISING_HOURS = 3
_SOON_HOURS = 2.0


def bench_spikes() -> BenchResult:
    """Answer recall, delay and alerts a day over three shops, the plain rule beside ours; and what a step costs."""
    shops = [make_shop(ShopPlan(), seed) for seed in _SEEDS]
    rule = [_judge(shop, _rising(shop)) for shop in shops]
    ours = [_judge(shop, list(replay(shop.grid, shop.sold_at, shop.series, shop.units))) for shop in shops]
    recall, soon, told = (float(np.mean(column)) for column in zip(*ours, strict=True))
    plain = [float(np.mean(column)) for column in zip(*rule, strict=True)]
    step_ms = _step_ms()
    return BenchResult(
        f"Spikes: peak +3.6 an hour, seeds {_SEEDS}",
        (
            Level("risen three hours in a row: recall / within 2 h", f"{plain[0]:.3f} / {plain[1]:.3f}"),
            Level("risen three hours in a row: alerts a day", f"{plain[2]:.1f}"),
            Level("ours: recall", f"{recall:.3f}", ">= 0.995", recall >= 0.995),  # noqa: PLR2004 - the aim
            Level("ours: within 2 h of the start", f"{soon:.3f}", ">= 0.95", soon >= 0.95),  # noqa: PLR2004
            Level("ours: alerts a day, true ones included", f"{told:.1f}", "<= 5", told <= 5),  # noqa: PLR2004
            Level(f"one step, {_N_SERIES:,} series that all sold", f"{step_ms:.1f} ms CPU", "<= 50 ms", step_ms <= 50),  # noqa: PLR2004
        ),
    )


def _judge(shop: MadeShop, alerts: list[Alert]) -> tuple[float, float, float]:
    """Answer recall, the share caught within two hours of the start, and alerts a day."""
    late = []
    for spike in shop.spikes:
        found = [
            a.detected_at
            for a in alerts
            if a.series == spike.series and spike.started_at <= a.detected_at <= spike.ended_at
        ]
        late.append((min(found) - spike.started_at) / HOUR if found else np.inf)
    hours = np.array(late)
    return float(np.isfinite(hours).mean()), float((hours <= _SOON_HOURS).mean()), len(alerts) / shop.n_days


def _rising(shop: MadeShop) -> list[Alert]:
    """Alert whenever a series has sold more in each of three hours than in the one before."""
    first = shop.first_at // HOUR
    counts = np.zeros((len(shop.grid), shop.n_days * 24 + 1))
    np.add.at(counts, (shop.series, shop.sold_at // HOUR - first), shop.units)
    rises = np.diff(counts, axis=1) > 0
    runs = np.ones((len(counts), rises.shape[1] - _RISING_HOURS + 1), dtype=bool)
    for offset in range(_RISING_HOURS):
        runs &= rises[:, offset : offset + runs.shape[1]]
    told = [(int(one), (int(hour) + _RISING_HOURS + 1 + first) * HOUR) for one, hour in np.argwhere(runs)]
    return [Alert(one, at - _RISING_HOURS * HOUR, at, 0.0, 0.0, 0.0) for one, at in told]


def _step_ms() -> float:
    """Answer the CPU milliseconds of a step in which every series sells; the best of ten."""
    everything: Floats = np.ones(_N_SERIES)
    series = np.arange(_N_SERIES)
    detector = SpikeDetector(Grid(series // 8, series % 8, _N_SERIES // 8, 8))
    costs = []
    for minute in range(10):
        at = 20_000 * DAY + 10 * HOUR + minute * 60
        started = time.process_time()
        detector.step(at, series, everything)
        costs.append(time.process_time() - started)
    return min(costs) * 1000
