"""Payments: the eleven measures of the requirements, with what the source leaves open decided here.

Amounts sum whatever the status is, as the source does. Percentages divide by rows that have the identifier named in
the source's formula. `order_delivery_duration` is NULL until delivered; shipping of exactly 10 is High.
"""

from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Numeric, case, cast, extract, func, select

from backend.analytics.cubes.expressions import count_where, mean, share, total
from backend.analytics.kinds import AS_OF, Cube, Dimension, Format, Join, Mask, Measure, MemberType, Segment
from backend.warehouse.tables import channels, customers, products, transactions

_T = transactions.c
_LOW_SHIPPING_CENTS = 1000  # below 10.00 is Low, 10.00 and above is High
_LATE_AFTER_DAYS = 7
_MONTH = func.make_interval(0, 1)
_NUMBER, _TIME = MemberType.NUMBER, MemberType.TIME
_DELIVERED = func.lower(_T.order_status) == "delivered"
_CANCELED = func.lower(_T.order_status).in_(["canceled", "cancelled"])
_ON = cast(func.timezone("UTC", _T.transaction_date), Date)
_DAYS_TO_DELIVERY = _T.order_delivery_date - _ON
_DAYS_UNTIL_NOW = cast(func.timezone("UTC", AS_OF), Date) - _ON
_IS_LATE = func.coalesce(_DAYS_TO_DELIVERY, _DAYS_UNTIL_NOW) > _LATE_AFTER_DAYS
# A payment of which it can be told: of an order that was not canceled, on a known day.
_IS_DUE = _T.order_id.is_not(None) & _ON.is_not(None) & ~func.coalesce(_CANCELED, False)
_CURRENT_MONTH = (_T.transaction_date > AS_OF - _MONTH) & (_T.transaction_date <= AS_OF)
_MONTH_BEFORE = (_T.transaction_date > AS_OF - _MONTH - _MONTH) & (_T.transaction_date <= AS_OF - _MONTH)

_FULL_ADDRESS = func.nullif(func.concat_ws(" ", _T.shipping_address, _T.billing_address), "")
_same_sku = products.alias("same_sku")
# A stock keeping unit may stand on several products: the first one, so that the join stays N:1.
_PRODUCT_OF_SKU = (
    select(func.min(_same_sku.c.productid)).where(_same_sku.c.skuid == _T.skuid).correlate(transactions)
).scalar_subquery()


def _plain(name: str, description: str, type_: MemberType = MemberType.STRING) -> Dimension:
    return Dimension(name, _T[name], description, type_)


def _address(name: str, expression: ColumnElement[Any], description: str) -> Dimension:
    return Dimension(name, expression, description, mask=Mask.CONTACT)


def _money(name: str, description: str) -> Dimension:
    return Dimension(name, _T[f"{name}_cents"], description, _NUMBER, Format.CURRENCY)


def _part(name: str, description: str) -> Dimension:
    field = name.removeprefix("transaction_")
    return Dimension(
        name, cast(extract(field, func.timezone("UTC", _T.transaction_date)), Integer), description, _NUMBER
    )


_DIMENSIONS = (
    _plain("transaction_id", "The payment"),
    _plain("customer_id", "Who paid"),
    _plain("transaction_date", "When", _TIME),
    _plain("order_id", "For which order"),
    _money("transaction_amount", "Amount paid"),
    _plain("payment_method", "Credit Card, PayPal, COD, Debit Card, Apple Pay"),
    _plain("transaction_type", "As the source says"),
    _plain("transaction_status", "pending, refunded, completed"),
    _plain("order_delivery_date", "Day of delivery", _TIME),
    _money("discounted_amount", "Amount by which the price was reduced"),
    _money("shipping_amount", "Shipping"),
    _money("order_total_amount", "The order's total as the source has it"),
    _plain("discount_percentage", "Discount in percent", _NUMBER),
    _address("shipping_address", _T.shipping_address, "Where to"),
    _address("billing_address", _T.billing_address, "Whom to bill"),
    _address("full_address", _FULL_ADDRESS, "Shipping and billing address"),
    _plain("promo_code", "Promotion code"),
    _plain("shipping_method", "USPS, UPS, FedEx"),
    _plain("order_status", "As the source says"),
    _plain("skuid", "The product's stock keeping unit"),
    _plain("store_id", "The selling store or platform"),
    _part("transaction_year", "Year, UTC"),
    _part("transaction_month", "Month 1..12, UTC"),
    _part("transaction_day", "Day of the month, UTC"),
    Dimension(
        "order_delivery_duration",
        _DAYS_TO_DELIVERY,
        "Days from payment to delivery; NULL until delivered",
        _NUMBER,
    ),
    Dimension(
        "discount_applied",
        _T.discounted_amount_cents > 0,
        "Whether the price was reduced; NULL where the amount is not known",
        MemberType.BOOLEAN,
    ),
    Dimension(
        "shipping_cost_category",
        case(
            (_T.shipping_amount_cents.is_(None), None),
            (_T.shipping_amount_cents == 0, "Free Shipping"),
            (_T.shipping_amount_cents < _LOW_SHIPPING_CENTS, "Low Cost Shipping"),
            else_="High Cost Shipping",
        ),
        "Free at 0, Low below 10, High from 10",
    ),
)

