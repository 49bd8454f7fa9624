"""Replication: push with a verdict for each row, pull by sequence, the live stream."""

import asyncio
import json
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI

from backend.documents.references import put_references
from backend.domain.clock import utc_now
from tests.api.people import JSON, Sign, pointers, refusal
from tests.api.served import served

Document = dict[str, Any]


def row(customer_id: str, base: Document | None, mine: Document, *notes: Document) -> Document:
    """Make a change row as RxDB does."""
    assumed = {"customer_id": customer_id, "document": base} if base is not None else None
    return {
        "assumedMasterState": assumed,
        "newDocumentState": {"customer_id": customer_id, "document": mine, "notes": list(notes), "_deleted": False},
    }


def note(note_id: str, text: str = "Asked about the ski mask") -> Document:
    return {"note_id": note_id, "text": text, "written_at": "2026-11-22T10:30:00Z"}


async def push(api: httpx.AsyncClient, headers: dict[str, str], *rows: Any, key: str | None = None) -> Document:
    keyed = {"Idempotency-Key": key} if key else {}
    answer = await api.post("/v1/sync/push", json={"rows": rows}, headers=headers | keyed)
    assert answer.status_code == 200, answer.text
    told: Document = answer.json()
    assert len(told["verdicts"]) == len(rows)
    return told


def verdicts(told: Document) -> list[str]:
    return [one["verdict"] for one in told["verdicts"]]


async def pull_all(
    api: httpx.AsyncClient, headers: dict[str, str], limit: int = 100
) -> tuple[list[Document], Document]:
    checkpoint: Document | None = None
    documents: list[Document] = []
    while True:
        parameters = {"limit": limit} | ({"checkpoint": json.dumps(checkpoint)} if checkpoint else {})
        page = (await api.get("/v1/sync/pull", params=parameters, headers=headers)).json()
        documents += page["documents"]
        checkpoint = page["checkpoint"]
        if len(page["documents"]) < limit:
            return documents, page["checkpoint"]


async def test_every_row_gets_its_verdict_and_none_blocks_the_rest(api: httpx.AsyncClient, sign: Sign) -> None:
    ann = sign("ann")
    await push(api, ann, row("c1", None, {"city": "London", "size": 1}), row("c2", None, {"city": "Ely"}))
    told = await push(
        api,
        sign("bob"),
        row("c1", {"city": "London", "size": 1}, {"city": "Albany", "size": 1}),
        {"newDocumentState": {"customer_id": "c1", "document": {"a.b": 1}}},
        "nonsense",
        {"newDocumentState": {"customer_id": "c2", "_deleted": True}},
        row("c3", None, {"city": "Bath"}, note("n1")),
    )
    assert verdicts(told) == ["applied", "quarantined", "quarantined", "rejected", "applied"]
    told = await push(
        api,
        ann,
        row("c1", {"city": "London", "size": 1}, {"city": "London", "size": 2}),
        row("c1", {"city": "London", "size": 1}, {"city": "York", "size": 1}),
    )
    assert verdicts(told) == ["merged", "conflict"]
    assert told["conflicts"][0]["document"] == {"city": "Albany", "size": 2}
    assert told["verdicts"][1]["disputed"] == ["/document/city"]


async def test_a_broken_row_is_kept_as_sent_and_replayed_mended(api: httpx.AsyncClient, sign: Sign) -> None:
    good, bad = (
        orjson.dumps(row("c1", None, {"city": "Ely"})),
        b'{"newDocumentState": {"customer_id": "c2", "age": NaN}}',
    )
    body = b"[" + bad + b"," + good + b', {"deep": ' + b"[" * 1500 + b"]" * 1500 + b"}]"
    answer = await api.post("/v1/sync/push", content=body, headers=sign("ann") | JSON)
    assert verdicts(answer.json()) == ["quarantined", "applied", "quarantined"]
    again = await api.post("/v1/sync/push", content=body, headers=sign("ann") | JSON)
    assert verdicts(again.json()) == ["quarantined", "applied", "quarantined"]
    refusal(await api.get("/v1/sync/quarantine", headers=sign("ann")), 403)
    listed = (await api.get("/v1/sync/quarantine", headers=sign("operator"))).json()["items"]
    assert sorted(one["row"] for one in listed)[1] == bad.decode()
    (row_id,) = [one["id"] for one in listed if "NaN" in one["row"]]
    replay = f"/v1/sync/quarantine/{row_id}/replay"
    assert (await api.post(replay, headers=sign("operator"))).json()["verdict"]["verdict"] == "quarantined"
    mended = {"newDocumentState": {"customer_id": "c2", "age": 40}}
    done = (await api.post(replay, json=mended, headers=sign("operator"))).json()
    assert done["verdict"]["verdict"] == done["row"]["verdict"] == "applied"
    stored = (await api.get("/v1/customers/c2", headers=sign("ann"))).json()
    assert stored["document"] == {"customer_id": "c2", "age": 40}
    assert len((await api.get("/v1/sync/quarantine", headers=sign("operator"))).json()["items"]) == 1


