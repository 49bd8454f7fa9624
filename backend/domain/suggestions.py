"""What to do next, and why. A mention is a raw finding; a suggestion is actionable: never mix them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from backend.domain.ids import AssociateId, CustomerId, NoteId, ProductId, StoreId, SuggestionId


class SuggestionKind(StrEnum):
    """The kinds that the contract names."""

    FOLLOW_UP = "follow_up"
    RECOMMENDATION = "recommendation"
    CROSS_SELL = "cross_sell"
    UPSELL = "upsell"
    REPLENISH = "replenish"
    WIN_BACK = "win_back"
    COUPON = "coupon"
    AFTER_SALES = "after_sales"
    LOYALTY_CARD = "loyalty_card"
    SPIKE_OFFER = "spike_offer"


class SuggestionStatus(StrEnum):
    """Where a suggestion stands."""

    NEW = "new"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    DONE = "done"
    SNOOZED = "snoozed"
    HELD_OUT = "held_out"  # made and not shown: whoever is not told shows what would have come anyway
    WITHDRAWN = "withdrawn"  # its reason went away: the product was bought, the note was corrected


@dataclass(frozen=True, slots=True)
class NoteSpan:
    """The very words: `pointer` is the JSON pointer of the text within the revision's payload."""

    note_id: NoteId
    revision: int
    pointer: str
    start: int
    end: int
    text: str
    type: str = "note_span"


@dataclass(frozen=True, slots=True)
class BoughtTogether:
    """Customers who bought `product_id` also bought the suggested product: in `n` baskets, `lift` times the chance."""

    product_id: ProductId
    product_name: str
    share: float
    lift: float
    n: int
    type: str = "bought_together"


@dataclass(frozen=True, slots=True)
class PopularLately:
    """`n` units were bought in the last `days` days: the fallback for a customer of whom nothing is known."""

    n: int
    days: int
    type: str = "popular_lately"


@dataclass(frozen=True, slots=True)
class Purchased:
    """The customer bought of this category, or this product, in `n` orders for `amount` in all, lately on `last_on`."""

    product_id: ProductId | None
    category: str | None
    n: int
    amount: str  # decimal
    last_on: str | None  # day
    type: str = "purchased"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the customer stands: segment and churn state, with the numbers that they are told from."""

    segment: str | None
    churn_state: str | None
    recency_days: int | None
    frequency: int | None  # days with a purchase
    monetary: str | None  # decimal
    type: str = "standing"


@dataclass(frozen=True, slots=True)
class OwnRhythm:
    """Bought on `n` days, on average every `every_days`; as of `as_of` it is `days_since` days.

    Without a product it is the customer's visits that are meant.
    """

    product_id: ProductId | None
    n: int
    every_days: float
    days_since: int
    as_of: str  # day
    type: str = "own_rhythm"


@dataclass(frozen=True, slots=True)
class MovedUp:
    """Of `n_product` customers who bought `product_id`, `n` later bought the dearer product that is suggested."""

    product_id: ProductId
    product_name: str
    n: int
    n_product: int
    price: str  # decimal, of `product_id`
    type: str = "moved_up"


@dataclass(frozen=True, slots=True)
class SpikeNow:
    """The product sells more than usual in the customer's region: pieces in three hours against the usual."""

    spike_id: str
    product_id: ProductId
    region: str | None
    observed: int
    expected: float
    started_at: str
    type: str = "spike"


@dataclass(frozen=True, slots=True)
class PartOfCampaign:
    """Somebody chose this customer, among others, for an offer."""

    campaign_id: str
    name: str
    type: str = "campaign"


Reason = (
    NoteSpan | BoughtTogether | PopularLately | Purchased | Standing | OwnRhythm | MovedUp | SpikeNow | PartOfCampaign
)


@dataclass(frozen=True, slots=True)
class SuggestedProduct:
    """A product as the card shows it."""

    product_id: ProductId
    name: str
    price_cents: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing to do for one customer. `because` is never empty; `score` is 0..1."""

    id: SuggestionId
    kind: SuggestionKind
    customer_id: CustomerId
    associate_id: AssociateId | None
    store_id: StoreId | None
    title: str
    body: str
    products: tuple[SuggestedProduct, ...]
    due_on: date | None
    expires_at: datetime
    score: float
    because: tuple[Reason, ...]
    model_version: str
