"""The grid of series: one for each product in each region. Times are whole seconds since 1970, UTC."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

HOUR = 3600
DAY = 24 * HOUR
HOURS_A_WEEK = 168


@dataclass(frozen=True, slots=True)
class Grid:
    """Which product and which region each series is of, by their numbers."""

    product: Ints
    region: Ints
    n_products: int
    n_regions: int

    def __len__(self) -> int:
        return len(self.product)

    def by_product(self, values: Floats) -> Floats:
        """Answer the sum over each product's regions; `values` has one row for each series."""
        return self._sums(self.product, values, self.n_products)

    def by_region(self, values: Floats) -> Floats:
        """Answer the sum over each region's products."""
        return self._sums(self.region, values, self.n_regions)

    @staticmethod
    def _sums(group: Ints, values: Floats, n_groups: int) -> Floats:
        if values.ndim == 1:
            return np.bincount(group, weights=values, minlength=n_groups).astype(np.float64)
        return np.column_stack([np.bincount(group, weights=column, minlength=n_groups) for column in values.T])


def week_hours(day: int) -> slice:
    """Answer which hours of the week a day (counted from 1970) has; the week begins as 1970 did, on a Thursday."""
    first = day % 7 * 24
    return slice(first, first + 24)