async def test_a_body_that_is_no_list_is_refused(api: httpx.AsyncClient, sign: Sign) -> None:
    for body in (b"{", b'{"a": 1}', b"7", b"[1", b"[" * 2000):
        answer = await api.post("/v1/sync/push", content=body, headers=sign("ann") | JSON)
        assert refusal(answer, 400)["type"].endswith("malformed_json")
    refusal(await api.post("/v1/sync/push", content=b"[]", headers=sign("ann")), 415)
    refusal(await api.post("/v1/sync/push", json=[], headers=sign("analyst")), 403)
    assert pointers(await api.get("/v1/sync/pull?checkpoint=x", headers=sign("ann"))) == ["/checkpoint"]


async def test_a_row_sent_again_is_done_once(api: httpx.AsyncClient, sign: Sign) -> None:
    ann, edit = sign("ann"), row("c1", {"a": 1}, {"a": 2}, note("n1"))
    await push(api, ann, row("c1", None, {"a": 1}))
    assert verdicts(await push(api, ann, edit)) == ["applied"]
    assert verdicts(await push(api, ann, edit)) == ["applied"]
    await push(api, sign("bob"), row("c1", {"a": 2}, {"a": 1}))  # undone by another: the repeat must not do it again
    told = await push(api, ann, edit)
    assert (verdicts(told), told["verdicts"][0]["repeated"]) == (["applied"], True)
    (there,), _ = await pull_all(api, ann)
    assert there["document"] == {"a": 1}
    assert [one["note_id"] for one in there["notes"]] == ["n1"]
    back = row("c1", {"a": 2}, {"a": 1}) | {"operation_id": "o1"}
    await push(api, ann, row("c1", {"a": 1}, {"a": 2}) | {"operation_id": "o2"}, back)
    told = await push(api, ann, row("c1", {"a": 1}, {"a": 2}) | {"operation_id": "o2"})
    assert told["verdicts"][0]["repeated"]
    assert told["verdicts"][0]["operation_id"] == "o2"


async def test_the_same_key_gets_the_same_answer(api: httpx.AsyncClient, sign: Sign) -> None:
    ann = sign("ann")
    first = await push(api, ann, row("c1", None, {"a": 1}), key="k1")
    assert await push(api, ann, row("c1", None, {"a": 1}), key="k1") == first
    other = await api.post("/v1/sync/push", json=[row("c1", None, {"a": 2})], headers=ann | {"Idempotency-Key": "k1"})
    assert refusal(other, 422)["type"].endswith("idempotency_key_reused")


async def test_notes_and_orders_by_themselves(api: httpx.AsyncClient, sign: Sign) -> None:
    ann = sign("ann")
    state = note("n1") | {"customer_id": "c1"}
    told = await push(
        api,
        ann,
        {"newDocumentState": state},
        row("c1", None, {"a": 1}),
        {"newDocumentState": state},
        {"newDocumentState": state | {"text": "another"}},
        {"newDocumentState": {"customer_id": "c1", "order_id": "O1", "status": "open", "filed_on": "2026-11-22"}},
        {"newDocumentState": {"customer_id": "c1", "note_id": "n9", "text": "", "written_at": "now"}},
    )
    assert verdicts(told) == ["rejected", "applied", "applied", "conflict", "applied", "quarantined"]
    assert told["conflicts"][0]["text"] == state["text"]
    assert told["verdicts"][5]["errors"][0]["pointer"].startswith("/newDocumentState/")
    taken_back = {"newDocumentState": {"customer_id": "c1", "note_id": "n1", "_deleted": True}, "collection": "notes"}
    assert verdicts(await push(api, sign("bob"), taken_back)) == ["rejected"]
    assert verdicts(await push(api, ann, taken_back)) == ["applied"]
    (there,), _ = await pull_all(api, ann)
    assert there["notes"] == []
    assert verdicts(await push(api, ann, {"newDocumentState": state})) == ["applied"]
    (there,), _ = await pull_all(api, ann)
    assert there["notes"] == []


