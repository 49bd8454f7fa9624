"""Whoever asks too much is told when to come back, in the fields that clients know; everybody else goes on."""

from dataclasses import replace

import httpx
import pytest

from backend.settings import Settings
from tests.api.people import Sign, refusal


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, requests_per_10_seconds=5, sign_ins_per_minute=2)


async def test_a_caller_is_slowed_down_and_the_next_one_is_not(api: httpx.AsyncClient, sign: Sign) -> None:
    await api.get("/v1/me", headers=sign("bob"))  # the first of a token counts for its address
    ann = sign("ann")
    answers = [await api.get("/v1/me", headers=ann) for _ in range(8)]
    assert [answer.status_code for answer in answers[:6]] == [200] * 6
    assert answers[0].headers["ratelimit-policy"] == '"caller";q=5;w=10'
    assert answers[1].headers["ratelimit"] == '"caller";r=4;t=2'
    assert refusal(answers[-1], 429)["type"].endswith("too_many_requests")
    assert int(answers[-1].headers["retry-after"]) in {1, 2}
    assert (await api.get("/v1/me", headers=sign("store-manager"))).status_code == 200


async def test_forged_tokens_share_what_their_address_has(api: httpx.AsyncClient) -> None:
    answers = [await api.get("/v1/me", headers={"Authorization": f"Bearer forged{n}"}) for n in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2


async def test_signing_in_is_dearer_and_health_is_free(api: httpx.AsyncClient) -> None:
    wrong = {"username": "nobody", "password": "x"}
    answers = [await api.post("/v1/auth/token", json=wrong) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[0].headers["ratelimit-policy"] == '"sign-in";q=2;w=60'
    for _ in range(10):
        assert (await api.get("/healthz")).status_code == 200
