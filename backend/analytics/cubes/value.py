"""How customers stand: recency, frequency, money, segment, and the chance that nothing is bought."""

from sqlalchemy import func

from backend.analytics.cubes.expressions import count_where, mean, total
from backend.analytics.kinds import Cube, Dimension, Format, Join, Measure, MemberType, Segment
from backend.warehouse.tables import customer_churn, customer_rfm, customers

_R, _C = customer_rfm.c, customer_churn.c
_EVEN = 0.5

CUSTOMER_RFM = Cube(
    name="customer_rfm",
    table=customer_rfm,
    title="Recency, frequency, money",
    description="One row a customer who bought something; told anew after a posted order, else each 15 minutes.",
    owner="clienteling",
    scope_through="customers",
    dimensions=(
        Dimension("customer_id", _R.customer_id, "Who"),
        Dimension("segment", _R.segment, "new, loyal, churned, and what lies between"),
        Dimension("recency_days", _R.recency_days, "Days since the last purchase", MemberType.NUMBER),
        Dimension("frequency", _R.frequency, "Days with a purchase", MemberType.NUMBER),
        Dimension("first_purchase_on", _R.first_purchase_on, "The first purchase", MemberType.TIME),
        Dimension("last_purchase_on", _R.last_purchase_on, "The last purchase", MemberType.TIME),
    ),
    measures=(
        Measure("buyers", func.count(), "Customers who bought", aggregation="count"),
        Measure(
            "average_recency", mean(_R.recency_days), "Days since the last purchase", Format.DECIMAL, "avg",
            zero_when_empty=False,
        ),
        Measure(
            "average_frequency", mean(_R.frequency), "Days with a purchase", Format.DECIMAL, "avg",
            zero_when_empty=False,
        ),
        Measure(
            "average_spend", mean(_R.monetary_cents), "Spent by a customer in all", Format.CURRENCY, "avg",
            zero_when_empty=False,
        ),
        Measure("total_spend", total(_R.monetary_cents), "Spent in all", Format.CURRENCY, "sum"),
    ),
    joins=(Join("customers", _R.customer_id == customers.c.customer_id),),
)  # fmt: skip

CUSTOMER_CHURN = Cube(
    name="customer_churn",
    table=customer_churn,
    title="Churn",
    description="One row a customer, those who never bought included.",
    owner="clienteling",
    scope_through="customers",
    dimensions=(
        Dimension("customer_id", _C.customer_id, "Who"),
        Dimension("state", _C.state, "churned, active, never_purchased"),
        Dimension("segment", _C.segment, "new, loyal, churned, and what lies between"),
        Dimension("probability", _C.probability, "Of no purchase within the horizon, 0..1", MemberType.NUMBER),
        Dimension("horizon_days", _C.horizon_days, "The horizon", MemberType.NUMBER),
        Dimension("reason", _C.reason, "Why, with its figures"),
        Dimension("method", _C.method, "What answered: blend, bg/nbd, gamma"),
    ),
    measures=(
        Measure("customers", func.count(), "Customers", aggregation="count"),
        Measure("churned", count_where(_C.state == "churned"), "Nothing bought for 90 days", aggregation="count"),
        Measure("active", count_where(_C.state == "active"), "Bought within 90 days", aggregation="count"),
        Measure(
            "never_purchased", count_where(_C.state == "never_purchased"), "Never bought anything", aggregation="count"
        ),
        Measure(
            "average_probability", mean(_C.probability), "Mean chance of no purchase within the horizon",
            Format.DECIMAL, "avg", zero_when_empty=False,
        ),
    ),
    segments=(Segment("at_risk", (_C.state == "active") & (_C.probability > _EVEN), "Active and likely to stay away"),),
    joins=(Join("customers", _C.customer_id == customers.c.customer_id),),
)  # fmt: skip