_MEASURES = (
    Measure("total_transactions", func.count(_T.transaction_id.distinct()), "Payments", aggregation="countDistinct"),
    Measure("total_revenue", total(_T.transaction_amount_cents), "Sum of the amounts paid", Format.CURRENCY, "sum"),
    Measure(
        "average_transaction_amount",
        mean(_T.transaction_amount_cents),
        "Mean amount of a payment",
        Format.CURRENCY,
        "avg",
        zero_when_empty=False,
    ),
    Measure("total_discounted_amount", total(_T.discounted_amount_cents), "Sum of discounts", Format.CURRENCY, "sum"),
    Measure("total_shipping_amount", total(_T.shipping_amount_cents), "Sum of shipping", Format.CURRENCY, "sum"),
    Measure(
        "total_order_amount",
        total(_T.order_total_amount_cents),
        "Sum of the order totals that the payments carry",
        Format.CURRENCY,
        "sum",
    ),
    Measure(
        "transaction_percentage_with_discount",
        share(count_where(_T.discounted_amount_cents > 0), func.count(_T.transaction_id)),
        "Payments with a discount, of all payments",
        Format.PERCENT,
        zero_when_empty=False,
    ),
    Measure(
        "ups_delivered_percentage",
        share(count_where((func.lower(_T.shipping_method) == "ups") & _DELIVERED), func.count(_T.order_id)),
        "Delivered by UPS, of all payments that name an order",
        Format.PERCENT,
        zero_when_empty=False,
    ),
    Measure(
        "canceled_order_percentage",
        share(count_where(_CANCELED), func.count(_T.order_id)),
        "Canceled, of all payments that name an order",
        Format.PERCENT,
        zero_when_empty=False,
    ),
    Measure(
        "average_delivery_days",
        func.avg(cast(_DAYS_TO_DELIVERY, Numeric)),
        "Mean days from payment to delivery; what is not delivered is left out",
        Format.DECIMAL,
        "avg",
        zero_when_empty=False,
    ),
    Measure(
        "late_delivery_percentage",
        share(count_where(_IS_DUE & _IS_LATE), count_where(_IS_DUE)),
        "Delivered later than seven days after payment, or by now undelivered for longer; of all orders not canceled",
        Format.PERCENT,
        zero_when_empty=False,
    ),
    Measure(
        "monthly_revenue_curr",
        total(case((_CURRENT_MONTH, _T.transaction_amount_cents))),
        "Amounts paid in the month up to the query",
        Format.CURRENCY,
        "sum",
        as_of_window=True,
    ),
    Measure(
        "monthly_revenue_prev",
        total(case((_MONTH_BEFORE, _T.transaction_amount_cents))),
        "Amounts paid in the month before that",
        Format.CURRENCY,
        "sum",
        as_of_window=True,
    ),
)

TRANSACTIONS = Cube(
    name="transactions",
    table=transactions,
    title="Transactions",
    description="One row a payment.",
    store=_T.store_id,
    dimensions=_DIMENSIONS,
    measures=_MEASURES,
    segments=(Segment("paypal_transactions", _T.payment_method == "PayPal", "Paid with PayPal"),),
    joins=(
        Join("customers", _T.customer_id == customers.c.customer_id),
        Join("products", products.c.productid == _PRODUCT_OF_SKU),
        Join("channels", _T.store_id == channels.c.store_id),
    ),
)
