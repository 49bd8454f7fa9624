"""What documents say and no column stands for is counted, by name and type; no value is told."""

import httpx
import pytest
from sqlalchemy import Engine

from backend.domain.events import RevisionKind
from tests.api.people import Sign, refusal
from tests.warehouse.test_ingest import run, write


@pytest.mark.usefixtures("documents")
async def test_unknown_fields_are_counted_by_name_and_type(api: httpx.AsyncClient, sign: Sign, engine: Engine) -> None:
    for number in range(10):
        width = number if number == 0 else f"{number} secret"
        deep = {"measures": {"shoe_width": width}} if number % 2 else {"shoeWidth": width}
        await write(RevisionKind.DOCUMENT, {"firstname": "Ada", **deep, "tags": ["a", "b"]}, f"c{number}")
    await write(RevisionKind.ORDER, {"order_id": "o", "giftWrap": True}, "c1")
    await run(engine, *(f"c{number}" for number in range(10)))
    answer = await api.get("/v1/ops/fields", headers=sign("operator"))
    assert answer.status_code == 200
    assert "secret" not in answer.text
    found = {(one["table"], one["field"].casefold().replace("_", "")): one for one in answer.json()["items"]}
    width = found["customers", "shoewidth"]
    assert (width["rows"], width["seen"], width["types"]) == (10, 10, {"string": 0.9, "number": 0.1})
    assert width["says"].endswith("seen 10 times, 90% string, 10% number")
    assert width["pointer"] in {"/shoeWidth", "/measures/shoe_width"}
    tags = found["customers", "tags"]
    assert (tags["rows"], tags["seen"], tags["pointer"]) == (10, 20, "/tags/*")
    assert found["orders", "giftwrap"]["types"] == {"boolean": 1.0}
    refusal(await api.get("/v1/ops/fields", headers=sign("ann")), 403)
