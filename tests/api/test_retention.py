"""Data are kept no longer than the shop has said, and never shorter."""

from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import Engine

from backend.actions.erase_customer import Reach
from backend.actions.erase_quiet import erase_quiet
from backend.domain.clock import utc_now
from backend.domain.ids import CustomerId
from backend.settings import Settings
from backend.warehouse.engine import open_async_engine
from etl.load.catalog import read_catalog
from etl.mentions import NoteReader
from etl.pipeline import ingest
from tests.api.people import Sign

LONG_AGO, NEXT_YEAR = "2019-05-04T10:00:00Z", "2099-01-01T10:00:00Z"
OLD_NOTE = {"note_id": "n", "text": "hello", "written_at": LONG_AGO}
OLD_ORDER = {"order_id": "o", "status": "closed", "filed_on": LONG_AGO[:10], "ordered_at": LONG_AGO}
KEPT_DAYS = 365


async def write(api: httpx.AsyncClient, sign: Sign, customer_id: str, **later: dict[str, str]) -> None:
    """Write a document, an old note and an old order, or what is to stand in the place of one of them."""
    path, ann = f"/v1/customers/{customer_id}", sign("ann")
    answers = [
        await api.put(path, headers=ann, json={"firstname": "Ada"}),
        await api.post(f"{path}/notes", headers=ann, json=later.get("note", OLD_NOTE)),
        await api.post(f"{path}/orders", headers=ann, json=later.get("order", OLD_ORDER)),
    ]
    assert [answer.status_code for answer in answers] == [202, 202, 202]


async def load(engine: Engine, *people: str) -> None:
    with engine.begin() as connection:
        reader = NoteReader.from_catalog(read_catalog(connection))
    await ingest(engine, reader, [CustomerId(one) for one in people], clock=utc_now)


async def forget(engine: Engine, settings: Settings, *, quiet_since: datetime, days: int | None = KEPT_DAYS) -> int:
    """Let the rule run on the day on which `quiet_since` is as long ago as the rule allows."""
    now = quiet_since + timedelta(days=KEPT_DAYS)
    opened = open_async_engine(settings.warehouse_url, pool_size=1)
    try:
        return await erase_quiet(Reach(replace(settings, erase_quiet_after_days=days), opened, lambda: now))
    finally:
        await opened.dispose()


async def left(api: httpx.AsyncClient, sign: Sign) -> set[str]:
    items = (await api.get("/v1/customers", headers=sign("chief"))).json()["items"]
    return {item["customer_id"] for item in items}


async def test_who_was_quiet_is_erased_and_whoever_was_heard_of_stays(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign
) -> None:
    await write(api, sign, "quiet")
    await write(api, sign, "ordered", order=OLD_ORDER | {"ordered_at": NEXT_YEAR})
    await write(api, sign, "expected", note=OLD_NOTE | {"text": "Call her on 3 March", "written_at": NEXT_YEAR})
    await write(api, sign, "came-back")
    everybody = ("quiet", "ordered", "expected", "came-back")
    await load(engine, *everybody)
    moment = utc_now()
    late = await api.post("/v1/customers/came-back/notes", headers=sign("ann"), json=OLD_NOTE | {"note_id": "late"})
    assert late.status_code == 202  # and no worker has come by since

    assert await forget(engine, settings, quiet_since=moment) == 1
    assert await left(api, sign) == set(everybody) - {"quiet"}
    (receipt,) = (await api.get("/v1/erasures", headers=sign("chief"))).json()["items"]
    assert receipt["requested_by"] == "retention"
    assert receipt["verified"]
    assert await forget(engine, settings, quiet_since=moment) == 0


async def test_without_the_rule_nobody_is_forgotten(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign
) -> None:
    await write(api, sign, "quiet")
    await load(engine, "quiet")
    assert await forget(engine, settings, quiet_since=utc_now(), days=None) == 0
    assert await left(api, sign) == {"quiet"}


@pytest.mark.parametrize("days", ["0", "-30"])
def test_a_rule_that_would_forget_everybody_is_refused(days: str) -> None:
    named = {f"FLOORBOOK_{part}_URL": "-" for part in ("MONGO", "REDIS", "WAREHOUSE")}
    with pytest.raises(ValueError, match="at least 1 day"):
        Settings.from_environment(named | {"FLOORBOOK_ERASE_QUIET_AFTER_DAYS": days})
