"""From a basket to an order: prices, discounts, payment, shipping, delivery, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sample_store.calendar import stamp
from sample_store.catalog import Product, dollars
from sample_store.draws import Draws, Wheel
from sample_store.people import Customer
from sample_store.places import MOBILE_APP, WEB

_FREE_SHIPPING_CENTS = 12_000
_ONLINE_PAYMENT = Wheel(("Credit Card", "PayPal", "Apple Pay", "Debit Card", "COD"), (46, 27, 14, 10, 3))
_STORE_PAYMENT = Wheel(("Credit Card", "Debit Card", "Apple Pay", "COD"), (52, 26, 16, 6))
_CARRIER = Wheel(("UPS", "FedEx", "USPS", "DHL"), (42, 24, 26, 8))
_CARRIER_DAYS = {"UPS": (2, 5), "FedEx": (1, 4), "USPS": (3, 7), "DHL": (3, 9)}
_PROMO = Wheel(("WELCOME10", "SEASON15", "FRIENDS20", "LASTCALL30"), (5, 4, 2, 1))
_PROMO_PERCENT = {"WELCOME10": 10, "SEASON15": 15, "FRIENDS20": 20, "LASTCALL30": 30}
_COMMENTS = (
    "Ship to my home address", "Gift wrap please", "Leave w/ the neighbor in 2B", "Call before delivery",
    "Hold at store, picks up Sat", "2nd try, first box got lost", "Wants the receipt by email",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sale:
    """One visit to the till. `until` bounds what is known: parcels due later are on their way."""

    customer: Customer
    number: int  # of the customer's orders
    at: datetime
    basket: Sequence[Product]
    online: bool
    until: date


def make_order(draws: Draws, sale: Sale) -> dict[str, Any]:
    """Answer the order with its lines, payment, shipping and status."""
    promo = _PROMO.turn(draws) if draws.chance(0.17) else None
    lines = [_line(draws, sale.customer, product, promo) for product in sale.basket]
    net = sum(line["_net"] for line in lines)
    shipping = _ship(draws, sale, net)
    status, transaction_status = _outcome(draws, sale, shipping["_delivered_on"])
    order = {
        "order_id": f"O{sale.customer.number:07d}-{sale.number:03d}",
        "customer_id": sale.customer.customer_id,
        "ordered_at": stamp(sale.at),
        "filed_on": sale.at.date().isoformat(),
        "store_id": _channel(draws, sale),
        "associate_id": None if sale.online else sale.customer.fields["associate_id"],
        "status": status,
        "comments": draws.pick(_COMMENTS) if draws.chance(0.06) else None,
        "currency": "USD",
        "payment_method": (_ONLINE_PAYMENT if sale.online else _STORE_PAYMENT).turn(draws),
        "transaction_type": "Refund" if transaction_status == "refunded" else "Purchase",
        "transaction_status": transaction_status,
        "promo_code": promo,
        "discounted_amount": dollars(sum(line["_discount"] for line in lines)),
        "shipping_method": shipping["method"],
        "shipping_amount": dollars(shipping["_cents"]),
        "order_total_amount": dollars(net + shipping["_cents"]),
        "order_delivery_date": shipping["_delivered_on"].isoformat() if status in {"Delivered", "Returned"} else None,
        "shipping_address": sale.customer.address if sale.online else None,
        "billing_address": sale.customer.address,
        "lines": [{key: value for key, value in line.items() if not key.startswith("_")} for line in lines],
    }
    return {key: value for key, value in order.items() if value is not None}


def _line(draws: Draws, customer: Customer, product: Product, promo: str | None) -> dict[str, Any]:
    cheap = product.price_cents < 4000  # noqa: PLR2004  # small things are taken by the handful
    quantity = draws.weighted((1, 2, 3, 4), (70, 20, 7, 3)) if cheap else 1
    percent = _PROMO_PERCENT[promo] if promo else draws.pick((10, 20)) if draws.chance(0.09) else 0
    gross = quantity * product.price_cents
    discount = gross * percent // 100
    return {
        "product_id": product.product_id,
        "skuid": product.sku_id,
        "quantity": quantity,
        "unit_price": dollars(product.price_cents),
        "discount": dollars(discount),
        "size": _size(customer, product),
        "_net": gross - discount,
        "_discount": discount,
    }


def _size(customer: Customer, product: Product) -> str | None:
    """Answer the customer's size, always the same of a kind."""
    return product.sizes[customer.number * 7 % 11 * len(product.sizes) // 11] if product.sizes else None


def _ship(draws: Draws, sale: Sale, net: int) -> dict[str, Any]:
    """In the store the customer carries it home; online some collect it, the others wait."""
    if not sale.online or draws.chance(0.12):
        days = 0 if not sale.online else draws.between(0, 2)
        return {"method": "Store Pickup", "_cents": 0, "_delivered_on": sale.at.date() + timedelta(days=days)}
    carrier = _CARRIER.turn(draws)
    late = draws.between(3, 9) if draws.chance(0.09) else 0
    days = draws.between(*_CARRIER_DAYS[carrier]) + late
    cents = 0 if net >= _FREE_SHIPPING_CENTS else draws.pick((495, 695, 895, 1295))
    return {"method": carrier, "_cents": cents, "_delivered_on": sale.at.date() + timedelta(days=days)}


def _outcome(draws: Draws, sale: Sale, delivered_on: date) -> tuple[str, str]:
    """Answer the order's status and the payment's."""
    if draws.chance(0.03):
        return "Canceled", "refunded"
    if delivered_on >= sale.until:
        return ("Shipped", "completed") if draws.chance(0.6) else ("Processing", "pending")
    return ("Returned", "refunded") if draws.chance(0.09 if sale.online else 0.04) else ("Delivered", "completed")


def _channel(draws: Draws, sale: Sale) -> str:
    if not sale.online:
        return sale.customer.store.store_id
    return MOBILE_APP if draws.chance(0.4) else WEB


_ORDER_FIELDS = (
    "customer_id", "order_id", "payment_method", "transaction_type", "transaction_status", "order_delivery_date",
    "shipping_address", "billing_address", "promo_code", "shipping_method", "store_id",
)  # fmt: skip


def order_rows(order: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Answer one flat row per order line, the order's own fields repeated: the shape of a CSV file of orders."""
    shared = {key: value for key, value in order.items() if key != "lines"}
    for line in order["lines"]:
        yield shared | line


def transaction_rows(order: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Answer one transaction per order line. The parcel's cost stands on the first, so that every amount adds up."""
    for position, line in enumerate(order["lines"]):
        gross = line["quantity"] * _cents(line["unit_price"])
        discount = _cents(line["discount"])
        shipping = _cents(order["shipping_amount"]) if position == 0 else 0
        yield {
            "transaction_id": f"T{order['order_id'][1:]}-{position + 1}",
            "transaction_date": order["ordered_at"],
            **{name: order.get(name) for name in _ORDER_FIELDS},
            "order_status": order["status"],
            "transaction_amount": dollars(gross - discount),
            "discounted_amount": dollars(discount),
            "discount_percentage": 100 * discount // gross,
            "shipping_amount": dollars(shipping),
            "order_total_amount": dollars(gross - discount + shipping),
            "skuid": line["skuid"],
        }


def _cents(amount: str) -> int:
    whole, _, part = amount.partition(".")
    return int(whole) * 100 + int(part)