async def test_a_conflict_keeps_both_sides_until_somebody_decides(api: httpx.AsyncClient, sign: Sign) -> None:
    ann, bob = sign("ann"), sign("bob")
    await push(api, ann, row("c1", None, {"a": 1, "b": 1}))
    await push(api, bob, row("c1", {"a": 1, "b": 1}, {"a": 2, "b": 1}))
    told = await push(api, ann, row("c1", {"a": 1, "b": 1}, {"a": 3, "b": 1}))
    (conflict,) = (await api.get("/v1/sync/conflicts", headers=bob)).json()["items"]
    assert (conflict["mine"]["document"]["a"], conflict["theirs"]["document"]["a"]) == (3, 2)
    assert conflict["id"] == told["verdicts"][0]["conflict_id"]
    assert (await api.get("/v1/sync/conflicts", headers=sign("far"))).json()["items"] == []
    await push(api, bob, row("c1", {"a": 2, "b": 1}, {"a": 2, "b": 5}))
    resolve = f"/v1/sync/conflicts/{conflict['id']}/resolve"
    refusal(await api.post(resolve, json={"keep": "mine"}, headers=sign("far")), 404)
    for _ in range(2):
        decided = (await api.post(resolve, json={"keep": "mine"}, headers=sign("store-manager"))).json()
        assert (decided["solution"], decided["solved_by"]) == ("mine", "store-manager")
    (there,), _ = await pull_all(api, ann)
    assert there["document"] == {"a": 3, "b": 5}
    assert (await api.get("/v1/sync/conflicts", headers=ann)).json()["items"] == []


async def test_the_writers_next_edit_of_it_decides_a_conflict(api: httpx.AsyncClient, sign: Sign) -> None:
    ann = sign("ann")
    await push(api, ann, row("c1", None, {"a": 1}))
    await push(api, sign("bob"), row("c1", {"a": 1}, {"a": 2}))
    await push(api, ann, row("c1", {"a": 1}, {"a": 3}))
    await push(api, ann, row("c1", {"a": 2}, {"a": 2, "z": 1}))
    assert len((await api.get("/v1/sync/conflicts", headers=ann)).json()["items"]) == 1
    await push(api, ann, row("c1", {"a": 2, "z": 1}, {"a": 3, "z": 1}))
    assert (await api.get("/v1/sync/conflicts", headers=ann)).json()["items"] == []


async def test_pulls_page_by_page_within_the_scope(api: httpx.AsyncClient, sign: Sign) -> None:
    ann, far = sign("ann"), sign("far")
    await push(api, ann, *(row(f"c{n}", None, {"n": n}) for n in range(7)))
    await push(api, far, row("d1", None, {"n": 0}))
    documents, checkpoint = await pull_all(api, ann, limit=3)
    assert sorted(one["customer_id"] for one in documents) == [f"c{n}" for n in range(7)]
    assert {one["store_id"] for one in documents} == {"S1"}
    await api.post("/v1/customers/c3/notes", json=note("n1"), headers=ann)
    parameters = {"checkpoint": str(checkpoint["sequence"])}
    page = (await api.get("/v1/sync/pull", params=parameters, headers=ann)).json()
    assert [(one["customer_id"], len(one["notes"])) for one in page["documents"]] == [("c3", 1)]
    everything, _ = await pull_all(api, sign("chief"))
    assert len({one["customer_id"] for one in everything}) == 8
    beyond = (await api.get("/v1/sync/pull?checkpoint=9999", headers=ann)).json()
    assert len(beyond["documents"]) == 7


