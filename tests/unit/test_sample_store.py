"""The sample store: the same on every run, and with the structure that the rest has to find."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from statistics import fmean
from typing import Any

import pytest

from sample_store import SampleStore, generate
from sample_store.calendar import local_hour, local_to_utc
from sample_store.lives import Life
from sample_store.places import STORES

UNTIL = date(2026, 11, 22)


def digest(rows: Iterable[Any]) -> str:
    hashed = hashlib.sha256()
    for row in rows:
        hashed.update(json.dumps(row, sort_keys=True).encode())
    return hashed.hexdigest()


@pytest.fixture(scope="module")
def store() -> SampleStore:
    return generate(seed=1, scale=0.1, until=UNTIL)


@pytest.fixture(scope="module")
def lives(store: SampleStore) -> list[Life]:
    return list(store.lives())


@pytest.fixture(scope="module")
def orders(lives: list[Life]) -> list[dict[str, Any]]:
    return [order for life in lives for order in life.orders]


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, again, other = (generate(seed, 0.01, UNTIL) for seed in (3, 3, 4))
    for kind in ("customers", "orders", "notes", "transactions"):
        assert digest(getattr(first, kind)()) == digest(getattr(again, kind)())
        assert digest(getattr(first, kind)()) != digest(getattr(other, kind)())
    assert digest(first.products) == digest(again.products)


def test_the_bytes_are_these_on_every_machine() -> None:
    """Changing the generator changes every figure measured on it: then write the new digests here, knowingly."""
    store = generate(1, 0.01, UNTIL)
    assert {
        "products": digest(store.products)[:16],
        "customers": digest(store.customers())[:16],
        "orders": digest(store.orders())[:16],
        "notes": digest(store.notes())[:16],
    } == {
        "products": "fe7a0893ee9942d4",
        "customers": "a85b1db8bfbdf6e4",
        "orders": "b50eaf7b1c66946a",
        "notes": "56d0aa0053508fe1",
    }


def test_customers_keep_their_fields_at_every_scale() -> None:
    small, large = generate(1, 0.002, UNTIL), generate(1, 0.004, UNTIL)
    assert list(small.customers()) == list(large.customers())[: small.n_customers]


def test_the_catalogue_has_the_named_products(store: SampleStore) -> None:
    products = {product["productname"]: product for product in store.products}
    assert 380 <= len(products) == len(store.products) <= 420
    assert {"Ski Boots", "Powerbars"} <= products.keys()
    mask = products["Ski Mask W"]
    assert (mask["gender"], mask["size_range"]) == ("Female", "S-L")
    assert len({product["skuid"] for product in store.products}) == len(products)
    assert all(Decimal(product["cost"]) < Decimal(product["price"]) for product in store.products)
    assert {product["productcategory"] for product in store.products} == {
        "Footwear", "Apparel", "Outerwear", "Ski & Snow", "Camp & Hike", "Accessories", "Nutrition",
    }  # fmt: skip


def test_a_nickname_stands_for_one_shoe(store: SampleStore) -> None:
    owners = defaultdict(set)
    for product in store.products:
        for alias in product["aliases"]:
            owners[alias].add(product["model"])
    assert all(len(models) == 1 for models in owners.values())


def test_twelve_stores_in_eight_regions_and_two_online_channels(store: SampleStore) -> None:
    offline = [channel for channel in store.channels if channel["channel_type"] == "Offline"]
    online = [channel for channel in store.channels if channel["channel_type"] == "Online"]
    assert (len(offline), len({channel["region"] for channel in offline}), len(online)) == (12, 8, 2)
    ids = {channel["store_id"] for channel in offline}
    assert all(channel["nearest_offline_store"] in ids - {channel["store_id"]} for channel in store.channels)
    assert Counter(associate["store_id"] for associate in store.associates) == dict.fromkeys(ids, 25)


def test_a_customers_associate_works_in_their_store(store: SampleStore) -> None:
    stores = {associate["associate_id"]: associate["store_id"] for associate in store.associates}
    served = {customer["associate_id"] for customer in store.customers()}
    assert len(served) > 290
    assert all(stores[customer["associate_id"]] == customer["store_id"] for customer in store.customers())


def test_every_reference_points_at_something(store: SampleStore, lives: list[Life]) -> None:
    products = {product["productid"]: product for product in store.products}
    channels = {channel["store_id"] for channel in store.channels}
    for life in lives:
        numbers = [order["order_id"] for order in life.orders]
        assert len(set(numbers)) == len(numbers)
        for order in life.orders:
            assert order["customer_id"] == life.customer.customer_id
            assert order["store_id"] in channels
            assert all(products[line["product_id"]]["skuid"] == line["skuid"] for line in order["lines"])
        assert len({note["note_id"] for note in life.notes}) == len(life.notes)


def test_nothing_happens_outside_the_two_years_or_before_a_launch(
    store: SampleStore, lives: list[Life], orders: list[Any]
) -> None:
    assert all("2024-10" < note["written_at"] < "2026-11-22" for life in lives for note in life.notes)
    assert all(life.notes == sorted(life.notes, key=lambda note: note["note_id"]) for life in lives)
    assert all(life.notes == sorted(life.notes, key=lambda note: note["written_at"]) for life in lives)
    launched = {product["productid"]: product["launchdate"] for product in store.products}
    assert all("2024-11-22" <= order["ordered_at"] < "2026-11-22" for order in orders)
    assert all(launched[line["product_id"]] <= order["filed_on"] for order in orders for line in order["lines"])
    delivered = [order for order in orders if "order_delivery_date" in order]
    assert all(order["filed_on"] <= order["order_delivery_date"] < "2026-11-22" for order in delivered)


def test_amounts_add_up_from_lines_to_orders_and_transactions(store: SampleStore, orders: list[Any]) -> None:
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for transaction in store.transactions():
        paid[transaction["order_id"]] += Decimal(transaction["order_total_amount"])
    for order in orders:
        lines = sum(
            line["quantity"] * Decimal(line["unit_price"]) - Decimal(line["discount"]) for line in order["lines"]
        )
        total = lines + Decimal(order["shipping_amount"])
        assert total == Decimal(order["order_total_amount"]) == paid[order["order_id"]]


def test_about_four_orders_a_customer_and_two_lines_an_order(lives: list[Life], orders: list[Any]) -> None:
    assert 3.6 < len(orders) / len(lives) < 5
    assert 1.65 < sum(len(order["lines"]) for order in orders) / len(orders) < 1.95
    assert 1.8 < sum(len(life.notes) for life in lives) / len(lives) < 2.8
    assert 0.03 < sum(not life.orders for life in lives) / len(lives) < 0.12


def test_ski_boots_bring_ski_socks_along(store: SampleStore, orders: list[Any]) -> None:
    shelf = {product["productid"]: product["subcategory"] for product in store.products}
    baskets = [{shelf[line["product_id"]] for line in order["lines"]} for order in orders]
    with_boots = [basket for basket in baskets if "Ski Boots" in basket]
    share = sum("Ski Socks" in basket for basket in with_boots) / len(with_boots)
    overall = sum("Ski Socks" in basket for basket in baskets) / len(baskets)
    assert share > 5 * overall


def test_skis_sell_in_winter_and_sandals_in_summer(store: SampleStore, orders: list[Any]) -> None:
    shelf = {product["productid"]: product["subcategory"] for product in store.products}
    months: dict[str, Counter[str]] = defaultdict(Counter)
    for order in orders:
        for line in order["lines"]:
            months[shelf[line["product_id"]]][order["ordered_at"][5:7]] += 1
    winter, summer = ("12", "01", "02"), ("06", "07", "08")
    assert sum(months["Ski Boots"][m] for m in winter) > 5 * sum(months["Ski Boots"][m] for m in summer)
    assert sum(months["Sandals"][m] for m in summer) > 3 * sum(months["Sandals"][m] for m in winter)


def test_stores_sell_by_day_and_weekends_are_busier(orders: list[Any]) -> None:
    offsets = {store.store_id: store.utc_hours for store in STORES}
    days: Counter[int] = Counter()
    for order in orders:
        if order["store_id"] in offsets:
            at = datetime.fromisoformat(order["ordered_at"])
            assert 8 <= local_hour(at, offsets[order["store_id"]]) < 22
            days[at.weekday()] += 1
    assert days[5] > 1.3 * days[1]


@pytest.mark.parametrize("n", [0, -1])
def test_every_spike_stands_out_in_its_region(n: int) -> None:
    store = generate(1, 0.25, UNTIL)
    spike = store.spikes[n]
    regions = {channel["store_id"]: channel["region"] for channel in store.channels}
    sold = [
        row["ordered_at"]
        for row in store.order_rows()
        if row["product_id"] == spike["product_id"] and regions[row["store_id"]] == spike["region"]
    ]
    during = sum(spike["started_at"] <= at <= spike["ended_at"] for at in sold)
    hours = (
        datetime.fromisoformat(spike["ended_at"]) - datetime.fromisoformat(spike["started_at"])
    ).total_seconds() / 3600
    usual = (len(sold) - during) / (730 * 24) * hours
    assert during > 25
    assert during > 40 * usual


def test_loyal_customers_come_back_and_some_leave(lives: list[Life]) -> None:
    loyal = [life for life in lives if life.customer.rhythm.loyalty == "Hard Core Loyals"]
    switchers = [life for life in lives if life.customer.rhythm.loyalty == "Switchers"]
    assert fmean(len(life.orders) for life in loyal) > 4 * fmean(len(life.orders) for life in switchers)
    quiet = sum(bool(life.orders) and life.orders[-1]["ordered_at"] < "2026-05-22" for life in lives)
    assert 0.15 < quiet / len(lives) < 0.6


def test_local_time_follows_the_daylight_saving_rule() -> None:
    assert local_to_utc(date(2026, 3, 7), 43_200, -5) == datetime(2026, 3, 7, 17, tzinfo=UTC)
    assert local_to_utc(date(2026, 3, 9), 43_200, -5) == datetime(2026, 3, 9, 16, tzinfo=UTC)
    assert local_to_utc(date(2026, 11, 2), 43_200, -8) == datetime(2026, 11, 2, 20, tzinfo=UTC)


def test_fields_are_missing_as_often_as_in_life(store: SampleStore) -> None:
    customers = list(store.customers())
    fields = (  # noqa: SIM905  # reads better as text
        "customer_id first_name last_name gender phone_number email_id birth_date age education_level marital_status "
        "number_of_children register_date occupation annual_income hobbies degree_of_loyalty social_class "
        "mailing_street city state country zip_code store_id associate_id"
    ).split()
    assert all(list(customer) == fields for customer in customers)
    missing = {field: sum(customer[field] is None for customer in customers) / len(customers) for field in fields}
    assert missing["customer_id"] == missing["first_name"] == missing["city"] == missing["register_date"] == 0
    assert 0.05 < missing["email_id"] < 0.2
    assert 0.4 < missing["annual_income"] < 0.7
