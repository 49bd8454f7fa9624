"""Whom we approach: every kind is made of real rows, once, with numbers that SQL counts the same, and closed when over."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, text, update

from backend.analytics.facts import read_facts
from backend.documents import suggestions as stored
from backend.documents.models import StoredSuggestion
from backend.domain.ids import CustomerId
from backend.domain.suggestions import SuggestionKind, SuggestionStatus
from backend.recommend.outreach import is_held_out
from backend.settings import Settings
from backend.warehouse import tables as t
from etl.marts.affinity import refresh_affinity
from etl.marts.approach_due import Walk, is_value_wanting, next_walk
from etl.marts.customer_value import refresh_customer_value
from etl.marts.spike_log import Spike, SpikeChange, SpikeStatus
from etl.marts.upgrades import refresh_upgrades
from tests.past_orders import list_products, sell
from workers.approach import JOB, approach
from workers.spike_calls import tell_associates
from workers.tasks.suggest import _is_over

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
_SOURCE = {"revision": 1, "source_kind": "document", "pointer": "", "search_text": "", "updated_at": NOW}
pytestmark = pytest.mark.usefixtures("documents")


def days(*ago: int) -> list[datetime]:
    return [NOW - timedelta(days=one) for one in ago]


def buy(engine: Engine, customer: str, product: str, *ago: int) -> None:
    sell(engine, [(customer, f"{customer}-{product}-{at:%j}", at, product) for at in days(*ago)])


def know(engine: Engine, *customers: str, associate: str = "A1", **extra: Any) -> None:
    row = {**_SOURCE, "store_id": "N1", "associate_id": associate, "extra": extra}
    with engine.begin() as connection:
        connection.execute(insert(t.customers), [{**row, "customer_id": id_, "first_name": "Ann"} for id_ in customers])
        came = [{"customer_id": id_, "revision": 1, "ingested_at": NOW} for id_ in customers]
        connection.execute(insert(t.ingested), came)


def shown(kind: SuggestionKind, prefix: str) -> str:
    """Answer a customer who is not held out of this kind."""
    return next(id_ for n in range(99) if not is_held_out(CustomerId(id_ := f"{prefix}{n}"), kind))


@pytest.fixture
def shop(engine: Engine) -> dict[str, str]:
    """Regulars who take socks with boots and later better boots; and one customer for each thing to be done."""
    kinds = SuggestionKind
    who = {
        "again": shown(kinds.REPLENISH, "again"),
        "beside": shown(kinds.CROSS_SELL, "beside"),
        "gone": shown(kinds.WIN_BACK, "gone"),
        "up": shown(kinds.UPSELL, "up"),
    }
    list_products(engine, ["bars", "socks", "laces"])
    list_products(engine, ["boots"], subcategory="Boots", price_cents=20_000)
    list_products(engine, ["pro"], subcategory="Boots", price_cents=30_000)
    crowd = [f"crowd{n}" for n in range(12)]
    with engine.begin() as connection:
        connection.execute(insert(t.channels).values(store_id="N1", region="North", extra={}, updated_at=NOW))
    know(engine, *who.values(), "silent", "refusing", do_not_contact="no")
    know(engine, *crowd, associate="A2")
    for number, one in enumerate(crowd):
        buy(engine, one, "boots", 200)
        buy(engine, one, "socks" if number < 8 else "laces", 199)
        buy(engine, one, "laces", 100)
        if number < 5:
            buy(engine, one, "pro", 60)
    buy(engine, who["again"], "bars", 40, 30, 20, 10)
    buy(engine, who["beside"], "boots", 2)
    buy(engine, who["gone"], "laces", 300, 250, 200)
    buy(engine, who["up"], "boots", 50)
    buy(engine, "refusing", "bars", 40, 30, 20, 10)
    with engine.begin() as connection:
        connection.execute(
            update(t.customers).where(t.customers.c.customer_id == "refusing").values(extra={"/doNotContact": "yes"})
        )
        refresh_affinity(connection, NOW)
        refresh_upgrades(connection, NOW)
        refresh_customer_value(connection, NOW)
    return who


async def made_for(customer: str) -> dict[str, StoredSuggestion]:
    return {one.kind: one for one in await stored.open_suggestions([CustomerId(customer)])}


async def test_each_thing_to_be_done_is_suggested_once(shop: dict[str, str], engine: Engine) -> None:
    n_made = await approach(engine, NOW)
    assert n_made > 3
    assert set(await made_for(shop["again"])) == {"replenish"}
    assert set(await made_for(shop["beside"])) == {"cross_sell"}
    assert set(await made_for(shop["gone"])) == {"win_back"}
    assert set(await made_for(shop["up"])) == {"upsell"}
    assert not await made_for("silent")
    assert not await made_for("refusing")
    assert await approach(engine, NOW + timedelta(hours=1)) == 0
    assert await approach(engine, NOW + timedelta(hours=1), since=NOW - timedelta(hours=1), most=500) == 0


async def test_every_number_of_every_reason_is_what_sql_counts(shop: dict[str, str], engine: Engine) -> None:
    await approach(engine, NOW)
    seen = set()
    for customer in shop.values():
        for suggestion in (await made_for(customer)).values():
            assert suggestion.body["because"]
            for reason in suggestion.body["because"]:
                seen.add(reason["type"])
                product = next((one["product_id"] for one in suggestion.body["products"]), None)
                with engine.begin() as connection:
                    told = dict(recounted(connection, customer, product, reason))
                assert told
                assert {name: reason[name] for name in told} == pytest.approx(told)
    assert seen == {"own_rhythm", "bought_together", "moved_up", "standing"}


def recounted(
    connection: Connection, customer: str, product: str | None, reason: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    asked = {"customer": customer, "product": product, "other": reason.get("product_id"), "now": NOW}
    query = {
        "own_rhythm": """
            SELECT count(DISTINCT ordered_at::date) AS n, :now ::date - max(ordered_at)::date AS days_since,
              round((max(ordered_at)::date - min(ordered_at)::date)::numeric
                / (count(DISTINCT ordered_at::date) - 1), 1)::float8 AS every_days
            FROM order_lines WHERE customer_id = :customer AND sold AND (:other ::text IS NULL OR product_id = :other)""",
        "bought_together": """
            SELECT count(*) FILTER (WHERE took) AS n, round(avg(took::int), 4)::float8 AS share FROM (
              SELECT bool_or(product_id = :product) AS took FROM order_lines WHERE sold AND customer_id IN (
                SELECT customer_id FROM order_lines WHERE product_id = :other)
              AND ordered_at < (SELECT min(ordered_at) FROM order_lines AS f WHERE f.product_id = :other
                AND f.customer_id = order_lines.customer_id) + interval '14 days'
              GROUP BY customer_id) AS baskets""",
        "moved_up": """
            SELECT count(*) AS n_product, count(*) FILTER (WHERE EXISTS (SELECT FROM order_lines AS later
              WHERE later.customer_id = had.customer_id AND later.product_id = :product AND later.sold
              AND later.ordered_at > had.at)) AS n
            FROM (SELECT customer_id, min(ordered_at) AS at FROM order_lines WHERE product_id = :other AND sold
              GROUP BY 1) AS had""",
        "standing": """
            SELECT count(DISTINCT ordered_at::date) AS frequency, :now ::date - max(ordered_at)::date AS recency_days
            FROM order_lines WHERE customer_id = :customer AND sold""",
    }[reason["type"]]
    row = connection.execute(text(query), asked).mappings().one()
    return iter(row.items())


async def test_what_was_bought_since_is_over_in_the_fast_lane_too(shop: dict[str, str], engine: Engine) -> None:
    await approach(engine, NOW)
    ids = [CustomerId(shop["again"]), CustomerId(shop["gone"])]
    buy(engine, shop["again"], "bars", 0)
    with engine.begin() as connection:
        again, gone = read_facts(connection, ids, answered={}, now=NOW).customers
    assert _is_over((await made_for(shop["again"]))["replenish"], again)
    assert not _is_over((await made_for(shop["gone"]))["win_back"], gone)


async def test_who_does_not_want_it_any_more_is_left_alone_and_nobody_is_asked_too_often(
    shop: dict[str, str], engine: Engine
) -> None:
    await approach(engine, NOW)
    with engine.begin() as connection:
        changed = update(t.customers).where(t.customers.c.customer_id == shop["again"])
        connection.execute(changed.values(extra={"/marketing_consent": False}))
    buy(engine, shop["gone"], "boots", 1)
    await approach(engine, NOW + timedelta(days=1))
    assert not await made_for(shop["again"])
    assert set(await made_for(shop["gone"])) == {"win_back"}  # nothing beside the new boots: approached yesterday


async def test_a_spike_calls_who_asked_and_who_buys_its_kind_until_it_closes(
    shop: dict[str, str], engine: Engine, settings: Settings
) -> None:
    spike = Spike("pro/North/now", "pro", "North", NOW, NOW, NOW, None, 30, 2.0, 9.0)  # type: ignore[arg-type]
    assert await tell_associates(settings, [SpikeChange(spike, SpikeStatus.OPENED)], NOW) > 5
    offers = await StoredSuggestion.find({"kind": "spike_offer"}).to_list()
    assert {one.region for one in offers} == {"North"}
    assert shop["up"] in {one.customer_id for one in offers}
    assert {"crowd0", "crowd1"}.isdisjoint({one.customer_id for one in offers})  # they have it
    for one in offers:
        assert one.body["because"][-1]["observed"] == 30
        assert len(one.body["because"]) > 1
    held = [one for one in offers if one.status == SuggestionStatus.HELD_OUT]
    assert all(is_held_out(CustomerId(one.customer_id), SuggestionKind.SPIKE_OFFER) for one in held)
    await tell_associates(settings, [SpikeChange(spike, SpikeStatus.CLOSED)], NOW)
    statuses = {one.status for one in await StoredSuggestion.find({"kind": "spike_offer"}).to_list()}
    assert statuses <= {SuggestionStatus.WITHDRAWN, SuggestionStatus.HELD_OUT}


async def test_when_to_look(engine: Engine) -> None:
    def walk(at: datetime) -> Walk:
        with engine.begin() as connection:
            return next_walk(connection, JOB, at)

    assert walk(NOW) is Walk.NOBODY
    know(engine, "c")
    buy(engine, "c", "bars", 5)
    with engine.begin() as connection:
        assert is_value_wanting(connection)
        refresh_customer_value(connection, NOW)
        assert not is_value_wanting(connection)
    assert walk(NOW) is Walk.EVERYBODY
    with engine.begin() as connection:
        connection.execute(insert(t.runs).values(run_id="r", job=JOB, state="succeeded", started_at=NOW))
    assert walk(NOW + timedelta(hours=1)) is Walk.NEWS
    assert walk(NOW + timedelta(days=1)) is Walk.EVERYBODY
