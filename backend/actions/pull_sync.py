"""Answer what has changed beyond a checkpoint, in pages that each begin where the one before ended."""

from dataclasses import dataclass
from typing import Any

from backend.actions.places import is_within_scope
from backend.documents import sync_log
from backend.documents.sync_states import read_states_at, tombstone, wire_state
from backend.domain.access import Caller


@dataclass(frozen=True, slots=True)
class Pulled:
    """A page: the customers as they stand now, and the sequence up to which this is all."""

    documents: list[dict[str, Any]]
    sequence: int


async def pull(caller: Caller, after: int, limit: int) -> Pulled:
    """Answer the next page within the caller's scope; one that is not full was the last for now.

    A sequence that this log never gave out (it was restored, or is another's) begins at the beginning.
    """
    lines = await sync_log.read_lines(caller, after, limit)
    if len(lines) < limit:
        await sync_log.note_marked()
        lines = await sync_log.read_lines(caller, after, limit)
    if not lines:
        return await pull(caller, 0, limit) if after > await sync_log.newest() else Pulled([], after)
    states = await read_states_at({line.customer_id: line.revision for line in lines})
    documents = []
    for line in lines:
        state = states[line.customer_id]
        head = state.head
        is_here = head is not None and await is_within_scope(caller, head.store_id, head.region)
        documents.append(wire_state(state) if is_here else tombstone(line.customer_id))
    return Pulled(documents, lines[-1].sequence)
