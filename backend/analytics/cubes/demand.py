"""What customers asked for and were not sold, by product, kind, attribute, store, region and week."""

from sqlalchemy import ColumnElement, Date, case, cast, func

from backend.analytics.cubes.expressions import count_where, total
from backend.analytics.kinds import AS_OF, Cube, Dimension, Join, Measure, MemberType, Segment
from backend.warehouse.tables import channels, customers, products, unmet_demand

_U = unmet_demand.c
_TODAY = cast(func.timezone("UTC", AS_OF), Date)

THING: ColumnElement[str] = case(
    (_U.product_id.is_not(None), func.concat("product:", _U.product_id)),
    (_U.wanted.is_not(None), func.concat("wanted:", _U.wanted)),
    else_=func.concat("kind:", func.coalesce(_U.subcategory, "")),
)
"""What was asked for, whichever way it is known."""


def _plain(name: str, description: str, type_: MemberType = MemberType.STRING) -> Dimension:
    return Dimension(name, _U[name], description, type_)


UNMET_DEMAND = Cube(
    name="unmet_demand",
    table=unmet_demand,
    title="Unmet demand",
    description="One row an ask, in a note, for something that the customer was not sold within 14 days.",
    owner="merchandising",
    store=_U.store_id,
    dimensions=(
        Dimension("thing", THING, "product:<id>, kind:<subcategory> or wanted:<words>"),
        _plain("product_id", "The product asked for; NULL where a kind was, or something that is not carried"),
        _plain("subcategory", "The kind of product; NULL where the catalogue has none"),
        _plain("category", "The kind's department"),
        _plain("wanted", "In plain words, what the catalogue does not have"),
        _plain("reason", "not_bought, out_of_stock, size, color, not_carried"),
        _plain("color", "The color asked for"),
        _plain("size", "The size asked for"),
        _plain("gender", "For women, men or kids"),
        _plain("recipient", "Whose gift it was to be"),
        _plain("intent", "wants, asked, rejected; NULL where it is not carried"),
        Dimension("words", _U.text, "The very words of the ask"),
        _plain("customer_id", "Who asked"),
        _plain("note_id", "In which of the customer's notes"),
        _plain("store_id", "Where it was asked; else the store that looks after the customer"),
        _plain("asked_on", "The day of the ask", MemberType.TIME),
        Dimension("week", cast(func.date_trunc("week", _U.asked_on), Date), "Its week's Monday", MemberType.TIME),
        _plain("open_until", "The last day on which a purchase still meets it", MemberType.TIME),
    ),
    measures=(
        Measure("asks", func.count(), "Asks that were not met", aggregation="count"),
        Measure("customers", func.count(_U.customer_id.distinct()), "Customers who asked", aggregation="countDistinct"),
        Measure(
            "notes",
            func.count(func.concat(_U.customer_id, "/", _U.note_id).distinct()),
            "Notes that say so",
            aggregation="countDistinct",
        ),
        Measure(
            "pieces", total(func.coalesce(_U.quantity, 1)), "Pieces asked for; 1 where none is said", aggregation="sum"
        ),
        Measure(
            "lost", count_where(_U.open_until < _TODAY), "Asks that can't be met in time any more", aggregation="count"
        ),
    ),
    segments=(
        Segment("not_carried", _U.reason == "not_carried", "What the catalogue does not have"),
        Segment("open", _U.open_until >= _TODAY, "Asks that may still be met in time"),
    ),
    joins=(
        Join("customers", _U.customer_id == customers.c.customer_id),
        Join("products", _U.product_id == products.c.productid),
        Join("channels", _U.store_id == channels.c.store_id),
    ),
)
