"""Who has been quiet for so long that nothing says they are still a customer."""

from datetime import datetime

from sqlalchemy import Connection, text

from backend.domain.ids import CustomerId

_QUIET = text("""
    SELECT i.customer_id
    FROM ingested i
    WHERE i.customer_id > :after
      AND NOT EXISTS (SELECT FROM customers c WHERE c.customer_id = i.customer_id
                      AND (c.updated_at >= :since OR c.register_date >= :since))
      AND NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = i.customer_id
                      AND (o.ordered_at >= :since OR o.filed_on >= :since))
      AND NOT EXISTS (SELECT FROM transactions t WHERE t.customer_id = i.customer_id
                      AND (t.transaction_date >= :since OR t.order_delivery_date >= :since))
      AND NOT EXISTS (SELECT FROM notes n WHERE n.customer_id = i.customer_id
                      AND (n.written_at >= :since OR n.accepted_at >= :since OR n.follow_up_due_on >= :since))
    ORDER BY i.customer_id
    LIMIT :limit
""")


def quiet_customers(connection: Connection, since: datetime, after: CustomerId, limit: int) -> list[CustomerId]:
    """Answer up to `limit` people of whom no row is dated at or after `since` (aware), by id, from beyond `after`.

    A document, an order, a payment, a delivery, a note and the day of a follow-up count. What the tables don't have
    yet is not seen: ask the journal before acting on it.
    """
    asked = {"since": since, "after": after, "limit": limit}
    return [CustomerId(customer_id) for customer_id in connection.execute(_QUIET, asked).scalars()]
