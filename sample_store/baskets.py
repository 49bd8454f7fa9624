"""What goes into a basket: a first product by taste, season and purse, then what goes with it."""

from collections.abc import Iterable, Sequence
from datetime import date
from math import fsum

from sample_store.catalog import Product
from sample_store.draws import Draws, Wheel
from sample_store.people import Customer
from sample_store.shelves import COMPANIONS, INTERESTS, SHELVES, Shelf

_MOST_LINES = 6
_NEW_DAYS = 75
_UNRELATED_SHARE = 0.36


class Baskets:
    """Chooses products for customers; what it needs of the catalogue is summed up once."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._on_shelf: dict[str, list[Product]] = {}
        for product in products:
            self._on_shelf.setdefault(product.shelf.subcategory, []).append(product)
        self._shelves = {
            (interest, month): _shelf_wheel(interest, month) for interest in INTERESTS for month in range(1, 13)
        }
        self._season = dict(_season_weights())

    def first_product(self, draws: Draws, customer: Customer, on: date) -> Product:
        """Choose what the customer comes for."""
        month = on.month
        wheel = Wheel(INTERESTS, [customer.tastes[i] * self._season[i, month] for i in INTERESTS])
        while True:
            shelf = self._shelves[wheel.turn(draws), month].turn(draws)
            product = self.from_shelf(draws, shelf.subcategory, customer, on)
            if product is not None:
                return product

    def from_shelf(self, draws: Draws, subcategory: str, customer: Customer, on: date) -> Product | None:
        """Choose on one shelf: what fits them, was launched by then, and lies near their purse."""
        audience = customer.audience if draws.chance(0.9) else "MW"
        fitting = [
            product
            for product in self._on_shelf[subcategory]
            if product.launched_on <= on and product.audience in audience + "UK"
        ]
        if not fitting:
            return None
        return draws.weighted(fitting, [_pull(product, customer.band, on) for product in fitting])

    def fill(self, draws: Draws, customer: Customer, first: Product, owned: Iterable[str], on: date) -> list[Product]:
        """Answer the basket: the first product and its companions, each product once."""
        basket, owned = [first], set(owned)
        for product in basket:  # grows while it is read: companions bring their own
            for subcategory, share in COMPANIONS.get(product.shelf.subcategory, ()):
                if len(basket) == _MOST_LINES:
                    return basket
                if draws.chance(share):
                    companion = self._companion(draws, product, subcategory, customer, on)
                    if companion is not None and companion not in basket and companion.product_id not in owned:
                        basket.append(companion)
        while len(basket) < _MOST_LINES and draws.chance(_UNRELATED_SHARE):
            other = self.first_product(draws, customer, on)
            if other not in basket:
                basket.append(other)
        return basket

    def _companion(
        self, draws: Draws, product: Product, subcategory: str, customer: Customer, on: date
    ) -> Product | None:
        """Choose the companion: every product has one partner on the other shelf that is taken most often."""
        shelf = self._on_shelf[subcategory]
        partner = shelf[int(product.product_id[1:]) * 7 % len(shelf)]
        if partner.launched_on <= on and draws.chance(0.45):
            return partner
        return self.from_shelf(draws, subcategory, customer, on)


def _pull(product: Product, band: float, on: date) -> float:
    distance = product.tier - band
    new = 1.8 if (on - product.launched_on).days < _NEW_DAYS else 1.0
    return new * product.pull / (0.12 + 3 * distance * distance)


def _shelf_wheel(interest: str, month: int) -> Wheel[Shelf]:
    fitting = [shelf for shelf in SHELVES if interest in shelf.interests.split()]
    return Wheel(fitting, [shelf.popularity * shelf.months[month - 1] for shelf in fitting])


def _season_weights() -> Iterable[tuple[tuple[str, int], float]]:
    """How much an interest is in season, 1 over the year."""
    for interest in INTERESTS:
        shelves = [shelf for shelf in SHELVES if interest in shelf.interests.split()]
        monthly = [fsum(shelf.popularity * shelf.months[month] for shelf in shelves) for month in range(12)]
        for month, weight in enumerate(monthly, 1):
            yield (interest, month), 12 * weight / fsum(monthly)
