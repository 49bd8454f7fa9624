"""When to approach a customer of our own accord, and what each segment gets: data, for a shop to change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from backend.domain.suggestions import SuggestionKind

CONTACT_CAP = timedelta(days=14)
"""Nobody is approached again sooner than so long after the last time, whatever came of it."""
HELD_OUT_SHARE = 0.1
"""So many of those whom a rule picks are not told of to anybody: what they do is what would have come anyway."""
KEEP = timedelta(days=14)
"""So long a suggestion of ours stays; then its moment is over."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Below these a rule is silent. Days are calendar days in UTC, shares 0..1."""

    replenish_least_n: int = 3
    replenish_from: float = 0.9
    replenish_until: float = 2.0
    replenish_least_days: int = 5
    cross_sell_days: int = 14
    cross_sell_least_share: float = 0.05
    cross_sell_least_n: int = 5
    cross_sell_least_lift: float = 1.2
    upsell_least_n: int = 3
    upsell_least_share: float = 0.02
    upsell_days: int = 365
    coupon_from_days: int = 14
    coupon_until_days: int = 60
    win_back_least_n: int = 2
    win_back_until_days: int = 400
    loyalty_least_n: int = 5
    after_sales_from_days: int = 7
    after_sales_until_days: int = 21
    after_sales_times_usual: float = 2.0


RULES = Rules()

SEGMENT_ACTION: Mapping[str, tuple[SuggestionKind, str]] = {
    "new": (SuggestionKind.COUPON, "Send {name} a coupon for the second visit"),
    "loyal": (SuggestionKind.LOYALTY_CARD, "Offer {name} the loyalty card"),
    "churned": (SuggestionKind.WIN_BACK, "Win {name} back"),
}
"""What a segment gets, and how the card is headed; a segment that isn't named gets nothing of its own."""
