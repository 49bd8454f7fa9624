"""Order lines: for what the hourly rollup cannot tell, such as orders that hold a category, or the newest sales."""

from sqlalchemy import func

from backend.analytics.cubes.expressions import total
from backend.analytics.kinds import Cube, Dimension, Format, Join, Measure, MemberType, Segment
from backend.warehouse.tables import channels, customers, order_lines, orders, products

_L, _O = order_lines.c, orders.c

LINES = Cube(
    name="lines",
    table=order_lines,
    title="Order lines",
    description="One row an order line. Sums equal those of the sales cube; prefer that one for long ranges.",
    store=_L.store_id,
    dimensions=(
        Dimension("customer_id", _L.customer_id, "Who ordered"),
        Dimension("order_id", _L.order_id, "The order, unique within its customer"),
        Dimension("line_number", _L.line_number, "Position within the order", MemberType.NUMBER),
        Dimension("ordered_at", _L.ordered_at, "When it was placed", MemberType.TIME),
        Dimension("product_id", _L.product_id, "The product"),
        Dimension("store_id", _L.store_id, "The selling store or platform"),
    ),
    measures=(
        Measure(
            "revenue",
            total(_L.amount_cents),
            "Quantity times unit price less discount; lines that were not sold count 0",
            Format.CURRENCY,
            "sum",
        ),
        Measure(
            "orders_with",
            func.count(func.row(_L.customer_id, _L.order_id).distinct()),
            "Orders that hold at least one of the lines asked for",
            aggregation="countDistinct",
            title="Orders",
        ),
        Measure("buyers", func.count(_L.customer_id.distinct()), "Customers who bought", aggregation="countDistinct"),
    ),
    segments=(Segment("sold", _L.sold, "Lines of orders neither canceled nor returned"),),
    joins=(
        Join("orders", (_L.customer_id == _O.customer_id) & (_L.order_id == _O.order_id)),
        Join("products", _L.product_id == products.c.productid),
        Join("customers", _L.customer_id == customers.c.customer_id),
        Join("channels", _L.store_id == channels.c.store_id),
    ),
)
