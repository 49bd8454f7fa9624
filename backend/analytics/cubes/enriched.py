"""Wide rows for analysts: an order line with all that is known around it, and what a customer spends by category."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, cast, func, select, true

from backend.warehouse.tables import channels, customers, order_lines, orders, products, transactions, unmet_demand

_L, _O, _P, _C = order_lines.c, orders.c, products.c, customers.c
_U = unmet_demand.c


@dataclass(frozen=True, slots=True)
class EnrichedColumn:
    """A column of an enriched dataset; `kind` as `datasets.Kind` names it."""

    name: str
    expression: ColumnElement[Any]
    kind: str = "text"
    is_sum: bool = False


# An order may have several payments: the one for this very product first, then the earliest, so that there is one row
# for each order line whatever was paid how often.
_payment = (
    select(transactions)
    .where(transactions.c.customer_id == _L.customer_id, transactions.c.order_id == _L.order_id)
    .order_by(
        (transactions.c.skuid == _P.skuid).desc().nulls_last(),
        transactions.c.transaction_date,
        transactions.c.transaction_id,
    )
    .limit(1)
    .lateral("payment")
)
_T = _payment.c
_lines_of_orders = order_lines.join(orders, (_L.customer_id == _O.customer_id) & (_L.order_id == _O.order_id))

ORDERS_ENRICHED: tuple[FromClause, tuple[EnrichedColumn, ...], ColumnElement[str]] = (
    _lines_of_orders.outerjoin(products, _L.product_id == _P.productid)
    .outerjoin(customers, _L.customer_id == _C.customer_id)
    .outerjoin(_payment, true()),
    (
        EnrichedColumn("order_id", _L.order_id),
        EnrichedColumn("customer_id", _L.customer_id),
        EnrichedColumn("productsku", func.coalesce(_P.skuid, _L.product_id)),
        EnrichedColumn("order_date", func.coalesce(_O.ordered_at, _O.filed_on), "time"),
        EnrichedColumn("order_delivery_date", _T.order_delivery_date, "date"),
        EnrichedColumn("order_total_amount", func.coalesce(_T.order_total_amount_cents, _O.amount_cents), "money"),
        EnrichedColumn("shipping_method", _T.shipping_method),
        EnrichedColumn("order_status", func.coalesce(_T.order_status, _O.status)),
        EnrichedColumn("transaction_id", _T.transaction_id),
        EnrichedColumn("transaction_date", _T.transaction_date, "time"),
        EnrichedColumn("transaction_amount", _T.transaction_amount_cents, "money"),
        EnrichedColumn("payment_method", _T.payment_method),
        EnrichedColumn("product_category", _P.productcategory),
        EnrichedColumn("model_name", _P.model),
        EnrichedColumn("brand_name", _P.brand),
        EnrichedColumn("product_name", func.coalesce(_P.productname, _L.name)),
        EnrichedColumn("product_size", _P.size),
        EnrichedColumn("first_name", _C.first_name),
        EnrichedColumn("last_name", _C.last_name),
        EnrichedColumn("gender", _C.gender),
        EnrichedColumn("phone_number", _C.phone_number),
        EnrichedColumn("email_id", _C.email_id),
        EnrichedColumn("age", _C.age, "integer"),
        EnrichedColumn("city", _C.city),
        EnrichedColumn("state", _C.state),
        EnrichedColumn("country", _C.country),
        EnrichedColumn("zip_code", _C.zip_code),
    ),
    _L.store_id,
)

CUSTOMER_CATEGORY_SPEND: tuple[FromClause, tuple[EnrichedColumn, ...], ColumnElement[str]] = (
    _lines_of_orders.outerjoin(products, _L.product_id == _P.productid).join(
        customers, _L.customer_id == _C.customer_id
    ),
    (
        EnrichedColumn("customer_id", _L.customer_id),
        EnrichedColumn("category", _P.productcategory),
        EnrichedColumn("currency", _O.currency),
        EnrichedColumn("amount", func.sum(_L.amount_cents), "money", is_sum=True),
        EnrichedColumn("units", func.sum(_L.quantity), "integer", is_sum=True),
    ),
    _C.store_id,
)

UNMET_DEMAND: tuple[FromClause, tuple[EnrichedColumn, ...], ColumnElement[str]] = (
    unmet_demand.outerjoin(products, _U.product_id == _P.productid).outerjoin(
        channels, _U.store_id == channels.c.store_id
    ),
    (
        EnrichedColumn("asked_on", _U.asked_on, "date"),
        EnrichedColumn("week_on", cast(func.date_trunc("week", _U.asked_on), Date), "date"),
        EnrichedColumn("open_until", _U.open_until, "date"),
        EnrichedColumn("reason", _U.reason),
        EnrichedColumn("store_id", _U.store_id),
        EnrichedColumn("region", channels.c.region),
        EnrichedColumn("product_id", _U.product_id),
        EnrichedColumn("product_name", _P.productname),
        EnrichedColumn("subcategory", _U.subcategory),
        EnrichedColumn("category", _U.category),
        EnrichedColumn("wanted", _U.wanted),
        EnrichedColumn("color", _U.color),
        EnrichedColumn("size", _U.size),
        EnrichedColumn("gender", _U.gender),
        EnrichedColumn("quantity", _U.quantity, "integer"),
        EnrichedColumn("recipient", _U.recipient),
        EnrichedColumn("intent", _U.intent),
        EnrichedColumn("confidence", _U.confidence, "number"),
        EnrichedColumn("text", _U.text),
        EnrichedColumn("start", _U.start, "integer"),
        EnrichedColumn("end", _U.end, "integer"),
        EnrichedColumn("customer_id", _U.customer_id),
        EnrichedColumn("note_id", _U.note_id),
        EnrichedColumn("revision", _U.revision, "integer"),
        EnrichedColumn("source_kind", _U.source_kind),
        EnrichedColumn("pointer", _U.pointer),
        EnrichedColumn("extractor_version", _U.extractor_version),
    ),
    _U.store_id,
)
