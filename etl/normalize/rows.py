"""The rows of the warehouse as values: one NamedTuple a table, its fields in the order of the table's columns."""

from datetime import date, datetime
from typing import Any, NamedTuple

N_PROVENANCE = 3
"""Rows that come from a journal end in revision, source_kind, pointer; what stands before them is their content."""


class CustomerRow(NamedTuple):
    """One customer, as the newest document has them."""

    customer_id: str
    first_name: str | None
    last_name: str | None
    gender: str | None
    phone_number: str | None
    email_id: str | None
    birth_date: date | None
    age: int | None
    education_level: str | None
    marital_status: str | None
    number_of_children: int | None
    register_date: date | None
    occupation: str | None
    annual_income_cents: int | None
    hobbies: str | None
    degree_of_loyalty: str | None
    social_class: str | None
    mailing_street: str | None
    city: str | None
    state: str | None
    country: str | None
    zip_code: str | None
    last_interaction_on: date | None
    store_id: str | None
    associate_id: str | None
    search_text: str
    extra: dict[str, Any]
    updated_at: datetime
    revision: int
    source_kind: str
    pointer: str


class CustomerHistoryRow(NamedTuple):
    """One field that a later document changed; values as text, None where nothing was or is known."""

    customer_id: str
    revision: int
    field: str
    old_value: str | None
    new_value: str | None
    changed_at: datetime
    source_kind: str
    pointer: str


class CustomerProductRow(NamedTuple):
    """One name in a document's products[]."""

    customer_id: str
    position: int
    name: str
    product_id: str | None
    confidence: float | None
    revision: int
    source_kind: str
    pointer: str


class OrderRow(NamedTuple):
    """One order. `amount_cents` is the sum of its lines; 0 where nothing was sold."""

    customer_id: str
    order_id: str
    status: str | None
    comments: str | None
    filed_on: date | None
    ordered_at: datetime | None
    store_id: str | None
    associate_id: str | None
    currency: str | None
    n_lines: int
    amount_cents: int
    posted: bool
    extra: dict[str, Any]
    revision: int
    source_kind: str
    pointer: str


class OrderLineRow(NamedTuple):
    """One line. `amount_cents` = quantity * unit price - discount where sold, else 0; `line_number` counts from 1."""

    customer_id: str
    order_id: str
    line_number: int
    product_id: str
    name: str | None
    quantity: int
    unit_price_cents: int
    discount_cents: int
    amount_cents: int
    sold: bool
    ordered_at: datetime | None
    store_id: str | None
    revision: int
    source_kind: str
    pointer: str


class TransactionRow(NamedTuple):
    """One payment."""

    customer_id: str
    transaction_id: str
    transaction_date: datetime | None
    order_id: str | None
    transaction_amount_cents: int | None
    payment_method: str | None
    transaction_type: str | None
    transaction_status: str | None
    order_delivery_date: date | None
    discounted_amount_cents: int | None
    shipping_amount_cents: int | None
    order_total_amount_cents: int | None
    discount_percentage: float | None
    shipping_address: str | None
    billing_address: str | None
    promo_code: str | None
    shipping_method: str | None
    order_status: str | None
    skuid: str | None
    store_id: str | None
    derived: bool
    extra: dict[str, Any]
    revision: int
    source_kind: str
    pointer: str


class NoteRow(NamedTuple):
    """A posted note, or a comment of an order or a document."""

    customer_id: str
    note_id: str
    text: str
    written_at: datetime | None
    associate_id: str | None
    store_id: str | None
    order_id: str | None
    accepted_at: datetime | None
    author_id: str | None
    follow_up_start: int | None
    follow_up_end: int | None
    follow_up_text: str | None
    follow_up_due_on: date | None
    sentiment: float | None
    extractor_version: str
    extra: dict[str, Any]
    revision: int
    source_kind: str
    pointer: str


class MentionRow(NamedTuple):
    """What was found in a note: `text_of_note[start:end] == text`."""

    customer_id: str
    note_id: str
    position: int
    start: int
    end: int
    text: str
    product_id: str | None
    product_ids: list[str]
    category: str | None
    intent: str
    confidence: float
    size: str | None
    color: str | None
    gender: str | None
    quantity: int | None
    recipient: str | None
    shortage: str | None
    correction_id: str | None
    extractor_version: str
    revision: int
    source_kind: str
    pointer: str


class UnsoldAskRow(NamedTuple):
    """What was asked for and the catalogue does not have: `text_of_note[start:end] == text`."""

    customer_id: str
    note_id: str
    position: int
    start: int
    end: int
    text: str
    wanted: str
    head: str
    size: str | None
    color: str | None
    gender: str | None
    extractor_version: str
    revision: int
    source_kind: str
    pointer: str


class WarningRow(NamedTuple):
    """Something understood only in part, or not at all; what was sent is kept in `extra` and in the journal."""

    customer_id: str
    source: str
    pointer: str
    code: str
    detail: str
    revision: int


class ProductRow(NamedTuple):
    """One product. Unlisted: named in a document or an order, unknown to the catalogue."""

    productid: str
    skuid: str | None
    productname: str
    productcategory: str | None
    subcategory: str | None
    brand: str | None
    gender: str | None
    price_cents: int | None
    cost_cents: int | None
    currency: str | None
    launchdate: date | None
    designername: str | None
    color: str | None
    size: str | None
    size_range: str | None
    model: str | None
    aliases: list[str]
    listed: bool
    extra: dict[str, Any]
    updated_at: datetime


class ChannelRow(NamedTuple):
    """One store or online platform."""

    store_id: str
    store_name: str | None
    store_address: str | None
    store_contact_email: str | None
    store_contact_phone: str | None
    platform_name: str | None
    platform_url: str | None
    country: str | None
    currency: str | None
    channel_type: str | None
    nearest_offline_store: str | None
    region: str | None
    state: str | None
    extra: dict[str, Any]
    updated_at: datetime
