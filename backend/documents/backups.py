"""All documents as of one moment, as BSON, while everything runs; and back into a store."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bson import CodecOptions, decode
from bson.raw_bson import RawBSONDocument
from pymongo.asynchronous.client_session import AsyncClientSession

from backend.documents.erasing import erase_documents
from backend.documents.erasures import erased_among
from backend.documents.models import DOCUMENT_MODELS, Erasure, InstanceKey, Revision
from backend.domain.errors import ConflictError
from backend.domain.ids import CustomerId

LEFT_OUT = frozenset({"refresh_tokens"})
"""Whoever was signed in signs in again."""
_KEPT = frozenset({"erasures", "instance_keys"})
"""What a restore never takes away: who was erased since the backup stays erased."""
_BATCH = 1_000
_RAW: CodecOptions[Any] = CodecOptions(document_class=RawBSONDocument)


def collection_names() -> list[str]:
    """Answer what a backup holds, in the order in which it is restored: receipts of erasures first."""
    names = {model.get_pymongo_collection().name for model in DOCUMENT_MODELS} - LEFT_OUT
    return sorted(names, key=lambda name: (name not in _KEPT, name))


def _database() -> Any:
    return Revision.get_pymongo_collection().database


@dataclass(frozen=True, slots=True)
class Moment:
    """The store as it was when the first document was read: what is written meanwhile is not seen."""

    session: AsyncClientSession

    async def documents(self, name: str) -> AsyncIterator[bytes]:
        """Answer the documents of a collection, each as its BSON, in order of their ids."""
        found = _database()[name].with_options(codec_options=_RAW).find({}, session=self.session)
        async for document in found.sort("_id"):
            yield document.raw


@asynccontextmanager
async def one_moment() -> AsyncIterator[Moment]:
    """Read many collections as of one moment. The server keeps it for five minutes, or as it is told to."""
    async with _database().client.start_session(snapshot=True) as session:
        yield Moment(session)


async def make_room(*, replace: bool) -> None:
    """Make way for a restore: raises ConflictError where there are documents that nobody said to replace."""
    if replace:
        for name in set(collection_names()) | LEFT_OUT:
            if name not in _KEPT:
                await _database()[name].delete_many({})
    elif await Revision.get_pymongo_collection().find_one({}, projection={"_id": 1}):
        raise ConflictError("There are customers here already. Restore into a fresh instance, or say --replace.")


async def refuse_other_key(documents: Iterable[bytes]) -> None:
    """Raise ConflictError where the backup's erasures are kept by another key than those of this store."""
    held = await InstanceKey.get_pymongo_collection().find_one({})
    erased_here = await Erasure.get_pymongo_collection().find_one({}, projection={"_id": 1})
    if held is None or all(decode(document)["value"] == held["value"] for document in documents):
        return
    if erased_here is not None:
        raise ConflictError("People were erased here who can't be told in this backup: it is of another instance.")
    await InstanceKey.get_pymongo_collection().delete_many({})


async def put_documents(name: str, documents: Sequence[bytes]) -> None:
    """Write documents back as they were; those that are kept and here already stay as they are."""
    if name in _KEPT:
        for document in map(decode, documents):
            await _database()[name].update_one({"_id": document["_id"]}, {"$setOnInsert": document}, upsert=True)
        return
    await _database()[name].insert_many([RawBSONDocument(document) for document in documents], ordered=False)


async def erase_again() -> int:
    """Erase whom the restored journal brought back and who had been erased; answer how many."""
    erased: set[CustomerId] = set()
    batch: list[CustomerId] = []
    async for customer_id in _restored():
        batch.append(customer_id)
        if len(batch) == _BATCH:
            erased |= await erased_among(batch)
            batch = []
    erased |= await erased_among(batch)
    for customer_id in erased:
        await erase_documents(customer_id, ())
    return len(erased)


async def _restored() -> AsyncIterator[CustomerId]:
    found = Revision.get_pymongo_collection().find({"revision": 1}, projection={"_id": 0, "customer_id": 1})
    async for entry in found:
        yield CustomerId(entry["customer_id"])
