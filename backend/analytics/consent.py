"""Who does not want to be contacted, as free-form documents say it."""

from sqlalchemy import ColumnElement, Text, column, func, or_, select

from backend.warehouse.tables import customers

_REFUSALS = ("donotcontact", "donotmail", "nocontact", "nomarketing", "optout", "optedout", "unsubscribed")
_CONSENTS = (
    "consent", "contactconsent", "marketingconsent", "optin", "marketingoptin", "maycontact", "acceptsmarketing"
)  # fmt: skip
_YES, _NO = ("true", "yes", "y", "1"), ("false", "no", "n", "0")


def may_be_contacted() -> ColumnElement[bool]:
    """Answer the condition on `customers`: no field of the document forbids it.

    Names are compared by their letters alone, so `doNotContact`, `do_not_contact` and `/contact/do-not-contact` are
    one. A document that says nothing forbids nothing.
    """
    said = func.jsonb_each_text(customers.c.extra).table_valued(column("key", Text), column("value", Text))
    name = func.lower(func.regexp_replace(said.c.key, "^.*/|[^A-Za-z]", "", "g"))
    value = func.lower(said.c.value)
    forbidding = or_(name.in_(_REFUSALS) & value.in_(_YES), name.in_(_CONSENTS) & value.in_(_NO))
    return ~select(said.c.key).where(forbidding).exists()
