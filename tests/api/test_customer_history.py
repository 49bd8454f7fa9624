"""Who sees what changed of a customer."""

import io
from typing import Any

import httpx
import pandas as pd
from sqlalchemy import Engine, insert

from backend.domain.clock import utc_now
from backend.warehouse import tables as t
from tests.api.people import Sign

CHANGES = [
    ("phone_number", "3084328", "3084329"),
    ("city", "london", "Albany"),
    ("annual_income", "52000.00", "60000.00"),
]
VALUES = ["old_value", "new_value"]


def put_changes(engine: Engine) -> None:
    stamps = {"updated_at": utc_now(), "revision": 2, "source_kind": "document", "pointer": "", "search_text": ""}
    people = [{"customer_id": f"c-{store}", "store_id": store, **stamps} for store in ("S1", "S2")]
    rows = [
        {"customer_id": one["customer_id"], "revision": 2, "field": field, "old_value": old, "new_value": new}
        | {"changed_at": utc_now(), "source_kind": "document", "pointer": f"/{field}"}
        for one in people
        for field, old, new in CHANGES
    ]
    with engine.begin() as connection:
        connection.execute(insert(t.customers), people)
        connection.execute(insert(t.customer_history), rows)


async def fetch(api: httpx.AsyncClient, headers: dict[str, str], **params: Any) -> pd.DataFrame:
    answer = await api.get("/v1/datasets/customer_history.csv", headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    return pd.read_csv(io.StringIO(answer.text), dtype=str, keep_default_na=False)


async def test_what_a_role_may_not_see_of_a_customer_it_does_not_see_of_the_past_either(
    engine: Engine, api: httpx.AsyncClient, sign: Sign
) -> None:
    put_changes(engine)
    hidden = {"analyst": {"phone_number"}, "chief": {"annual_income"}, "store-manager": {"annual_income"}}
    query = {"dimensions": ["customer_history.field", "customer_history.old_value", "customer_history.customer_id"]}
    for who, fields in hidden.items():
        found = await fetch(api, sign(who))
        assert set(found.customer_id) == ({"c-S1"} if who == "store-manager" else {"c-S1", "c-S2"})
        assert set(found.field) == {field for field, _, _ in CHANGES}
        rows = [tuple(map(str, row)) for row in found[["customer_id", "field", *VALUES]].itertuples(index=False)]
        for _, field, old, new in rows:
            assert (old == new == "") == (field in fields)
        answer = await api.post("/v1/analytics/load", json={"query": query}, headers=sign(who))
        of_model = {tuple(row.values()) for row in answer.json()["data"]}
        assert of_model == {(field, old or None, customer_id) for customer_id, field, old, _ in rows}


async def test_a_hidden_value_cannot_be_found_by_asking_for_it(
    engine: Engine, api: httpx.AsyncClient, sign: Sign
) -> None:
    put_changes(engine)
    wanted = '{"old_value": "3084328"}'
    assert len(await fetch(api, sign("analyst"), filter=wanted)) == 0
    assert len(await fetch(api, sign("chief"), filter=wanted)) == 2
    assert len(await fetch(api, sign("analyst"), filter='{"old_value": "london"}')) == 2
