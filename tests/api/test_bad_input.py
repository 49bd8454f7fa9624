"""Bad input at every door for free-form JSON: refused in words, with its place, and nothing else is lost."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import orjson

from tests.api.people import FAMA, JSON, NOTE, Sign, pointers, refusal

PATH = f"/v1/customers/{FAMA}"


BAD_BODIES = [
    (b"", 400),
    (b"{", 400),
    (b'{"a": NaN}', 400),
    (b'{"a": -Infinity}', 400),
    (b'{"a": "\\ud800"}', 400),
    (b'{"a": "\xff\xfe"}', 400),
    (b'{"a": 1, "a": 2}', 400),
    (b'{"a": "\\u0000"}', 422),
    (b'{"a\\u0000": 1}', 422),
    (b'{"$where": "sleep(1000)"}', 422),
    (b'{"a": {"$ne": null}}', 422),
    (b'{"a.b": 1}', 422),
    (b'{"a": 18446744073709551616}', 422),
    (b"[1, 2]", 422),
    (b"null", 422),
    (b'{"a": ' + b"[" * 1_000 + b"]" * 1_000 + b"}", 422),
    (b'{"a": ' * 100_000 + b"1" + b"}" * 100_000, 422),
]
DOORS = (
    ("PUT", PATH),
    ("PATCH", PATH),
    ("POST", f"{PATH}/notes"),
    ("POST", f"{PATH}/orders"),
    ("POST", "/v1/suggestions/s1/outcome"),
    ("POST", "/v1/recommendations"),
    ("POST", "/v1/auth/token"),
)


async def test_every_door_refuses_what_it_cannot_take(api: httpx.AsyncClient, sign: Sign) -> None:
    me = sign("ann") | JSON | {"If-Match": '"1"'}
    await api.put(PATH, json={"kept": True}, headers=sign("ann"))
    for body, status in BAD_BODIES:
        for method, path in DOORS:
            assert refusal(await api.request(method, path, content=body, headers=me), status), (path, body[:40])
    assert (await api.get(PATH, headers=sign("ann"))).json()["document"] == {"kept": True}


async def test_the_deepest_document_that_is_taken_can_be_stored_and_read(api: httpx.AsyncClient, sign: Sign) -> None:
    body = b'{"a":' + b"[" * 99 + b"]" * 99 + b"}"
    assert (await api.put(PATH, content=body, headers=sign("ann") | JSON)).status_code == 202
    assert (await api.get(f"{PATH}/raw", headers=sign("ann"))).content == body
    assert (await api.get(PATH, headers=sign("ann"))).status_code == 200


async def test_the_largest_document_that_is_taken_can_be_stored(api: httpx.AsyncClient, sign: Sign) -> None:
    body = b'{"a":[' + b"1," * (1024 * 1024 - 10) + b"1]}"
    assert len(body) < 2 * 1024 * 1024
    assert (await api.put(PATH, content=body, headers=sign("ann") | JSON)).status_code == 202


async def test_ten_megabytes_are_refused_by_their_announced_length(api: httpx.AsyncClient, sign: Sign) -> None:
    body = orjson.dumps({"a": "x" * 10_000_000})
    problem = refusal(await api.put(PATH, content=body, headers=sign("ann") | JSON), 413)
    assert "2097152" in problem["detail"]


async def test_ten_megabytes_without_a_length_are_refused_before_they_are_read(
    api: httpx.AsyncClient, sign: Sign
) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 100_000
            yield b"x" * 100_000
            await asyncio.sleep(0)

    for path in (PATH, "/v1/auth/token"):
        sent = 0
        method = "PUT" if path == PATH else "POST"
        refusal(await api.request(method, path, content=body(), headers=sign("ann") | JSON), 413)
        assert sent < 3_000_000


async def test_a_note_of_a_megabyte_is_refused_in_words(api: httpx.AsyncClient, sign: Sign) -> None:
    await api.put(PATH, json={}, headers=sign("ann"))
    answer = await api.post(f"{PATH}/notes", json=NOTE | {"text": "x" * 1_000_000}, headers=sign("ann"))
    assert pointers(answer) == ["/text"]
    assert "1000000" in refusal(answer, 422)["detail"]


async def test_what_is_not_called_json_is_not_read_as_json(api: httpx.AsyncClient, sign: Sign) -> None:
    for content_type in (None, "text/plain", "application/xml", "application/jsonp"):
        headers = sign("ann") | ({"Content-Type": content_type} if content_type else {})
        refusal(await api.put(PATH, content=b"{}", headers=headers), 415)


async def test_a_route_that_is_not_there_and_a_method_that_is_not_there_are_problems(api: httpx.AsyncClient) -> None:
    refusal(await api.get("/v1/nothing"), 404)
    answer = await api.request("DELETE", "/v1/me")
    refusal(answer, 405)
    assert answer.headers["allow"] == "GET"


async def test_a_query_that_cannot_be_taken_is_refused(api: httpx.AsyncClient, sign: Sign) -> None:
    for query in ["limit=0", "limit=201", "limit=x", "cursor=nonsense", "q=" + "x" * 201]:
        assert refusal(await api.get(f"/v1/customers?{query}", headers=sign("ann")), 422)


async def test_a_cursor_of_the_stream_is_a_whole_number(api: httpx.AsyncClient, sign: Sign) -> None:
    for cursor in ("-1", "1.5", "x", "\uff19", str(2**63), "9" * 10_000):
        refusal(await api.get("/v1/stream", params={"last_event_id": cursor}, headers=sign("ann")), 422)
        if cursor.isascii():
            refusal(await api.get("/v1/stream", headers=sign("ann") | {"Last-Event-ID": cursor}), 422)


BAD_JSON = (b'{"query": NaN}', b'{"query": "\\ud800"}', b'{"\\ud800": 1}', b"\xff", b'{"query": ' + b"[" * 100_000)


async def test_doors_with_a_fixed_shape_refuse_what_is_no_json(api: httpx.AsyncClient, sign: Sign) -> None:
    for path in ("/v1/analytics/load", "/v1/analytics/sql", "/v1/exports"):
        for body in BAD_JSON:
            answer = await api.post(path, content=body, headers=sign("chief") | JSON)
            assert answer.status_code in {400, 422}, answer.text
            refusal(answer, answer.status_code)
