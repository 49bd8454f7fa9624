"""How often products are bought: read from the mart that the loader keeps, never from raw lines."""

from backend.analytics.cubes.expressions import total
from backend.analytics.kinds import Cube, Dimension, Join, Measure, MemberType
from backend.warehouse.tables import channels, product_frequency, products

_F = product_frequency.c

PRODUCT_FREQUENCY = Cube(
    name="product_frequency",
    table=product_frequency,
    title="Purchase frequency",
    description="How often each product was bought, by day (UTC) and store: ask for a period and group by product.",
    owner="product-marketing",
    store=_F.store_id,
    dimensions=(
        Dimension("day", _F.day, "The day on which the order was placed (UTC)", MemberType.TIME),
        Dimension("product_id", _F.product_id, "The product bought"),
        Dimension("store_id", _F.store_id, "The selling store or platform; '' where unknown"),
    ),
    measures=(
        Measure(
            "purchases",
            total(_F.n_orders),
            "Orders with the product; over several products, each order counts once for each of them",
            aggregation="sum",
        ),
        Measure("units", total(_F.units), "Pieces bought", aggregation="sum"),
    ),
    joins=(
        Join("products", _F.product_id == products.c.productid),
        Join("channels", _F.store_id == channels.c.store_id),
    ),
)
