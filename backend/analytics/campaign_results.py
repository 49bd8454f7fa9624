"""What came of campaigns: orders that associates named when they closed a suggestion."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_EARNED = text("""
    WITH answered AS (
        SELECT DISTINCT cited.value ->> 'campaign_id' AS campaign_id, s.customer_id, x.order_id
        FROM suggestions s
        CROSS JOIN LATERAL jsonb_array_elements(s.because) AS cited
        JOIN outcomes x ON x.suggestion_id = s.suggestion_id AND x.order_id IS NOT NULL
        WHERE s.because @> '[{"type": "campaign"}]' AND cited.value ->> 'campaign_id' = ANY(:ids)
    )
    SELECT a.campaign_id, count(*) AS n_orders, sum(o.amount_cents)::bigint AS amount_cents
    FROM answered a JOIN orders o ON o.customer_id = a.customer_id AND o.order_id = a.order_id
    GROUP BY a.campaign_id
""")


async def earned(connection: AsyncConnection, campaign_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Answer for each campaign how many orders came of it, and their amount in cents; an order counts once."""
    rows = await connection.execute(_EARNED, {"ids": list(campaign_ids)})
    return {row.campaign_id: (row.n_orders, row.amount_cents) for row in rows}
