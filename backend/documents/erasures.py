"""Who was erased: a keyed digest in place of the id, and the receipt.

The key is made once and kept in the store (and so in its backups): whoever has only a copy of the receipts can't tell
whether a guessed id is among them.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo import DESCENDING, ReturnDocument

from backend.documents.models import Erasure, InstanceKey
from backend.documents.together import Together
from backend.domain.access import Caller
from backend.domain.errors import ErasedError
from backend.domain.ids import CustomerId, Region, StoreId

SETTLES_AFTER = timedelta(minutes=5)
"""Longer than any request or task that had read of the person before: until then it is looked for again."""
_KEY_NAME = "erasures"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_keys: WeakKeyDictionary[Any, bytes] = WeakKeyDictionary()  # by collection; a key never changes once it is made


def _collection() -> Any:
    return Erasure.get_pymongo_collection()


def _stored(entry: Mapping[str, Any]) -> Erasure:
    erasure: Erasure = Erasure.model_validate({**entry, "id": entry["_id"]})
    return erasure


async def _key() -> bytes | None:
    """Answer the key; None: nobody was ever erased here."""
    held: Any = InstanceKey.get_pymongo_collection()
    if held not in _keys:
        entry = await held.find_one({"_id": _KEY_NAME})
        if entry is None:
            return None
        _keys[held] = bytes(entry["value"])
    return _keys[held]


async def seal(customer_id: CustomerId) -> bytes:
    """Answer the id as only this instance can read it: for as long as phones have to be told to forget it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(await _sealing_key()).encrypt(nonce, customer_id.encode(), None)


async def unseal(sealed: bytes) -> CustomerId:
    """Answer the id that was sealed."""
    return CustomerId(AESGCM(await _sealing_key()).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode())


async def _sealing_key() -> bytes:
    key = await _key()
    if key is None:
        await _make_key()
        key = await _key()
    assert key is not None
    return key


async def _make_key() -> None:
    fresh = {"value": secrets.token_bytes(_KEY_BYTES)}
    await InstanceKey.get_pymongo_collection().update_one({"_id": _KEY_NAME}, {"$setOnInsert": fresh}, upsert=True)


async def _digests(customer_ids: Iterable[CustomerId]) -> dict[str, CustomerId]:
    """Answer the ids by the digests under which they would be kept; none where nobody was ever erased."""
    key = await _key()
    return {} if key is None else {hmac.new(key, id_.encode(), hashlib.sha256).hexdigest(): id_ for id_ in customer_ids}


async def read_erasure(customer_id: CustomerId) -> Erasure | None:
    """Answer what is known of this person's erasure; None: nobody asked for it."""
    entry = await _collection().find_one({"_id": {"$in": list(await _digests([customer_id]))}})
    return _stored(entry) if entry else None


async def erased_among(customer_ids: Iterable[CustomerId]) -> frozenset[CustomerId]:
    """Answer which of these persons were erased."""
    by_digest = await _digests(customer_ids)
    if not by_digest:
        return frozenset()
    found = _collection().find({"_id": {"$in": list(by_digest)}}, projection={"_id": 1})
    return frozenset([by_digest[entry["_id"]] async for entry in found])


async def refuse_erased(customer_id: CustomerId) -> None:
    """Raise ErasedError where this person was erased."""
    if await _asking.ask(customer_id):
        raise ErasedError(
            "Everything about this person was erased at their wish, and this id is not given out again. "
            "Throw away what you meant to send; who comes back gets a new customer_id."
        )


async def _each_erased(customer_ids: Sequence[CustomerId]) -> Sequence[bool]:
    erased = await erased_among(customer_ids)
    return [customer_id in erased for customer_id in customer_ids]


_asking: Together[CustomerId, bool] = Together(_each_erased)


async def begin_erasure(
    customer_id: CustomerId, store_id: StoreId | None, region: Region | None, caller: Caller, now: datetime
) -> Erasure:
    """Write down that this person is to be erased: from here on it is finished, whatever dies. Twice is once."""
    await _make_key()
    (digest,) = await _digests([customer_id])
    places = {name: value for name, value in (("store_id", store_id), ("region", region)) if value is not None}
    fresh = {
        "receipt_id": secrets.token_hex(16),
        "customer_id": customer_id,
        "requested_by": caller.subject,
        "requested_at": now,
        "removed": {},
        "left": 0,
        **places,
    }
    entry = await _collection().find_one_and_update(
        {"_id": digest}, {"$setOnInsert": fresh}, upsert=True, return_document=ReturnDocument.AFTER
    )
    return _stored(entry)


async def note_pass(erasure: Erasure, removed: Mapping[str, int], left: int, now: datetime) -> Erasure:
    """Add what one pass has removed and still found; the first that finds nothing left says when all was erased."""
    update: dict[str, Any] = {"$set": {"left": left}}
    if counts := {f"removed.{name}": n for name, n in removed.items()}:
        update["$inc"] = counts
    entry = await _collection().find_one_and_update({"_id": erasure.id}, update, return_document=ReturnDocument.AFTER)
    if left == 0 and "erased_at" not in entry:
        await _collection().update_one({"_id": erasure.id, "erased_at": None}, {"$set": {"erased_at": now}})
        entry = await _collection().find_one({"_id": erasure.id})
    return _stored(entry)


async def unsettled_erasures() -> list[Erasure]:
    """Answer the erasures whose person could still be brought back by who was at work at that time."""
    found = _collection().find({"customer_id": {"$exists": True}}).sort("requested_at")
    return [_stored(entry) async for entry in found]


async def settle(erasure: Erasure, now: datetime) -> None:
    """Forget the id itself: what stays is the digest."""
    await _collection().update_one({"_id": erasure.id}, {"$set": {"settled_at": now}, "$unset": {"customer_id": ""}})


async def read_receipt(receipt_id: str) -> Erasure | None:
    """Answer an erasure by its receipt; None: there is no such receipt."""
    entry = await _collection().find_one({"receipt_id": receipt_id})
    return _stored(entry) if entry else None


async def read_receipts(within: Mapping[str, str], *, before: tuple[datetime, str] | None, limit: int) -> list[Erasure]:
    """Answer receipts, newest first, of a store or region (`within`), beyond a place in that order."""
    chosen: dict[str, Any] = dict(within)
    if before is not None:
        at, last = before
        chosen["$or"] = [{"requested_at": {"$lt": at}}, {"requested_at": at, "_id": {"$lt": last}}]
    found = _collection().find(chosen).sort([("requested_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
    return [_stored(entry) async for entry in found]
