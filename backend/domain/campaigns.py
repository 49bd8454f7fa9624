"""A campaign: whom to speak to, and with what. Marketing says it once; each associate gets their own customers."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backend.domain.ids import AssociateId, CustomerId, ProductId, Region, StoreId
from backend.domain.suggestions import Reason, SuggestedProduct, SuggestionKind


class Interest(StrEnum):
    """What ties a customer to a product or category."""

    BOUGHT = "bought"
    ASKED = "asked"  # in a note: wants, asked
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant: all that is given must hold. `category` and `product_id` are read by `interest`."""

    region: Region | None = None
    store_id: StoreId | None = None
    state: str | None = None
    segment: str | None = None
    churn_state: str | None = None
    category: str | None = None  # a category or subcategory of the catalogue
    product_id: ProductId | None = None
    interest: Interest = Interest.EITHER
    limit: int = 200

    @property
    def is_about_a_thing(self) -> bool:
        """Whether what was bought or asked for decides."""
        return self.category is not None or self.product_id is not None


@dataclass(frozen=True, slots=True)
class Offer:
    """What to offer until the end of the day `until`."""

    kind: SuggestionKind
    title: str
    body: str
    until: date
    product_id: ProductId | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One of the audience, with the facts that speak for it."""

    customer_id: CustomerId
    associate_id: AssociateId | None
    store_id: StoreId | None
    region: Region | None
    because: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign before anybody hears of it: its people, best first, and the product that is offered."""

    people: tuple[Person, ...]
    product: SuggestedProduct | None
    n_spared: int  # would be meant, but heard of another campaign within the last days or don't want to be contacted
