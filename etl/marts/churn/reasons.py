"""Why a customer is thought to come back or not, in words with the figures that it was told from."""

from math import isnan

from etl.marts.churn.features import Standing
from etl.marts.churn.states import ACTIVE, CHURNED, CHURNED_DAYS, NEVER_PURCHASED

__all__ = ["ACTIVE", "CHURNED", "CHURNED_DAYS", "NEVER_PURCHASED", "reason_for", "state_of"]


def state_of(recency_days: float) -> str:
    """Answer the state by the plain rule."""
    return CHURNED if recency_days > CHURNED_DAYS else ACTIVE


def reason_for(standing: Standing, place: int) -> str:
    """Answer one sentence: since when nothing was bought, and how often this customer usually buys."""
    silent = f"no purchase in {_days(standing.recency[place])}"
    gap, n_gaps = float(standing.mean_gap[place]), int(standing.n[place]) - 1
    if isnan(gap):
        return f"{silent}; bought on one day only"
    return f"{silent}; usually every {_days(gap)} (n = {n_gaps})"


def _days(days: float) -> str:
    whole = round(float(days))
    return f"{whole} day" if whole == 1 else f"{whole} days"
