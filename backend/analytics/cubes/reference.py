"""Products and channels."""

from sqlalchemy import Numeric, cast, func

from backend.analytics.cubes.expressions import mean, total
from backend.analytics.kinds import Cube, Dimension, Format, Measure, MemberType, Segment
from backend.warehouse.tables import channels, products

_P, _C = products.c, channels.c


def _of_product(name: str, description: str, type_: MemberType = MemberType.STRING) -> Dimension:
    return Dimension(name, _P[name], description, type_)


def _of_channel(name: str, description: str) -> Dimension:
    return Dimension(name, _C[name], description)


PRODUCTS = Cube(
    name="products",
    table=products,
    title="Products",
    description="The catalogue, and whatever documents name that it does not have (listed = false).",
    owner="merchandising",
    dimensions=(
        _of_product("productid", "The product"),
        _of_product("skuid", "Stock keeping unit"),
        Dimension("product_name", _P.productname, "Name", title="Product"),
        _of_product("productname", "Name, as the requirements call it"),
        Dimension("category", _P.productcategory, "Category"),
        _of_product("productcategory", "Category, as the requirements call it"),
        _of_product("subcategory", "Subcategory"),
        _of_product("brand", "Brand"),
        _of_product("gender", "Male, Female or Unisex"),
        Dimension("price", _P.price_cents, "List price", MemberType.NUMBER, Format.CURRENCY),
        Dimension("cost", _P.cost_cents, "Cost", MemberType.NUMBER, Format.CURRENCY),
        _of_product("currency", "ISO 4217"),
        _of_product("launchdate", "Day of launch", MemberType.TIME),
        _of_product("designername", "Designer"),
        _of_product("color", "Color"),
        _of_product("size", "Size"),
        _of_product("size_range", "Sizes it comes in"),
        _of_product("model", "Model"),
        _of_product("listed", "Whether the catalogue has it", MemberType.BOOLEAN),
    ),
    measures=(
        Measure("total_products", func.count(_P.productid.distinct()), "Products", aggregation="countDistinct"),
        Measure(
            "average_price", mean(_P.price_cents), "Mean list price", Format.CURRENCY, "avg", zero_when_empty=False
        ),
        Measure("total_cost", total(_P.cost_cents), "Sum of the costs", Format.CURRENCY, "sum"),
        Measure(
            "average_margin",
            func.avg(cast(_P.price_cents - _P.cost_cents, Numeric)),
            "Mean of price less cost, over products that have both",
            Format.CURRENCY,
            "avg",
            zero_when_empty=False,
        ),
    ),
    segments=(Segment("catalogue", _P.listed, "Products that the catalogue has"),),
)

CHANNELS = Cube(
    name="channels",
    table=channels,
    title="Channels",
    description="Stores and online platforms.",
    owner="retail-operations",
    store=_C.store_id,
    dimensions=(
        _of_channel("store_id", "The store or platform"),
        _of_channel("store_name", "Name"),
        _of_channel("store_address", "Address"),
        _of_channel("store_contact_email", "The store's e-mail address"),
        _of_channel("store_contact_phone", "The store's phone"),
        _of_channel("platform_name", "Online platform"),
        _of_channel("platform_url", "Its address"),
        _of_channel("country", "Country"),
        _of_channel("currency", "ISO 4217"),
        _of_channel("channel_type", "Store or online"),
        _of_channel("nearest_offline_store", "The store nearest to an online platform's customers"),
        _of_channel("region", "Sales region"),
        _of_channel("state", "State"),
    ),
    measures=(
        Measure(
            "total_stores", func.count(_C.store_id.distinct()), "Stores and platforms", aggregation="countDistinct"
        ),
    ),
)
