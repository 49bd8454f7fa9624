"""What was suggested, what became of it, and what the notes mention."""

from sqlalchemy import func

from backend.analytics.cubes.expressions import count_where, mean, share
from backend.analytics.kinds import Cube, Dimension, Format, Join, Measure, MemberType, Segment
from backend.warehouse.tables import channels, customers, mentions, notes, outcomes, products, suggestions

_S, _O, _M, _N = suggestions.c, outcomes.c, mentions.c, notes.c
_ACCEPTED = _S.status.in_(["accepted", "done"])
_CLOSED_BY_PEOPLE = _S.status.in_(["accepted", "done", "dismissed"])

SUGGESTIONS = Cube(
    name="suggestions",
    table=suggestions,
    title="Suggestions",
    description="One row a suggestion; what is held out was shown to nobody.",
    owner="clienteling",
    store=_S.store_id,
    dimensions=(
        Dimension("suggestion_id", _S.suggestion_id, "The suggestion"),
        Dimension("kind", _S.kind, "follow_up, recommendation, …"),
        Dimension("customer_id", _S.customer_id, "For whom"),
        Dimension("associate_id", _S.associate_id, "Shown to whom"),
        Dimension("store_id", _S.store_id, "In which store"),
        Dimension("status", _S.status, "new, accepted, dismissed, done, snoozed, withdrawn, held_out"),
        Dimension("model_version", _S.model_version, "What suggested it"),
        Dimension("created_at", _S.created_at, "When", MemberType.TIME),
        Dimension("due_on", _S.due_on, "By which day", MemberType.TIME),
    ),
    measures=(
        Measure("shown", count_where(_S.status != "held_out"), "Suggestions shown", aggregation="count"),
        Measure("held_out", count_where(_S.status == "held_out"), "Made and shown to nobody", aggregation="count"),
        Measure("accepted", count_where(_ACCEPTED), "Accepted or done", aggregation="count"),
        Measure("dismissed", count_where(_S.status == "dismissed"), "Dismissed", aggregation="count"),
        Measure(
            "acceptance_percentage",
            share(count_where(_ACCEPTED), count_where(_CLOSED_BY_PEOPLE)),
            "Accepted or done, of all that an associate decided upon",
            Format.PERCENT,
            zero_when_empty=False,
            title="Suggestions accepted",
        ),
        Measure("average_score", mean(_S.score), "Mean score, 0..1", Format.DECIMAL, "avg", zero_when_empty=False),
    ),
    segments=(Segment("open", _S.status.in_(["new", "snoozed"]), "Still open"),),
    joins=(
        Join("customers", _S.customer_id == customers.c.customer_id),
        Join("channels", _S.store_id == channels.c.store_id),
    ),
)

OUTCOMES = Cube(
    name="outcomes",
    table=outcomes,
    title="Outcomes",
    description="One row a decision of an associate; a suggestion may have several (snoozed, then accepted).",
    owner="clienteling",
    scope_through="suggestions",
    dimensions=(
        Dimension("outcome", _O.outcome, "accepted, dismissed, done, snoozed"),
        Dimension("reason", _O.reason, "As the associate says"),
        Dimension("order_id", _O.order_id, "The order that came of it"),
        Dimension("recorded_at", _O.recorded_at, "When", MemberType.TIME),
    ),
    measures=(
        Measure("total_outcomes", func.count(), "Decisions", aggregation="count"),
        Measure("accepted", count_where(_O.outcome.in_(["accepted", "done"])), "Accepted or done", aggregation="count"),
    ),
    joins=(Join("suggestions", _O.suggestion_id == _S.suggestion_id),),
)

MENTIONS = Cube(
    name="mentions",
    table=mentions,
    title="Mentions",
    description="One row a product, or kind of product, found in a note.",
    owner="clienteling",
    scope_through="customers",
    dimensions=(
        Dimension("product_id", _M.product_id, "The product; NULL where only a kind is named"),
        Dimension("category", _M.category, "The subcategory, where a kind is named"),
        Dimension("intent", _M.intent, "wants, asked, bought, ordered, returned, rejected, owns, complaint, suggested"),
        Dimension("confidence", _M.confidence, "0..1", MemberType.NUMBER),
        Dimension("color", _M.color, "The color named with it"),
        Dimension("size", _M.size, "The size named with it"),
        Dimension("gender", _M.gender, "For women, men or kids"),
        Dimension("quantity", _M.quantity, "How many; NULL where none is said", MemberType.NUMBER),
        Dimension("recipient", _M.recipient, "Whose gift it is: mother, son, friend"),
        Dimension("shortage", _M.shortage, "Why it could not be had: out_of_stock, size, color"),
    ),
    measures=(
        Measure("total_mentions", func.count(), "Mentions", aggregation="count"),
        Measure(
            "mentioning_customers",
            func.count(_M.customer_id.distinct()),
            "Customers in whose notes it is named",
            aggregation="countDistinct",
        ),
    ),
    joins=(
        Join("customers", _M.customer_id == customers.c.customer_id),
        Join("products", _M.product_id == products.c.productid),
        Join("notes", (_M.customer_id == _N.customer_id) & (_M.note_id == _N.note_id)),
    ),
)

NOTES = Cube(
    name="notes",
    table=notes,
    title="Notes",
    description="One row a note or an order's comment.",
    owner="clienteling",
    scope_through="customers",
    dimensions=(
        Dimension("written_at", _N.written_at, "When", MemberType.TIME),
        Dimension("associate_id", _N.associate_id, "Who wrote"),
        Dimension("store_id", _N.store_id, "In which store"),
    ),
    measures=(
        Measure("total_notes", func.count(), "Notes", aggregation="count"),
        Measure(
            "average_sentiment",
            mean(_N.sentiment),
            "How the notes sound on average, -1 (bad) to 1 (good)",
            Format.DECIMAL,
            "avg",
            zero_when_empty=False,
        ),
    ),
    joins=(
        Join("customers", _N.customer_id == customers.c.customer_id),
        Join("channels", _N.store_id == channels.c.store_id),
    ),
)
