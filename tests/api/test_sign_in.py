"""Signing in: tokens that run out, refresh tokens for one use, accounts that lock."""

from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI

from backend.actions.sign_in import ALLOWED_FAILURES, LOCKED_FOR, open_account
from backend.actions.tokens import mint_access_token
from backend.settings import Settings
from tests.api.conftest import CALLERS
from tests.api.people import Sign, refusal

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
async def _ann(app: FastAPI) -> None:
    await open_account("ann", PASSWORD, CALLERS["ann"], "Ann")


async def _sign_in(
    api: httpx.AsyncClient, password: str = PASSWORD, username: str = "ann", **more: object
) -> httpx.Response:
    return await api.post("/v1/auth/token", json={"username": username, "password": password, **more})


async def _me(api: httpx.AsyncClient, token: str) -> httpx.Response:
    return await api.get("/v1/me", headers={"Authorization": f"Bearer {token}"})


async def test_a_name_and_a_password_give_ten_minutes(api: httpx.AsyncClient) -> None:
    session = (await _sign_in(api)).json()
    assert (session["token_type"], session["expires_in"]) == ("Bearer", 600)
    me = (await _me(api, session["access_token"])).json()
    assert (me["subject"], me["role"], me["store_id"], me["associate_id"], me["region"]) == (
        "ann",
        "associate",
        "S1",
        "A1",
        None,
    )


async def test_a_page_may_send_a_form(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/auth/token", data={"username": "ann", "password": PASSWORD})
    assert answer.status_code == 200


async def test_the_cookie_is_out_of_reach_and_good_for_reading_only(api: httpx.AsyncClient) -> None:
    answer = await _sign_in(api, cookie=True)
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/"))
    assert (await api.get("/v1/me")).status_code == 200
    refusal(await api.put("/v1/customers/c1", json={}), 401)
    await api.post("/v1/auth/revoke", json={"refresh_token": answer.json()["refresh_token"]})
    refusal(await api.get("/v1/me"), 401)


async def test_a_wrong_name_and_a_wrong_password_look_alike(api: httpx.AsyncClient) -> None:
    wrong = refusal(await _sign_in(api, "wrong"), 401)
    nobody = refusal(await _sign_in(api, username="nobody"), 401)
    assert {**wrong, "trace_id": ""} == {**nobody, "trace_id": ""}


async def test_an_account_locks_after_wrong_passwords_and_opens_again(api: httpx.AsyncClient) -> None:
    for _ in range(ALLOWED_FAILURES):
        refusal(await _sign_in(api, "wrong"), 401)
    refusal(await _sign_in(api), 401)
    await open_account("ann", PASSWORD, CALLERS["ann"])
    assert (await _sign_in(api)).status_code == 200


async def test_a_right_password_forgets_the_wrong_ones(api: httpx.AsyncClient) -> None:
    for _ in range(2 * ALLOWED_FAILURES):
        refusal(await _sign_in(api, "wrong"), 401)
        assert (await _sign_in(api)).status_code == 200


async def test_a_refresh_token_is_good_once_and_its_second_use_signs_out_the_family(api: httpx.AsyncClient) -> None:
    first = (await _sign_in(api)).json()
    second = await api.post("/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    assert (await _me(api, second.json()["access_token"])).status_code == 200
    refusal(await api.post("/v1/auth/refresh", json={"refresh_token": first["refresh_token"]}), 401)
    refusal(await api.post("/v1/auth/refresh", json={"refresh_token": second.json()["refresh_token"]}), 401)


async def test_a_lost_answer_to_a_refresh_is_asked_for_again(api: httpx.AsyncClient) -> None:
    first = (await _sign_in(api)).json()["refresh_token"]

    async def trade(token: str, key: str | None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await api.post("/v1/auth/refresh", json={"refresh_token": token}, headers=headers)

    lost = (await trade(first, "k1")).json()["refresh_token"]
    got = (await trade(first, "k1")).json()["refresh_token"]
    third = (await trade(got, "k2")).json()["refresh_token"]
    refusal(await trade(first, "k1"), 401)  # what it was traded for is in use: this is somebody else
    for token in (third, lost, got):
        refusal(await trade(token, "k3"), 401)


async def test_a_refresh_token_stolen_with_its_lost_answer_is_found_out(api: httpx.AsyncClient) -> None:
    first = (await _sign_in(api)).json()["refresh_token"]
    body, headers = {"refresh_token": first}, {"Idempotency-Key": "k1"}
    mine = (await api.post("/v1/auth/refresh", json=body, headers=headers)).json()["refresh_token"]
    thief = (await api.post("/v1/auth/refresh", json=body, headers=headers)).json()["refresh_token"]
    refusal(await api.post("/v1/auth/refresh", json={"refresh_token": mine}), 401)
    refusal(await api.post("/v1/auth/refresh", json={"refresh_token": thief}), 401)


async def test_a_revoked_refresh_token_is_good_for_nothing(api: httpx.AsyncClient) -> None:
    session = (await _sign_in(api)).json()
    answer = await api.post("/v1/auth/revoke", json={"refresh_token": session["refresh_token"]})
    assert answer.status_code == 204
    refusal(await api.post("/v1/auth/refresh", json={"refresh_token": session["refresh_token"]}), 401)
    assert (await api.post("/v1/auth/revoke", json={"refresh_token": "unknown"})).status_code == 204


async def test_a_token_that_has_run_out_is_refused(api: httpx.AsyncClient, sign: Sign) -> None:
    refusal(await api.get("/v1/me", headers=sign("ann", timedelta(seconds=-1))), 401)


def _claims(**changes: object) -> dict[str, object]:
    now = datetime.now(UTC)
    claims = {
        "iss": "floorbook",
        "aud": "floorbook",
        "sub": "eve",
        "role": "manager",
        "exp": now + timedelta(minutes=5),
    }
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


async def test_a_forged_token_is_refused(api: httpx.AsyncClient, settings: Settings) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    assert settings.signing_key_path is not None
    ours = settings.signing_key_path.read_text()
    own = mint_access_token(settings.signing_key_path, CALLERS["ann"], timedelta(minutes=5))
    head, body, mark = own.split(".")
    forged = [
        jwt.encode(_claims(), stranger, algorithm="ES256"),
        jwt.encode(_claims(), "", algorithm="none"),
        jwt.encode(_claims(aud="another"), ours, algorithm="ES256"),
        jwt.encode(_claims(iss="another"), ours, algorithm="ES256"),
        jwt.encode(_claims(exp=None), ours, algorithm="ES256"),
        jwt.encode(_claims(sub=None), ours, algorithm="ES256"),
        jwt.encode(_claims(role="owner"), ours, algorithm="ES256"),
        jwt.encode(_claims(store_id="S1", region="North"), ours, algorithm="ES256"),
        jwt.encode(_claims(store_id={"$ne": None}), ours, algorithm="ES256"),
        f"{head}.{body}.{mark[:-4]}AAAA",
        f"{head}..{mark}",
        "nonsense",
        "x" * 100_000,
    ]
    for token in forged:
        refusal(await _me(api, token), 401)


async def test_what_is_no_bearer_token_is_refused(api: httpx.AsyncClient) -> None:
    for header in ("Basic YTpi", "Bearer", "Bearer ", "token"):
        answer = await api.get("/v1/me", headers={"Authorization": header})
        assert refusal(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_lock_ends(api: httpx.AsyncClient) -> None:
    assert timedelta(minutes=1) <= LOCKED_FOR <= timedelta(hours=1)
