"""How sure a mean is: the bootstrap over customers, carts or whatever was drawn."""

import numpy as np
import numpy.typing as npt

_N_RESAMPLES, _SEED = 500, 11


def interval(values: npt.NDArray[np.float64]) -> str:
    """Answer the mean with its 95 % interval."""
    rng = np.random.default_rng(_SEED)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(_N_RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{values.mean():.3f} ({low:.3f}-{high:.3f})"
