"""What the rules look at: one customer, as the tables know them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from backend.domain.ids import AssociateId, CustomerId, NoteId, OrderId, ProductId, StoreId
from backend.domain.mentions import FollowUpCue, Mention
from backend.domain.suggestions import SuggestedProduct


@dataclass(frozen=True, slots=True)
class NoteFact:
    """A note that may ask for something to be done, with what was read in it."""

    note_id: NoteId
    revision: int
    pointer: str
    text: str
    written_at: datetime
    accepted_at: datetime
    associate_id: AssociateId | None
    mentions: tuple[Mention, ...]
    cue: FollowUpCue | None = None
    open_order_id: OrderId | None = None  # the note is the comment of this order, and the order is still open

    @property
    def written_on(self) -> date:
        """Answer the day of writing, in UTC."""
        return self.written_at.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Partner:
    """`product_id` stands in `n` baskets beside another: in `share` of that one's, `lift` times the chance."""

    product_id: ProductId
    share: float
    lift: float
    n: int


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """One customer. `notes` newest first; `bought` with the last purchase; `owned` as the document says."""

    customer_id: CustomerId
    first_name: str | None
    associate_id: AssociateId | None
    store_id: StoreId | None
    notes: tuple[NoteFact, ...] = ()
    bought: Mapping[ProductId, datetime] = field(default_factory=dict)
    returned: frozenset[ProductId] = frozenset()
    owned: frozenset[ProductId] = frozenset()
    answered: frozenset[ProductId] = frozenset()  # recommended before, and taken up or turned down


@dataclass(frozen=True, slots=True)
class Shelf:
    """The products that the facts name, and who is bought with whom (best partner first)."""

    products: Mapping[ProductId, SuggestedProduct]
    partners: Mapping[ProductId, tuple[Partner, ...]] = field(default_factory=dict)
