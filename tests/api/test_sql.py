"""SQL of one's own: the same rows and masks as everywhere else, kept by the database itself."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from backend.analytics.datasets import DATASETS
from backend.domain.access import Caller, Role
from backend.domain.clock import utc_now
from backend.domain.ids import Region
from backend.settings import Settings
from cli.commands.bi import make_login
from etl.rebuild import rebuild
from tests.api.people import Sign, pointers, refusal
from tests.shop import Shop, open_shop


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return open_shop(engine)


async def ask(api: httpx.AsyncClient, headers: dict[str, str], sql: str, **more: Any) -> dict[str, Any]:
    answer = await api.post("/v1/analytics/query", json={"sql": sql, **more}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_answer_is_that_of_the_tables_within_the_callers_scope(
    shop: Shop, api: httpx.AsyncClient, sign: Sign
) -> None:
    total = "SELECT sum(amount) AS revenue, count(*) AS n FROM order_lines WHERE sold;"
    whole = await ask(api, sign("analyst"), total)
    sold = shop.frame("order_lines").query("sold")
    assert [column["name"] for column in whole["columns"]] == ["revenue", "n"]
    revenue, n = whole["rows"][0]
    assert int(Decimal(revenue) * 100) == int(sold.amount_cents.sum())
    assert n == len(sold)
    mine = await ask(api, sign("store-manager"), total)
    assert mine["rows"][0][1] == len(sold[sold.store_id == "S1"])
    north = await ask(api, sign("north"), "SELECT DISTINCT store_id FROM order_lines")
    assert {row[0] for row in north["rows"]} <= {"S1", "S3"}
    names = "SELECT count(first_name), count(annual_income), count(*) FROM customers"
    assert (await ask(api, sign("analyst"), names))["rows"] == [[0, 1, 5]]
    assert (await ask(api, sign("chief"), names))["rows"] == [[3, 0, 5]]
    assert (await ask(api, sign("chief"), "SELECT * FROM order_lines -- all", limit=2))["truncated"]


WAYS_AROUND = (
    "SELECT * FROM public.customers",
    "SELECT set_config('role', 'floorbook', true), * FROM public.customers",
    "SELECT query_to_xml('SELECT * FROM public.customers', true, true, '')",
    "SELECT set_config('role', 'floorbook', true), query_to_xml('SELECT * FROM public.orders', true, true, '')",
    "SELECT pg_read_file('/etc/passwd')",
    "DELETE FROM customers",
    "SELECT 1) AS a; DROP TABLE public.customers; SELECT * FROM (SELECT 1",
    "WITH gone AS (DELETE FROM customers RETURNING 1) SELECT * FROM gone",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT nothing FROM customers",
    "",
)


@pytest.mark.usefixtures("shop")
async def test_there_is_no_way_around_it(api: httpx.AsyncClient, sign: Sign) -> None:
    for sql in WAYS_AROUND:
        answer = await api.post("/v1/analytics/query", json={"sql": sql}, headers=sign("store-manager"))
        assert pointers(answer) == ["/sql"], sql


async def test_operators_have_no_business_there(api: httpx.AsyncClient, sign: Sign) -> None:
    refusal(await api.post("/v1/analytics/query", json={"sql": "SELECT 1"}, headers=sign("operator")), 403)


@pytest.mark.usefixtures("shop", "documents")
async def test_a_bi_tool_reads_every_dataset_of_its_region_and_nothing_else(settings: Settings) -> None:
    url = make_login(settings, "superset", Caller("bi:superset", Role.ANALYST, region=Region("South")))
    tool = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with tool.connect() as connection:
        for name in DATASETS:
            connection.execute(text(f"SELECT * FROM {name}")).all()
        assert set(connection.execute(text("SELECT store_id FROM order_lines")).scalars()) == {"S2"}
        assert set(connection.execute(text("SELECT email_id FROM customers")).scalars()) == {None}
    for statement in (
        "SELECT * FROM public.customers",
        "SET ROLE floorbook",
        "CREATE TABLE mine (x int)",
        "DELETE FROM products",
    ):
        with tool.connect() as connection, pytest.raises(SQLAlchemyError):
            connection.execute(text(statement))
    await rebuild(settings, clock=utc_now, swap=True)  # nothing is documented here: the fresh tables are empty
    with tool.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM order_lines")).scalar_one() == 0
    tool.dispose()
