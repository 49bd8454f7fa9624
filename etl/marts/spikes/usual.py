"""What is usual: pieces an hour of each series, told each midnight from the days before it.

The rate of a series in an hour is its level times the profile of the hour of the week. Levels are Gamma posteriors:
the series' own pieces and hours, both forgotten with a half-life, before them a prior of a few pieces at the product's
level and the region's share. Profiles shrink the same way: the product's towards the region's, the region's towards
the grid's, an hour of the week's towards the hour of the day. The level used is the upper end of what is believable,
so that what is little known (the first weeks, a launch) is not taken for a rise.
"""

import numpy as np

from etl.marts.spikes.grid import HOURS_A_WEEK, Flags, Floats, Grid, week_hours

HALF_LIFE_DAYS = 28
RECENT_DAYS = 6
SPREAD_HALF_LIFE_DAYS = 10
PROFILE_HALF_LIFE_DAYS = 70
PRIOR_PIECES = 2.0
RECENT_PRIOR_PIECES = 25.0
"""The last days outweigh the weeks before them only where they have so many pieces to say so."""
UPPER = 1.0
"""So many standard deviations above the mean of the posterior a level is taken."""
FIRST_GUESSES = 3
"""Of so many days the rates are guesses."""
LEAST_RATE = 0.01
"""An hour: what never sells at night may do so once."""
_GAP_SHARE, _GAP_PIECES = 0.05, 12.0
"""A region that sells less than this share of so many usual pieces was not selling: closed, or not telling."""


