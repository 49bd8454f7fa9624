"""What changed of customers, field by field."""

from sqlalchemy import func

from backend.analytics.kinds import Cube, Dimension, Join, Mask, Measure, MemberType, RowMask, Segment
from backend.warehouse.tables import customer_history, customers

_H = customer_history.c
_CONTACT = _H.field.in_(("first_name", "last_name", "phone_number", "email_id", "birth_date", "mailing_street"))
HISTORY_MASK = RowMask({Mask.CONTACT: _CONTACT, Mask.INCOME: _H.field == "annual_income"})
"""Old and new values are hidden from whom the field itself is hidden; that and when it changed is not."""
_REACHED_BY = ("phone_number", "email_id", "mailing_street", "city", "state", "country", "zip_code")

CUSTOMER_HISTORY = Cube(
    name="customer_history",
    table=customer_history,
    title="History of customers",
    description="One row a field that a later document changed: what, when, from what to what.",
    owner="customer-care",
    scope_through="customers",
    dimensions=(
        Dimension("customer_id", _H.customer_id, "The customer"),
        Dimension("field", _H.field, "Which field of the customer changed"),
        Dimension("old_value", _H.old_value, "As it was; NULL where nothing was known", mask=HISTORY_MASK),
        Dimension("new_value", _H.new_value, "As it became; NULL where it was taken away", mask=HISTORY_MASK),
        Dimension("changed_at", _H.changed_at, "When the document was accepted", MemberType.TIME),
        Dimension("revision", _H.revision, "The entry of the customer's journal", MemberType.NUMBER),
        Dimension("pointer", _H.pointer, "Where the new value stands in it, as a JSON pointer"),
    ),
    measures=(
        Measure("total_changes", func.count(), "Fields changed", aggregation="count"),
        Measure(
            "changed_customers",
            func.count(_H.customer_id.distinct()),
            "Customers of whom something changed",
            aggregation="countDistinct",
        ),
    ),
    segments=(Segment("contact_data", _H.field.in_(_REACHED_BY), "Changes of how the customer is reached"),),
    joins=(Join("customers", _H.customer_id == customers.c.customer_id),),
)
