"""Access tokens: made and checked with one key pair; those of an external issuer are checked by its published keys."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.types import Options

from backend.domain.access import Caller, Role
from backend.domain.errors import NotSignedInError, UnavailableError
from backend.domain.ids import AssociateId, Region, StoreId
from backend.settings import Settings

ISSUER = "floorbook"
ALGORITHM = "ES256"
ACCESS_TTL = timedelta(minutes=10)
_EXTERNAL_ALGORITHMS = ["ES256", "ES384", "RS256", "PS256", "EdDSA"]
_REQUIRED: Options = {"require": ["exp", "sub", "iss", "aud"]}
_MOST_CACHED = 20_000
_LONGEST_TOKEN = 8_192
_LEEWAY = timedelta(seconds=30)  # an external issuer's clock is not ours


@dataclass(frozen=True, slots=True)
class Verified:
    """Who calls, and until when the token says so."""

    caller: Caller
    expires_at: datetime


def load_signing_key(path: Path) -> EllipticCurvePrivateKey:
    """Read the issuer's key (PEM, EC P-256)."""
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds no elliptic-curve key")
    return key


def mint_access_token(key_path: Path, caller: Caller, ttl: timedelta = ACCESS_TTL) -> str:
    """Make an access token of the built-in issuer."""
    return sign(load_signing_key(key_path), caller, datetime.now(UTC), ttl)


def sign(key: EllipticCurvePrivateKey, caller: Caller, now: datetime, ttl: timedelta = ACCESS_TTL) -> str:
    """Make an access token that is good from now on for so long."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": caller.subject,
        "role": caller.role.value,
        "iat": now,
        "exp": now + ttl,
        "jti": secrets.token_urlsafe(12),
    }
    bounds = {"store_id": caller.store_id, "region": caller.region, "associate_id": caller.associate_id}
    claims |= {name: value for name, value in bounds.items() if value is not None}
    return jwt.encode(claims, key, algorithm=ALGORITHM)


class Tokens:
    """Checks tokens; a token that was found good is good until it expires, without being checked again."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._good: OrderedDict[str, Verified] = OrderedDict()

    @cached_property
    def signing_key(self) -> EllipticCurvePrivateKey:
        """The built-in issuer's key; raises UnavailableError where there is none."""
        path = self._settings.signing_key_path
        if path is None or not path.exists():
            raise UnavailableError("The built-in issuer has no key (FLOORBOOK_SIGNING_KEY).")
        return load_signing_key(path)

    @cached_property
    def _external(self) -> jwt.PyJWKClient | None:
        url = self._settings.oidc_jwks_url
        return jwt.PyJWKClient(url, cache_keys=True, lifespan=300, timeout=5) if url else None

    async def verify(self, token: str, now: datetime) -> Verified:
        """Answer who calls; raises NotSignedInError where the token is forged, expired, or not for us."""
        known = self._good.get(token)
        if known is not None:
            if known.expires_at > now:
                return known
            del self._good[token]
        if len(token) > _LONGEST_TOKEN:
            raise NotSignedInError("The token is too long to be one of ours.")
        verified = _verified(await self._claims(token))
        if verified.expires_at <= now:
            raise NotSignedInError("The token has expired; refresh it.")
        self._good[token] = verified
        if len(self._good) > _MOST_CACHED:
            self._good.popitem(last=False)
        return verified

    def known_subject(self, token: str) -> str | None:
        """Answer whose token this is, where it was found good before; None: that has to be looked at."""
        known = self._good.get(token)
        return None if known is None else known.caller.subject

    async def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
            if self._external is not None and issuer == self._settings.oidc_issuer:
                return await self._external_claims(self._external, token)
            return jwt.decode(
                token,
                self.signing_key.public_key(),
                algorithms=[ALGORITHM],
                audience=ISSUER,
                issuer=ISSUER,
                options=_REQUIRED,
            )
        except jwt.ExpiredSignatureError as error:
            raise NotSignedInError("The token has expired; refresh it.") from error
        except jwt.InvalidTokenError as error:
            raise NotSignedInError("The token is not one of ours. Sign in again.") from error

    async def _external_claims(self, keys: jwt.PyJWKClient, token: str) -> Mapping[str, Any]:
        try:
            key = await asyncio.to_thread(keys.get_signing_key_from_jwt, token)
        except jwt.PyJWKClientConnectionError as error:
            raise UnavailableError("The identity provider's keys can't be read just now.") from error
        except jwt.PyJWKClientError as error:
            raise NotSignedInError("The token is signed by a key that its issuer does not publish.") from error
        return jwt.decode(
            token,
            key.key,
            algorithms=_EXTERNAL_ALGORITHMS,
            audience=self._settings.oidc_audience,
            issuer=self._settings.oidc_issuer,
            leeway=_LEEWAY,
            options=_REQUIRED,
        )


def _verified(claims: Mapping[str, Any]) -> Verified:
    """Map claims to a caller; an external issuer may keep ours together under `floorbook`."""
    ours = claims.get("floorbook")
    said: Mapping[str, Any] = ours if isinstance(ours, Mapping) else claims
    try:
        role = Role(str(said.get("role")))
    except ValueError as error:
        raise NotSignedInError("The token names no role that we know.") from error
    store_id, region, associate_id = (_text(said, name) for name in ("store_id", "region", "associate_id"))
    if store_id is not None and region is not None:
        raise NotSignedInError("The token names a store and a region; it may bound its bearer by one only.")
    caller = Caller(
        subject=str(claims["sub"]),
        role=role,
        store_id=StoreId(store_id) if store_id else None,
        region=Region(region) if region else None,
        associate_id=AssociateId(associate_id) if associate_id else None,
    )
    return Verified(caller, datetime.fromtimestamp(claims["exp"], UTC))


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is not None and not isinstance(value, str):
        raise NotSignedInError(f"The token's {name} is not a text.")
    return value or None
