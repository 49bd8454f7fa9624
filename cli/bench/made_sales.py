"""Sales made up with labelled spikes in them: seeded, in two shapes, small beside the noise. No shop's data."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from etl.marts.spikes.grid import DAY, HOUR, Floats, Grid, Ints

TICK = 300
_TICKS_A_DAY = DAY // TICK
_WEEK = (1.0, 0.85, 0.9, 0.95, 1.2, 1.5, 1.1)
_FIRST_DAY = 20_000
"""Days since 1970."""


@dataclass(frozen=True, slots=True)
class MadeSpike:
    """One label. Demand rises to its peak within `rise_hours` and is down again at `ended_at`."""

    series: int
    started_at: int
    ended_at: int
    rise_hours: int


@dataclass(frozen=True, slots=True)
class MadeShop:
    """A history and its labels; times in whole seconds."""

    grid: Grid
    sold_at: Ints
    series: Ints
    units: Floats
    spikes: list[MadeSpike]
    n_days: int
    first_at: int


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """How large, how busy, and how small its spikes are (pieces an hour at their peak)."""

    n_products: int = 60
    n_regions: int = 4
    n_days: int = 42
    an_hour: float = 0.08
    spread: float = 0.7
    peak: float = 3.6
    n_spikes: int = 60
    quiet_days: int = 10


def make_shop(plan: ShopPlan, seed: int) -> MadeShop:
    """Make a shop: hours and weekdays of their own in each region, Poisson sales, spikes at daytime."""
    rng = np.random.default_rng(seed)
    n = plan.n_products * plan.n_regions
    grid = Grid(np.arange(n) // plan.n_regions, np.arange(n) % plan.n_regions, plan.n_products, plan.n_regions)
    products = np.exp(rng.normal(np.log(plan.an_hour), plan.spread, plan.n_products))
    shares = rng.dirichlet(np.full(plan.n_regions, 8.0)) * plan.n_regions
    level = products[grid.product] * shares[grid.region]
    traffic = np.stack([_traffic(region, plan.n_days) for region in range(plan.n_regions)])
    units = rng.poisson(level[:, None] * traffic[grid.region] * TICK / HOUR)
    spikes = [_add_spike(units, int(one), plan, rng) for one in rng.choice(n, plan.n_spikes, replace=False)]
    series, tick = np.nonzero(units)
    first = _FIRST_DAY * DAY
    sold_at = first + tick * TICK + rng.integers(0, TICK, len(tick))
    pieces = units[series, tick].astype(np.float64)
    return MadeShop(grid, sold_at, series, pieces, spikes, plan.n_days, first)


def _traffic(region: int, n_days: int) -> Floats:
    """Answer the region's share of trade in each tick: mean about 1, next to nothing while it is closed."""
    hours = (np.arange(_TICKS_A_DAY) * TICK / HOUR - region) % 24
    day = np.where((hours >= 8) & (hours < 22), 1 + 0.5 * np.sin((hours - 8) / 14 * 2 * np.pi), 0.02)  # noqa: PLR2004
    return np.concatenate([day / day.mean() * _WEEK[number % 7] for number in range(n_days)])


def _add_spike(units: npt.NDArray[np.int64], series: int, plan: ShopPlan, rng: np.random.Generator) -> MadeSpike:
    """Put a spike into a series: up within three hours; gone within a few hours or after a day or two."""
    day = int(rng.integers(plan.quiet_days, plan.n_days - 3))
    start = int(day * _TICKS_A_DAY + (rng.uniform(9, 14) + series % plan.n_regions) * HOUR / TICK)
    rise, plateau, fall = int(rng.integers(0, 4)), int(rng.choice([3, 4, 20])), int(rng.choice([3, 6]))
    hours = np.arange((rise + plateau + fall) * HOUR // TICK) * TICK / HOUR
    shape = np.minimum(1.0, (hours + TICK / HOUR) / max(rise, TICK / HOUR))
    shape *= np.clip(1 - (hours - rise - plateau) / fall, 0.0, 1.0)
    units[series, start : start + len(hours)] += rng.poisson(plan.peak * shape * TICK / HOUR)
    first = _FIRST_DAY * DAY + start * TICK
    return MadeSpike(series, first, first + len(hours) * TICK, rise)
