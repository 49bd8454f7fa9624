"""Orders, each counted once however many lines it has."""

from sqlalchemy import func

from backend.analytics.cubes.expressions import mean, total
from backend.analytics.kinds import Cube, Dimension, Format, Join, Measure, MemberType, Segment
from backend.domain.orders import UNSOLD_STATUSES
from backend.warehouse.tables import channels, customers, orders

_NOT_SOLD = func.lower(func.trim(orders.c.status)).in_(UNSOLD_STATUSES)
_BOUGHT = (orders.c.n_lines > 0) & ~func.coalesce(_NOT_SOLD, False)

ORDERS = Cube(
    name="orders",
    table=orders,
    title="Orders",
    description="One row an order. Amounts are per order, not per line.",
    store=orders.c.store_id,
    dimensions=(
        Dimension("order_id", orders.c.order_id, "The order, unique within its customer"),
        Dimension("customer_id", orders.c.customer_id, "Who ordered"),
        Dimension("status", orders.c.status, "As the source says"),
        Dimension("ordered_at", orders.c.ordered_at, "When it was placed", MemberType.TIME),
        Dimension("filed_on", orders.c.filed_on, "The day on which it was filed", MemberType.TIME),
        Dimension("store_id", orders.c.store_id, "The selling store or platform"),
        Dimension("associate_id", orders.c.associate_id, "Who sold"),
        Dimension("currency", orders.c.currency, "ISO 4217"),
        Dimension("n_lines", orders.c.n_lines, "How many lines it has", MemberType.NUMBER),
    ),
    measures=(
        Measure("total_orders", func.count(), "Orders, whatever their status", aggregation="count"),
        Measure(
            "total_order_amount", total(orders.c.amount_cents), "Sum of the orders' amounts", Format.CURRENCY, "sum"
        ),
        Measure(
            "average_order_amount",
            mean(orders.c.amount_cents).filter(_BOUGHT),
            "Mean amount of an order that has lines and was neither canceled nor returned",
            Format.CURRENCY,
            "avg",
            zero_when_empty=False,
            title="Average order",
        ),
        Measure(
            "ordering_customers",
            func.count(orders.c.customer_id.distinct()),
            "Customers with at least one order",
            aggregation="countDistinct",
        ),
    ),
    segments=(
        Segment("bought", _BOUGHT, "Orders with lines, neither canceled nor returned"),
        Segment("open", func.lower(orders.c.status) == "open", "Orders still open"),
    ),
    joins=(
        Join("customers", orders.c.customer_id == customers.c.customer_id),
        Join("channels", orders.c.store_id == channels.c.store_id),
    ),
)
