"""Whole tables for people with a notebook: wide, complete, and within what the asker may see."""

import io
from decimal import Decimal

import httpx
import pandas as pd
import pytest
from sqlalchemy import Engine

from tests.api.people import Sign, refusal
from tests.shop import Shop, open_shop

ENRICHED = (  # noqa: SIM905  # reads better as text
    "order_id customer_id productsku order_date order_delivery_date order_total_amount shipping_method order_status "
    "transaction_id transaction_date transaction_amount payment_method product_category model_name brand_name "
    "product_name product_size first_name last_name gender phone_number email_id age city state country zip_code"
).split()
CONTACT = ["first_name", "last_name", "phone_number", "email_id"]


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return open_shop(engine)


async def fetch(api: httpx.AsyncClient, sign: Sign, name: str, who: str = "analyst") -> pd.DataFrame:
    answer = await api.get(f"/v1/datasets/{name}", headers=sign(who))
    assert answer.status_code == 200, answer.text
    if name.endswith(".parquet"):
        return pd.read_parquet(io.BytesIO(answer.content))
    return pd.read_csv(io.StringIO(answer.text), dtype=str, keep_default_na=False)


async def test_enriched_orders_have_a_row_for_each_line_with_all_around_it(
    shop: Shop, api: httpx.AsyncClient, sign: Sign
) -> None:
    lines = shop.frame("order_lines")
    enriched = await fetch(api, sign, "orders_enriched.parquet", "chief")
    assert list(enriched.columns) == ENRICHED
    assert len(ENRICHED) == 27
    assert len(enriched) == len(lines)
    assert sorted(enriched.order_id) == sorted(lines.order_id)
    boots = enriched[(enriched.order_id == "o1") & (enriched.product_name == "Ski Boots")].iloc[0]
    assert (boots.productsku, boots.product_category, boots.transaction_id) == ("SKU-P1", "Ski & Snow", "t1")
    assert (boots.first_name, boots.state, boots.payment_method) == ("Fama", "NY", "PayPal")
    assert (boots.transaction_amount, boots.order_total_amount) == (Decimal("360.00"), Decimal("360.00"))
    unlisted = enriched[enriched.product_name == "Moon Boots"].iloc[0]
    assert pd.isna(unlisted.product_category)


@pytest.mark.usefixtures("shop")
async def test_an_analyst_gets_the_rows_without_the_people(api: httpx.AsyncClient, sign: Sign) -> None:
    mine, whole = [await fetch(api, sign, "orders_enriched.parquet", who) for who in ("analyst", "chief")]
    assert len(mine) == len(whole)
    assert mine[CONTACT].isna().all(axis=None)
    assert not whole.email_id.isna().any()
    assert mine.drop(columns=CONTACT).equals(whole.drop(columns=CONTACT))


async def test_a_store_gets_its_own_rows(shop: Shop, api: httpx.AsyncClient, sign: Sign) -> None:
    lines = shop.frame("order_lines")
    mine = await fetch(api, sign, "order_lines.csv", "store-manager")
    assert sorted(mine.order_id) == sorted(lines[lines.store_id == "S1"].order_id)
    assert set(mine.store_id) == {"S1"}


async def test_spending_by_category_adds_up_to_the_revenue(shop: Shop, api: httpx.AsyncClient, sign: Sign) -> None:
    lines = shop.frame("order_lines").merge(shop.frame("products"), left_on="product_id", right_on="productid")
    spent = await fetch(api, sign, "customer_category_spend.csv", "chief")
    assert sum(map(Decimal, spent.amount)) * 100 == int(lines.amount_cents.sum())
    expected = lines.groupby(["customer_id", lines.productcategory.fillna("")]).amount_cents.sum()
    cents = [int(Decimal(amount) * 100) for amount in spent.amount]
    found = dict(zip(zip(spent.customer_id, spent.category, strict=True), cents, strict=True))
    assert found == expected.to_dict()


async def test_where_customers_live_is_the_same_from_the_model_and_from_the_file(
    shop: Shop, api: httpx.AsyncClient, sign: Sign
) -> None:
    query = {"measures": ["customers.total_customers"], "dimensions": ["customers.state"]}
    answer = await api.post("/v1/analytics/load", json={"query": query}, headers=sign("analyst"))
    by_model = {row["customers.state"] or "": row["customers.total_customers"] for row in answer.json()["data"]}
    by_file = (await fetch(api, sign, "customers.csv")).state.value_counts().to_dict()
    assert by_model == by_file == shop.frame("customers").state.fillna("").value_counts().to_dict()


@pytest.mark.usefixtures("shop")
async def test_there_is_no_other_dataset(api: httpx.AsyncClient, sign: Sign) -> None:
    refusal(await api.get("/v1/datasets/passwords.csv", headers=sign("analyst")), 404)
    refusal(await api.get("/v1/datasets/customers.csv", headers=sign("operator")), 403)
