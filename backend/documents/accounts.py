"""People of the built-in issuer and their refresh tokens."""

from datetime import datetime, timedelta
from typing import Any

from pymongo import ReturnDocument

from backend.documents.models import Account, RefreshToken


async def read_account(username: str) -> Account | None:
    """Answer an account; None: nobody has that name."""
    return await Account.get(username)


async def put_account(account: Account) -> None:
    """Make an account, or write over the one with that name."""
    await account.save()


async def count_failure(username: str, *, allowed: int, lock_for: timedelta, now: datetime) -> None:
    """Count a wrong password; from the `allowed`-th on, each one locks the account for a while."""
    accounts = Account.get_pymongo_collection()
    entry = await accounts.find_one_and_update(
        {"_id": username}, {"$inc": {"failed_attempts": 1}}, return_document=ReturnDocument.AFTER
    )
    if entry is not None and entry["failed_attempts"] >= allowed:
        await accounts.update_one({"_id": username}, {"$set": {"locked_until": now + lock_for}})


async def clear_failures(username: str) -> None:
    """Forget wrong passwords after a right one."""
    await Account.get_pymongo_collection().update_one(
        {"_id": username}, {"$set": {"failed_attempts": 0}, "$unset": {"locked_until": ""}}
    )


def _refresh_tokens() -> Any:
    return RefreshToken.get_pymongo_collection()


async def add_refresh_token(token: RefreshToken) -> None:
    """Keep a fresh refresh token (its digest, never itself)."""
    await token.insert()


async def use_refresh_token(
    digest: str, now: datetime, used_key: str | None = None
) -> tuple[RefreshToken | None, bool]:
    """Use a token up. Answers it, and whether this was its first use: of two at once, one is the first."""
    first = await _refresh_tokens().find_one_and_update(
        {"_id": digest, "used_at": {"$exists": False}, "revoked_at": {"$exists": False}, "expires_at": {"$gt": now}},
        {"$set": {"used_at": now} | ({"used_key": used_key} if used_key else {})},
        return_document=ReturnDocument.AFTER,
    )
    if first is not None:
        return RefreshToken.model_validate({**first, "id": first["_id"]}), True
    return await RefreshToken.get(digest), False


async def replace_successors(digest: str, now: datetime) -> bool:
    """Revoke what a token was traded for, as nobody has got it; False: somebody has, and used it."""
    children = {"parent": digest}
    await _refresh_tokens().update_many(
        {**children, "used_at": {"$exists": False}, "revoked_at": {"$exists": False}}, {"$set": {"revoked_at": now}}
    )
    return await _refresh_tokens().find_one({**children, "used_at": {"$exists": True}}) is None


async def revoke_family(family: str, now: datetime) -> None:
    """Revoke every token that descends from one sign-in."""
    await _refresh_tokens().update_many({"family": family}, {"$set": {"revoked_at": now}})
