"""What the lines of an order say. For every line: amount = quantity * unit price - discount, to the cent."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from etl.normalize import fields
from etl.normalize.objects import Doubtful, Extract, extract, keep
from etl.normalize.products import resolve, unlisted_id
from etl.normalize.state import NameReader
from etl.normalize.understood import Doubt
from etl.normalize.values import text_of

_MAX_QUANTITY = 1_000_000
_MAX_CENTS = 10**14


class LineStatement(NamedTuple):
    """What is said of one line."""

    pointer: str
    product_id: str
    name: str | None
    quantity: int
    unit_price_cents: int
    discount_cents: int
    sku_id: str | None
    store_id: str | None
    extra: Mapping[str, Any]
    doubts: Sequence[Doubtful]

    @property
    def price_cents(self) -> int:
        """What the line costs where it is sold."""
        return self.quantity * self.unit_price_cents - self.discount_cents


def state_lines(records: Sequence[Any], at: str, reader: NameReader) -> tuple[LineStatement, ...]:
    """Read the lines that stand at the pointer `at`; a bare text is one piece of the product that it names."""
    return tuple(_line(record, f"{at}/{position}", reader) for position, record in enumerate(records))


def _line(record: Any, at: str, reader: NameReader) -> LineStatement:
    found = extract(record, fields.LINE, at) if isinstance(record, dict) else _bare(record, at)
    said, doubts = found.said, found.doubts
    product_id, name = _product(said, reader)
    if product_id is None:
        product_id = unlisted_id("unnamed product")
        doubts.append(Doubtful(at, Doubt("missing_product", "the line names no product")))
    quantity = said.get("quantity", 1)
    if abs(quantity) > _MAX_QUANTITY:
        doubts.append(Doubtful(at, Doubt("out_of_range", f"a quantity of {quantity} is taken as 1")))
        quantity = 1
    unit_price, discount, doubt = _prices(said, quantity)
    if max(abs(quantity * unit_price), abs(discount)) > _MAX_CENTS:
        unit_price, discount, doubt = (
            0,
            0,
            Doubt("out_of_range", "the amount is larger than any here: the line counts 0"),
        )
    if doubt is not None:
        doubts.append(Doubtful(at, doubt))
    return LineStatement(
        at,
        product_id,
        name,
        quantity,
        unit_price,
        discount,
        said.get("skuid"),
        said.get("store_id"),
        found.extra,
        doubts,
    )


def _bare(record: Any, at: str) -> Extract:
    found = Extract({}, {}, [])
    name = text_of(record).value
    if name is None or not isinstance(record, str):
        keep(found.extra, at, record)
    else:
        found.said["name"] = name
    return found


def _product(said: Mapping[str, Any], reader: NameReader) -> tuple[str | None, str | None]:
    """Answer the product and the name as written: the identifier counts, then the name, then the stock keeping unit."""
    name = said.get("name")
    if (product_id := said.get("product_id")) is not None:
        return str(product_id), name
    if (spelled := name or said.get("skuid")) is not None:
        return resolve(spelled, reader).product_id, spelled
    return None, None


def _prices(said: Mapping[str, Any], quantity: int) -> tuple[int, int, Doubt | None]:
    """Answer unit price and discount in cents so that they give the line's amount, and what is doubtful about them."""
    unit: int | None = said.get("unit_price_cents")
    amount: int | None = said.get("amount_cents")
    discount: int | None = said.get("discount_cents")
    if unit is None:
        return _from_amount(amount, quantity, discount or 0)
    if discount is None and "discount_percentage" in said:
        share = Decimal(str(said["discount_percentage"])) / 100
        discount = int((quantity * unit * share).to_integral_value(ROUND_HALF_UP))
    whole = quantity * unit
    if discount is None and amount is not None and amount <= whole:
        return unit, whole - amount, None
    if amount is None or whole - (discount or 0) == amount:
        return unit, discount or 0, None
    doubt = Doubt("amount_mismatch", "the amount is not quantity * unit price - discount: those count")
    return unit, discount or 0, doubt


def _from_amount(amount: int | None, quantity: int, discount: int) -> tuple[int, int, Doubt | None]:
    """Tell the unit price from the amount; what does not divide evenly becomes discount."""
    if amount is None:
        return 0, discount, Doubt("missing_price", "the line has neither unit price nor amount: it counts 0")
    unit = -(-(amount + discount) // quantity) if quantity else 0
    return unit, quantity * unit - amount, None
