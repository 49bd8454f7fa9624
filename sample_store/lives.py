"""Two years of one customer: when they come, what they buy, when they stay away for good."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sample_store.baskets import Baskets
from sample_store.calendar import DAYS, Calendar, moment
from sample_store.catalog import Product
from sample_store.checkout import Sale, make_order
from sample_store.draws import Draws
from sample_store.notes import NoteWriter, numbered
from sample_store.people import Customer
from sample_store.shelves import STAPLES
from sample_store.spikes import Spike


@dataclass(frozen=True, slots=True)
class Visit:
    """A time at which the customer buys, and what for where that is known beforehand."""

    at: datetime
    online: bool
    product: Product | None = None


@dataclass(slots=True)
class Life:
    """What became of one customer within the window."""

    customer: Customer
    orders: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Town:
    """All that the customers share."""

    seed: int
    calendar: Calendar
    baskets: Baskets
    spikes: list[Spike]
    notes: NoteWriter

    def live(self, customer: Customer) -> Life:
        """Answer the orders and notes of the customer, each in the order of time."""
        draws = Draws(self.seed, "life", customer.number)
        left_on = DAYS
        visits = []
        for visit, day in self._visits(draws, customer):
            visits.append(visit)
            if draws.chance(customer.rhythm.last_share):
                left_on = day
                break
        if visits:
            visits += self._restocking(draws, customer, left_on)
        visits += self._spike_visits(draws, customer, left_on)
        visits = sorted((visit for visit in visits if visit.at < self.calendar.end), key=lambda visit: visit.at)
        return self._tell(draws, customer, visits)

    def _visits(self, draws: Draws, customer: Customer) -> Iterator[tuple[Visit, int]]:
        """Their own rhythm, in demand time."""
        gap = customer.rhythm.gap_days
        if gap == 0:
            return
        start = max(0, customer.registered_day)
        wait = gap * draws.uniform() if customer.registered_day < 0 else 3 * draws.uniform()
        demand = self.calendar.demand_at(start) + wait
        while (day := self.calendar.day_at(demand)) < DAYS:
            online = draws.chance(customer.online_share)
            yield self._visit(draws, customer, day, online=online), day
            demand += gap * draws.spread(0.3, 1.7)

    def _restocking(self, draws: Draws, customer: Customer, left_on: int) -> Iterator[Visit]:
        """Yield the visits of those who use one thing up and come for it again, at their own pace in every season."""
        if not draws.chance(0.09):
            return
        pace = draws.between(34, 80)
        day = max(0, customer.registered_day) + draws.between(1, pace)
        staple = self.baskets.from_shelf(draws, draws.pick(STAPLES), customer, self.calendar.first)
        while staple is not None and day < left_on:
            yield self._visit(draws, customer, day, online=draws.chance(customer.online_share), product=staple)
            day += max(7, int(pace * draws.spread(0.82, 1.18)))

    def _spike_visits(self, draws: Draws, customer: Customer, left_on: int) -> Iterator[Visit]:
        for spike in self.spikes:
            here = spike.region == customer.store.region
            known = customer.registered_day <= spike.day(self.calendar) <= left_on
            if here and known and draws.chance(spike.share):
                yield Visit(spike.bought_at(draws), online=False, product=spike.product)

    def _visit(
        self, draws: Draws, customer: Customer, day: int, *, online: bool, product: Product | None = None
    ) -> Visit:
        on = self.calendar.date(day)
        return Visit(moment(draws, on, customer.store.utc_hours, online=online), online, product)

    def _tell(self, draws: Draws, customer: Customer, visits: list[Visit]) -> Life:
        life, owned = Life(customer), set[str]()
        notes: list[dict[str, Any]] = []
        for number, visit in enumerate(visits, 1):
            on = visit.at.date()
            first = visit.product or self.baskets.first_product(draws, customer, on)
            basket = self.baskets.fill(draws, customer, first, owned, on)
            notes += self.notes.before(draws, customer, first, visit.at)
            sale = Sale(customer, number, visit.at, basket, visit.online, self.calendar.until)
            order = make_order(draws, sale)
            life.orders.append(order)
            owned.update(product.product_id for product in basket if product.shelf.subcategory not in STAPLES)
            notes += self.notes.after(draws, customer, basket, order)
        notes += self._looking(draws, customer)
        life.notes = numbered(notes, customer, self.calendar.end)
        return life

    def _looking(self, draws: Draws, customer: Customer) -> Iterator[dict[str, Any]]:
        """Visits that end without a sale."""
        for _ in range(draws.weighted((0, 1, 2), (48, 40, 12))):
            on = self.calendar.date(draws.between(max(0, customer.registered_day), DAYS - 1))
            product = self.baskets.first_product(draws, customer, on)
            at = moment(draws, on, customer.store.utc_hours, online=False)
            yield self.notes.looking(draws, customer, product, at)
