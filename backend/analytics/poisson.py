"""How unusual a count is against a usual one. Pure."""

import math

_NEGLIGIBLE = 1e-17


def tail(observed: int, expected: float) -> float:
    """Answer P(X >= observed) for X ~ Poisson(expected), summed from the tail upwards, so that tiny ones stay exact."""
    if observed <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    if observed <= expected:  # the sum from below is the short one, and the answer is not small
        return 1.0 - _between(0, observed - 1, expected)
    term = math.exp(observed * math.log(expected) - expected - math.lgamma(observed + 1))
    total, count = 0.0, observed
    while term > total * _NEGLIGIBLE:
        total += term
        count += 1
        term *= expected / count
    return min(total, 1.0)


def _between(first: int, last: int, expected: float) -> float:
    logs = (n * math.log(expected) - expected - math.lgamma(n + 1) for n in range(first, last + 1))
    return math.fsum(math.exp(log) for log in logs)


def surprise(observed: int, expected: float) -> float:
    """Answer -log10 of the tail, capped at 99: 3 is one in a thousand."""
    probability = tail(observed, expected)
    return 99.0 if probability <= 0 else min(-math.log10(probability), 99.0)
