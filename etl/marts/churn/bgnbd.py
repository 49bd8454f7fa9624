"""The BG/NBD model: how often customers buy while they stay, and whether they have left.

Fader, Hardie and Lee, "Counting your customers" the easy way (Marketing Science 24, 2005): while a customer stays,
purchases are Poisson with a rate that is Gamma(r, alpha) over customers; after each one the customer leaves with a
chance that is Beta(a, b). Days as the unit of time.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, digamma, gammaln

from etl.marts.churn.purchases import Floats, Ints

_LEAST_CUSTOMERS = 10
_BOUND = 12.0
_PENALTY = 1e-3
_MOST_FITTED = 8_000


@dataclass(frozen=True, slots=True)
class BgNbd:
    """The four parameters, with time in units of `scale` days."""

    r: float
    alpha: float
    a: float
    b: float
    scale: float

    def no_purchase(self, x: Floats, t_x: Floats, age: Floats, horizon_days: float) -> Floats:
        """Answer P(no purchase in the horizon | x repeats, the last at t_x, age), times in days.

        Both ways to be silent: to have left (weight `left`), or to stay and not to buy, exp(-rate N), whose mean over
        the Gamma posterior is ((alpha + T)/(alpha + T + N))^(r + x). Never 1 - P(alive), which calls everybody who
        bought once surely alive.
        """
        t_x, age, horizon = t_x / self.scale, age / self.scale, horizon_days / self.scale
        left = self._left(x, t_x, age)
        quiet = np.exp((self.r + x) * (np.log(self.alpha + age) - np.log(self.alpha + age + horizon)))
        answer: Floats = (quiet + left) / (1 + left)
        return answer

    def alive(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """Answer P(the customer has not left)."""
        answer: Floats = 1 / (1 + self._left(x, t_x / self.scale, age / self.scale))
        return answer

    def _left(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        odds = np.log(self.a) - np.log(np.maximum(self.b + x - 1, 1e-9))
        odds = odds + (self.r + x) * (np.log(self.alpha + age) - np.log(self.alpha + t_x))
        answer: Floats = np.where(x > 0, np.exp(np.minimum(odds, 50.0)), 0.0)
        return answer


def fit_bgnbd(x: Floats, t_x: Floats, age: Floats) -> BgNbd | None:
    """Fit by maximum likelihood; None where there are too few customers, or none has bought twice."""
    if len(x) < _LEAST_CUSTOMERS or not (x > 0).any():
        return None
    chosen = slice(None, None, max(1, len(x) // _MOST_FITTED))
    scale = max(float(age.max()) / 10, 1e-9)
    x, t_x, age = x[chosen], t_x[chosen] / scale, age[chosen] / scale
    counts, place = np.unique(x, return_inverse=True)
    found = minimize(
        badness,
        np.zeros(4),
        args=(counts, place, t_x, age),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_BOUND, _BOUND)] * 4,
        options={"maxiter": 200},
    )
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    return BgNbd(r, alpha, a, b, scale)


def badness(logs: Floats, counts: Floats, place: Ints, t_x: Floats, age: Floats) -> tuple[float, Floats]:
    """Answer the mean negative log likelihood, with a small penalty that keeps the parameters finite, and its gradient.

    Customers have x = counts[place] repeats: what depends on x alone is told once for each count.
    """
    r, alpha, a, b = np.exp(logs)
    x, repeated = counts[place], counts[place] > 0
    before = np.maximum(b + counts - 1, 1e-9)
    by_age, by_last = np.log(alpha + age), np.log(alpha + t_x)
    shared = gammaln(r + counts) - gammaln(r) + r * np.log(alpha)
    stays = (betaln(a, b + counts) - betaln(a, b))[place] - (r + x) * by_age
    leaves = (betaln(a + 1, before) - betaln(a, b))[place] - (r + x) * by_last
    either = np.where(repeated, np.logaddexp(stays, leaves), stays)
    left = np.where(repeated, np.exp(leaves - either), 0.0)  # the weight of having left
    total, all_of = digamma(a + b), digamma(a + b + counts)
    slopes = (
        (digamma(r + counts) - digamma(r) + np.log(alpha))[place] - by_age + left * (by_age - by_last),
        r / alpha - (r + x) * ((1 - left) / (alpha + age) + left / (alpha + t_x)),
        (total - all_of)[place] + left / a,
        (digamma(b + counts) - all_of - digamma(b) + total)[place] - left / before[place],
    )
    gradient = np.array([-slope.mean() * value for slope, value in zip(slopes, (r, alpha, a, b), strict=True)])
    badness = -float((shared[place] + either).mean()) + _PENALTY * float((logs**2).sum())
    return badness, gradient + 2 * _PENALTY * logs
