"""What a push leaves for somebody to decide: conflicts, rows in quarantine; and the answers that repeats get."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import DESCENDING

from backend.documents.sync_models import SyncAnswer, SyncConflict, SyncQuarantined
from backend.domain.access import Caller
from backend.domain.errors import KeyReusedError, NotFoundError
from backend.domain.ids import CustomerId


async def keep_conflict(conflict: SyncConflict) -> None:
    """Keep both sides; a conflict that is there already, decided or not, stays as it is."""
    stored = conflict.model_dump(exclude={"id"}, exclude_none=True)
    await SyncConflict.get_pymongo_collection().update_one({"_id": conflict.id}, {"$setOnInsert": stored}, upsert=True)


async def open_conflicts(scope: Mapping[str, Any], limit: int) -> list[SyncConflict]:
    """Answer what nobody has decided yet, newest first; `scope` are members that a conflict has to have."""
    chosen = {**scope, "solution": {"$exists": False}}
    found = SyncConflict.get_pymongo_collection().find(chosen).sort("at", DESCENDING).limit(limit)
    return [SyncConflict.model_validate({**entry, "id": entry["_id"]}) async for entry in found]


async def conflicts_of_author(
    author_id: str, customer_ids: Sequence[CustomerId]
) -> dict[CustomerId, list[SyncConflict]]:
    """Answer what this writer's edits of these customers left undecided."""
    chosen = {"customer_id": {"$in": list(customer_ids)}, "author_id": author_id, "solution": {"$exists": False}}
    found: dict[CustomerId, list[SyncConflict]] = {}
    async for entry in SyncConflict.get_pymongo_collection().find(chosen):
        conflict = SyncConflict.model_validate({**entry, "id": entry["_id"]})
        found.setdefault(CustomerId(conflict.customer_id), []).append(conflict)
    return found


async def read_conflict(conflict_id: str) -> SyncConflict | None:
    """Answer one; None: there is none with this id."""
    return await SyncConflict.get(conflict_id)


async def solve_conflict(conflict_id: str, *, by: str, solution: str, now: datetime) -> None:
    """Note how it was decided; what was decided before stays so."""
    await SyncConflict.get_pymongo_collection().update_one(
        {"_id": conflict_id, "solution": {"$exists": False}},
        {"$set": {"solution": solution, "solved_by": by, "solved_at": now}},
    )


async def quarantine(
    raw: bytes, *, sender: Caller, detail: str, errors: list[dict[str, str]], customer_id: str | None, now: datetime
) -> str:
    """Keep a row that could not be taken; the same bytes of the same sender are the same row. Answers its id."""
    id_ = hashlib.sha256(sender.subject.encode() + b"\0" + raw).hexdigest()[:32]
    scope = {"store_id": sender.store_id, "region": sender.region, "associate_id": sender.associate_id}
    kept = SyncQuarantined(
        id=id_,
        raw=raw,
        customer_id=customer_id,
        detail=detail,
        errors=errors,
        sender={"subject": sender.subject, "role": sender.role.value}
        | {name: value for name, value in scope.items() if value is not None},
        at=now,
    )
    stored = kept.model_dump(exclude={"id"}, exclude_none=True)
    await SyncQuarantined.get_pymongo_collection().update_one({"_id": id_}, {"$setOnInsert": stored}, upsert=True)
    return id_


async def read_quarantine(*, replayed: bool, limit: int) -> list[SyncQuarantined]:
    """Answer rows in quarantine, newest first."""
    chosen = {"replayed_at": {"$exists": replayed}}
    found = SyncQuarantined.get_pymongo_collection().find(chosen).sort("at", DESCENDING).limit(limit)
    return [SyncQuarantined.model_validate({**entry, "id": entry["_id"]}) async for entry in found]


async def read_quarantined(row_id: str) -> SyncQuarantined:
    """Answer one; raises NotFoundError."""
    row = await SyncQuarantined.get(row_id)
    if row is None:
        raise NotFoundError("There is no such row in quarantine.")
    return row


async def mark_row_replayed(row_id: str, verdict: str, now: datetime) -> None:
    """Note that a row was taken out of quarantine, and what became of it."""
    change = {"$set": {"replayed_at": now, "verdict": verdict}}
    await SyncQuarantined.get_pymongo_collection().update_one({"_id": row_id}, change)


async def count_quarantine() -> int:
    """Answer how many rows wait for an operator."""
    waiting = {"replayed_at": {"$exists": False}}
    return int(await SyncQuarantined.get_pymongo_collection().count_documents(waiting))


async def known_answer(answer_id: str, digest: str) -> bytes | None:
    """Answer what a push under this key was answered; raises KeyReusedError where its body was another."""
    known = await SyncAnswer.get_pymongo_collection().find_one({"_id": answer_id})
    if known is None:
        return None
    if known["digest"] != digest:
        raise KeyReusedError("The key was used for another push. Use a new key for a new push.")
    return bytes(known["answer"])


async def keep_answer(
    answer_id: str, digest: str, answer: bytes, customer_ids: Iterable[CustomerId], now: datetime
) -> None:
    """Keep an answer for a day, so that a repeat gets the same."""
    stored = {"digest": digest, "answer": answer, "customer_ids": sorted(set(customer_ids)), "at": now}
    await SyncAnswer.get_pymongo_collection().update_one({"_id": answer_id}, {"$setOnInsert": stored}, upsert=True)