async def test_who_moves_or_is_erased_leaves_a_tombstone(api: httpx.AsyncClient, sign: Sign) -> None:
    now = utc_now()
    await put_references("channel", [{"store_id": "S1", "region": "North"}, {"store_id": "S2", "region": "South"}], now)
    ann, north = sign("ann"), sign("north")
    await push(api, ann, row("c1", None, {"a": 1}), row("c2", None, {"a": 1}))
    _, checkpoint = await pull_all(api, ann)
    moved = await push(api, sign("chief"), row("c1", {"a": 1}, {"a": 1, "store_id": "S2"}))
    assert verdicts(moved) == ["applied"]
    for reader in (ann, north):
        page = (await api.get("/v1/sync/pull", params={"checkpoint": json.dumps(checkpoint)}, headers=reader)).json()
        assert [(one["customer_id"], one["_deleted"], one["document"]) for one in page["documents"]] == [
            ("c1", True, {})
        ]
    arrived, _ = await pull_all(api, sign("far"))
    assert [(one["customer_id"], one["_deleted"]) for one in arrived] == [("c1", False)]
    told = await push(api, ann, row("c1", {"a": 1}, {"a": 9}))
    assert (verdicts(told), told["conflicts"][0]["_deleted"]) == (["rejected"], True)
    _, checkpoint = await pull_all(api, ann)
    assert (await api.delete("/v1/customers/c2", headers=sign("store-manager"))).status_code == 200
    page = (await api.get("/v1/sync/pull", params={"checkpoint": json.dumps(checkpoint)}, headers=ann)).json()
    assert [(one["customer_id"], one["_deleted"]) for one in page["documents"]] == [("c2", True)]
    told = await push(api, ann, row("c2", {"a": 1}, {"a": 2}))
    assert (verdicts(told), told["conflicts"][0]["_deleted"]) == (["rejected"], True)


async def test_nothing_is_skipped_while_many_write(api: httpx.AsyncClient, sign: Sign) -> None:
    ann = sign("ann")
    seen: dict[str, int] = {}
    checkpoint = 0
    writers = [
        asyncio.create_task(push(api, ann, *(row(f"w{w}-{n}", None, {"n": n}) for n in range(start, start + 5))))
        for w in range(4)
        for start in range(0, 20, 5)
    ]
    while True:
        over = all(writer.done() for writer in writers)
        page = (await api.get(f"/v1/sync/pull?checkpoint={checkpoint}&limit=7", headers=ann)).json()
        checkpoint = page["checkpoint"]["sequence"]
        seen |= {one["customer_id"]: one["document"]["n"] for one in page["documents"]}
        if over and len(page["documents"]) < 7:
            break
    assert len(seen) == 80
    for writer in writers:
        assert set(verdicts(await writer)) == {"applied"}


async def test_racing_edits_of_different_members_all_stay(api: httpx.AsyncClient, sign: Sign) -> None:
    await push(api, sign("ann"), row("c1", None, {"x": 0}))
    edits = [
        push(api, sign(who), row("c1", {"x": 0}, {"x": 0, f"{who}{n}": n})) for who in ("ann", "bob") for n in range(5)
    ]
    told = await asyncio.gather(*edits)
    assert {verdict for one in told for verdict in verdicts(one)} <= {"applied", "merged"}
    (there,), _ = await pull_all(api, sign("ann"))
    assert there["document"] == {"x": 0} | {f"{who}{n}": n for who in ("ann", "bob") for n in range(5)}


@pytest.mark.parametrize("given", ["checkpoint", "header"])
async def test_the_stream_tells_of_changes_as_they_come(app: FastAPI, sign: Sign, given: str) -> None:
    async with served(app) as address, httpx.AsyncClient(base_url=address, timeout=10) as client:
        ann = sign("ann")
        await push(client, ann, row("c1", None, {"a": 1}))
        headers = ann | ({"Last-Event-ID": "0"} if given == "header" else {})
        parameters = {"checkpoint": "0"} if given == "checkpoint" else {}
        async with client.stream("GET", "/v1/sync/stream", headers=headers, params=parameters) as answer:
            lines = answer.aiter_lines()
            assert (await _next_page(lines))["documents"][0]["customer_id"] == "c1"
            await push(client, ann, row("c2", None, {"a": 1}))
            page = await _next_page(lines)
            assert [one["customer_id"] for one in page["documents"]] == ["c2"]
            assert page["checkpoint"]["sequence"] == 2


async def test_a_stream_from_another_log_is_told_to_begin_anew(app: FastAPI, sign: Sign) -> None:
    async with served(app) as address, httpx.AsyncClient(base_url=address, timeout=10) as client:
        headers = sign("ann") | {"Last-Event-ID": "77"}
        async with client.stream("GET", "/v1/sync/stream", headers=headers) as answer:
            lines = answer.aiter_lines()
            assert "event: RESYNC" in [await anext(lines) for _ in range(4)]


async def _next_page(lines: Any) -> Document:
    async with asyncio.timeout(5):
        async for line in lines:
            if line.startswith("data: "):
                page: Document = orjson.loads(line.removeprefix("data: "))
                return page
    raise AssertionError("the stream ended")
