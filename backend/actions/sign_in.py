"""Sign in, stay signed in, sign out: ten-minute access tokens, refresh tokens that are good for one use."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.actions.passwords import hash_password, password_matches
from backend.actions.tokens import ACCESS_TTL, Tokens, sign
from backend.documents import accounts
from backend.documents.audit import note_act
from backend.documents.models import Account, RefreshToken
from backend.domain.access import Caller, Role
from backend.domain.errors import NotSignedInError
from backend.domain.ids import AssociateId, Region, StoreId

REFRESH_TTL = timedelta(days=14)
REPEAT_WITHIN = timedelta(days=1)
"""How long a phone whose answer was lost may ask again with the same key."""
ALLOWED_FAILURES = 5
LOCKED_FOR = timedelta(minutes=5)

_REFUSED = (
    "The name or the password is wrong, or the account is locked. "
    f"After {ALLOWED_FAILURES} wrong passwords it is locked for {LOCKED_FOR.seconds // 60} minutes."
)


@dataclass(frozen=True, slots=True)
class Session:
    """What a signed-in app holds."""

    caller: Caller
    access_token: str
    refresh_token: str
    expires_in: int  # seconds, of the access token


async def open_account(username: str, password: str, caller: Caller, display_name: str | None = None) -> None:
    """Make an account of the built-in issuer, or give the one with that name a new password and role."""
    await accounts.put_account(
        Account(
            id=username,
            password_hash=await hash_password(password),
            role=caller.role.value,
            store_id=caller.store_id,
            region=caller.region,
            associate_id=caller.associate_id,
            display_name=display_name,
        )
    )


async def sign_in(tokens: Tokens, username: str, password: str, now: datetime) -> Session:
    """Answer a session; raises NotSignedInError, which does not tell a wrong name from a wrong password."""
    account = await accounts.read_account(username)
    matches = await password_matches(password, account.password_hash if account else None)
    locked = account is not None and account.locked_until is not None and account.locked_until > now
    if account is None or not matches or locked:
        if account is not None and not locked:
            await accounts.count_failure(username, allowed=ALLOWED_FAILURES, lock_for=LOCKED_FOR, now=now)
        if account is not None:
            await note_act(username, "sign_in_refused", now, why="locked" if locked else "wrong password")
        raise NotSignedInError(_REFUSED)
    if account.failed_attempts:
        await accounts.clear_failures(username)
    await note_act(username, "signed_in", now, role=account.role)
    return await _session(tokens, account, secrets.token_hex(16), now)


async def refresh(tokens: Tokens, refresh_token: str, now: datetime, key: str | None = None) -> Session:
    """Trade a refresh token for a new session. One that comes a second time was stolen: all its kin are revoked.

    But for the same Idempotency-Key within a day, while nobody has used what it was traded for: then the answer was
    lost, and the phone gets another.
    """
    digest, used_key = _digest(refresh_token), _digest(key) if key else None
    used, first = await accounts.use_refresh_token(digest, now, used_key)
    if used is None:
        raise NotSignedInError("This refresh token is not one of ours. Sign in again.")
    if not first and not (_is_repeat(used, used_key, now) and await accounts.replace_successors(digest, now)):
        await accounts.revoke_family(used.family, now)
        await note_act(used.subject, "refresh_token_reused", now)
        raise NotSignedInError("This refresh token was used before, or is over. Sign in again.")
    account = await accounts.read_account(used.subject)
    if account is None:
        raise NotSignedInError("This account is no more.")
    return await _session(tokens, account, used.family, now, parent=digest)


def _is_repeat(used: RefreshToken, used_key: str | None, now: datetime) -> bool:
    if used.used_at is None or used.revoked_at is not None or used.expires_at <= now:
        return False
    return used_key is not None and used.used_key == used_key and now - used.used_at < REPEAT_WITHIN


async def revoke(refresh_token: str, now: datetime) -> None:
    """Sign out: the token and all its kin are good for nothing; an unknown one already is."""
    used, _ = await accounts.use_refresh_token(_digest(refresh_token), now)
    if used is not None:
        await accounts.revoke_family(used.family, now)


async def _session(
    tokens: Tokens, account: Account, family: str, now: datetime, *, parent: str | None = None
) -> Session:
    caller = Caller(
        subject=account.id,
        role=Role(account.role),
        store_id=StoreId(account.store_id) if account.store_id else None,
        region=Region(account.region) if account.region else None,
        associate_id=AssociateId(account.associate_id) if account.associate_id else None,
    )
    refresh_token = secrets.token_urlsafe(32)
    await accounts.add_refresh_token(
        RefreshToken(
            id=_digest(refresh_token), family=family, subject=account.id, parent=parent, expires_at=now + REFRESH_TTL
        )
    )
    access_token = sign(tokens.signing_key, caller, now)
    return Session(caller, access_token, refresh_token, int(ACCESS_TTL.total_seconds()))


def _digest(refresh_token: str) -> str:
    return hashlib.sha256(refresh_token.encode("utf-8", "surrogatepass")).hexdigest()
