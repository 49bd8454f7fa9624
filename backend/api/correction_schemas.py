"""The wire shapes of corrections and of the products that they choose from."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.api.schemas import CUSTOMER_ID_PATTERN, Identifier, Text
from backend.domain.corrections import LONGEST_PHRASE, MOST_WORDS, CorrectionScope, Verdict, core_words, is_telling

_NEEDS_PRODUCTS = (Verdict.PRODUCT, Verdict.NOT_THIS_PRODUCT)


class CitedIn(BaseModel):
    """Where the words stand: characters of a note's text, as the customer's overview tells them."""

    customer_id: Annotated[str, Field(pattern=CUSTOMER_ID_PATTERN)]
    note_id: Annotated[Text, Field(min_length=1, max_length=500)]
    revision: Annotated[int, Field(strict=True, ge=1)]
    pointer: Annotated[Text, Field(min_length=1, max_length=1_000)]
    start: Annotated[int, Field(strict=True, ge=0)]
    end: Annotated[int, Field(strict=True, ge=1)]


class CorrectionIn(BaseModel):
    """What some words mean. The id is made by the app, so that a correction sent twice is one."""

    model_config = ConfigDict(frozen=True)

    correction_id: Identifier
    phrase: Annotated[Text, Field(min_length=1, max_length=LONGEST_PHRASE)]
    verdict: Verdict
    product_ids: Annotated[list[Identifier], Field(max_length=50)] = []
    category: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    scope: CorrectionScope
    store_id: Identifier | None = None
    note: CitedIn | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        words = core_words(self.phrase)
        if not is_telling(words) or len(words) > MOST_WORDS:
            raise ValueError(f"The phrase needs a word that tells, and at most {MOST_WORDS}: the dutchie")
        if self.verdict in _NEEDS_PRODUCTS and not self.product_ids:
            raise ValueError(f"The verdict {self.verdict} needs product_ids")
        if self.verdict is Verdict.CATEGORY and self.category is None:
            raise ValueError("The verdict category needs a category")
        return self


class CorrectionReceipt(BaseModel):
    """The correction, or its undoing, is stored; notes are read with it from now on, old ones again within seconds."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"correction_id": "4b1f", "version": 17, "accepted_at": "2026-11-22T10:30:00.123Z"}]
        }
    )

    correction_id: str
    version: int
    accepted_at: datetime


class TaughtProduct(BaseModel):
    """A product that a correction names; the name is null where the catalogue has it no more."""

    product_id: str
    name: str | None


class CitedOut(BaseModel):
    """Where the words stood that were corrected."""

    model_config = ConfigDict(from_attributes=True)

    customer_id: str
    note_id: str
    revision: int
    pointer: str
    start: int
    end: int


class CorrectionOut(BaseModel):
    """One correction as it stands; `note` is null where the customer is not within your scope."""

    correction_id: str
    version: int
    phrase: str
    verdict: Verdict
    products: list[TaughtProduct]
    category: str | None
    scope: CorrectionScope
    associate_id: str | None
    store_id: str | None
    author_id: str
    made_at: datetime
    note: CitedOut | None
    undone_at: datetime | None
    undone_by: str | None
    may_undo: bool


class CorrectionList(BaseModel):
    """One page, newest first; `next_cursor` null: it was the last."""

    items: list[CorrectionOut]
    next_cursor: str | None


class ProductOut(BaseModel):
    """A product of the catalogue; money is a decimal text."""

    product_id: str
    name: str
    brand: str | None
    category: str | None
    subcategory: str | None
    color: str | None
    size: str | None
    price: str | None
    currency: str


class ProductList(BaseModel):
    """One page; `next_cursor` null: it was the last."""

    items: list[ProductOut]
    next_cursor: str | None