class Usual:
    """The levels and profiles of a grid; days are closed in their order."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        n = len(grid)
        self._n_days = 0
        places = (grid.n_products, grid.n_regions)
        self._pieces, self._hours = np.zeros(n), np.zeros(places)
        self._recent_pieces, self._recent_hours = np.zeros(n), np.zeros(places)
        self._by_hour = np.zeros((grid.n_regions, HOURS_A_WEEK))
        self._product_hours = np.zeros((grid.n_products, 24))
        self._n_week_hours = np.zeros((grid.n_regions, HOURS_A_WEEK))
        self._squares, self._spread = np.zeros(n), np.zeros(n)
        self._known = np.zeros(grid.n_products, dtype=bool)
        self._known_regions = np.zeros(grid.n_regions, dtype=bool)
        self.sold = np.zeros(n, dtype=bool)

    @property
    def n_days(self) -> int:
        """How many days it has learned from."""
        return self._n_days

    def close_day(self, day: int, counts: Floats, rates: Floats, risen: Flags) -> None:
        """Learn from a day: `counts` and the `rates` it had, series x 24 hours; `risen` series-hours are set right."""
        grid = self._grid
        selling = self._selling(counts, rates)
        if self._n_days >= FIRST_GUESSES:
            most = rates + 4 * np.sqrt(rates) + 3
            counts = np.where(risen, np.minimum(counts, rates), np.minimum(counts, most))
        open_hours = selling[grid.region]
        pieces = (counts * open_hours).sum(axis=1)
        self._know(counts.sum(axis=1) > 0)
        told = (self._region_profile()[:, week_hours(day)] * selling).sum(axis=1)
        hours = self._known[:, None] * (told * self._known_regions)[None, :]
        self._forget()
        self._pieces += pieces
        self._hours += hours
        self._recent_pieces += pieces
        self._recent_hours += hours
        self._by_hour[:, week_hours(day)] += grid.by_region(counts) * selling
        self._n_week_hours[:, week_hours(day)] += selling * self._known_regions[:, None]
        self._product_hours += grid.by_product(counts * open_hours)
        counted = open_hours * self.sold[:, None]
        if self._n_days >= FIRST_GUESSES:
            self._squares += (((counts - rates) ** 2 - rates) * counted).sum(axis=1)
            self._spread += (rates * counted).sum(axis=1)
        self._n_days += 1

    def rates(self, day: int) -> Floats:
        """Answer the usual pieces an hour of each series on a day, series x 24."""
        return np.maximum(self._levels()[:, None] * self.profile(day), LEAST_RATE)

    def dispersion(self) -> Floats:
        """Answer how many times a Poisson count's variance that of each series is, at least 1."""
        total = max(float(self._spread.sum()), 1.0)
        of_all = max(float(self._squares.sum()) / total, 0.0)
        return 1 + np.maximum((self._squares + 200 * of_all) / (self._spread + 200), 0.0)

    def openness(self, day: int) -> Floats:
        """Answer how much of its trade each region does in an hour of the day, 0 (closed) to 1; region x 24."""
        profile = self._region_profile()[:, week_hours(day)]
        return np.minimum(1.0, np.maximum(profile, 0.02) / 0.5)

    def profile(self, day: int) -> Floats:
        """Answer each series' share of its level in the hours of a day: 1 is the week's mean; series x 24."""
        regions = self._region_profile()
        of_region = regions[self._grid.region][:, week_hours(day)]
        by_day_hour = regions.reshape(-1, 7, 24).mean(axis=1)
        totals = self._product_hours.sum(axis=1, keepdims=True)
        weights = np.maximum(self._known_regions, 1e-9)[:, None]
        expected = (by_day_hour * weights).sum(axis=0) / weights.sum() / 24
        shape = (self._product_hours + 200 * expected) / ((totals + 200) * expected)
        answer: Floats = of_region * shape[self._grid.product]
        return answer

    def _region_profile(self) -> Floats:
        """Answer region x hour of the week, mean 1."""
        pieces, hours = self._by_hour, self._n_week_hours
        all_pieces, all_hours = pieces.sum(axis=0), hours.sum(axis=0)
        if not all_pieces.sum():
            return np.ones_like(pieces)
        flat = np.ones(24)
        of_day = _shrunk(all_pieces.reshape(7, 24).sum(axis=0), all_hours.reshape(7, 24).sum(axis=0), flat, 2)
        of_week = _shrunk(all_pieces, all_hours, np.tile(of_day, 7), 40)
        return np.vstack([_shrunk(p, h, of_week, 30) for p, h in zip(pieces, hours, strict=True)])

    def _know(self, sold: Flags) -> None:
        """Remember what has sold: what never has must make no difference, for it is not known yet."""
        grid = self._grid
        self.sold |= sold
        self._known[grid.product[sold]] = True
        self._known_regions[grid.region[sold]] = True

    def _levels(self) -> Floats:
        grid = self._grid
        product_pieces, product_hours = grid.by_product(self._pieces), self._hours.sum(axis=1)
        mean = (float(product_pieces.sum()) + 1) / (float(product_hours.sum()) + 24)
        of_product = (product_pieces + PRIOR_PIECES) / (product_hours + PRIOR_PIECES / mean)
        region_pieces, n_regions = grid.by_region(self._pieces), max(int(self._known_regions.sum()), 1)
        share = (region_pieces + 50) / (region_pieces.sum() / n_regions + 50)
        prior = np.maximum(of_product[grid.product] * share[grid.region], 1e-4)
        hours, recent_hours = (kept[grid.product, grid.region] for kept in (self._hours, self._recent_hours))
        level = np.maximum(_upper(self._pieces + PRIOR_PIECES, hours + PRIOR_PIECES / prior), 1e-4)
        pieces = self._recent_pieces + RECENT_PRIOR_PIECES
        recent = _upper(pieces, recent_hours + RECENT_PRIOR_PIECES / level)
        answer: Floats = np.maximum(level, recent * (1 - 1 / np.sqrt(pieces)))
        return answer

    def _selling(self, counts: Floats, rates: Floats) -> Flags:
        if self._n_days < 1:
            return np.ones((self._grid.n_regions, 24), dtype=bool)
        told, usual = self._grid.by_region(counts), self._grid.by_region(rates * self.sold[:, None])
        day_gap = (told.sum(axis=1) < _GAP_SHARE * usual.sum(axis=1)) & (usual.sum(axis=1) > _GAP_PIECES)
        gap: Flags = ((told < _GAP_SHARE * usual) & (usual > _GAP_PIECES)) | day_gap[:, None]
        return ~gap

    def _forget(self) -> None:
        level, recent, profile, spread = (
            0.5 ** (1 / days) for days in (HALF_LIFE_DAYS, RECENT_DAYS, PROFILE_HALF_LIFE_DAYS, SPREAD_HALF_LIFE_DAYS)
        )
        for kept, factor in (
            (self._pieces, level),
            (self._hours, level),
            (self._squares, spread),
            (self._spread, spread),
            (self._recent_pieces, recent),
            (self._recent_hours, recent),
            (self._by_hour, profile),
            (self._n_week_hours, profile),
            (self._product_hours, profile),
        ):
            np.multiply(kept, factor, out=kept)


def _shrunk(pieces: Floats, hours: Floats, towards: Floats, prior: float) -> Floats:
    """Answer the pieces an hour over their mean, mixed with `prior` pieces an hour's worth of `towards`."""
    mean = max(float(pieces.sum()) / max(float(hours.sum()), 1e-9), 1e-9)
    believed = prior / mean / 4
    rate = (pieces + believed * mean * towards) / (hours + believed) / mean
    answer: Floats = rate / rate.mean()
    return answer


def _upper(pieces: Floats, hours: Floats) -> Floats:
    answer: Floats = (pieces + UPPER * np.sqrt(pieces)) / hours
    return answer
