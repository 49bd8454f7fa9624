"""The wire shapes: tolerant in (unknown fields are kept, never refused), exact out."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

CUSTOMER_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$"
_YEAR_MONTH_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EARLIEST, _LATEST = 1900, 2100
_LARGEST_AMOUNT = Decimal(10) ** 12


def _spelled_out(value: Any) -> Any:
    if not isinstance(value, str) or not _YEAR_MONTH_DAY.match(value):
        raise ValueError("Write it as RFC 3339 has it: 2026-11-22 or 2026-11-22T10:30:00Z.")
    return value


def _of_our_time(value: date) -> date:
    if not _EARLIEST <= value.year <= _LATEST:
        raise ValueError(f"The year {value.year} is not between {_EARLIEST} and {_LATEST}. Correct it.")
    return value


def _with_offset(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("Say the offset from UTC: 2026-11-22T10:30:00Z or 2026-11-22T11:30:00+01:00.")
    return value


def _number_or_text(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError('Send a decimal text or a number: "89.00".')  # noqa: TRY004 - what Pydantic reads as a fault
    return repr(value) if isinstance(value, float) else value


def _identifier(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Instant = Annotated[datetime, BeforeValidator(_spelled_out), AfterValidator(_with_offset), AfterValidator(_of_our_time)]
Day = Annotated[date, BeforeValidator(_spelled_out), AfterValidator(_of_our_time)]
Money = Annotated[
    Decimal, BeforeValidator(_number_or_text), Field(ge=0, le=_LARGEST_AMOUNT, allow_inf_nan=False, decimal_places=4)
]
Identifier = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=128)]
NumberedIdentifier = Annotated[Identifier, BeforeValidator(_identifier)]
Text = Annotated[str, StringConstraints(strict=True)]


class _Incoming(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class NoteIn(_Incoming):
    """A note about a customer. The id is made by the app, so that a note sent twice is one note."""

    note_id: Identifier
    text: Annotated[Text, Field(min_length=1)]
    written_at: Instant


class OrderLineIn(_Incoming):
    """A line of an order: a product by its id, or in words."""

    product_id: NumberedIdentifier | None = None
    name: Annotated[Text, Field(min_length=1, max_length=500)] | None = None
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
    unit_price: Money
    discount: Money | None = None

    @model_validator(mode="after")
    def _names_a_product(self) -> Self:
        if self.product_id is None and self.name is None:
            raise ValueError("The line names no product: give product_id or name")
        if self.discount is not None and self.discount > self.quantity * self.unit_price:
            raise ValueError("The discount is larger than the line's amount")
        return self


class OrderIn(_Incoming):
    """An order, or its new state: the same order_id with another body is a later state of the same order."""

    order_id: NumberedIdentifier
    status: Annotated[Text, Field(min_length=1, max_length=100)]
    filed_on: Day
    comments: Text | None = None
    store_id: NumberedIdentifier | None = None
    ordered_at: Instant | None = None
    lines: Annotated[list[OrderLineIn], Field(max_length=1_000)] | None = None


class OutcomeIn(BaseModel):
    """What the associate did with a suggestion."""

    outcome: Literal["accepted", "dismissed", "done", "snoozed"]
    order_id: NumberedIdentifier | None = None
    reason: Annotated[Text, Field(max_length=2_000)] | None = None


class WishesIn(BaseModel):
    """What may be offered: a price band (decimal texts), a gender, a size, a category or subcategory."""

    price_min: Money | None = None
    price_max: Money | None = None
    gender: Annotated[Text, Field(max_length=20)] | None = None
    size: Annotated[Text, Field(max_length=20)] | None = None
    category: Annotated[Text, Field(max_length=200)] | None = None


class CartIn(BaseModel):
    """A cart, and whose it is where known. `browse`: what will be taken next; `checkout`: what completes the cart."""

    cart: Annotated[list[Identifier], Field(max_length=200)] = []
    customer_id: Annotated[str, Field(pattern=CUSTOMER_ID_PATTERN)] | None = None
    context: Literal["browse", "checkout"] = "browse"
    k: Annotated[int, Field(strict=True, ge=1, le=100)] = 10
    filters: WishesIn = WishesIn()


class SignIn(BaseModel):
    """A name and a password; `cookie` asks for the page's cookie too."""

    username: Annotated[Text, Field(min_length=1, max_length=200)]
    password: Annotated[Text, Field(min_length=1, max_length=1_000)]
    cookie: bool = False


class RefreshIn(BaseModel):
    """A refresh token, good for one use."""

    refresh_token: Annotated[Text, Field(min_length=1, max_length=500)]
    cookie: bool = False


class Receipt(BaseModel):
    """A write was accepted: it is stored, and what follows from it follows by itself."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [{"customer_id": "57fea3df", "revision": 3, "accepted_at": "2026-11-22T10:30:00.123Z"}]
        },
    )

    customer_id: str
    revision: int
    accepted_at: datetime


class CustomerDocument(BaseModel):
    """A customer's document as it was sent."""

    customer_id: str
    revision: int
    updated_at: datetime
    document: dict[str, Any]


class CustomerItem(BaseModel):
    """A customer in a list."""

    model_config = ConfigDict(extra="allow")

    customer_id: str


class CustomerList(BaseModel):
    """One page; `next_cursor` null: it was the last."""

    items: list[CustomerItem]
    next_cursor: str | None


class Because(BaseModel):
    """A reason: its `type` says which members it has."""

    model_config = ConfigDict(extra="allow")

    type: str


class SuggestedProductOut(BaseModel):
    """A product on a card; money is a decimal text."""

    product_id: str
    name: str
    price: str | None
    currency: str


class SuggestionOut(BaseModel):
    """One thing to do for one customer, and why."""

    id: str
    kind: str
    customer_id: str
    associate_id: str | None
    store_id: str | None
    title: str
    body: str
    products: list[SuggestedProductOut]
    due_on: date | None
    expires_at: datetime
    score: float
    because: list[Because]
    model_version: str
    status: str
    outcome: str | None = None
    created_at: datetime
    trace_ms: dict[str, float]


class SuggestionList(BaseModel):
    """A customer's open suggestions, best first."""

    items: list[SuggestionOut]
    next_cursor: str | None = None


class RecommendedItem(BaseModel):
    """A product to offer beside the cart."""

    product: SuggestedProductOut
    product_id: str
    score: float
    probability: float
    because: list[Because]


class Recommended(BaseModel):
    """The offer, best first; `cross_sell_opportunity`: the probability that the cart gets one more product."""

    items: list[RecommendedItem]
    cross_sell_opportunity: float
    model_version: str


class Token(BaseModel):
    """A session."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a kind of token, not one
    expires_in: int
    refresh_token: str


class Me(BaseModel):
    """Who calls, as the token says."""

    subject: str
    role: str
    store_id: str | None
    region: str | None
    associate_id: str | None
    expires_at: datetime


class FaultOut(BaseModel):
    """One thing that is wrong: where (a JSON pointer) and how to mend it."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FaultOut]
    trace_id: str
