"""What was sold, by the hour: read from the rollup that the loader keeps, never from raw lines."""

from sqlalchemy import Numeric, cast, func

from backend.analytics.cubes.expressions import total
from backend.analytics.kinds import Cube, Dimension, Format, Join, Measure, MemberType
from backend.warehouse.tables import channels, products, sales_hourly

SALES = Cube(
    name="sales",
    table=sales_hourly,
    title="Sales",
    description="Units and revenue by product, store and hour (UTC). Canceled lines count nothing.",
    store=sales_hourly.c.store_id,
    dimensions=(
        Dimension("time", sales_hourly.c.hour, "The hour in which the order was placed", MemberType.TIME),
        Dimension("product_id", sales_hourly.c.product_id, "The product sold"),
        Dimension("store_id", sales_hourly.c.store_id, "The selling store or platform; '' where unknown"),
    ),
    measures=(
        Measure(
            "revenue",
            total(sales_hourly.c.revenue_cents),
            "Quantity times unit price less discount, summed over order lines",
            Format.CURRENCY,
            "sum",
        ),
        Measure("units", total(sales_hourly.c.units), "Pieces sold", aggregation="sum"),
        Measure("lines", total(sales_hourly.c.n_lines), "Order lines", aggregation="sum", title="Order lines"),
        Measure(
            "average_price",
            cast(func.sum(sales_hourly.c.revenue_cents), Numeric) / func.nullif(func.sum(sales_hourly.c.units), 0),
            "Revenue per piece sold",
            Format.CURRENCY,
            zero_when_empty=False,
        ),
    ),
    joins=(
        Join("products", sales_hourly.c.product_id == products.c.productid),
        Join("channels", sales_hourly.c.store_id == channels.c.store_id),
    ),
)
