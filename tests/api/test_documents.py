"""The customer's document: stored as sent, replaced only by who has seen it."""

import asyncio

import httpx
import pytest

from tests.api.people import FAMA, JSON, NOTE, Sign, pointers, refusal

PATH = f"/v1/customers/{FAMA}"


async def test_the_homestead_document_is_kept_byte_for_byte(
    api: httpx.AsyncClient, sign: Sign, homestead: bytes
) -> None:
    answer = await api.put(PATH, content=homestead, headers=sign("ann") | JSON)
    assert answer.status_code == 202
    assert answer.headers["etag"] == '"1"'
    receipt = answer.json()
    assert (receipt["customer_id"], receipt["revision"]) == (FAMA, 1)
    assert receipt["accepted_at"].endswith("Z")

    raw = await api.get(f"{PATH}/raw", headers=sign("ann"))
    assert raw.content == homestead
    read = await api.get(PATH, headers=sign("ann"))
    assert read.json()["document"]["address"] == {"city": "london", "state": "ny", "localphone": "3084328"}
    assert list(read.json()["document"])[:3] == ["lastinteractiondate", "firstname", "lastname"]
    assert read.json()["updated_at"] == receipt["accepted_at"]


async def test_unknown_fields_are_kept(api: httpx.AsyncClient, sign: Sign) -> None:
    document = {"shoe size": 38.5, "ünïcødé": {"深": [None, True, {"x": -1}]}, "": "an empty key"}
    await api.put(PATH, json=document, headers=sign("ann"))
    assert (await api.get(PATH, headers=sign("ann"))).json()["document"] == document


async def test_an_existing_document_needs_the_etag_of_who_replaces_it(api: httpx.AsyncClient, sign: Sign) -> None:
    me = sign("ann")
    await api.put(PATH, json={"city": "london"}, headers=me)
    assert refusal(await api.put(PATH, json={"city": "paris"}, headers=me), 428)["type"].endswith(
        "precondition_required"
    )
    answer = await api.put(PATH, json={"city": "paris"}, headers=me | {"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (202, '"2"')
    refusal(await api.put(PATH, json={"city": "rome"}, headers=me | {"If-Match": '"1"'}), 412)
    refusal(await api.put(PATH, json={"city": "rome"}, headers=me | {"If-Match": '"nonsense"'}), 412)
    refusal(await api.put(PATH, json={"city": "rome"}, headers=me | {"If-Match": 'W/"2"'}), 412)
    assert (await api.put(PATH, json={"city": "rome"}, headers=me | {"If-Match": '"7", "2"'})).status_code == 412
    assert (await api.put(PATH, json={"city": "rome"}, headers=me | {"If-Match": "*"})).status_code == 202


async def test_a_reader_who_has_this_version_is_told_so(api: httpx.AsyncClient, sign: Sign) -> None:
    me = sign("ann")
    await api.put(PATH, json={"city": "london"}, headers=me)
    tag = (await api.get(PATH, headers=me)).headers["etag"]
    for path in (PATH, f"{PATH}/raw"):
        answer = await api.get(path, headers=me | {"If-None-Match": tag})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
        assert (await api.get(path, headers=me | {"If-None-Match": '"9"'})).status_code == 200


async def test_a_merge_patch_changes_what_it_names(api: httpx.AsyncClient, sign: Sign) -> None:
    me = sign("ann")
    await api.put(PATH, json={"address": {"city": "london", "state": "ny"}, "phone": "1"}, headers=me)
    patch = {"address": {"city": "albany"}, "phone": None}
    refusal(await api.patch(PATH, json=patch, headers=me), 428)
    answer = await api.patch(
        PATH, json=patch, headers=me | {"If-Match": '"1"', "Content-Type": "application/merge-patch+json"}
    )
    assert (answer.status_code, answer.headers["etag"]) == (202, '"2"')
    read = await api.get(PATH, headers=me)
    assert read.json()["document"] == {"address": {"city": "albany", "state": "ny"}}
    assert read.json()["revision"] == 2


async def test_there_is_nothing_to_patch_before_there_is_a_document(api: httpx.AsyncClient, sign: Sign) -> None:
    refusal(await api.patch(PATH, json={"a": 1}, headers=sign("ann") | {"If-Match": '"1"'}), 404)


async def test_the_same_key_and_body_have_one_effect_and_one_answer(api: httpx.AsyncClient, sign: Sign) -> None:
    me = sign("ann") | {"Idempotency-Key": "k-1"}
    first = await api.put(PATH, json={"city": "london"}, headers=me)
    again = await api.put(PATH, json={"city": "london"}, headers=me)
    assert again.json() == first.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    problem = refusal(await api.put(PATH, json={"city": "paris"}, headers=me), 422)
    assert problem["type"].endswith("idempotency_key_reused")


async def test_a_key_means_nothing_to_another_caller_or_another_route(api: httpx.AsyncClient, sign: Sign) -> None:
    key = {"Idempotency-Key": "k-1"}
    await api.put(PATH, json={"city": "london"}, headers=sign("ann") | key)
    answer = await api.post(f"{PATH}/notes", json=NOTE, headers=sign("ann") | key)
    assert (answer.status_code, answer.json()["revision"]) == (202, 2)
    refusal(await api.put(PATH, json={"city": "london"}, headers=sign("bob") | key), 428)


async def test_twenty_identical_patches_at_once_have_one_effect(api: httpx.AsyncClient, sign: Sign) -> None:
    await api.put(PATH, json={"n": 1}, headers=sign("ann"))
    headers = sign("ann") | {"Idempotency-Key": "k-1", "If-Match": '"1"'}
    answers = await asyncio.gather(*(api.patch(PATH, json={"n": 2}, headers=headers) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["revision"] for answer in answers} == {2}


@pytest.mark.parametrize("field", ["customerId", "customer_id"])
async def test_a_document_of_another_customer_is_refused(api: httpx.AsyncClient, sign: Sign, field: str) -> None:
    assert pointers(await api.put(PATH, json={field: "somebody-else"}, headers=sign("ann"))) == [f"/{field}"]
    refusal(await api.get(PATH, headers=sign("ann")), 404)


async def test_an_id_that_is_none_is_refused(api: httpx.AsyncClient, sign: Sign) -> None:
    for customer_id in ["a b", ".hidden", "x" * 129, "a$b", "a%00b", "a%2Fb"]:
        answer = await api.put(f"/v1/customers/{customer_id}", json={}, headers=sign("ann"))
        assert answer.status_code in {404, 422}


async def test_the_longest_key_is_taken_and_a_longer_one_refused(api: httpx.AsyncClient, sign: Sign) -> None:
    taken = await api.put(PATH, json={}, headers=sign("ann") | {"Idempotency-Key": "k" * 255})
    assert taken.status_code == 202
    refused = await api.put(PATH, json={}, headers=sign("ann") | {"Idempotency-Key": "k" * 256})
    assert pointers(refused) == ["/Idempotency-Key"]
