"""Tokens of an external issuer: checked by the keys that it publishes, and by nothing else."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from backend.actions.tokens import Tokens, mint_access_token
from backend.domain.access import Caller, Role
from backend.domain.errors import NotSignedInError, UnavailableError
from backend.settings import Settings
from cli.signing_key import ensure_signing_key

ISSUER = "https://id.shop.example"
KEY = ec.generate_private_key(ec.SECP256R1())


def now() -> datetime:
    """Answer the time; not that of the collection, which may be many minutes before the test."""
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def published() -> Iterator[str]:
    """Where the issuer publishes its key."""
    key = json.loads(ECAlgorithm.to_jwk(KEY.public_key())) | {"kid": "k1", "use": "sig", "alg": "ES256"}

    class Publishing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"keys": [key]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Publishing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()
        thread.join()


def _settings(url: str, key_path: Path | None = None) -> Settings:
    bare = Settings(mongo_url="", redis_url="", warehouse_url="", signing_key_path=key_path)
    return replace(bare, oidc_issuer=ISSUER, oidc_jwks_url=url, oidc_audience="floorbook")


def _token(key: ec.EllipticCurvePrivateKey = KEY, kid: str = "k1", **changes: Any) -> str:
    claims = {"iss": ISSUER, "aud": "floorbook", "sub": "u1", "exp": now() + timedelta(minutes=5), "role": "manager"}
    return jwt.encode({**claims, **changes}, key, algorithm="ES256", headers={"kid": kid})


async def test_a_token_of_the_issuer_is_taken(published: str) -> None:
    found = await Tokens(_settings(published)).verify(_token(region="North"), now())
    assert (found.caller.subject, found.caller.role, found.caller.region) == ("u1", Role.MANAGER, "North")


async def test_the_issuer_may_keep_our_claims_together(published: str) -> None:
    token = _token(role="someone else's role", floorbook={"role": "associate", "store_id": "S1"})
    caller = (await Tokens(_settings(published)).verify(token, now())).caller
    assert (caller.role, caller.store_id) == (Role.ASSOCIATE, "S1")


async def test_whatever_the_issuer_did_not_sign_for_us_is_refused(published: str) -> None:
    tokens = Tokens(_settings(published))
    stranger = ec.generate_private_key(ec.SECP256R1())
    for token in (_token(stranger), _token(kid="k2"), _token(aud="other"), _token(exp=now() - timedelta(minutes=5))):
        with pytest.raises(NotSignedInError):
            await tokens.verify(token, now())


async def test_the_built_in_issuer_works_beside_it(published: str, tmp_path: Path) -> None:
    key_path = tmp_path / "keys" / "issuer.pem"
    ensure_signing_key(key_path)
    own = mint_access_token(key_path, Caller("ann", Role.ANALYST), timedelta(minutes=5))
    assert (await Tokens(_settings(published, key_path)).verify(own, now())).caller.subject == "ann"


async def test_keys_that_cannot_be_read_are_an_outage_and_no_forgery() -> None:
    with pytest.raises(UnavailableError):
        await Tokens(_settings("http://127.0.0.1:1/keys")).verify(_token(), now())


async def test_a_verified_token_is_not_verified_beyond_its_end(published: str) -> None:
    tokens, token = Tokens(_settings(published)), _token()
    await tokens.verify(token, now())
    with pytest.raises(NotSignedInError):
        await tokens.verify(token, now() + timedelta(minutes=6))
