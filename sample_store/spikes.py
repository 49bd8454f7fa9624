"""Regional demand spikes, each with its label: demand rises over hours and drops again, soon or after a day or two."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import fsum
from typing import Any

from sample_store.calendar import DAYS, Calendar, local_hour, local_to_utc, stamp
from sample_store.catalog import Product
from sample_store.draws import Draws
from sample_store.places import REGIONS, STORES

N_SPIKES = 14
_OPENS, _CLOSES = 8, 22
_LEAST_PRICE, _MOST_PRICE = 1000, 16_000


@dataclass(frozen=True, slots=True)
class Spike:
    """A product that a region wants all at once. `share` is the part of its active customers who buy."""

    product: Product
    region: str
    started_at: datetime
    rise_hours: float
    decay_hours: float
    share: float
    utc_hours: int

    def day(self, calendar: Calendar) -> int:
        """Answer the day of the window on which it starts."""
        return (self.started_at.date() - calendar.first).days

    def bought_at(self, draws: Draws) -> datetime:
        """Answer when one of its customers buys: ever denser while it rises, then thinning out; by day."""
        for _ in range(4):
            if draws.chance(0.45):
                hours = self.rise_hours * max(draws.uniform(), draws.uniform())
            else:
                hours = self.rise_hours + self.decay_hours * min(draws.uniform(), draws.uniform(), draws.uniform())
            at = self.started_at + timedelta(seconds=int(hours * 3600))
            if _OPENS <= local_hour(at, self.utc_hours) < _CLOSES:
                return at
        return self.started_at + timedelta(minutes=draws.between(30, 170))

    def label(self) -> dict[str, Any]:
        """Answer what a detector should find."""
        return {
            "product_id": self.product.product_id,
            "region": self.region,
            "started_at": stamp(self.started_at),
            "peak_at": stamp(self.started_at + timedelta(hours=self.rise_hours)),
            "ended_at": stamp(self.started_at + timedelta(hours=self.rise_hours + self.decay_hours)),
        }


def make_spikes(seed: int, products: list[Product], n_customers: int, calendar: Calendar) -> list[Spike]:
    """Make the spikes over the two years, oldest first; the last one is under way when the window ends."""
    able = [p for p in products if _LEAST_PRICE <= p.price_cents <= _MOST_PRICE and p.launched_on < calendar.first]
    days = [30 + number * (DAYS - 31) // (N_SPIKES - 1) for number in range(N_SPIKES)]
    days[-1] = DAYS - 1
    return [
        _make_spike(Draws(seed, "spike", number), able, day, n_customers, calendar) for number, day in enumerate(days)
    ]


def _make_spike(draws: Draws, able: list[Product], day: int, n_customers: int, calendar: Calendar) -> Spike:
    on = calendar.date(day if day == DAYS - 1 else min(DAYS - 5, day + draws.below(20)))
    season = [p for p in able if p.shelf.months[on.month - 1] >= 8]  # noqa: PLR2004  # nobody wants skis in July
    region = draws.pick(REGIONS)
    stores = [store for store in STORES if store.region == region]
    long_lived = draws.chance(0.5)
    buyers = draws.between(60, 130)
    active = n_customers * fsum(store.share for store in stores) * 0.7
    return Spike(
        product=draws.pick(season),
        region=region,
        started_at=local_to_utc(on, draws.between(9, 12) * 3600, stores[0].utc_hours),
        rise_hours=draws.spread(2.0, 5.0),
        decay_hours=draws.spread(20, 44) if long_lived else draws.spread(4, 9),
        share=min(0.35, buyers / active),
        utc_hours=stores[0].utc_hours,
    )
