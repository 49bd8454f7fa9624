"""Passwords: argon2id, off the event loop, as slow for a name that nobody has."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = (  # the hash of a random password that was thrown away, with the same costs
    "$argon2id$v=19$m=19456,t=2,p=1$iGTBOgTGA2GLQM83ibtBFg$1nC0ENpNne/UwogY42sqMmMZ3wgiWmdwOjFmQnB7Tsg"
)


async def hash_password(password: str) -> str:
    """Answer the hash to keep."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def password_matches(password: str, password_hash: str | None) -> bool:
    """Tell whether the password is the one; None (no such person) takes as long, and is never the one."""
    matches = await asyncio.to_thread(_verify, password_hash or _NOBODY, password)
    return matches and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
