"""Every table of the warehouse, once. Money in integer cents; times aware, in UTC; names as the requirements have them.

Rows that come from a customer's journal carry where they come from: `revision` (the journal entry), `source_kind`
(document, note, order, transaction) and `pointer` (the JSON pointer within its payload).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    false,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()


def _provenance() -> tuple[Column[int], Column[str], Column[str]]:
    return (
        Column("revision", Integer, nullable=False),
        Column("source_kind", Text, nullable=False),
        Column("pointer", Text, nullable=False),
    )


def _extra() -> Column[dict[str, object]]:
    """Fields that no column stands for, by JSON pointer: nothing that was sent is dropped."""
    return Column("extra", JSONB, nullable=False, server_default=text("'{}'"))


customers = Table(
    "customers",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("gender", Text),  # MALE, FEMALE, OTHER
    Column("phone_number", Text),
    Column("email_id", Text),
    Column("birth_date", Date),
    Column("age", Integer),  # as sent; queries prefer birth_date as of the query
    Column("education_level", Text),
    Column("marital_status", Text),
    Column("number_of_children", Integer),
    Column("register_date", Date),
    Column("occupation", Text),
    Column("annual_income_cents", BigInteger),
    Column("hobbies", Text),
    Column("degree_of_loyalty", Text),
    Column("social_class", Text),
    Column("mailing_street", Text),
    Column("city", Text),
    Column("state", Text),  # two-letter code where it can be told
    Column("country", Text),
    Column("zip_code", Text),
    Column("last_interaction_on", Date),
    Column("store_id", Text),
    Column("associate_id", Text),
    Column("search_text", Text, nullable=False),  # lower case: names, city, products; for the phone's search
    _extra(),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    *_provenance(),
    Index("customers_store", "store_id", "last_name", "customer_id"),
    Index("customers_state", "state"),
    Index("customers_name", text("coalesce(last_name, '')"), "customer_id"),
)

customer_history = Table(  # what a later document changed of the customer's own fields; the first one only states them
    "customer_history",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),  # the journal entry that changed it
    Column("field", Text, primary_key=True),  # as exported: phone_number, city, annual_income, ...
    Column("old_value", Text),  # NULL: it was not known before
    Column("new_value", Text),  # NULL: it was taken away
    Column("changed_at", DateTime(timezone=True), nullable=False),  # the entry was accepted
    Column("source_kind", Text, nullable=False),
    Column("pointer", Text, nullable=False),  # where the new value stands; '' where nothing stands any more
    Index("customer_history_changed_at", "changed_at"),
)

customer_products = Table(  # the names in a document's products[]
    "customer_products",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False),  # as written
    Column("product_id", Text),  # NULL: not in the catalogue
    Column("confidence", Double),
    *_provenance(),
)

products = Table(
    "products",
    metadata,
    Column("productid", Text, primary_key=True),
    Column("skuid", Text),
    Column("productname", Text, nullable=False),
    Column("productcategory", Text),
    Column("subcategory", Text),
    Column("brand", Text),
    Column("gender", Text),
    Column("price_cents", BigInteger),
    Column("cost_cents", BigInteger),
    Column("currency", Text),
    Column("launchdate", Date),
    Column("designername", Text),
    Column("color", Text),
    Column("size", Text),
    Column("size_range", Text),
    Column("model", Text),
    Column("aliases", ARRAY(Text), nullable=False),
    Column("listed", Boolean, nullable=False),  # false: named in a document or an order, unknown to the catalogue
    _extra(),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Index("products_category", "productcategory"),
    Index("products_subcategory", "subcategory", "productcategory"),
    Index("products_skuid", "skuid"),
)

channels = Table(
    "channels",
    metadata,
    Column("store_id", Text, primary_key=True),
    Column("store_name", Text),
    Column("store_address", Text),
    Column("store_contact_email", Text),
    Column("store_contact_phone", Text),
    Column("platform_name", Text),
    Column("platform_url", Text),
    Column("country", Text),
    Column("currency", Text),
    Column("channel_type", Text),
    Column("nearest_offline_store", Text),
    Column("region", Text),
    Column("state", Text),
    _extra(),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("status", Text),
    Column("comments", Text),
    Column("filed_on", Date),
    Column("ordered_at", DateTime(timezone=True)),
    Column("store_id", Text),
    Column("associate_id", Text),
    Column("currency", Text),
    Column("n_lines", Integer, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    # Whether it ever came by itself, not only within a document: then no document can take it back.
    Column("posted", Boolean, nullable=False, server_default=false()),
    _extra(),
    *_provenance(),
    Index("orders_ordered_at", "ordered_at"),
)

order_lines = Table(
    "order_lines",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("line_number", Integer, primary_key=True),
    Column("product_id", Text, nullable=False),
    Column("name", Text),  # as written, where the line names the product in words
    Column("quantity", Integer, nullable=False),
    Column("unit_price_cents", BigInteger, nullable=False),
    Column("discount_cents", BigInteger, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),  # quantity * unit price - discount; 0 where not sold
    Column("sold", Boolean, nullable=False, server_default=true()),  # false: the order was canceled or returned
    Column("ordered_at", DateTime(timezone=True)),
    Column("store_id", Text),
    *_provenance(),
    Index("order_lines_product", "product_id", "ordered_at"),
    Index("order_lines_ordered_at", "ordered_at"),
)

transactions = Table(
    "transactions",
    metadata,
    Column("customer_id", Text, primary_key=True),  # two customers' documents may use the same identifier
    Column("transaction_id", Text, primary_key=True),
    Column("transaction_date", DateTime(timezone=True)),
    Column("order_id", Text),
    Column("transaction_amount_cents", BigInteger),
    Column("payment_method", Text),
    Column("transaction_type", Text),
    Column("transaction_status", Text),
    Column("order_delivery_date", Date),
    Column("discounted_amount_cents", BigInteger),
    Column("shipping_amount_cents", BigInteger),
    Column("order_total_amount_cents", BigInteger),
    Column("discount_percentage", Double),
    Column("shipping_address", Text),
    Column("billing_address", Text),
    Column("promo_code", Text),
    Column("shipping_method", Text),
    Column("order_status", Text),
    Column("skuid", Text),
    Column("store_id", Text),
    # Told from the payment fields of an order; one that was stated by itself takes its place.
    Column("derived", Boolean, nullable=False, server_default=false()),
    _extra(),
    *_provenance(),
)

notes = Table(  # posted notes and the comments of orders
    "notes",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("note_id", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("written_at", DateTime(timezone=True)),
    Column("associate_id", Text),
    Column("store_id", Text),
    Column("order_id", Text),  # where the text is an order's comment
    Column("accepted_at", DateTime(timezone=True)),  # of the journal entry it came with
    Column("author_id", Text),  # who posted that entry; NULL for imported history: it asks for no follow-up by itself
    Column("follow_up_start", Integer),
    Column("follow_up_end", Integer),
    Column("follow_up_text", Text),
    Column("follow_up_due_on", Date),
    Column("sentiment", Double),  # -1 (bad) to 1 (good); NULL: read before it was told
    Column("extractor_version", Text, nullable=False),
    _extra(),
    *_provenance(),
    Index("notes_written_at", "written_at"),
)

mentions = Table(
    "mentions",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("note_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("product_id", Text),  # the best one; NULL where a kind is named
    Column("product_ids", ARRAY(Text), nullable=False),
    Column("category", Text),
    Column("intent", Text, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("size", Text),
    Column("color", Text),
    Column("gender", Text),
    Column("quantity", Integer),
    Column("recipient", Text),  # whose gift: mother, son, friend
    Column("shortage", Text),  # out_of_stock, size, color: why it could not be had
    Column("correction_id", Text),  # what made or changed it
    Column("extractor_version", Text, nullable=False),
    *_provenance(),
    Index("mentions_product", "product_id"),
)

unsold_asks = Table(  # what was asked for and the catalogue does not have: linked to nothing
    "unsold_asks",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("note_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("wanted", Text, nullable=False),  # in plain words: lower case, singular
    Column("head", Text, nullable=False),  # the last of them
    Column("size", Text),
    Column("color", Text),
    Column("gender", Text),
    Column("extractor_version", Text, nullable=False),
    *_provenance(),
)

corrections = Table(  # what associates have taught the reader, what was undone included
    "corrections",
    metadata,
    Column("correction_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("phrase", Text, nullable=False),
    Column("verdict", Text, nullable=False),  # product, category, not_a_product, not_this_product
    Column("product_ids", ARRAY(Text), nullable=False),
    Column("category", Text),
    Column("scope", Text, nullable=False),  # associate, store, all
    Column("associate_id", Text),
    Column("store_id", Text),
    Column("author_id", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("customer_id", Text),  # where the words stood that were corrected
    Column("note_id", Text),
    Column("revision", Integer),
    Column("pointer", Text),
    Column("start", Integer),
    Column("end", Integer),
    Column("undone_at", DateTime(timezone=True)),
    Column("undone_by", Text),
)

suggestions = Table(
    "suggestions",
    metadata,
    Column("suggestion_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("associate_id", Text),
    Column("store_id", Text),
    Column("title", Text, nullable=False),
    Column("product_ids", ARRAY(Text), nullable=False),
    Column("due_on", Date),
    Column("score", Double, nullable=False),
    Column("because", JSONB, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    Index("suggestions_customer", "customer_id"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("suggestion_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("order_id", Text),
    Column("reason", Text),
    Column("associate_id", Text),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)

warnings = Table(  # what was understood only in part: nothing is rejected for it
    "warnings",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("source", Text, primary_key=True),  # "document", or "<kind>/<id>"
    Column("pointer", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("detail", Text, nullable=False),
    Column("revision", Integer, nullable=False),
)

ingested = Table(  # how far each customer's journal is in the tables; the row lock that keeps a customer to one worker
    "ingested",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("ingested_at", DateTime(timezone=True), nullable=False),
    Column("catalog_at", DateTime(timezone=True)),  # the catalogue that the notes were read with; NULL: whatever it was
)

catalog_changes = Table(  # one row whenever products of the catalogue were loaded that were new or changed
    "catalog_changes",
    metadata,
    Column("loaded_at", DateTime(timezone=True), primary_key=True),  # the version of the catalogue
    Column("imported_at", DateTime(timezone=True), nullable=False),  # the newest of them was accepted
    Column("n_products", Integer, nullable=False),  # so many were new or changed
    Column("in_use_at", DateTime(timezone=True)),  # notes are read with it
    Column("settled_at", DateTime(timezone=True)),  # the notes that were read late by an older one were read again
)

sales_hourly = Table(  # mart: kept by deltas in the loader's transaction
    "sales_hourly",
    metadata,
    Column("hour", DateTime(timezone=True), primary_key=True),
    Column("product_id", Text, primary_key=True),
    Column("store_id", Text, primary_key=True),  # '' where unknown
    Column("units", BigInteger, nullable=False),
    Column("revenue_cents", BigInteger, nullable=False),
    Column("n_lines", BigInteger, nullable=False),
    Index("sales_hourly_product", "product_id", "hour"),
)

sales_daily = Table(  # rollup of sales_hourly: what dashboards ask of long ranges
    "sales_daily",
    metadata,
    Column("day", Date, primary_key=True),  # UTC
    Column("category", Text, primary_key=True),  # of the product as it is now; '' where unknown
    Column("store_id", Text, primary_key=True),
    Column("units", BigInteger, nullable=False),
    Column("revenue_cents", BigInteger, nullable=False),
    Column("n_lines", BigInteger, nullable=False),
)

sales_regional = Table(  # rollup of sales_daily: what dashboards of the whole shop ask of long ranges
    "sales_regional",
    metadata,
    Column("day", Date, primary_key=True),  # UTC
    Column("category", Text, primary_key=True),  # as in sales_daily
    Column("region", Text, primary_key=True),  # of the store as it is now; '' where unknown
    Column("units", BigInteger, nullable=False),
    Column("revenue_cents", BigInteger, nullable=False),
    Column("n_lines", BigInteger, nullable=False),
)

product_frequency = Table(  # mart: how often a product is bought; an order counts once, however many lines name it
    "product_frequency",
    metadata,
    Column("day", Date, primary_key=True),  # UTC
    Column("product_id", Text, primary_key=True),
    Column("store_id", Text, primary_key=True),  # '' where unknown
    Column("n_orders", BigInteger, nullable=False),
    Column("units", BigInteger, nullable=False),
    Index("product_frequency_product", "product_id", "day"),
    Index("product_frequency_store", "store_id", "day", postgresql_include=["product_id", "n_orders", "units"]),
)

product_purchases = Table(  # rollup of product_frequency over all stores, by day and by week
    "product_purchases",
    metadata,
    Column("n_days", SmallInteger, primary_key=True),  # 1 or 7
    Column("starts_on", Date, primary_key=True),  # UTC; weeks start on Monday
    Column("product_id", Text, primary_key=True),
    Column("n_orders", BigInteger, nullable=False),
    Column("units", BigInteger, nullable=False),
)

product_affinity = Table(  # mart: which products are bought by the same customers
    "product_affinity",
    metadata,
    Column("product_id", Text, primary_key=True),
    Column("other_product_id", Text, primary_key=True),
    Column("n_together", Integer, nullable=False),
    Column("n_product", Integer, nullable=False),
    Column("n_other", Integer, nullable=False),
    Column("n_baskets", Integer, nullable=False),
    Column("support", Double, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("lift", Double, nullable=False),
    Column("rank", SmallInteger, nullable=False),  # 1 = best partner of product_id
    Column("refreshed_at", DateTime(timezone=True), nullable=False),
)

product_upgrades = Table(  # mart: who bought the one later bought the other, dearer one of its kind
    "product_upgrades",
    metadata,
    Column("product_id", Text, primary_key=True),
    Column("other_product_id", Text, primary_key=True),
    Column("n_moved", Integer, nullable=False),  # customers who did
    Column("n_product", Integer, nullable=False),  # customers who bought product_id
    Column("refreshed_at", DateTime(timezone=True), nullable=False),
)

customer_rfm = Table(  # mart: recency, frequency, money; who never bought has no row
    "customer_rfm",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("recency_days", Integer, nullable=False),
    Column("frequency", Integer, nullable=False),  # days with a purchase
    Column("monetary_cents", BigInteger, nullable=False),
    Column("first_purchase_on", Date, nullable=False),
    Column("last_purchase_on", Date, nullable=False),
    Column("segment", Text, nullable=False),  # new, loyal, churned, and what lies between
    Column("refreshed_at", DateTime(timezone=True), nullable=False),
)

customer_churn = Table(  # mart: who will buy nothing for a while
    "customer_churn",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("state", Text, nullable=False),  # churned, active, never_purchased
    Column("probability", Double),  # of no purchase within the horizon; NULL: never purchased
    Column("horizon_days", Integer, nullable=False),
    Column("segment", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("method", Text, nullable=False),  # what answered: blend, bg/nbd, gamma
    Column("refreshed_at", DateTime(timezone=True), nullable=False),
    Index("customer_churn_state", "state", "probability"),
)

spikes = Table(  # mart: what sold more than usual in a region, while it did and afterwards
    "spikes",
    metadata,
    Column("spike_id", Text, primary_key=True),  # product/region/start
    Column("product_id", Text, nullable=False),
    Column("region", Text),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("detected_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),  # when it was last seen to last
    Column("closed_at", DateTime(timezone=True)),  # NULL: it lasts
    Column("observed", Integer, nullable=False),  # pieces in three hours, when it was last told
    Column("expected", Double, nullable=False),
    Column("score", Double, nullable=False),
    Index("spikes_open", "closed_at", "region"),
)

recommenders = Table(  # what the doors recommend by: each fit, with how it fared on orders that it had not seen
    "recommenders",
    metadata,
    Column("version", Text, primary_key=True),
    Column("fitted_at", DateTime(timezone=True), nullable=False),
    Column("n_lines", BigInteger, nullable=False),
    Column("n_orders", BigInteger, nullable=False),
    Column("n_customers", BigInteger, nullable=False),
    Column("n_products", BigInteger, nullable=False),
    Column("evaluation", JSONB, nullable=False),
    Column("cpu_seconds", Double, nullable=False),
    Column("peak_mb", Integer, nullable=False),
    Column(
        "content", LargeBinary, nullable=False
    ),  # `backend/recommend/stored_model.py`: arrays, no code, no ids of people
)

unmet_demand = Table(  # mart: what customers asked for and were not sold; kept in the loader's transaction
    "unmet_demand",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("note_id", Text, primary_key=True),
    Column("source", Text, primary_key=True),  # mention: the catalogue has it; unsold_ask: it does not
    Column("position", Integer, primary_key=True),
    Column("asked_on", Date, nullable=False),
    Column("open_until", Date, nullable=False),  # the last day on which a purchase would still meet it
    Column("reason", Text, nullable=False),  # not_bought, out_of_stock, size, color, not_carried
    Column("store_id", Text),  # where it was asked; else the customer's
    Column("product_id", Text),  # NULL where a kind was asked for, or something not carried
    Column("subcategory", Text),  # the kind, where the catalogue has it
    Column("category", Text),  # the kind's department
    Column("wanted", Text),  # in plain words, where the catalogue does not have it
    Column("color", Text),
    Column("size", Text),
    Column("gender", Text),
    Column("quantity", Integer),
    Column("recipient", Text),
    Column("intent", Text),
    Column("confidence", Double),  # of the mention
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("extractor_version", Text, nullable=False),
    *_provenance(),
    Index("unmet_demand_asked_on", "asked_on"),
    Index("unmet_demand_product", "product_id"),
)

mart_refreshes = Table(
    "mart_refreshes",
    metadata,
    Column("mart", Text, primary_key=True),
    Column("refreshed_at", DateTime(timezone=True), nullable=False),
    Column("n_rows", BigInteger, nullable=False),
    Column("duration_ms", Integer, nullable=False),
)

model_versions = Table(  # the definitions of the semantic model, whenever they were others
    "model_versions",
    metadata,
    Column("version", Text, primary_key=True),
    Column("first_used_at", DateTime(timezone=True), nullable=False),
    Column("definitions", JSONB, nullable=False),  # formula by "cube.member"
)

export_jobs = Table(
    "export_jobs",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("filter", JSONB, nullable=False),
    Column("caller", JSONB, nullable=False),  # whose scope and masks the file has
    Column("status", Text, nullable=False),  # queued, running, done, failed, canceled
    Column("n_rows", BigInteger, nullable=False),  # written so far
    Column("n_expected", BigInteger),
    Column("n_bytes", BigInteger),
    Column("sha256", Text),
    Column("as_of", DateTime(timezone=True)),
    Column("error", Text),
    Column("link_secret", Text, nullable=False),  # signs the link to this one file
    Column("key", Text, unique=True),  # the caller's Idempotency-Key, within its scope
    Column("request_digest", Text),  # of what was asked for with it
    Column("n_attempts", Integer, nullable=False, server_default=text("0")),  # the runs that took it up
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("heartbeat_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Index("export_jobs_status", "status", "created_at"),
)

quality_results = Table(  # what the checks found, each time they ran
    "quality_results",
    metadata,
    Column("check_name", Text, primary_key=True),
    Column("checked_at", DateTime(timezone=True), primary_key=True),
    Column("passed", Boolean, nullable=False),
    Column("n_checked", BigInteger, nullable=False),
    Column("n_failed", BigInteger, nullable=False),
    Column("detail", Text, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("state", Text),  # passed, warned, failed
    Column("kind", Text),  # completeness, uniqueness, validity, values, schema, freshness, referential, reconciliation
    Column("table_name", Text),
    Index("quality_results_checked_at", "checked_at"),
)

quality_failures = Table(  # the rows that a declared check did not like when it last ran, the first twenty
    "quality_failures",
    metadata,
    Column("check_name", Text, primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("row_key", Text, nullable=False),
    Column("customer_id", Text),  # whose row it is
    Column("value", Text),  # of personal data the shape only
    Column("seen_at", DateTime(timezone=True), nullable=False),
)

column_profiles = Table(  # how many values of each column are missing, hour by hour
    "column_profiles",
    metadata,
    Column("table_name", Text, primary_key=True),
    Column("column_name", Text, primary_key=True),
    Column("profiled_at", DateTime(timezone=True), primary_key=True),
    Column("n_rows", BigInteger, nullable=False),
    Column("n_nulls", BigInteger, nullable=False),
)

monitors = Table(  # when each monitor last looked, and how much was wrong
    "monitors",
    metadata,
    Column("monitor", Text, primary_key=True),
    Column("watched_at", DateTime(timezone=True), nullable=False),
    Column("n_problems", Integer, nullable=False),
)

incidents = Table(  # what was wrong, from when to when; of one trouble at most one is open
    "incidents",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("monitor", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
    Column("resolved_at", DateTime(timezone=True)),  # NULL: it lasts
    Index("incidents_opened_at", "opened_at"),
    Index("incidents_open", "monitor", "key", unique=True, postgresql_where=text("resolved_at IS NULL")),
)

pages = Table(  # messages to whoever is on duty, until they are delivered or given up
    "pages",
    metadata,
    Column("page_id", Text, primary_key=True),
    Column("target", Text, nullable=False),  # a digest of the webhook's address, or mail
    Column("body", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),  # NULL: delivered or given up
    Column("n_attempts", Integer, nullable=False, server_default=text("0")),
    Column("delivered_at", DateTime(timezone=True)),
    Column("error", Text),
    Index("pages_due_at", "due_at"),
)

runs = Table(  # what the background did: marts, checks, exports, rebuilds
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("job", Text, nullable=False),
    Column("state", Text, nullable=False),  # running, succeeded, failed
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("n_rows", BigInteger),
    Column("error", Text),
    Index("runs_started_at", "started_at"),
)
