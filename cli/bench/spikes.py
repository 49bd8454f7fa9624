"""`floorbook bench spikes`: small labelled spikes in made-up shops, caught how often, how soon, at what price."""

import time
from dataclasses import dataclass

import numpy as np

from cli.bench.intervals import interval
from cli.bench.made_sales import MadeShop, MadeSpike, ShopPlan, make_shop
from cli.bench.results import BenchResult, Level
from etl.marts.spikes import Alert, Grid, SpikeDetector, replay
from etl.marts.spikes.grid import DAY, HOUR, Floats

_SEEDS = (1, 2, 3)
_N_SERIES = 40_000
_RISING_HOURS = 3
_SOON_HOURS = 2.0
_RISE = {0: "risen at once", 1: "rising for an hour", 2: "rising for two hours", 3: "rising for three hours"}


def bench_spikes() -> BenchResult:
    """Answer recall, delay and alerts a day over three shops, the plain rule beside ours; and what a step costs."""
    shops = [make_shop(ShopPlan(), seed) for seed in _SEEDS]
    rule = _judge(shops, [_rising(shop) for shop in shops])
    ours = _judge(shops, [list(replay(shop.grid, shop.sold_at, shop.series, shop.units)) for shop in shops])
    step_ms = _step_ms()
    return BenchResult(
        f"Spikes: peak +3.6 an hour, seeds {_SEEDS}",
        (
            Level("risen three hours in a row: recall / within 2 h", f"{rule.recall:.3f} / {rule.soon:.3f}"),
            Level("risen three hours in a row: alerts a day", f"{rule.alerts_a_day:.1f}"),
            Level("ours: recall", f"{ours.recall:.3f}", ">= 0.995", ours.recall >= 0.995),  # noqa: PLR2004 - the aim
            Level("ours: within 2 h of the start", f"{ours.soon:.3f}", ">= 0.95", ours.soon >= 0.95),  # noqa: PLR2004
            *(
                Level(
                    f"ours: within 2 h, {_RISE[hours]}", interval((ours.hours[ours.rise == hours] <= _SOON_HOURS) * 1.0)
                )
                for hours in _RISE
            ),
            Level("ours: hours until told, half of them", f"{np.median(ours.hours):.2f}"),
            Level(
                "ours: alerts a day, true ones included",
                f"{ours.alerts_a_day:.1f}",
                "<= 5",
                ours.alerts_a_day <= 5,  # noqa: PLR2004
            ),
            Level(f"one step, {_N_SERIES:,} series that all sold", f"{step_ms:.1f} ms CPU", "<= 50 ms", step_ms <= 50),  # noqa: PLR2004
        ),
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    """How late each spike was told, in hours from its start (inf: never), and in how many hours it rose to its peak."""

    hours: Floats
    rise: Floats
    alerts_a_day: float

    @property
    def recall(self) -> float:
        return float(np.isfinite(self.hours).mean())

    @property
    def soon(self) -> float:
        return float((self.hours <= _SOON_HOURS).mean())


def _judge(shops: list[MadeShop], told: list[list[Alert]]) -> _Verdict:
    hours = [_late(spike, alerts) for shop, alerts in zip(shops, told, strict=True) for spike in shop.spikes]
    rise = [float(spike.rise_hours) for shop in shops for spike in shop.spikes]
    n_days = sum(shop.n_days for shop in shops)
    return _Verdict(np.array(hours), np.array(rise), sum(map(len, told)) / n_days)


def _late(spike: MadeSpike, alerts: list[Alert]) -> float:
    found = [
        alert.detected_at
        for alert in alerts
        if alert.series == spike.series and spike.started_at <= alert.detected_at <= spike.ended_at
    ]
    return (min(found) - spike.started_at) / HOUR if found else np.inf


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
